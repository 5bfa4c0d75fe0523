import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { type GlobPattern, globPattern } from '../../protocol/domain/glob.ts';

/** A search through more is given up. */
export const mostEntries = 50_000;
/** So many names are held against the glob before other work has its turn. */
const namesPerTurn = 1000;
/** A search through more takes at most the twentieth part of the time. */
const fewEntries = 1000;
const share = 20;
/** Nobody's own reports lie there. */
const passedOver: ReadonlySet<string> = new Set(['node_modules', '.git']);

/**
 * Finds the files of a glob below a folder, through no symbolic link to a folder. One of many entries is repeated rarely: until
 * then the names that it found last are given.
 */
export class ReportSearch {
  readonly #root: string;
  readonly #pattern: string;
  readonly #glob: GlobPattern;
  #found: readonly string[] | null = [];
  #entries = 0;
  #dueAt = 0;

  constructor(root: string, pattern: string) {
    this.#root = root;
    this.#pattern = pattern;
    this.#glob = globPattern(pattern);
  }

  /** Relative to the folder, sorted; `null`: there are too many entries to look through. */
  async names(): Promise<readonly string[] | null> {
    if (!this.#glob.hasWildcards) return [this.#pattern];
    const began = performance.now();
    if (began < this.#dueAt) return this.#found;
    this.#found = await this.#search();
    const ended = performance.now();
    if (this.#entries > fewEntries) this.#dueAt = ended + (ended - began) * share;
    return this.#found;
  }

  async #search(): Promise<readonly string[] | null> {
    const names: string[] = [];
    const deepest = this.#pattern.includes('**') ? Number.POSITIVE_INFINITY : this.#pattern.split('/').length;
    const folders = [
      { path: this.#glob.base, depth: this.#glob.base === '' ? 1 : this.#glob.base.split('/').length + 1 },
    ];
    this.#entries = 0;
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of await entriesOf(join(this.#root, folder.path))) {
        this.#entries += 1;
        if (this.#entries > mostEntries) return null;
        if (this.#entries % namesPerTurn === 0) await yieldToEvents();
        const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`;
        if (!entry.isDirectory()) {
          if (this.#glob.matches(path)) names.push(path);
        } else if (folder.depth < deepest && !entry.name.startsWith('.') && !passedOver.has(entry.name)) {
          folders.push({ path, depth: folder.depth + 1 });
        }
      }
    }
    return names.sort();
  }
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    // Not there, or not to be read: nothing is found in it.
    return [];
  }
}
