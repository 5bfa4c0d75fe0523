import type { PositionRecord } from '../../protocol/domain/observation.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { AsideSearch } from './asideSearch.ts';
import { ContentSettlement } from './contentSettlement.ts';
import type { Discovery } from './discover.ts';
import { claimFiles } from './fileClaims.ts';
import { inodeKey } from './fileIdentity.ts';
import type { Generation } from './generation.ts';
import { KnownGenerations } from './knownGenerations.ts';
import { judgeMissing } from './missingGenerations.ts';
import { type Findings, OngoingSearch } from './ongoingSearch.ts';
import type { Roster } from './roster.ts';
import { UnseenCopies } from './unseenCopies.ts';
import { UnseenGenerations } from './unseenGenerations.ts';

/** All generations of one source, and which file carries which. */
export class Generations {
  readonly #source: number;
  readonly #known: KnownGenerations;
  readonly #unseenCopies: UnseenCopies;
  readonly #settlement: ContentSettlement;
  readonly #aside: AsideSearch;
  readonly #unseenGenerations: UnseenGenerations;

  /** Throws a `UserError` when a stored position is unreadable. */
  constructor(source: number, root: string, positions: readonly PositionRecord[], now: WallTime) {
    this.#source = source;
    this.#known = new KnownGenerations(source, positions, now);
    this.#unseenCopies = new UnseenCopies(this.#known);
    this.#settlement = new ContentSettlement(this.#known, this.#unseenCopies);
    this.#aside = new AsideSearch(root, this.#known);
    this.#unseenGenerations = new UnseenGenerations(this.#known);
  }

  get list(): readonly Generation[] {
    return this.#known.list;
  }

  get roster(): Roster {
    return this.#known.roster;
  }

  /** Files of the last search that could not be read to know them again: path → one line. */
  get problems(): ReadonlyMap<string, string> {
    return this.#settlement.problems;
  }

  /** Oldest first; what has no name any more comes first. */
  logInOrder(family: string): readonly Generation[] {
    return this.#known.logInOrder(family);
  }

  /** As in `KnownGenerations`. */
  hasSuccessor(generation: Generation): boolean {
    return this.#known.hasSuccessor(generation);
  }

  /**
   * Decides for every file which generation it carries. A file is known again by its inode, its birth time, its beginning
   * and the bytes before the offset. The content of any other is held against all that was read, before a line of it
   * counts.
   */
  async reconcile(discovery: Discovery, now: WallTime): Promise<Findings> {
    const concerned = this.#concerned(discovery);
    const search = new OngoingSearch(this.#source, this.#known, discovery, concerned, now);
    this.#settlement.searchBegins(search);
    this.#unseenCopies.searchBegins(concerned);
    const paths = new Map(concerned.map((generation) => [generation, generation.position.path]));
    for (const generation of concerned) generation.retry();
    const files = [...discovery.files, ...(await this.#aside.foundBefore(discovery))];
    await claimFiles(files, this.#known, search);
    for (const generation of concerned) if (!search.claimed.has(generation)) await miss(generation, now);
    await this.#settlement.settle([...concerned, ...search.claimed], search);
    await this.#aside.look(search, files, this.#settlement);
    this.#unseenGenerations.judge(search, paths);
    await judgeMissing(search, this.#known);
    this.#unseenCopies.searchEnded(discovery, now);
    return search.findings();
  }

  /** All that a search has to do with: those of the logs it looked for, and those of the files it found. */
  #concerned({ logs, files }: Discovery): readonly Generation[] {
    if (logs === null) return this.list;
    const concerned = new Set<Generation>();
    for (const family of logs) for (const generation of this.roster.ofLog(family)) concerned.add(generation);
    for (const { stats } of files)
      for (const generation of this.roster.withInode(inodeKey(stats))) concerned.add(generation);
    return [...concerned];
  }
}

/** The search did not find its file. */
async function miss(generation: Generation, now: WallTime): Promise<void> {
  generation.miss(now);
  const stats = generation.orphaned ? await generation.statOpen() : null;
  if (stats === null) return;
  generation.grow(stats, now);
  // Truncated before its name was taken away.
  const { compressed, offset } = generation.position;
  if (!compressed && stats.size < offset) await generation.detach();
}
