import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, join } from 'node:path';

/** A busy writer wakes the reader at most this often; the first append after a pause does so at once. */
const busyGap = 10;
/** So many names of files that are none of the sources' are remembered, so that a busy one of them costs little. */
const mostStrangers = 1024;

/** The files and folders of interest, by absolute path. */
export interface FilesOfInterest {
  /** A file of that path could be. */
  concerns(path: string): boolean;
  /** The file that lies there is. */
  knows(path: string): boolean;
}

/**
 * Wakes the reader early; the poll is the truth, so a watch that cannot be had (no inotify left, a network file system)
 * costs only time. One watch for each folder, however many files it holds, tells of files that come and go and of appends.
 */
export class Wake {
  readonly #files: FilesOfInterest;
  readonly #wake: (kind: 'append' | 'folder', path: string | null) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #strangers = new Set<string>();
  #appended = new Set<string>();
  #lastWake = 0;
  #trailing: NodeJS.Timeout | null = null;

  /** `wake` is given the absolute path at which something came or went, or `null` when it may be anything. */
  constructor(files: FilesOfInterest, wake: (kind: 'append' | 'folder', path: string | null) => void) {
    this.#files = files;
    this.#wake = wake;
  }

  /**
   * Watches exactly these folders, for what comes and goes and for what is appended; tells which of them were not watched before.
   * Absolute paths.
   */
  follow(wanted: ReadonlySet<string>): readonly string[] {
    this.#strangers.clear();
    const added = [...wanted].filter((folder) => !this.#watchers.has(folder));
    for (const [folder, watcher] of this.#watchers) if (!wanted.has(folder)) this.#unfollow(folder, watcher);
    for (const folder of added) this.#followFolder(folder);
    return added.filter((folder) => this.#watchers.has(folder));
  }

  /** Absolute paths of files that were written to since the last call. */
  takeAppended(): ReadonlySet<string> {
    const appended = this.#appended;
    if (appended.size > 0) this.#appended = new Set();
    return appended;
  }

  close(): void {
    if (this.#trailing !== null) clearTimeout(this.#trailing);
    for (const [folder, watcher] of this.#watchers) this.#unfollow(folder, watcher);
  }

  #unfollow(folder: string, watcher: FSWatcher): void {
    watcher.close();
    this.#watchers.delete(folder);
  }

  #followFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) => {
        const path = name === null ? folder : join(folder, name);
        if (event === 'change') {
          this.#changed(path);
          return;
        }
        // The folder itself may have gone, and another may take its name.
        if (name === null || name === basename(folder)) {
          this.#unfollow(folder, watcher);
          this.#wake('folder', null);
        } else if (this.#files.concerns(path)) this.#wake('folder', path);
        else if (isFolder(path)) this.#wake('folder', null);
      });
      watcher.on('error', () => this.#unfollow(folder, watcher));
      this.#watchers.set(folder, watcher);
    } catch {
      // The poll reads it all the same.
    }
  }

  /** A file that no search has found yet was made during the last one, before its folder was watched. */
  #changed(path: string): void {
    if (this.#files.knows(path)) {
      this.#appended.add(path);
      this.#append();
      return;
    }
    if (this.#strangers.has(path)) return;
    if (this.#files.concerns(path)) {
      this.#wake('folder', path);
      return;
    }
    if (this.#strangers.size < mostStrangers) this.#strangers.add(path);
  }

  #append(): void {
    if (this.#trailing !== null) return;
    const wait = this.#lastWake + busyGap - performance.now();
    if (wait <= 0) this.#wakeNow();
    else this.#trailing = setTimeout(() => this.#wakeNow(), wait);
  }

  #wakeNow(): void {
    this.#trailing = null;
    this.#lastWake = performance.now();
    this.#wake('append', null);
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
