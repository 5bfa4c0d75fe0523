/** What a search is to look for. `folders`: absolute, in which something came or went. */
export type SearchDue =
  | typeof everything
  | { readonly logs: ReadonlySet<string>; readonly folders: ReadonlySet<string> };
export const everything = 'everything';

/** Gathers what the next search of a source is to look for; everything, to begin with. */
export class SearchDemand {
  #due: SearchDue | null = everything;

  get isDue(): boolean {
    return this.#due !== null;
  }

  /** What the search that begins now is to look for; `null`: nothing. */
  take(): SearchDue | null {
    const due = this.#due;
    this.#due = null;
    return due;
  }

  all(): void {
    this.#due = everything;
  }

  /** @param log `null`: whatever lies in the folders */
  some(log: string | null, folders: readonly string[]): void {
    const due = this.#due ?? { logs: new Set(), folders: new Set() };
    if (due === everything) return;
    this.#due = {
      logs: log === null ? due.logs : new Set([...due.logs, log]),
      folders: new Set([...due.folders, ...folders]),
    };
  }

  /** The last search was not sure of what it saw. @param logs of which it has searched; `null`: all */
  again(searched: SearchDue, logs: ReadonlySet<string> | null): void {
    if (logs === null || searched === everything) this.#due = everything;
    else this.#due = { logs: new Set([...searched.logs, ...logs]), folders: searched.folders };
  }
}
