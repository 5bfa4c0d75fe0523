import type { CellRecord, Instrument, Observation, OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { type Duration, duration, type EventTime, eventTime } from '../protocol/domain/units.ts';
import { ArmLedger, type WindowNeeds } from './armLedger.ts';
import { CellTable, type RollUp } from './cellTable.ts';
import { type CountedSide, sidesOf } from './countedSide.ts';
import { countsLayout } from './keptParts.ts';
import type { OutcomeCounts } from './outcomeCounts.ts';
import type { Placed } from './placesCell.ts';
import { type Counter, counterOf, RecordCell } from './recordCell.ts';
import { gaugeSeries, lineSeries, resolveMeasure, signalSeries } from './resolvedMeasure.ts';
import { type Sample, SampleCell, SampleTotals } from './sampleCell.ts';
import { exactLength, type SlidingWindow } from './slidingWindow.ts';

/** The changes that the store writes so that `Ledger.restore` gives the same ledger. */
export interface LedgerChanges {
  /** Cells that changed since the last time, whole; each replaces the one of the same series and minute. */
  readonly cells: readonly CellRecord[];
  /** Outcomes that came since the last time and are not older than `keepSince`. */
  readonly outcomes: readonly OutcomeRecord[];
  /** The outcomes are complete and replace all stored ones, and `keepSince` may be earlier than it was. */
  readonly replaces: boolean;
  /** Stored outcomes earlier than this are needed no more; `null` before the first record. */
  readonly keepSince: EventTime | null;
}

/** The counts of [from, to) of both arms, kept up to date as records come. */
export interface Span {
  readonly from: EventTime | null;
  readonly to: EventTime | null;
  readonly arms: Readonly<Record<Arm, OutcomeCounts>>;
  /** Totals of the lines, gauge's readings or signals of a series; none of them one by one. */
  samples(series: string): SampleTotals;
}

interface FollowedSpan extends Span {
  readonly followed: Map<string, SampleTotals>;
}

/** The series of all records, and of all text lines, whatever their content. */
export const recordSeries = 'records';
export const lineCountSeries = 'lines';
/**
 * The number of different values of one field that are counted one by one; an id in the place of an arm must not fill
 * the memory.
 */
const valueLimit = 1000;
const otherValues = '(other)';

/**
 * An instant strictly between `at` and the next microsecond, the resolution of event times: [after(a), after(b)) holds
 * exactly what (a, b] does.
 */
export function after(at: number): EventTime {
  return eventTime(at + 0.0005);
}

/**
 * All counts of one rollout, in memory. The same observations give the same counts whatever their order, and a ledger
 * restored from the result of `takeChanges` continues as if it had never stopped.
 *
 * Two clocks run, both by event time: records (outcomes and stage events) move the `watermark`, which decides what the
 * newest hour is; text lines have their own, so that a log read to its end does not age a metrics file still being
 * read.
 */
export class Ledger {
  readonly #instrument: Instrument;
  readonly #arms: Readonly<Record<Arm, ArmLedger>>;
  readonly #records: CellTable<RecordCell>;
  readonly #lines: CellTable<RecordCell>;
  readonly #samples = new Map<string, CellTable<SampleCell>>();
  readonly #recordGauges: readonly { readonly series: string; readonly field: number; readonly arm: Arm | null }[];
  readonly #spans = new Set<FollowedSpan>();
  readonly #values: readonly Map<string, Counter>[];
  #recordCount = 0;
  #watermark = Number.NEGATIVE_INFINITY;
  #lineWatermark = Number.NEGATIVE_INFINITY;
  #keepSince = Number.NEGATIVE_INFINITY;
  #unstored: OutcomeRecord[] = [];
  readonly #retention: Plan['retention'];
  /** Instants at which counts are kept apart, the starts of minutes too. */
  readonly #apart = new Set<number>();
  /** The hour of the newest event for which the past was rolled up. */
  #rolledUpAt = Number.NEGATIVE_INFINITY;
  #replaces = false;

  constructor(plan: Plan, instrument: Instrument) {
    this.#instrument = instrument;
    this.#retention = plan.retention;
    const measures = Object.keys(plan.measures).map((name) => resolveMeasure(plan, instrument, name));
    const layout = countsLayout({ plan, instrument });
    const longest = duration(Math.max(exactLength, ...plan.triggers.map(({ over }) => over)));
    const sides = sidesOf(plan, instrument);
    const armLedger = (arm: Arm) => new ArmLedger(arm, layout, instrument.fields.length, longest, sides);
    this.#arms = { treatment: armLedger('treatment'), control: armLedger('control') };
    this.#records = recordTable(recordSeries, instrument.valueFields.length);
    this.#lines = recordTable(lineCountSeries, 0);
    this.#recordGauges = measures.flatMap((measure) =>
      measure.kind === 'gauge' && measure.field !== null
        ? [{ series: measure.series, field: measure.field, arm: measure.arm }]
        : [],
    );
    this.#values = instrument.valueFields.map(() => new Map<string, Counter>());
  }

  /**
   * The ledger as it was when it last gave its changes.
   * @param keptSince the `keepSince` that it gave.
   * @throws RangeError when the cells were counted under a plan with other measures: read the sources anew then.
   */
  static restore(
    plan: Plan,
    instrument: Instrument,
    cells: Iterable<CellRecord>,
    outcomes: Iterable<OutcomeRecord>,
    keptSince: EventTime | null = null,
  ): Ledger {
    const ledger = new Ledger(plan, instrument);
    ledger.#load(cells, outcomes, keptSince ?? Number.NEGATIVE_INFINITY);
    return ledger;
  }

  /** Event time of the newest record; `null` before the first. */
  get watermark(): EventTime | null {
    return Number.isFinite(this.#watermark) ? eventTime(this.#watermark) : null;
  }

  /** Start of the earliest minute with a record; `null` before the first. */
  get earliest(): EventTime | null {
    return Number.isFinite(this.#records.first) ? eventTime(this.#records.first * 60_000) : null;
  }

  /** Event time of the newest text line; `null` before the first. */
  get lineWatermark(): EventTime | null {
    return Number.isFinite(this.#lineWatermark) ? eventTime(this.#lineWatermark) : null;
  }

  /** Records that count, of whatever arm. */
  get records(): number {
    return this.#recordCount;
  }

  /** How many cells are held in memory: as many as are stored. */
  get size(): number {
    const { treatment, control } = this.#arms;
    const samples = [...this.#samples.values()].reduce((sum, table) => sum + table.size, 0);
    return treatment.size + control.size + this.#records.size + this.#lines.size + samples;
  }

  /** Field → value → records, for the fields that the arms name. Records without the field are in none of them. */
  get values(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries(
      this.#instrument.valueFields.map((field, index) => [
        field,
        Object.fromEntries([...(this.#values[index] ?? [])].map(([value, { n }]) => [value, n])),
      ]),
    );
  }

  add({ reading, place }: Observation): void {
    switch (reading.kind) {
      case 'outcome': {
        this.#advance(reading.at);
        if (reading.more !== true) {
          const cell = this.#seen(this.#records, reading.at);
          cell.n += 1;
          this.#recordCount += 1;
          this.#countValues(cell, reading.values);
        }
        if (reading.arm !== null) {
          const { at, arm, shares, fields } = reading;
          this.#addOutcome({ at, arm, shares, fields, place });
        }
        if (reading.more === true) return;
        for (const { series, field, arm } of this.#recordGauges) {
          if (arm !== null && arm !== reading.arm) continue;
          const value = reading.fields[field] ?? Number.NaN;
          if (Number.isFinite(value)) this.#addSample(series, { at: reading.at, value, place });
        }
        return;
      }
      case 'line': {
        if (reading.at > this.#lineWatermark) {
          this.#lineWatermark = reading.at;
          this.#rollUp(reading.at);
        }
        this.#seen(this.#lines, reading.at).n += 1;
        if (reading.matches === 0) return;
        for (const [bit, measure] of this.#instrument.lines.entries()) {
          if (((reading.matches >> bit) & 1) === 0) continue;
          if (reading.undatable === true) this.#noteUncounted(lineSeries(measure), reading.at);
          else this.#addSample(lineSeries(measure), { at: reading.at, value: 1, place });
        }
        return;
      }
      case 'stage':
        this.#advance(reading.at);
        this.#seen(this.#records, reading.at);
        this.splitAt(reading.at);
    }
  }

  /** A reading of a process gauge, in the measure's unit. It moves no watermark. */
  addGauge(measure: string, value: number, at: EventTime): void {
    if (Number.isFinite(value)) this.#addSample(gaugeSeries(measure), { at, value, place: null });
  }

  /** A signal reported by a person. It moves no watermark. */
  addSignal(name: string, at: EventTime): void {
    this.#addSample(signalSeries(name), { at, value: 1, place: null });
  }

  /** This many occurrences of something that is no measure of the plan. It moves no watermark. */
  addAmount(series: string, amount: number, at: EventTime): void {
    this.#addSample(series, { at, value: amount, place: null });
  }

  /**
   * The clock says `now`, so records with a later date have not happened yet: they are removed from every count, and
   * the watermarks go back with them. Where single outcomes are no longer held the minute of `now` is removed whole.
   * @returns how many records and lines that were.
   */
  setAside(now: EventTime): number {
    const minute = Math.floor(now / 60_000);
    let taken = this.#arms.treatment.setAside(now) + this.#arms.control.setAside(now);
    for (const cell of this.#records.takeFrom(minute + 1)) {
      taken += cell.n;
      this.#countRecords(cell, -1);
    }
    for (const cell of this.#lines.takeFrom(minute + 1)) taken += cell.n;
    for (const table of this.#samples.values()) {
      table.takeFrom(minute + 1);
      if (table.get(minute) !== undefined) table.change(minute).dropAfter(now);
    }
    this.#watermark = backTo(now, this.#records);
    this.#lineWatermark = backTo(now, this.#lines);
    if (minute * 60_000 < this.#keepSince) this.#keepSince = minute * 60_000;
    this.#replaces = true;
    for (const span of this.#spans) this.#countAnew(span);
    return taken;
  }

  /** The changes to store since the last call. */
  takeChanges(): LedgerChanges {
    const cells = [
      ...this.#arms.treatment.takeChanged(),
      ...this.#arms.control.takeChanged(),
      ...this.#records.takeChanged(),
      ...this.#lines.takeChanged(),
    ];
    for (const table of this.#samples.values()) cells.push(...table.takeChanged());
    const replaces = this.#replaces;
    const outcomes = replaces
      ? [...this.#arms.treatment.held(), ...this.#arms.control.held()]
      : this.#unstored.filter(({ at }) => at >= this.#keepSince);
    this.#unstored = [];
    this.#replaces = false;
    return {
      cells,
      outcomes,
      replaces,
      keepSince: Number.isFinite(this.#keepSince) ? eventTime(this.#keepSince) : null,
    };
  }

  /**
   * The counts of one arm over [from, to); `null` leaves that side open. Exact where an end is the start of a minute,
   * lies in the newest hour, or was given to `splitAt` in time (stage events are); an older end is taken back to the
   * start of its minute.
   */
  totals(arm: Arm, from: EventTime | null, to: EventTime | null): OutcomeCounts {
    return this.#arms[arm].totals(from, to);
  }

  /** How many records of one arm [from, to) holds, as exact as `totals`; costs the hours of that time. */
  number(arm: Arm, from: number, to: number): number {
    return this.#arms[arm].number(from, to);
  }

  /** The counts of one minute of an arm, for reading; `undefined` without records. */
  cell(arm: Arm, minute: number): OutcomeCounts | undefined {
    return this.#arms[arm].cell(minute);
  }

  /** The counts of all records, minute by minute, of the minutes that [from, to) touches. */
  recordCells(from: EventTime, to: EventTime): Generator<RecordCell> {
    return this.#records.between(Math.floor(from / 60_000), Math.ceil(to / 60_000) - 1);
  }

  /** Keeps the counts on both sides of this instant apart for ever: the begin of a stage's visit. */
  splitAt(at: EventTime): void {
    this.#apart.add(at);
    this.#arms.treatment.splitAt(at);
    this.#arms.control.splitAt(at);
  }

  /** The totals of [from, to) of both arms, from now on kept up to date at a constant cost per record. */
  follow(from: EventTime | null, to: EventTime | null): Span {
    if (from !== null) this.splitAt(from);
    if (to !== null) this.splitAt(to);
    const arms = { treatment: this.totals('treatment', from, to), control: this.totals('control', from, to) };
    const followed = new Map<string, SampleTotals>();
    const samples = (series: string): SampleTotals => {
      const known = followed.get(series);
      if (known !== undefined) return known;
      const totals = this.samples(series, from, to, 0);
      followed.set(series, totals);
      return totals;
    };
    const span: FollowedSpan = { from, to, arms, samples, followed };
    this.#spans.add(span);
    return span;
  }

  unfollow(span: Span): void {
    for (const known of this.#spans) if (known === span) this.#spans.delete(known);
  }

  /** The trailing window of this length of one arm; it must be moved before it is read. */
  window(arm: Arm, over: Duration, needs: WindowNeeds): SlidingWindow {
    return this.#arms[arm].window(over, needs);
  }

  /** Outcomes on one side in [from, to), newest first: all of the newest hour, some of each older minute. */
  newestOn(side: CountedSide, from: number, to: number): Generator<Placed> {
    return this.#arms[side.arm].newestOn(side, from, to);
  }

  /** The samples of a series (lines, gauge, signal) in [from, to), the newest `limit` of them one by one. */
  samples(series: string, from: number | null, to: number | null, limit: number): SampleTotals {
    const totals = new SampleTotals(limit);
    const first = from ?? Number.NEGATIVE_INFINITY;
    const end = to ?? Number.POSITIVE_INFINITY;
    for (const cell of this.#samples.get(series)?.between(Math.floor(first / 60_000), Math.floor(end / 60_000)) ?? []) {
      totals.addCell(cell, first, end);
    }
    return totals;
  }

  #addOutcome(outcome: OutcomeRecord): void {
    this.#arms[outcome.arm].add(outcome);
    for (const span of this.#spans) if (isInside(span, outcome.at)) span.arms[outcome.arm].add(outcome);
    if (outcome.at >= this.#keepSince) this.#unstored.push(outcome);
  }

  #countValues(cell: RecordCell, values: readonly (string | null)[]): void {
    for (let index = 0; index < this.#values.length; index += 1) {
      const value = values[index] ?? null;
      const totals = this.#values[index];
      if (value === null || totals === undefined) continue;
      let counted = value;
      let total = totals.get(value);
      if (total === undefined) {
        if (totals.size >= valueLimit) counted = otherValues;
        total = counterOf(totals, counted);
      }
      total.n += 1;
      const ofMinute = cell.values[index];
      if (ofMinute !== undefined) counterOf(ofMinute, counted).n += 1;
    }
  }

  #countRecords(cell: RecordCell, sign: 1 | -1): void {
    this.#recordCount += sign * cell.n;
    for (const [index, counts] of cell.values.entries()) {
      const totals = this.#values[index];
      if (totals !== undefined) for (const [value, { n }] of counts) counterOf(totals, value).n += sign * n;
    }
  }

  /** The series had an event at some time before `at`. */
  #noteUncounted(series: string, at: EventTime): void {
    const cell = this.#sampleTable(series).change(Math.floor(at / 60_000));
    cell.uncounted += 1;
    cell.uncountedBefore = Math.max(cell.uncountedBefore, at);
    for (const span of this.#spans) span.followed.delete(series);
  }

  #sampleTable(series: string): CellTable<SampleCell> {
    const known = this.#samples.get(series);
    if (known !== undefined) return known;
    const table = sampleTable(series);
    this.#samples.set(series, table);
    return table;
  }

  #addSample(series: string, sample: Sample): void {
    this.#sampleTable(series)
      .change(Math.floor(sample.at / 60_000))
      .add(sample);
    for (const span of this.#spans) if (isInside(span, sample.at)) span.followed.get(series)?.add(sample);
  }

  #seen(table: CellTable<RecordCell>, at: number): RecordCell {
    const cell = table.change(Math.floor(at / 60_000));
    if (at > cell.newest) cell.newest = at;
    return cell;
  }

  /** Moves the watermark; once a minute, outcomes older than the newest hour are dropped. */
  #advance(at: number): void {
    if (at <= this.#watermark) return;
    this.#watermark = at;
    const keepSince = Math.floor((at - exactLength) / 60_000) * 60_000;
    if (keepSince <= this.#keepSince) return;
    this.#forgetBefore(keepSince);
    this.#rollUp(at);
    // A replay never takes the changes, so those that will never be stored are not held.
    if (this.#unstored.length > 100_000) this.#unstored = this.#unstored.filter((outcome) => outcome.at >= keepSince);
  }

  #forgetBefore(keepSince: number): void {
    this.#keepSince = keepSince;
    this.#arms.treatment.forgetBefore(keepSince, this.#watermark);
    this.#arms.control.forgetBefore(keepSince, this.#watermark);
    const minute = keepSince / 60_000;
    this.#records.closeBefore(minute);
    this.#lines.closeBefore(minute);
    for (const table of this.#samples.values()) table.closeBefore(minute);
  }

  /** Once an hour of event time, counts that are long past are rolled up; see `retention.ts`. */
  #rollUp(newest: number): void {
    const now = Math.floor(newest / 3_600_000);
    if (now <= this.#rolledUpAt) return;
    this.#rolledUpAt = now;
    const { treatment, control } = this.#arms;
    const apart = [...new Set([...this.#apart, ...treatment.edges, ...control.edges])].map((at) => at / 60_000);
    const rule: RollUp = {
      hours: Math.floor((newest - this.#retention.by_minute) / 60_000),
      days: Math.floor((newest - this.#retention.by_hour) / 60_000),
      isApart: (from, to) => apart.some((at) => at > from && at < to),
    };
    treatment.rollUp(rule);
    control.rollUp(rule);
    this.#records.rollUp(rule);
    this.#lines.rollUp(rule);
    for (const table of this.#samples.values()) table.rollUp(rule);
  }

  #countAnew({ from, to, arms, followed }: FollowedSpan): void {
    for (const arm of ['treatment', 'control'] as const) {
      arms[arm].clear();
      arms[arm].merge(this.totals(arm, from, to));
    }
    followed.clear();
  }

  #load(cells: Iterable<CellRecord>, outcomes: Iterable<OutcomeRecord>, keptSince: number): void {
    for (const record of cells) this.#loadCell(record);
    for (const cell of this.#records.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) {
      this.#countRecords(cell, 1);
      this.#watermark = Math.max(this.#watermark, cell.newest);
    }
    for (const cell of this.#lines.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) {
      this.#lineWatermark = Math.max(this.#lineWatermark, cell.newest);
    }
    if (Number.isFinite(this.#watermark)) {
      const watermark = this.#watermark;
      this.#watermark = Number.NEGATIVE_INFINITY;
      this.#advance(watermark);
    }
    if (keptSince > this.#keepSince) this.#forgetBefore(keptSince);
    for (const outcome of outcomes) if (outcome.at >= this.#keepSince) this.#arms[outcome.arm].loadOutcome(outcome);
  }

  #loadCell(record: CellRecord): void {
    const { series, minute, body } = record;
    for (const arm of [this.#arms.treatment, this.#arms.control]) {
      if (arm.owns(series)) {
        arm.load(record);
        return;
      }
    }
    if (series === recordSeries) this.#records.load(minute, body);
    else if (series === lineCountSeries) this.#lines.load(minute, body);
    else {
      const table = this.#samples.get(series) ?? sampleTable(series);
      this.#samples.set(series, table);
      table.load(minute, body);
    }
  }
}

/** The newest event that is not later than `now`; in a minute that goes beyond it, `now`. */
function backTo(now: EventTime, table: CellTable<RecordCell>): number {
  let newest = Number.NEGATIVE_INFINITY;
  const minute = Math.floor(now / 60_000);
  for (const cell of table.between(Number.NEGATIVE_INFINITY, minute)) newest = Math.max(newest, cell.newest);
  if (newest > now) {
    newest = now;
    table.change(minute).newest = now;
  }
  return newest;
}

function isInside({ from, to }: Span, at: number): boolean {
  return (from === null || at >= from) && (to === null || at < to);
}

function recordTable(series: string, valueFields: number): CellTable<RecordCell> {
  return new CellTable(series, {
    empty: () => new RecordCell(valueFields),
    encode: (cell) => cell.encode(),
    decode: (body) => RecordCell.decode(valueFields, body),
    merge: (into, cell) => into.merge(cell),
  });
}

function sampleTable(series: string): CellTable<SampleCell> {
  return new CellTable(series, {
    empty: () => new SampleCell(),
    encode: (cell) => cell.encode(),
    decode: (body) => SampleCell.decode(body),
    merge: (into, cell) => into.merge(cell),
  });
}
