import { dirname } from 'node:path';
import type { Generation } from './generation.ts';
import { KnownContents } from './knownContents.ts';

/** The part of a generation in the sums over those that are read. */
interface Share {
  readonly size: number;
  readonly offset: number;
  readonly lag: number;
}

/** As a generation was counted last. */
interface Entry {
  target: string | null;
  path: string | null;
  key: string;
  family: string;
  /** The log in which it is listed as not left. */
  staysIn: string | null;
  share: Share | null;
}

/**
 * The generations of a source by what there is to do with them. It is kept up to date as they change, so that whoever looks at
 * some of many files need not look through all of them.
 */
export class Roster {
  readonly #entries = new Map<Generation, Entry>();
  readonly #changed = new Set<Generation>();
  readonly #byTarget = new Map<string, Generation>();
  /** Folder → how many of the files. */
  readonly #filesIn = new Map<string, number>();
  /** Folder → path → whose file lies there. */
  readonly #inFolder = new Map<string, Map<string, Generation>>();
  readonly #byInode = new Map<string, Set<Generation>>();
  readonly #contents = new KnownContents();
  readonly #undecided = new Set<Generation>();
  readonly #byFamily = new Map<string, Set<Generation>>();
  readonly #notLeft = new Map<string, Set<Generation>>();
  readonly #readable = new Set<Generation>();
  readonly #orphaned = new Set<Generation>();
  readonly #dirty = new Set<Generation>();
  readonly #failed = new Set<Generation>();
  readonly #unopened = new Set<Generation>();
  readonly #shown = new Set<Generation>();
  readonly #lagging = new Map<Generation, number>();
  /** Anything may happen to them that nobody tells of; the one that was looked at longest ago comes first. */
  readonly #awake = new Set<Generation>();
  #inTurn: Iterator<Generation> | null = null;
  #size = 0;
  #offset = 0;
  #lag = 0;

  add(generation: Generation): void {
    generation.onChange = (changed) => this.#changed.add(changed);
    this.#changed.add(generation);
  }

  /** They can be read now. */
  get readable(): ReadonlySet<Generation> {
    return this.#now().#readable;
  }

  /** Their files have left the folder while they were open. */
  get orphaned(): ReadonlySet<Generation> {
    return this.#now().#orphaned;
  }

  /** Their positions must be committed. */
  get dirty(): ReadonlySet<Generation> {
    return this.#now().#dirty;
  }

  /** Reading them has failed. */
  get failed(): ReadonlySet<Generation> {
    return this.#now().#failed;
  }

  /** Their files may have more to read, and are not open. */
  get unopened(): ReadonlySet<Generation> {
    return this.#now().#unopened;
  }

  /** They are read now or when they grow, as health shows them. */
  get shown(): ReadonlySet<Generation> {
    return this.#now().#shown;
  }

  /** Those of the shown ones that have unread bytes, and how many. */
  get lagging(): ReadonlyMap<Generation, number> {
    return this.#now().#lagging;
  }

