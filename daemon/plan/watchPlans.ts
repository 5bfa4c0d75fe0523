import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** The names under which plans are found in a folder. */
const planName = /^(?:rampwatch|.+\.rampwatch)\.ya?ml$/;

/** Only the files themselves are reliable: a notice can come before the last byte of an edit, or not at all. */
const lookEvery = 1000;
/** How long nothing must change before an edit counts: half a plan may be a valid one. */
const settled = 150;

/** Taking up edits takes at most this part of the time, however often and costly they are. */
const share = 20;
/** Milliseconds; an edit that is taken up as quickly is nobody's attack, nor does one wait for longer than the rest. */
const freeWork = 50;
const longestRest = 10_000;

/**
 * Reports when a plan file of the folder (or one of `more`) was made, edited or removed, and the edit has ended.
 * @param changed gives the milliseconds for which it has parsed plans and taken them up.
 */
export function watchPlans(folder: string, more: readonly string[], changed: () => Promise<number>): { close(): void } {
  let told = standing(folder, more);
  let seen = told;
  let settling: NodeJS.Timeout | null = null;
  let restUntil = 0;
  const change = async (): Promise<void> => {
    restUntil = Number.POSITIVE_INFINITY;
    const busy = await changed();
    restUntil = performance.now() + Math.min(longestRest, (busy - freeWork) * share);
  };
  const look = (): void => {
    const now = standing(folder, more);
    if (now === told) return;
    if (now === seen) {
      // The next look tells it.
      if (performance.now() < restUntil) return;
      told = now;
      void change();
      return;
    }
    seen = now;
    if (settling !== null) clearTimeout(settling);
    settling = setTimeout(look, settled);
  };
  const timer = setInterval(look, lookEvery);
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(folder, { persistent: false }, look);
    // A failed watch loses nothing: the files are looked at all the same.
    watcher.on('error', () => watcher?.close());
  } catch {
    // The same.
  }
  return {
    close() {
      clearInterval(timer);
      if (settling !== null) clearTimeout(settling);
      watcher?.close();
    },
  };
}

function standing(folder: string, more: readonly string[]): string {
  const files = [...new Set([...plansIn(folder), ...more])];
  return files.map(signature).join('\n');
}

function plansIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => planName.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function signature(file: string): string {
  try {
    const { ino, size, mode, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [file, ino, size, mode, mtimeNs, ctimeNs].join(' ');
  } catch {
    return `${file} -`;
  }
}
