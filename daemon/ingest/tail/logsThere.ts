import type { Discovery, Found } from './discover.ts';

/** The logs of a source of which files are there, as the searches have found them. */
export class LogsThere {
  readonly #found = new Set<string>();
  /** Logs that have had a live file since the daemon began. */
  readonly #live = new Set<string>();
  readonly #unwritten = new Set<string>();

  /** A log is there by its live file: rotated generations alone say that nobody writes it any more. */
  get found(): ReadonlySet<string> {
    return this.#found;
  }

  /** Logs whose file is empty and that have no other generation. */
  get unwritten(): ReadonlySet<string> {
    return this.#unwritten;
  }

  /** Takes what a search has found of the logs that it looked for. */
  look({ logs, files }: Discovery): void {
    const byLog = Map.groupBy(files, ({ family }) => family);
    for (const family of logs ?? new Set([...this.#live, ...this.#found])) if (!byLog.has(family)) this.#forget(family);
    for (const [family, its] of byLog) this.#note(family, its);
  }

  #note(family: string, files: readonly Found[]): void {
    if (files.some(({ age }) => age === null)) this.#live.add(family);
    // A writer may put a date into the name of the file that it writes to.
    const isThere = files.some(({ age }) => age === null || (age.kind === 'date' && !this.#live.has(family)));
    const [only, ...others] = files;
    const isUnwritten = others.length === 0 && only?.age === null && only.stats.size === 0;
    if (isThere) this.#found.add(family);
    else this.#found.delete(family);
    if (isUnwritten) this.#unwritten.add(family);
    else this.#unwritten.delete(family);
  }

  #forget(family: string): void {
    this.#live.delete(family);
    this.#found.delete(family);
    this.#unwritten.delete(family);
  }
}
