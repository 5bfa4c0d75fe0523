import type { Ledger } from '../measure/ledger.ts';
import type { CellRecord, RejectReason } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { nameOfSource, type Source, sourceName } from '../protocol/domain/sourceKinds.ts';
import { duration, type EventTime, eventTime } from '../protocol/domain/units.ts';
import { type LeftOut, rejectsText } from '../protocol/words/rejectsText.ts';
import type { Scope } from './scope.ts';

/** A larger share of rejected records than this is an error of the source, unless its `rejects` says otherwise. */
const defaultShare = 0.01;
/** A line that a crash has cut, and the one after it, count as no error. */
const leastRejected = 3;
/** The time over which the present share is taken, or the source's `fresh` where that lies between. */
const shortestRecent = duration(60_000);
const longestRecent = duration(3_600_000);
const usualRecent = duration(15 * 60_000);

/** The lines of a source that were read in a period, and the rejected ones among them. */
export interface RejectedShare {
  readonly read: number;
  readonly rejected: Readonly<Partial<Record<RejectReason, number>>>;
  /** The rejected part of all lines that were read. */
  readonly share: number;
  /** The share that the source tolerates. */
  readonly limit: number;
}

/** One more reason makes the compiler ask for it here. */
const everyReason: Readonly<Record<RejectReason, true>> = {
  'invalid-json': true,
  'not-an-object': true,
  'no-time': true,
  'invalid-time': true,
  'invalid-number': true,
  'too-long': true,
  'too-deep': true,
  'too-many-keys': true,
  'duplicate-key': true,
  'nul-bytes': true,
  partial: true,
  'wrong-columns': true,
  'no-header': true,
  'not-utf8': true,
  'no-match': true,
  'no-records': true,
  'no-count': true,
  'no-key': true,
  'no-exposure': true,
  future: true,
};
const reasons = Object.keys(everyReason) as readonly RejectReason[];

const readSeries = (source: Source): string => `read:${sourceName(source)}`;
const rejectSeries = (source: Source, reason: RejectReason): string => `rejected:${sourceName(source)}:${reason}`;

/** True when rejects are more than a source tolerates. */
export function isBeyond({ rejects = defaultShare }: Source, rejected: number, read: number): boolean {
  return rejected >= leastRejected && rejected > rejects * read;
}

/**
 * The stored rejects under the names of an edited plan.
 * @param sources old source → new source, of those that are read in the same way.
 */
export function renamedRejects(
  cells: readonly CellRecord[],
  before: Plan,
  after: Plan,
  sources: ReadonlyMap<number, number>,
): readonly CellRecord[] {
  const names = new Map<string, string>();
  for (const [old, now] of sources) {
    const [then, of] = [before.sources[old], after.sources[now]];
    if (then === undefined || of === undefined) continue;
    names.set(readSeries(then), readSeries(of));
    for (const reason of reasons) names.set(rejectSeries(then, reason), rejectSeries(of, reason));
  }
  return cells.flatMap(({ series, ...cell }) => {
    const name = names.get(series);
    return name === undefined ? [] : [{ ...cell, series: name }];
  });
}

/** The rejected records of each source, minute by minute of their arrival, beside the accepted ones. */
export class Rejects {
  readonly #sources: readonly Source[];
  readonly #ledger: Ledger;

  constructor(plan: Plan, ledger: Ledger) {
    this.#sources = plan.sources;
    this.#ledger = ledger;
  }

  note(source: number, at: EventTime, read: number, rejected: Readonly<Partial<Record<RejectReason, number>>>): void {
    const of = this.#sources[source];
    if (of === undefined || read === 0) return;
    this.#ledger.addAmount(readSeries(of), read, at);
    for (const reason of reasons) {
      const count = rejected[reason] ?? 0;
      if (count > 0) this.#ledger.addAmount(rejectSeries(of, reason), count, at);
    }
  }

  /** More rejects than the source tolerates, in the newest time; `null` when there are not. */
  recent(source: number, now: EventTime): RejectedShare | null {
    const of = this.#sources[source];
    if (of === undefined) return null;
    const length = Math.min(longestRecent, Math.max(shortestRecent, of.fresh ?? usualRecent));
    const from = eventTime(now - length);
    return this.#beyond(of, (series) => this.#ledger.samples(series, from, null, 0).sum);
  }

  /** The same over a stay. */
  within(source: number, scope: Scope): RejectedShare | null {
    const of = this.#sources[source];
    return of === undefined ? null : this.#beyond(of, (series) => scope.samples(series, 0).sum);
  }

  /** The rejected records of each source in [from, to), tolerated or not. */
  leftOut(from: EventTime, to: EventTime): readonly LeftOut[] {
    return this.#sources.flatMap((of): LeftOut[] => {
      const found = this.#sum(of, (series) => this.#ledger.samples(series, from, to, 0).sum);
      return found === null || found.share === 0 ? [] : [{ glob: sourceName(of), ...found }];
    });
  }

  /** In one line; the complete text also gives advice. */
  text(source: number, found: RejectedShare, length: 'short' | 'whole'): string {
    return rejectsText(nameOfSource({ sources: this.#sources }, source), found, length);
  }

  #beyond(of: Source, sum: (series: string) => number): RejectedShare | null {
    const found = this.#sum(of, sum);
    if (found === null || found.share <= found.limit) return null;
    const total = Object.values(found.rejected).reduce((all, count) => all + count, 0);
    return total < leastRejected ? null : found;
  }

  #sum(of: Source, sum: (series: string) => number): RejectedShare | null {
    const read = sum(readSeries(of));
    if (read === 0) return null;
    const limit = of.rejects ?? defaultShare;
    const rejected: Partial<Record<RejectReason, number>> = {};
    let total = 0;
    for (const reason of reasons) {
      const count = sum(rejectSeries(of, reason));
      if (count === 0) continue;
      rejected[reason] = count;
      total += count;
    }
    return { read, rejected, share: total / read, limit };
  }
}
