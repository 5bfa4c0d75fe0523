import { join } from 'node:path';
import { filesAside, foundAside } from './aside.ts';
import type { ContentSettlement } from './contentSettlement.ts';
import type { Discovery, Found } from './discover.ts';
import { inodeKey } from './fileIdentity.ts';
import { Generation } from './generation.ts';
import type { KnownGenerations } from './knownGenerations.ts';
import type { OngoingSearch } from './ongoingSearch.ts';
import { withCandidate } from './recognition.ts';

/** Looks under names that are not the source's for what is missing and was not read to its end. */
export class AsideSearch {
  readonly #root: string;
  readonly #known: KnownGenerations;
  /** Files without a name of the source's that carry a generation all the same: path → family. */
  readonly #aside = new Map<string, string>();

  constructor(root: string, known: KnownGenerations) {
    this.#root = root;
    this.#known = known;
  }

  /** The files that were found earlier, as they are now. */
  async foundBefore({ files, logs }: Discovery): Promise<Found[]> {
    const named = new Set(files.map(({ stats }) => inodeKey(stats)));
    const found: Found[] = [];
    for (const [path, family] of this.#aside) {
      if (logs !== null && !logs.has(family)) continue;
      const file = await foundAside(this.#root, path, family);
      if (file !== null && !named.has(inodeKey(file.stats))) found.push(file);
      else this.#aside.delete(path);
    }
    return found;
  }

  /** @param files all that the search has found, under whatever name */
  async look(search: OngoingSearch, files: readonly Found[], settlement: ContentSettlement): Promise<void> {
    const { roster } = this.#known;
    const inodes = new Set(files.map(({ stats }) => inodeKey(stats)));
    const isNamed = (key: string): boolean =>
      inodes.has(key) || [...roster.withInode(key)].some(({ file }) => file !== null);
    const paths = new Set(files.map((file) => file.path));
    const isKnown = (path: string): boolean => paths.has(path) || roster.at(join(this.#root, path)) !== null;
    for (const missing of search.concerned) {
      const { standing, offset, path } = missing.position;
      if (search.claimed.has(missing) || missing.orphaned || missing.missed !== 1 || offset === 0) continue;
      if (standing === 'settled' || standing === 'copy') continue;
      for (const found of await filesAside(this.#root, missing.position, isKnown)) {
        // Renamed since the search listed it.
        const isElsewhere = isNamed(inodeKey(found.stats));
        if (isElsewhere) search.searchAgain();
        if (isElsewhere || !(await carriesAside(found, missing))) continue;
        this.#aside.set(found.path, missing.position.family);
        if (inodeKey(found.stats) === missing.key) {
          search.claimed.add(missing);
          missing.sees(found, search.now);
        } else {
          const aside = this.#known.add(Generation.begin(found, search.now));
          search.claimed.add(aside);
          await settlement.settle([aside], search);
        }
        break;
      }
      if (missing.position.path !== path) search.searchAgain();
    }
  }
}

async function carriesAside(found: Found, missing: Generation): Promise<boolean> {
  try {
    const relation = await withCandidate(found, (candidate) => candidate.relationTo(missing.position));
    return relation.kind === 'whole' || relation.kind === 'part';
  } catch {
    return false;
  }
}
