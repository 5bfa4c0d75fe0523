import type { CellRecord, OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { type EventMinute, type EventTime, eventTime } from '../protocol/domain/units.ts';
import { edgeMark, singlesMark } from './armLedger.ts';
import { type CountedUnder, countsLayout, type KeptParts } from './keptParts.ts';
import { lineCountSeries, recordSeries } from './ledger.ts';
import { sideMark } from './olderPlaces.ts';
import { OutcomeCounts } from './outcomeCounts.ts';
import { RecordCell } from './recordCell.ts';
import { gaugeSeries, lineSeries } from './resolvedMeasure.ts';
import { SampleCell } from './sampleCell.ts';

/** The counts of a ledger as they are stored. */
export interface StoredCounts {
  readonly cells: readonly CellRecord[];
  readonly outcomes: readonly OutcomeRecord[];
}

/** The meaning of a stored series' name. */
export type SeriesName =
  /** Counts of an arm's minutes, or (`edge`) of the part of one minute from an instant on. */
  | { readonly kind: 'counts'; readonly arm: Arm; readonly edge: boolean }
  | { readonly kind: 'singles'; readonly arm: Arm }
  | { readonly kind: 'places'; readonly arm: Arm; readonly side: string }
  | { readonly kind: 'records' }
  | { readonly kind: 'lines' }
  | { readonly kind: 'samples' };

export function seriesName(series: string): SeriesName {
  if (series === recordSeries) return { kind: 'records' };
  if (series === lineCountSeries) return { kind: 'lines' };
  for (const arm of ['treatment', 'control'] as const) {
    if (series === arm) return { kind: 'counts', arm, edge: false };
    if (series === arm + singlesMark) return { kind: 'singles', arm };
    if (series.startsWith(arm + edgeMark)) return { kind: 'counts', arm, edge: true };
    if (series.startsWith(arm + sideMark)) return { kind: 'places', arm, side: series.slice(arm.length + 1) };
  }
  return { kind: 'samples' };
}

/** The sources from which counts come: those of records, those of text lines, or none (people, processes). */
export type Counted = 'records' | 'lines' | 'none';

export function countedFrom(series: string, plan: Plan): Counted {
  const { kind } = seriesName(series);
  if (kind === 'lines') return 'lines';
  if (kind !== 'samples') return 'records';
  if (series.startsWith(lineSeries(''))) return 'lines';
  const gauge = Object.entries(plan.measures).find(([name]) => gaugeSeries(name) === series)?.[1];
  return gauge !== undefined && 'gauge' in gauge && gauge.process === undefined ? 'records' : 'none';
}

/** The same side by the new plan's bits and fields; none where no part of it was kept. */
export function keptSides(side: string, { shares, fields }: KeptParts): readonly string[] {
  const [kind, index, ...rest] = side.split(' ');
  if (kind === 'all') return [side];
  const among = kind === 'share' ? shares : fields;
  return among.flatMap((old, now) => (old === Number(index) ? [[kind, now, ...rest].join(' ')] : []));
}

/** The outcome's bits by the new plan; uncounted bits are not set. */
export function keptBits(bits: number, { shares }: KeptParts): number {
  let kept = 0;
  for (const [bit, old] of shares.entries()) if (old !== null && (bits >> old) & 1) kept |= 1 << bit;
  return kept;
}

export function keptFields(numbers: readonly number[], { fields, ones }: KeptParts): readonly number[] {
  return fields.map((old, now) => {
    if (old === null) return ones.includes(now) ? 1 : Number.NaN;
    return numbers[old] ?? Number.NaN;
  });
}

/** How many records, or lines, each minute of the stored table holds. */
export function perMinute(cells: readonly CellRecord[], table: 'records' | 'lines', { instrument }: CountedUnder) {
  const values = table === 'records' ? instrument.valueFields.length : 0;
  const found = new Map<EventMinute, number>();
  for (const { series, minute, body } of cells) {
    if (seriesName(series).kind === table) found.set(minute, RecordCell.decode(values, body).n);
  }
  return found;
}

/** The instants at which minutes are kept apart. */
export function edgesOf(cells: readonly CellRecord[]): readonly EventTime[] {
  const found = new Set<EventTime>();
  for (const { series } of cells) {
    const name = seriesName(series);
    if (name.kind === 'counts' && name.edge) found.add(eventTime(Number(series.slice(series.indexOf(edgeMark) + 1))));
  }
  return [...found];
}

/** The same with those that an earlier edit has left unknown: it has removed the table. */
function seenPerMinute(cells: readonly CellRecord[], table: 'records' | 'lines', under: CountedUnder) {
  const seen = perMinute(cells, table, under);
  const counted = new Map<EventMinute, number>();
  const unplaced = new Map<EventMinute, number>();
  const raise = (to: Map<EventMinute, number>, minute: EventMinute, n: number): void => {
    to.set(minute, Math.max(to.get(minute) ?? 0, n));
  };
  for (const { series, minute, body } of cells) {
    const name = seriesName(series);
    if (table === 'records' && name.kind === 'counts' && !name.edge) {
      const counts = OutcomeCounts.decode(countsLayout(under), body);
      counted.set(minute, (counted.get(minute) ?? 0) + counts.n);
      raise(unplaced, minute, counts.unplaced);
    }
    if (table === 'lines' && series.startsWith(lineSeries(''))) raise(seen, minute, SampleCell.decode(body).uncounted);
  }
  for (const minute of new Set([...counted.keys(), ...unplaced.keys()])) {
    raise(seen, minute, (counted.get(minute) ?? 0) + (unplaced.get(minute) ?? 0));
  }
  return seen;
}

/**
 * What is known of lines that an edit makes records, or of records that it makes lines: the number of them in each minute.
 * @param all the cells of the rollout, whose minutes are kept apart at some instants.
 */
export function countedAs(
  table: 'records' | 'lines',
  counts: StoredCounts,
  all: readonly CellRecord[],
  before: CountedUnder,
): StoredCounts {
  const values = table === 'records' ? before.instrument.valueFields.length : 0;
  const cells: CellRecord[] = [];
  const arms: readonly Arm[] = before.plan.arms.control === undefined ? ['treatment'] : ['treatment', 'control'];
  const edges = table === 'records' ? edgesOf(all) : [];
  for (const [minute, n] of seenPerMinute(counts.cells, table === 'records' ? 'lines' : 'records', before)) {
    const cell = new RecordCell(values);
    cell.n = n;
    cells.push({ series: table === 'records' ? recordSeries : lineCountSeries, minute, body: cell.encode() });
    for (const edge of edges.filter((at) => Math.floor(at / 60_000) === minute)) {
      const body = new OutcomeCounts(countsLayout(before)).encode();
      cells.push(...arms.map((arm) => ({ series: `${arm}${edgeMark}${edge}`, minute, body })));
    }
  }
  return { cells, outcomes: [] };
}
