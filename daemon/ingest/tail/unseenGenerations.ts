import type { Generation } from './generation.ts';
import type { KnownGenerations } from './knownGenerations.ts';
import { missingNumbers } from './missingNumbers.ts';
import type { OngoingSearch } from './ongoingSearch.ts';

/** Tells of generations that came and went while nobody looked. What is suspected has to be seen by two searches. */
export class UnseenGenerations {
  readonly #known: KnownGenerations;
  /** Paths of numbers that the search before missed. */
  #suspectedNumbers: readonly string[] = [];
  /** Logs of which the search before saw no file that it knew, and what it had known. */
  #suspectedBreaks: ReadonlyMap<string, readonly Generation[]> = new Map();

  constructor(known: KnownGenerations) {
    this.#known = known;
  }

  /** @param paths where each generation was seen before the search */
  judge(search: OngoingSearch, paths: ReadonlyMap<Generation, string>): void {
    const { discovery, claimed } = search;
    this.#judgeNumbers(search, missingNumbers(discovery.files, claimed, paths));
    // A file that cannot be looked at may be one that is known.
    if (discovery.problems.size === 0) this.#judgeBreaks(search);
  }

  /** Files are listed one after the other while others rename them: what only one search misses is not missing. */
  #judgeNumbers(search: OngoingSearch, missing: readonly string[]): void {
    const { files, logs } = search.discovery;
    const present = new Set(
      files.flatMap(({ family, age }) => (age?.kind === 'number' ? [`${family}.${age.number}`] : [])),
    );
    const isLookedFor = (path: string): boolean => logs === null || logs.has(path.slice(0, path.lastIndexOf('.')));
    for (const path of this.#suspectedNumbers.filter(isLookedFor)) {
      if (!present.has(path)) search.declareLoss(path, 'a rotated generation is missing; what it held was never read');
    }
    this.#suspectedNumbers = [...this.#suspectedNumbers.filter((path) => !isLookedFor(path)), ...missing];
    if (missing.length > 0) search.searchAgain();
  }

  /**
   * Where all that was known of a log is gone and was read to its end, and all that is there is new, it was rotated so often
   * while nobody looked that others may have come and gone between.
   */
  #judgeBreaks(search: OngoingSearch): void {
    const { logs } = search.discovery;
    const suspected = new Map<string, readonly Generation[]>();
    for (const [family, known] of this.#suspectedBreaks) {
      if (logs !== null && !logs.has(family)) suspected.set(family, known);
      else if (known.every(({ carried }) => !carried)) {
        search.declareLoss(
          family,
          'no generation that was known is left; what was written and deleted since may be lost',
        );
      }
    }
    const rotated = [...search.claimed].filter(({ stored, file }) => !stored && file !== null && file.age !== null);
    for (const family of new Set(rotated.map(({ position }) => position.family))) {
      const known = [...this.#known.roster.ofLog(family)].filter(({ stored }) => stored);
      const isGone = ({ carried, position, isLeft }: Generation): boolean =>
        !carried && (position.standing === 'finished' || isLeft);
      if (known.length === 0 || !known.every(isGone) || this.#suspectedBreaks.has(family)) continue;
      suspected.set(family, known);
      search.searchAgain();
    }
    this.#suspectedBreaks = suspected;
  }
}
