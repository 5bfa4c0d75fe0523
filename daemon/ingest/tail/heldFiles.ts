import { readFileSync } from 'node:fs';

/** Where the system does not tell how many files the process may open. */
const usualLimit = 1024;
/** Tails hold at most this part of them: a rollback must be able to write its flag, however many logs there are. */
const heldPart = 1 / 4;

let most: number | null = null;
let held = 0;

/** How many files all tails of the process hold open. */
export const heldFiles = {
  opened(): void {
    held += 1;
  },
  closed(): void {
    held -= 1;
  },
  /** No more are to be held; what has to be read is opened and closed again. */
  get full(): boolean {
    most ??= Math.floor(openFilesLimit() * heldPart);
    return held >= most;
  },
};

function openFilesLimit(): number {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? usualLimit : Number(limit);
  } catch {
    return usualLimit;
  }
}
