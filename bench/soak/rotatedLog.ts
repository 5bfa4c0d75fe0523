import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Random } from './random.ts';

/** How a log is rotated: each kind is what a tool in use does. */
export const rotations = [
  'rename',
  'copytruncate',
  'compress',
  'compress-at-once',
  'dateext',
  'copytruncate-dateext',
  'deleted-unread',
] as const;
export type Rotation = (typeof rotations)[number];

/** So many generations stay on disk at least; older ones are deleted once they are counted, for rotation waits for no reader. */
const generationsKept = 3;
/** Of `deleted-unread` one stays, read or not. */
const unreadKept = 1;
/**
 * Event time passes so many times as fast, so that the hour of single records that the store keeps is a quarter of an hour:
 * longer than any life, so that each record is seen, and short enough to be read after each.
 */
const timeScale = 4;
const began = Date.now();
/** The first record is dated so long ago. */
const startsBefore = 12 * 86_400_000;

/**
 * A writer of records with ids of their own, and the rotation of its log. Both run in one process, so the lost records
 * are known.
 */
export class RotatedLog {
  readonly name: string;
  /** Ids written so far: 1 to this. */
  written = 0;
  /** Ids that were cut off with the log or deleted, before a reader can be sure to have seen them. */
  readonly destroyed = new Set<number>();
  /** So often something may have been destroyed: each truncation, each deletion of what was not counted. */
  destructions = 0;
  /**
   * Deleted generations, all of them counted, where no record of a younger one was: a reader cannot know that nothing more was
   * written before the log was rotated.
   */
  deletions = 0;
  readonly #folder: string;
  readonly #rotation: Rotation;
  readonly #random: Random;
  #descriptor: number;
  #half = '';
  #rotated = 0;
  /** The last id of each generation, of those that are not deleted. */
  readonly #lastIds: number[] = [];
  #countedThrough = 0;
  #newestCounted = 0;
  /** Lengths of the lines that are not counted. */
  readonly #lengths = new Map<number, number>();

  constructor(folder: string, rotation: Rotation, random: Random) {
    this.name = `${rotation}.jsonl`;
    this.#folder = folder;
    this.#rotation = rotation;
    this.#random = random;
    this.#descriptor = openSync(this.#path(), 'a');
  }

  /** Some records; at times only half of the last one, the rest of which comes with the next. */
  write(count: number): void {
    let text = this.#half;
    this.#half = '';
    for (let left = count; left > 0; left -= 1) text += this.#line();
    if (this.#random.isLikely(0.2)) {
      const cut = this.#random.between(1, Math.min(60, text.length - 1));
      this.#half = text.slice(-cut);
      text = text.slice(0, -cut);
    }
    writeSync(this.#descriptor, text);
  }

  /** Ends the half record, if there is one: the writer goes on, or flushes before it opens its new log. */
  finish(): void {
    if (this.#half === '') return;
    writeSync(this.#descriptor, this.#half);
    this.#half = '';
  }

  /** All ids up to `through` are counted, and perhaps others, up to `newest`. */
  counted(through: number, newest: number): void {
    for (let id = this.#countedThrough + 1; id <= through; id += 1)
      if (!this.destroyed.has(id)) this.#lengths.delete(id);
    this.#countedThrough = through;
    this.#newestCounted = newest;
    this.#deleteOld();
  }

  /** Bytes of a destroyed line. */
  lengthOf(id: number): number {
    return this.#lengths.get(id) ?? 0;
  }

  rotate(): void {
    this.finish();
    this.#rotated += 1;
    switch (this.#rotation) {
      case 'rename':
      case 'deleted-unread':
        this.#shift('');
        renameSync(this.#path(), this.#path('.1'));
        break;
      case 'copytruncate':
        this.#shift('');
        this.#copyAndTruncate('.1');
        break;
      case 'compress':
        this.#shift('.gz', 2);
        if (existsSync(this.#path('.1'))) this.#compress('.1', '.2.gz');
        renameSync(this.#path(), this.#path('.1'));
        break;
      case 'compress-at-once':
        this.#shift('.zst');
        renameSync(this.#path(), this.#path('.1'));
        this.#reopen();
        this.#compress('.1', '.1.zst');
        break;
      case 'dateext':
        renameSync(this.#path(), this.#path(this.#dated()));
        break;
      case 'copytruncate-dateext':
        this.#copyAndTruncate(this.#dated());
        break;
    }
    this.#lastIds.push(this.written);
    this.#reopen();
    this.#deleteOld();
  }

  close(): void {
    this.finish();
    closeSync(this.#descriptor);
  }

  #line(): string {
    this.written += 1;
    const stamp = new Date(began - startsBefore + timeScale * (Date.now() - began)).toISOString();
    const line = `{"timestamp":"${stamp}","id":${this.written},"mode":"new","ok":true}\n`;
    this.#lengths.set(this.written, line.length);
    return line;
  }

  /** Between the copy and the truncation the writer may go on: logrotate(8) says that such records are lost. */
  #copyAndTruncate(ending: string): void {
    copyFileSync(this.#path(), this.#path(ending));
    this.destructions += 1;
    if (this.#random.isLikely(0.3)) {
      const first = this.written + 1;
      const lines = Array.from({ length: this.#random.between(1, 5) }, () => this.#line());
      appendFileSync(this.#path(), lines.join(''));
      for (const index of lines.keys()) this.destroyed.add(first + index);
    }
    truncateSync(this.#path());
  }

  #compress(from: string, to: string): void {
    const bytes = readFileSync(this.#path(from));
    writeFileSync(this.#path(to), to.endsWith('.zst') ? zstdCompressSync(bytes) : gzipSync(bytes));
    rmSync(this.#path(from));
  }

  /** A date and a second of the day that no earlier record has. */
  #dated(): string {
    return `-20251101-${String(1_700_000_000 + this.#rotated)}`;
  }

  #shift(ending: string, first = 1): void {
    for (let number = this.#rotated; number >= first; number -= 1) {
      const from = this.#path(`.${number}${ending}`);
      if (existsSync(from)) renameSync(from, this.#path(`.${number + 1}${ending}`));
    }
  }

  #reopen(): void {
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#path(), 'a');
  }

  #deleteOld(): void {
    const rotated = readdirSync(this.#folder).filter((name) => name.startsWith(this.name) && name !== this.name);
    const age = (name: string): number => {
      const number = Number(/\.(\d+)/.exec(name.slice(this.name.length))?.[1] ?? Number.NaN);
      return Number.isNaN(number) ? -Number(/(\d+)$/.exec(name)?.[1] ?? 0) : number;
    };
    const isKept = this.#rotation !== 'deleted-unread';
    const oldestFirst = rotated.toSorted((one, other) => age(other) - age(one));
    for (const name of oldestFirst.slice(
      0,
      Math.max(0, oldestFirst.length - (isKept ? generationsKept : unreadKept)),
    )) {
      const lastId = this.#lastIds[0] ?? 0;
      if (lastId > this.#countedThrough && isKept) return;
      for (let id = this.#countedThrough + 1; id <= lastId; id += 1) this.destroyed.add(id);
      if (lastId > this.#countedThrough) this.destructions += 1;
      else if (lastId >= this.#newestCounted) this.deletions += 1;
      rmSync(join(this.#folder, name));
      this.#lastIds.shift();
    }
  }

  #path(ending = ''): string {
    return join(this.#folder, this.name + ending);
  }
}
