import type { CountedUnder } from '../measure/keptParts.ts';
import { Ledger } from '../measure/ledger.ts';
import type { StoredPart } from '../measure/ledgerParts.ts';
import { type Counted as CountedFrom, countedFrom } from '../measure/storedCounts.ts';
import type { CellRecord, OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { holdsLines } from '../protocol/domain/sourceFormat.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { Beside, Commit, Store, StoredRollout } from '../store/store.ts';
import type { Counted, PartRecord } from './countedUnder.ts';

export type Holds = PartRecord['holds'];
export const bothHolds: readonly Holds[] = ['records', 'lines'];

/** Counts that stand for themselves in memory. */
export interface Counts {
  readonly cells: readonly CellRecord[];
  readonly outcomes: readonly OutcomeRecord[];
  readonly keptSince: EventTime | null;
}

/**
 * A part of a rollout's counts that an edit of the plan leaves alone or touches as one: those of one source, or of
 * several that were counted together by an earlier version.
 */
export interface Piece {
  /** Its name in the store; `null`: its counts are only among the joined ones. */
  readonly key: string | null;
  readonly holds: Holds;
  readonly sources: readonly number[];
  readonly counts: Counts;
}

const noCounts: Counts = { cells: [], outcomes: [], keptSince: null };

/** The sources of a plan that hold records, or lines. */
export function sourcesThatHold(holds: Holds, { sources }: Plan): readonly number[] {
  return sources.flatMap((source, index) => (holdsLines(source) === (holds === 'lines') ? [index] : []));
}

/** All counts by their parts, and those that come from no source. */
export function piecesOf(
  joined: StoredRollout,
  parts: readonly PartRecord[],
  plan: Plan,
  store: Store,
): { readonly pieces: readonly Piece[]; readonly others: Counts } {
  const pieces = bothHolds.flatMap((holds): readonly Piece[] => {
    const own = parts.filter((part) => part.holds === holds);
    if (own.length === 0) {
      return [{ key: null, holds, sources: sourcesThatHold(holds, plan), counts: countsFrom(joined, plan, holds) }];
    }
    return own.map(({ key, sources }) => ({ key, holds, sources, counts: store.load(key) }));
  });
  return { pieces, others: countsFrom(joined, plan, 'none') };
}

/** The counts of all pieces together. */
export function sumOf({ plan, instrument }: CountedUnder, counts: readonly Counts[]): Counts {
  const { cells, outcomes, keepSince } = Ledger.sumOf(plan, instrument, counts);
  return { cells, outcomes, keptSince: keepSince };
}

/** True when a source's part is not among the joined counts yet. */
function isBeside({ sources }: Pick<PartRecord, 'sources'>, first: readonly number[]): boolean {
  const [source] = sources;
  return sources.length === 1 && source !== undefined && first.includes(source);
}

/** The parts as a ledger restores them. */
export function storedParts({ parts, first }: Counted, store: Store): readonly StoredPart[] {
  return parts.map(({ key, sources, ...part }) => {
    const { cells, outcomes, keptSince } = store.load(key);
    return { key, sources, isBeside: isBeside({ ...part, sources }, first), cells, outcomes, keptSince };
  });
}

/** The counts of the parts that belong to the joined ones. */
export function joinedPieces(pieces: readonly Piece[], first: readonly number[]): readonly Counts[] {
  return pieces.filter(({ key, sources }) => key === null || !isBeside({ sources }, first)).map(({ counts }) => counts);
}

export type JoinedCommit = Pick<
  Commit,
  'rollout' | 'cells' | 'outcomes' | 'replacesOutcomes' | 'keepOutcomesSince' | 'beside'
>;

/** Makes of the stored joined counts the sum of others. */
export function joinedCommit(
  rollout: string,
  present: CountedUnder,
  stored: Counts,
  counts: readonly Counts[],
): JoinedCommit {
  const sum = sumOf(present, counts);
  return {
    rollout,
    cells: changedCells(stored.cells, sum.cells),
    outcomes: sum.outcomes,
    replacesOutcomes: true,
    keepOutcomesSince: sum.keptSince ?? stored.keptSince,
  };
}

/** The parts that the sources of a plan need, with the counts of those that have none in the store yet. */
export interface PartsOfPlan {
  readonly parts: readonly PartRecord[];
  /** Written whole. */
  readonly pieces: readonly Piece[];
  /** The next number of a name. */
  readonly names: number;
}

/**
 * Each source of records gets a part of its own where the plan has several of them; the same for lines. Counts that were
 * made of several sources stay together, as a part that takes no more records.
 */
export function partsOfPlan(rollout: string, plan: Plan, pieces: readonly Piece[], names: number): PartsOfPlan {
  let next = names;
  const named: Piece[] = [];
  for (const holds of bothHolds) {
    const sources = sourcesThatHold(holds, plan);
    if (sources.length < 2) continue;
    const known = pieces.filter((piece) => piece.holds === holds);
    const missing = sources.filter((source) => !known.some((piece) => isOwn(piece, source)));
    const own = missing.map((source): Piece => ({ key: null, holds, sources: [source], counts: noCounts }));
    for (const piece of [...known, ...own]) {
      named.push({ ...piece, key: piece.key ?? `${rollout}:part-${next}` });
      if (piece.key === null) next += 1;
    }
  }
  const parts = named.map(({ key, holds, sources }) => ({ key: key ?? '', holds, sources }));
  return { parts, pieces: named, names: next };
}

/** Writes a part whole. */
export function wholePart({ key, counts }: Piece): readonly Beside[] {
  if (key === null) return [];
  const { cells, outcomes, keptSince } = counts;
  return [{ rollout: key, forget: true, cells, outcomes, keepOutcomesSince: keptSince }];
}

/** The cells that make the stored ones into others. */
function changedCells(stored: readonly CellRecord[], now: readonly CellRecord[]): readonly CellRecord[] {
  const nameOf = ({ series, minute }: CellRecord): string => `${minute} ${series}`;
  const known = new Map(stored.map((cell) => [nameOf(cell), cell]));
  const changed: CellRecord[] = [];
  for (const cell of now) {
    const name = nameOf(cell);
    const old = known.get(name);
    known.delete(name);
    if (old === undefined || Buffer.compare(old.body, cell.body) !== 0) changed.push(cell);
  }
  return [...changed, ...[...known.values()].map((cell) => ({ ...cell, body: new Uint8Array() }))];
}

function isOwn({ sources }: Piece, source: number): boolean {
  return sources.length === 1 && sources[0] === source;
}

export function isEmpty({ cells, outcomes }: Counts): boolean {
  return cells.length === 0 && outcomes.length === 0;
}

function countsFrom({ cells, outcomes, keptSince }: Counts, plan: Plan, from: CountedFrom): Counts {
  return {
    cells: cells.filter(({ series }) => countedFrom(series, plan) === from),
    outcomes: from === 'records' ? outcomes : [],
    keptSince,
  };
}
