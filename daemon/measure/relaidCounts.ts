import type { CellRecord, OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import type { EventMinute, EventTime } from '../protocol/domain/units.ts';
import { type CountedUnder, countsLayout, type KeptParts } from './keptParts.ts';
import { MinuteOutcomes } from './minuteOutcomes.ts';
import { type CountsLayout, OutcomeCounts } from './outcomeCounts.ts';
import { RecordCell } from './recordCell.ts';
import { signalSeries } from './resolvedMeasure.ts';
import { SampleCell } from './sampleCell.ts';
import { keptBits, keptFields, keptSides, perMinute, type StoredCounts, seriesName } from './storedCounts.ts';

/**
 * The counts in the layout of another plan, at the instant `at` of its edit. Kept parts are moved, byte for byte where
 * the layout allows it; new parts that nobody counted become a number of unknown records (or lines), minute by minute.
 * Nothing is guessed: a scope with such a record says so.
 */
export function relaidCounts(
  stored: StoredCounts,
  before: CountedUnder,
  after: CountedUnder,
  kept: KeptParts,
  at: EventTime,
): StoredCounts {
  return new Relaying(stored, before, after, kept, at).result();
}

class Relaying {
  readonly #stored: StoredCounts;
  readonly #before: CountedUnder;
  readonly #after: CountedUnder;
  readonly #from: CountsLayout;
  readonly #to: CountsLayout;
  readonly #kept: KeptParts;
  readonly #at: EventTime;
  readonly #cells: CellRecord[] = [];

  constructor(stored: StoredCounts, before: CountedUnder, after: CountedUnder, kept: KeptParts, at: EventTime) {
    this.#stored = stored;
    this.#before = before;
    this.#after = after;
    this.#from = countsLayout(before);
    this.#to = countsLayout(after);
    this.#kept = kept;
    this.#at = at;
  }

  result(): StoredCounts {
    for (const record of this.#stored.cells) this.#relay(record);
    if (!this.#kept.arms) this.#unplaceAll();
    this.#askForSamples();
    const outcomes = this.#kept.arms ? this.#stored.outcomes.map((outcome) => this.#outcome(outcome)) : [];
    return { cells: this.#cells, outcomes };
  }

  #relay(record: CellRecord): void {
    const { series, minute, body } = record;
    const name = seriesName(series);
    switch (name.kind) {
      case 'counts':
        if (this.#kept.arms) this.#put(series, minute, this.#counts(OutcomeCounts.decode(this.#from, body)).encode());
        return;
      case 'singles':
        if (this.#kept.arms) this.#put(series, minute, this.#singles(minute, body));
        return;
      case 'places':
        if (!this.#kept.arms) return;
        for (const side of keptSides(name.side, this.#kept)) this.#put(`${name.arm}!${side}`, minute, body);
        return;
      case 'records':
        if (this.#kept.records) this.#put(series, minute, this.#records(body));
        return;
      case 'lines':
        if (this.#kept.lines) this.#put(series, minute, body);
        return;
      case 'samples':
        // People's signals stay, whatever the plan asks for.
        if (series.startsWith(signalSeries(''))) this.#cells.push(record);
        for (const [now, { from }] of this.#kept.series) if (from === series) this.#put(now, minute, body);
    }
  }

  #put(series: string, minute: EventMinute, body: Uint8Array): void {
    this.#cells.push({ series, minute, body });
  }

  #counts(old: OutcomeCounts): OutcomeCounts {
    const counts = new OutcomeCounts(this.#to);
    counts.addNumbers(old);
    counts.unplaced = old.unplaced;
    const uncounted: number[] = [];
    for (const [bit, from] of this.#kept.shares.entries()) {
      counts.good[bit] = from === null ? 0 : (old.good[from] ?? 0);
      uncounted.push(from === null ? old.n : (old.uncounted?.[from] ?? 0));
    }
    for (const [place, from] of this.#kept.sketches.entries()) {
      const sketch = from === null ? undefined : old.sketches[from];
      if (sketch !== undefined) counts.sketches[place]?.merge(sketch);
      uncounted.push(from === null ? old.n : (old.uncounted?.[this.#from.shares + from] ?? 0));
    }
    if (uncounted.some((count) => count > 0)) counts.uncounted = uncounted;
    return counts;
  }

  #singles(minute: EventMinute, body: Uint8Array): Uint8Array {
    // A dropped minute is left as one byte.
    if (body.length <= 1) return body;
    const old = MinuteOutcomes.decode(this.#from, this.#before.instrument.fields.length, minute, body);
    const singles = new MinuteOutcomes(this.#to, minute);
    for (const { at, shares, fields } of old.outcomes) {
      singles.add({ at, shares: keptBits(shares, this.#kept), fields: keptFields(fields, this.#kept) });
    }
    return singles.encode();
  }

  #records(body: Uint8Array): Uint8Array {
    const { values } = this.#kept;
    const old = RecordCell.decode(this.#before.instrument.valueFields.length, body);
    const cell = new RecordCell(values.length);
    cell.n = old.n;
    cell.newest = old.newest;
    for (const [index, from] of values.entries()) {
      for (const [value, { n }] of (from === null ? undefined : old.values[from]) ?? []) {
        cell.values[index]?.set(value, { n });
      }
    }
    return cell.encode();
  }

  #outcome({ at, arm, shares, fields, place }: OutcomeRecord): OutcomeRecord {
    return { at, arm, shares: keptBits(shares, this.#kept), fields: keptFields(fields, this.#kept), place };
  }

  /** Any record may be of any arm now. */
  #unplaceAll(): void {
    const seen: Map<EventMinute, number> = perMinute(this.#stored.cells, 'records', this.#before);
    const edges: { readonly series: string; readonly minute: EventMinute }[] = [];
    for (const { series, minute, body } of this.#stored.cells) {
      const name = seriesName(series);
      if (name.kind !== 'counts') continue;
      const { n, unplaced } = OutcomeCounts.decode(this.#from, body);
      seen.set(minute, Math.max(seen.get(minute) ?? 0, n + unplaced));
      if (name.edge) edges.push({ series, minute });
    }
    const arms: readonly Arm[] = this.#after.plan.arms.control === undefined ? ['treatment'] : ['treatment', 'control'];
    const whole = [...seen.keys()].flatMap((minute) => arms.map((arm) => ({ series: arm, minute })));
    for (const { series, minute } of [...whole, ...edges]) {
      const counts = new OutcomeCounts(this.#to);
      counts.unplaced = seen.get(minute) ?? 0;
      if (counts.unplaced > 0) this.#put(series, minute, counts.encode());
    }
  }

  #askForSamples(): void {
    const seen = {
      records: perMinute(this.#stored.cells, 'records', this.#before),
      lines: perMinute(this.#stored.cells, 'lines', this.#before),
      // The process was not measured before: its earlier values are unknown up to now.
      process: new Map([[Math.floor(this.#at / 60_000) as EventMinute, 1]]),
    };
    this.#addOlderDoubts(seen);
    for (const [series, { from, kind }] of this.#kept.series) {
      if (from !== null) continue;
      for (const [minute, count] of seen[kind]) {
        if (count === 0) continue;
        const cell = new SampleCell();
        cell.uncounted = count;
        cell.uncountedBefore = Math.min((minute + 1) * 60_000, this.#at);
        this.#put(series, minute, cell.encode());
      }
    }
  }

  /** An earlier edit has removed the tables, and its gaps are still open. */
  #addOlderDoubts(seen: Readonly<Record<'records' | 'lines', Map<EventMinute, number>>>): void {
    for (const { series, minute, body } of this.#stored.cells) {
      const name = seriesName(series);
      if (name.kind === 'counts' && !name.edge) {
        const { unplaced } = OutcomeCounts.decode(this.#from, body);
        seen.records.set(minute, Math.max(seen.records.get(minute) ?? 0, unplaced));
      }
      if (name.kind === 'samples' && series.startsWith('line:')) {
        const { uncounted } = SampleCell.decode(body);
        seen.lines.set(minute, Math.max(seen.lines.get(minute) ?? 0, uncounted));
      }
    }
  }
}
