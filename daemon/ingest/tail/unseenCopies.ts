import { type WallTime, wallTime } from '../../protocol/domain/units.ts';
import type { Discovery } from './discover.ts';
import { inodeKey } from './fileIdentity.ts';
import type { Generation } from './generation.ts';
import type { KnownGenerations } from './knownGenerations.ts';
import type { Position } from './position.ts';

/** Knows the copies of which the original was truncated before anything of it was read. */
export class UnseenCopies {
  readonly #known: KnownGenerations;
  /** When the search for everything before this one began, which the store may tell; `null` when there was none. */
  #searched: WallTime | null;
  /** When the logs were looked for that were looked for since. */
  readonly #searchedLogs = new Map<string, WallTime>();
  /** Files of which something had been kept before this search, as `fileKey` names them. */
  #keptFiles: ReadonlySet<string> = new Set();

  constructor(known: KnownGenerations) {
    this.#known = known;
    const seen = known.list.map(({ position }) => position.seen);
    this.#searched = seen.length === 0 ? null : wallTime(seen.reduce((latest, at) => Math.max(latest, at)));
  }

  searchBegins(concerned: readonly Generation[]): void {
    this.#keptFiles = new Set(concerned.filter(({ stored }) => stored).map(({ position }) => fileKey(position)));
  }

  searchEnded({ logs }: Discovery, now: WallTime): void {
    if (logs === null) {
      this.#searched = now;
      this.#searchedLogs.clear();
    } else for (const family of logs) this.#searchedLogs.set(family, now);
  }

  /**
   * A rotated file that was made since the last search, and after the live one, is a copy of that where nothing was known of
   * either: the live one was written, copied and truncated meanwhile.
   */
  has({ file, stored, position }: Generation): boolean {
    if (file === null || stored || file.age === null || file.compressed || file.stats.birth === '0') return false;
    const born = BigInt(file.stats.birth);
    const searched = this.#searchedLogs.get(position.family) ?? this.#searched;
    if (searched === null || born / 1_000_000n < BigInt(Math.floor(searched))) return false;
    const live = [...this.#known.roster.ofLog(position.family)].find((other) => other.file?.age === null);
    if (live === undefined || live.position.offset > 0) return false;
    return BigInt(live.position.birth) < born && this.#keptFiles.has(fileKey(live.position));
  }
}

function fileKey(position: Position): string {
  return `${inodeKey(position)} ${position.birth}`;
}
