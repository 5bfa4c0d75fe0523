import type { Found } from './discover.ts';
import type { Generation } from './generation.ts';

/**
 * The generations of a source by what a file may have in common with them, so that a new one is held against few of many.
 * It may name some that have changed since; whoever asks looks at each.
 */
export class KnownContents {
  readonly #byFirstLine = new Map<string, Set<Generation>>();
  /** Something was read of them, and their first line is not known: a release that kept no landmarks has read it. */
  readonly #unnamed = new Set<Generation>();
  /** No file carries them. By inode, path and family. */
  readonly #missing = new Map<string, Set<Generation>>();

  constructor(list: readonly Generation[]) {
    for (const generation of list) this.add(generation);
  }

  /** To be called again when a generation's first line becomes known or its file goes. */
  add(generation: Generation): void {
    const { firstLine, position } = generation;
    if (firstLine !== null) put(this.#byFirstLine, firstLine, generation);
    else if (position.offset > 0) this.#unnamed.add(generation);
    if (generation.file !== null) return;
    for (const key of keysOf(generation.key, position.path, position.family)) put(this.#missing, key, generation);
  }

  beginningWith(firstLine: string): readonly Generation[] {
    const named = [...(this.#byFirstLine.get(firstLine) ?? [])].filter((one) => one.firstLine === firstLine);
    return [...named, ...this.#unnamed].filter(({ isForgotten }) => !isForgotten);
  }

  /** Those whose file was the same one, lay there or was of the same log. */
  missingFrom({ key }: Generation, { path, family }: Found): readonly Generation[] {
    const found = new Set(keysOf(key, path, family).flatMap((one) => [...(this.#missing.get(one) ?? [])]));
    return [...found].filter(({ file, isForgotten }) => file === null && !isForgotten);
  }
}

function keysOf(inode: string, path: string, family: string): readonly string[] {
  return [`inode ${inode}`, `path ${path}`, `family ${family}`];
}

function put(into: Map<string, Set<Generation>>, key: string, generation: Generation): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, new Set([generation]));
  else known.add(generation);
}
