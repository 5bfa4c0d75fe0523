import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurnOfEvents } from 'node:timers/promises';
import { type FileStats, fileStats, looksSame } from './fileIdentity.ts';
import type { WriterHabit } from './writerHabit.ts';

/** So many files of the process have a witness: each costs the kernel a watch. */
const mostWitnesses = 256;
/** More changes are not counted: the file is not quiet any more. */
const mostChanges = 1024;
/** The kernel tells of each change only on Linux; elsewhere several changes become one. */
const tellsEachChange = process.platform === 'linux';

let witnesses = 0;

/** Folders that are watched for the sake of their files: one watch each. */
const folders = new Map<string, { readonly watcher: FSWatcher; users: number }>();

/** The changes of a quiet file since the last look at it, as far as they can be known. */
export type ChangesTold =
  /**
   * So many changes, one at least. `beforeEmpty`: so many of them came before it was seen to be empty; `null` when it was not.
   * `linesRead`: so many lines that some of them made were read. `areLines`: each write has made one line, as far as is known.
   */
  | {
      readonly kind: 'exact';
      readonly changes: number;
      readonly beforeEmpty: number | null;
      readonly linesRead: number;
      readonly areLines: boolean;
    }
  | { readonly kind: 'unknown' };

/**
 * Counts the changes of one quiet file. A truncation takes away what was written just before it, and the size and times of
 * the file as well; but the kernel tells of the write and of the truncation. It merges an event with the one before it
 * when both are equal, so the folder is watched as well: each change then gives an event of the folder and one of the
 * file, and no two equal ones come in a row.
 */
export class ChangeWitness {
  readonly #file: string;
  readonly #watcher: FSWatcher;
  #changes = 0;
  #beforeEmpty: number | null = null;
  /** Lines that were read since the file was confirmed. */
  #linesRead = 0;
  readonly #habit: WriterHabit;
  /** The file was looked at since the watch began, and was as before. */
  #isConfirmed: boolean;
  #isOpen = true;

  private constructor(file: string, stats: FileStats, habit: WriterHabit) {
    this.#habit = habit;
    this.#file = file;
    watchFolder(dirname(file));
    try {
      this.#watcher = watch(file, { persistent: false }, () => this.#changed());
    } catch (error) {
      unwatchFolder(dirname(file));
      throw error;
    }
    this.#watcher.on('error', () => this.close());
    witnesses += 1;
    const now = this.#stats();
    this.#isConfirmed = now !== null && looksSame(stats, now);
  }

  /** `null` where none can be had. @param file absolute, no symlink in it @param stats as it was when it was read to its end */
  static of(file: string, stats: FileStats, habit: WriterHabit): ChangeWitness | null {
    if (!tellsEachChange || witnesses >= mostWitnesses) return null;
    try {
      return new ChangeWitness(file, stats, habit);
    } catch {
      return null;
    }
  }

  /** To be taken before a look at the file. */
  get changes(): number {
    return this.#changes;
  }

  /** The file is as it was; `known` changes had been told before it was looked at. */
  confirm(known: number): void {
    // Else some of the lines may have been written before the watch began.
    if (this.#isConfirmed) this.#habit.note(known, this.#linesRead);
    this.#isConfirmed = true;
    this.#changes -= known;
    this.#linesRead = 0;
    this.#beforeEmpty = null;
  }

  /** So many lines of the file were read. */
  read(lines: number): void {
    this.#linesRead += lines;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Waits until everything is told that has happened up to now. */
  async told(): Promise<ChangesTold> {
    // The first turn may have begun before the call; the second one asks the kernel after it.
    await nextTurnOfEvents();
    await nextTurnOfEvents();
    const isCounted = this.#isOpen || (this.#changes >= mostChanges && this.#beforeEmpty !== null);
    if (!isCounted || !this.#isConfirmed || this.#changes === 0) return { kind: 'unknown' };
    return {
      kind: 'exact',
      changes: this.#changes,
      beforeEmpty: this.#beforeEmpty,
      linesRead: this.#linesRead,
      areLines: this.#habit.isOneLineAtATime,
    };
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watcher.close();
    unwatchFolder(dirname(this.#file));
    witnesses -= 1;
  }

  /** `null` where it cannot be looked at. */
  #stats(): FileStats | null {
    try {
      return fileStats(statSync(this.#file, { bigint: true }));
    } catch {
      return null;
    }
  }

  #changed(): void {
    this.#changes += 1;
    if (this.#stats()?.size === 0) this.#beforeEmpty = this.#changes;
    if (this.#changes >= mostChanges) this.close();
  }
}

function watchFolder(folder: string): void {
  const watched = folders.get(folder);
  if (watched !== undefined) {
    watched.users += 1;
    return;
  }
  const watcher = watch(folder, { persistent: false });
  watcher.on('error', () => watcher.close());
  folders.set(folder, { watcher, users: 1 });
}

function unwatchFolder(folder: string): void {
  const watched = folders.get(folder);
  if (watched === undefined) return;
  watched.users -= 1;
  if (watched.users > 0) return;
  watched.watcher.close();
  folders.delete(folder);
}
