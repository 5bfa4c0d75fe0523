import type { Found } from './discover.ts';
import type { Generation } from './generation.ts';

/** Something was read of it, and its first line is not known: a release that kept no landmarks has read it. */
const unnamed = 'unnamed';

/**
 * The generations of a source by what a file may have in common with them, so that a new one is held against few of many.
 */
export class KnownContents {
  readonly #byKey = new Map<string, Set<Generation>>();
  readonly #keys = new Map<Generation, readonly string[]>();

  /** To be called when something has changed of a generation. */
  update(generation: Generation): void {
    const keys = generation.isForgotten ? [] : keysOf(generation);
    const before = this.#keys.get(generation) ?? [];
    if (keys.length === before.length && keys.every((key, index) => key === before[index])) return;
    for (const key of before) {
      const known = this.#byKey.get(key);
      known?.delete(generation);
      if (known?.size === 0) this.#byKey.delete(key);
    }
    for (const key of keys) {
      const known = this.#byKey.get(key);
      if (known === undefined) this.#byKey.set(key, new Set([generation]));
      else known.add(generation);
    }
    if (keys.length === 0) this.#keys.delete(generation);
    else this.#keys.set(generation, keys);
  }

  beginningWith(firstLine: string): readonly Generation[] {
    return [...this.#with(`line ${firstLine}`), ...this.#with(unnamed)];
  }

  /** Those whose file was the same one, lay there or was of the same log, and that no file carries. */
  missingFrom({ key }: Generation, { path, family }: Found): readonly Generation[] {
    return [...new Set(placesOf(key, path, family).flatMap((one) => [...this.#with(one)]))];
  }

  #with(key: string): ReadonlySet<Generation> {
    return this.#byKey.get(key) ?? nobody;
  }
}

const nobody: ReadonlySet<Generation> = new Set();

function keysOf({ firstLine, position, file, key }: Generation): readonly string[] {
  const keys: string[] = [];
  if (firstLine !== null) keys.push(`line ${firstLine}`);
  else if (position.offset > 0) keys.push(unnamed);
  return file === null ? [...keys, ...placesOf(key, position.path, position.family)] : keys;
}

function placesOf(inode: string, path: string, family: string): readonly string[] {
  return [`inode ${inode}`, `path ${path}`, `family ${family}`];
}