  /** The sum over all files that are shown. */
  get sums(): Share {
    this.#now();
    return { size: this.#size, offset: this.#offset, lag: this.#lag };
  }

  /** The one whose file lies there. */
  at(target: string): Generation | null {
    return this.#now().#byTarget.get(target) ?? null;
  }

  /** The generations of one log, in no order. */
  ofLog(family: string): ReadonlySet<Generation> {
    return this.#now().#byFamily.get(family) ?? nobody;
  }

  /** Those of one log whose writer is not known to have gone on in a younger one. */
  notLeftOf(family: string): ReadonlySet<Generation> {
    return this.#now().#notLeft.get(family) ?? nobody;
  }

  /** How many files there are. */
  get files(): number {
    return this.#now().#byTarget.size;
  }

  /** Those whose files lie in a folder, by path; paths as the source names them. */
  inFolder(folder: string): ReadonlyMap<string, Generation> {
    return this.#now().#inFolder.get(folder) ?? noFiles;
  }

  /** Those whose file was the one of this key when it was seen last. */
  withInode(key: string): ReadonlySet<Generation> {
    return this.#now().#byInode.get(key) ?? nobody;
  }

  /** By what a file may have in common with them. */
  get contents(): KnownContents {
    return this.#now().#contents;
  }

  /** Their contents have not been held against what was read yet, or wait for another. */
  get undecided(): ReadonlySet<Generation> {
    return this.#now().#undecided;
  }

  /** Folders in which the files lie, absolute. */
  get folders(): Iterable<string> {
    return this.#now().#filesIn.keys();
  }

  /** At most so many of those that may change without a word, each in its turn. `isAsleep`: it need not be looked at any more. */
  awake(most: number, isAsleep: (generation: Generation) => boolean): readonly Generation[] {
    const awake = this.#now().#awake;
    const chosen: Generation[] = [];
    for (const generation of awake) {
      if (chosen.length === most) break;
      if (isAsleep(generation)) awake.delete(generation);
      else chosen.push(generation);
    }
    for (const generation of chosen) {
      awake.delete(generation);
      awake.add(generation);
    }
    return chosen;
  }

  /** The next so many of all, again and again. */
  inTurn(count: number): readonly Generation[] {
    const entries = this.#now().#entries;
    const chosen: Generation[] = [];
    for (let left = Math.min(count, entries.size); left > 0; left -= 1) {
      this.#inTurn ??= entries.keys();
      const next = this.#inTurn.next();
      if (next.done === true) this.#inTurn = null;
      else chosen.push(next.value);
    }
    return chosen;
  }

  #now(): this {
    if (this.#changed.size === 0) return this;
    for (const generation of this.#changed) this.#update(generation);
    this.#changed.clear();
    return this;
  }

  #update(generation: Generation): void {
    const { position, file, isForgotten } = generation;
    const isThere = !isForgotten;
    this.#place(generation, isThere);
    this.#contents.update(generation);
    const isUndecided = generation.readiness.kind === 'unexamined' || generation.readiness.kind === 'waiting';
    belongs(this.#undecided, generation, isThere && isUndecided);
    belongs(this.#readable, generation, isThere && generation.readable);
    belongs(this.#orphaned, generation, isThere && generation.orphaned);
    belongs(this.#dirty, generation, isThere && generation.dirty);
    belongs(this.#failed, generation, isThere && generation.problem !== null);
    const isUnopened = file !== null && position.standing === 'reading' && generation.content === null;
    belongs(this.#unopened, generation, isThere && isUnopened);
    const isShown = isThere && position.standing === 'reading' && generation.carried;
    belongs(this.#shown, generation, isShown);
    belongs(this.#awake, generation, isThere);
    this.#sum(generation, isShown);
  }

  #place(generation: Generation, isThere: boolean): void {
    const { family } = generation.position;
    const target = isThere ? (generation.file?.target ?? null) : null;
    const path = isThere ? (generation.file?.path ?? null) : null;
    const { key } = generation;
    const known = this.#entries.get(generation);
    if (known?.target !== target) {
      if (known?.target != null) this.#leave(generation, known.target);
      if (target !== null) {
        const folder = dirname(target);
        this.#filesIn.set(folder, (this.#filesIn.get(folder) ?? 0) + 1);
        this.#byTarget.set(target, generation);
      }
    }
    if (known?.path != null && known.path !== path) this.#unlist(known.path, generation);
    if (path !== null && known?.path !== path) this.#list(path, generation);
    if (known !== undefined && (known.family !== family || !isThere)) take(this.#byFamily, known.family, generation);
    if (known !== undefined && (known.key !== key || !isThere)) take(this.#byInode, known.key, generation);
    if (known?.staysIn != null) take(this.#notLeft, known.staysIn, generation);
    if (!isThere) return;
    put(this.#byFamily, family, generation);
    put(this.#byInode, key, generation);
    const staysIn = isNotLeft(generation) ? family : null;
    if (staysIn !== null) put(this.#notLeft, staysIn, generation);
    if (known === undefined) this.#entries.set(generation, { target, path, key, family, staysIn, share: null });
    else Object.assign(known, { target, path, key, family, staysIn });
  }

  #list(path: string, generation: Generation): void {
    const folder = folderOf(path);
    const files = this.#inFolder.get(folder);
    if (files === undefined) this.#inFolder.set(folder, new Map([[path, generation]]));
    else files.set(path, generation);
  }

  /** Another one's file may lie there by now. */
  #unlist(path: string, generation: Generation): void {
    const folder = folderOf(path);
    const files = this.#inFolder.get(folder);
    if (files?.get(path) === generation) files.delete(path);
    if (files?.size === 0) this.#inFolder.delete(folder);
  }

  #leave(generation: Generation, target: string): void {
    const folder = dirname(target);
    const left = (this.#filesIn.get(folder) ?? 1) - 1;
    if (left === 0) this.#filesIn.delete(folder);
    else this.#filesIn.set(folder, left);
    if (this.#byTarget.get(target) === generation) this.#byTarget.delete(target);
  }

  #sum(generation: Generation, isShown: boolean): void {
    const entry = this.#entries.get(generation);
    if (entry === undefined) return;
    const { share } = entry;
    const now = isShown ? shareOf(generation) : null;
    this.#size += (now?.size ?? 0) - (share?.size ?? 0);
    this.#offset += (now?.offset ?? 0) - (share?.offset ?? 0);
    this.#lag += (now?.lag ?? 0) - (share?.lag ?? 0);
    entry.share = now;
    if (now !== null && now.lag > 0) this.#lagging.set(generation, now.lag);
    else this.#lagging.delete(generation);
    if (generation.isForgotten) this.#entries.delete(generation);
  }
}

/** Something was read of it, and more may come. */
function isNotLeft({ position, stored }: Generation): boolean {
  const { standing, offset, compressed, left } = position;
  return stored && standing === 'reading' && offset > 0 && !compressed && left === null;
}

const nobody: ReadonlySet<Generation> = new Set();
const noFiles: ReadonlyMap<string, Generation> = new Map();

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function put(into: Map<string, Set<Generation>>, key: string, generation: Generation): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, new Set([generation]));
  else known.add(generation);
}

function take(from: Map<string, Set<Generation>>, key: string, generation: Generation): void {
  const known = from.get(key);
  known?.delete(generation);
  if (known?.size === 0) from.delete(key);
}

function belongs(set: Set<Generation>, generation: Generation, does: boolean): void {
  if (does) set.add(generation);
  else set.delete(generation);
}

/** The length of a compressed file's content is known only as far as the content has been read. */
export function sizeOf({ position, size }: Generation): number {
  return position.compressed ? Math.max(size, position.offset) : size;
}

function shareOf(generation: Generation): Share {
  const size = sizeOf(generation);
  return { size, offset: Math.min(size, generation.position.offset), lag: generation.lag };
}
