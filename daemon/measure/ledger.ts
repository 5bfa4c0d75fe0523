import type { CellRecord, Instrument, Observation, OutcomeRecord } from '../protocol/domain/observation.ts';
import type { ObservationBlock } from '../protocol/domain/observationBlock.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { everyMinute } from '../protocol/domain/retention.ts';
import { type Duration, duration, type EventTime, eventTime } from '../protocol/domain/units.ts';
import { ArmLedger, type WindowNeeds } from './armLedger.ts';
import type { RollUp } from './cellTable.ts';
import { type CountedSide, sidesOf } from './countedSide.ts';
import { FollowedSpans, type Span } from './followedSpans.ts';
import { countsLayout } from './keptParts.ts';
import { type CountChanges, LedgerParts, type PartChanges, type PartCounts, type StoredPart } from './ledgerParts.ts';
import type { OutcomeCounts } from './outcomeCounts.ts';
import type { Placed } from './placesCell.ts';
import type { RecordCell } from './recordCell.ts';
import { RecordTable } from './recordTable.ts';
import { gaugeSeries, lineSeries, resolveMeasure, signalSeries } from './resolvedMeasure.ts';
import { RowRun } from './rowRun.ts';
import type { Sample, SampleTotals } from './sampleCell.ts';
import { SampleTables } from './sampleTables.ts';
import { exactLength, type SlidingWindow } from './slidingWindow.ts';
import { UnstoredOutcomes } from './unstoredOutcomes.ts';

export interface LedgerChanges extends CountChanges {
  /** The changes of the counts by source, where those are kept. */
  readonly parts: readonly PartChanges[];
}

interface LedgerUse {
  /** Another ledger tells when to let go of single outcomes and when to roll up. */
  readonly isLed?: boolean;
  readonly isStored?: boolean;
}

/** The series of all records, and of all text lines, whatever their content. */
export const recordSeries = 'records';
export const lineCountSeries = 'lines';
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
  readonly #records: RecordTable;
  readonly #lines: RecordTable;
  readonly #samples = new SampleTables();
  readonly #recordGauges: readonly { readonly series: string; readonly field: number; readonly arm: Arm | null }[];
  readonly #spans: FollowedSpans;
  #parts: LedgerParts;
  readonly #isLed: boolean;
  #watermark = Number.NEGATIVE_INFINITY;
  #lineWatermark = Number.NEGATIVE_INFINITY;
  #keepSince = Number.NEGATIVE_INFINITY;
  /** `null` where nothing is ever stored. */
  readonly #unstored: UnstoredOutcomes | null;
  /** The outcome that is being counted: one object for all. */
  readonly #counted: { -readonly [Part in keyof OutcomeRecord]: OutcomeRecord[Part] } = {
    at: eventTime(0),
    arm: 'treatment',
    shares: 0,
    fields: [],
    place: { file: '', line: 1, offset: 0 },
  };
  readonly #retention: Plan['retention'];
  /** The run that is being added: one object for all. */
  readonly #run: RowRun;
  /** Instants at which counts are kept apart, the starts of minutes too. */
  readonly #apart = new Set<number>();
  /** The hour of the newest event for which the past was rolled up. */
  #rolledUpAt = Number.NEGATIVE_INFINITY;
  #replaces = false;
  #hasOutcomes = false;

  /** @param isStored `false` where nobody takes the changes, as in a replay. */
  constructor(plan: Plan, instrument: Instrument, { isLed = false, isStored = true }: LedgerUse = {}) {
    this.#instrument = instrument;
    this.#unstored = isStored ? new UnstoredOutcomes(instrument.fields.length) : null;
    this.#isLed = isLed;
    this.#retention = plan.retention;
    const measures = Object.keys(plan.measures).map((name) => resolveMeasure(plan, instrument, name));
    const layout = countsLayout({ plan, instrument });
    const longest = duration(Math.max(exactLength, ...plan.triggers.map(({ over }) => over)));
    const sides = sidesOf(plan, instrument);
    this.#run = new RowRun(layout);
    const armLedger = (arm: Arm) => new ArmLedger(arm, layout, instrument.fields.length, longest, sides);
    this.#arms = { treatment: armLedger('treatment'), control: armLedger('control') };
    this.#records = new RecordTable(recordSeries, instrument.valueFields.length);
    this.#lines = new RecordTable(lineCountSeries, 0);
    this.#parts = new LedgerParts([], plan.sources.length);
    this.#spans = new FollowedSpans({
      totals: (arm, from, to) => this.totals(arm, from, to),
      samples: (series, from, to) => this.samples(series, from, to, 0),
    });
    this.#recordGauges = measures.flatMap((measure) =>
      measure.kind === 'gauge' && measure.field !== null
        ? [{ series: measure.series, field: measure.field, arm: measure.arm }]
        : [],
    );
  }

  /**
   * The ledger as it was when it last gave its changes.
   * @param keptSince the `keepSince` that it gave.
   * @param parts the same counts by source; none where all records, and all lines, are of one source.
   * @throws RangeError when the cells were counted under a plan with other measures: read the sources anew then.
   */
  static restore(
    plan: Plan,
    instrument: Instrument,
    cells: Iterable<CellRecord>,
    outcomes: Iterable<OutcomeRecord>,
    keptSince: EventTime | null = null,
    parts: readonly StoredPart[] = [],
  ): Ledger {
    const ledger = Ledger.#loaded(new Ledger(plan, instrument), { cells, outcomes, keptSince });
    if (parts.length > 0) ledger.#loadParts(plan, instrument, parts);
    return ledger;
  }

  /** The counts of all parts of a ledger together, whole. Nothing is rolled up. */
  static sumOf(plan: Plan, instrument: Instrument, parts: readonly PartCounts[]): CountChanges {
    const sum = new Ledger({ ...plan, retention: everyMinute }, instrument, { isLed: true });
    // The single outcomes of the newest hour are many: those that stay single are not loaded.
    const loaded = parts.map((part) =>
      Ledger.#loaded(new Ledger(plan, instrument, { isLed: true }), { ...part, outcomes: [] }),
    );
    const newest = Math.max(...loaded.map((part) => part.#watermark));
    const keepSince = Math.max(startOfNewestHour(newest), ...loaded.map((part) => part.#keepSince));
    for (const [index, part] of loaded.entries()) {
      for (const outcome of parts[index]?.outcomes ?? []) {
        if (outcome.at < keepSince) part.#arms[outcome.arm].loadOutcome(outcome);
      }
      part.forgetBefore(keepSince, newest);
      sum.#absorb(part);
    }
    const outcomes = parts.flatMap((part) => [...part.outcomes].filter(({ at }) => at >= keepSince));
    if (parts.length > 1) outcomes.sort((one, other) => one.at - other.at);
    const { cells } = sum.takeChanges();
    return { cells, outcomes, replaces: true, keepSince: Number.isFinite(keepSince) ? eventTime(keepSince) : null };
  }

  static #loaded(ledger: Ledger, { cells, outcomes, keptSince }: PartCounts): Ledger {
    ledger.#load(cells, outcomes, keptSince ?? Number.NEGATIVE_INFINITY);
    return ledger;
  }

  /** Event time of the newest record; `null` before the first. */
  get watermark(): EventTime | null {
    return Number.isFinite(this.#watermark) ? eventTime(this.#watermark) : null;
  }

  /** Start of the earliest minute with a record; `null` before the first. */
  get earliest(): EventTime | null {
    const { first } = this.#records.cells;
    return Number.isFinite(first) ? eventTime(first * 60_000) : null;
  }

  /** Event time of the newest text line; `null` before the first. */
  get lineWatermark(): EventTime | null {
    return Number.isFinite(this.#lineWatermark) ? eventTime(this.#lineWatermark) : null;
  }

  /** Records that count, of whatever arm. */
  get records(): number {
    return this.#records.n;
  }

  /** True when a record was counted in an arm. */
  get hasOutcomes(): boolean {
    // Where there is none, there are few cells to sum.
    this.#hasOutcomes ||= this.totals('treatment', null, null).n + this.totals('control', null, null).n > 0;
    return this.#hasOutcomes;
  }

  /** How many cells are held in memory: as many as are stored. */
  get size(): number {
    const { treatment, control } = this.#arms;
    const tables = [treatment, control, this.#records.cells, this.#lines.cells, this.#samples, this.#parts];
    return tables.reduce((sum, { size }) => sum + size, 0);
  }

  /** The source is new and has not been read to its end: its records are counted, and belong to no figure yet. */
  isBeside(source: number): boolean {
    return this.#parts.isBeside(source);
  }

  /** Field → value → records, for the fields that the arms name. Records without the field are in none of them. */
  get values(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries(
      this.#instrument.valueFields.map((field, index) => [
        field,
        Object.fromEntries([...(this.#records.values[index] ?? [])].map(([value, { n }]) => [value, n])),
      ]),
    );
  }

  /**
   * Nothing of the observation itself is kept: it may be written over afterwards.
   * @param source of the plan; needed where counts are kept by source.
   */
  add(observation: Observation, source?: number): void {
    if (source !== undefined && !this.#parts.add(observation, source)) return;
    const { reading, place } = observation;
    switch (reading.kind) {
      case 'outcome': {
        this.#advance(reading.at);
        if (reading.more !== true) this.#records.add(reading.at, reading.values);
        if (reading.arm !== null) {
          const counted = this.#counted;
          counted.at = reading.at;
          counted.arm = reading.arm;
          counted.shares = reading.shares;
          counted.fields = reading.fields;
          counted.place = place;
          this.#addOutcome(counted);
        }
        if (reading.more === true) return;
        for (const { series, field, arm } of this.#recordGauges) {
          if (arm !== null && arm !== reading.arm) continue;
          const value = reading.fields[field] ?? Number.NaN;
          if (Number.isFinite(value)) this.#addSample(series, { at: reading.at, value, place: { ...place } });
        }
        return;
      }
      case 'line': {
        if (reading.at > this.#lineWatermark) {
          this.#lineWatermark = reading.at;
          this.#rollUp(reading.at);
        }
        this.#lines.add(reading.at, []);
        if (reading.matches === 0) return;
        for (const [bit, measure] of this.#instrument.lines.entries()) {
          if (((reading.matches >> bit) & 1) === 0) continue;
          if (reading.undatable === true) {
            this.#samples.noteUncounted(lineSeries(measure), reading.at);
            this.#spans.forgetSeries(lineSeries(measure));
          } else this.#addSample(lineSeries(measure), { at: reading.at, value: 1, place: { ...place } });
        }
        return;
      }
      case 'stage':
        this.#advance(reading.at);
        this.#records.seen(reading.at);
        this.splitAt(reading.at);
    }
  }

  /**
   * The rows of a block from `from` on that may be added at once: plain outcomes of the newest minute. `null`: there are
   * none, and the next observation is added by itself. The same object each time.
   */
  runFrom(block: ObservationBlock, from: number, to: number): RowRun | null {
    if (this.#recordGauges.length > 0 || this.#parts.isKept || !Number.isFinite(this.#watermark)) return null;
    const minute = Math.floor(this.#watermark / 60_000);
    const { treatment, control } = this.#arms;
    if (minute * 60_000 < this.#keepSince || !treatment.foldsMinute(minute) || !control.foldsMinute(minute))
      return null;
    const run = this.#run;
    if (!run.begin(block, from, to, minute) || !this.#spans.holdsWhole(run.oldest, run.newest)) return null;
    return run;
  }

  /** Adds the rows of the run, as `add` does one by one. */
  addRun(run: RowRun): void {
    this.#watermark = run.watermarkAfter(eventTime(this.#watermark));
    this.#records.addRun(run);
    for (const arm of ['treatment', 'control'] as const) {
      const ofArm = run.arms[arm];
      if (ofArm.length === 0) continue;
      this.#arms[arm].addRun(ofArm);
      this.#spans.addRun(arm, ofArm);
      this.#unstored?.addRun(arm, ofArm);
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
    taken += this.#records.takeAfter(now) + this.#lines.takeAfter(now);
    this.#samples.setAside(now);
    this.#watermark = this.#records.backTo(now);
    this.#lineWatermark = this.#lines.backTo(now);
    if (minute * 60_000 < this.#keepSince) this.#keepSince = minute * 60_000;
    this.#replaces = true;
    this.#spans.countAnew();
    this.#parts.setAside(now);
    return taken;
  }

  /** The changes to store since the last call. */
  takeChanges(): LedgerChanges {
    const cells = [
      ...this.#arms.treatment.takeChanged(),
      ...this.#arms.control.takeChanged(),
      ...this.#records.cells.takeChanged(),
      ...this.#lines.cells.takeChanged(),
      ...this.#samples.takeChanged(),
    ];
    const replaces = this.#replaces;
    const outcomes = replaces
      ? [...this.#arms.treatment.held(), ...this.#arms.control.held()]
      : (this.#unstored?.from(this.#keepSince) ?? []);
    this.#unstored?.clear();
    this.#replaces = false;
    return {
      cells,
      outcomes,
      replaces,
      keepSince: Number.isFinite(this.#keepSince) ? eventTime(this.#keepSince) : null,
      parts: this.#parts.takeChanges(),
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
    return this.#records.cells.between(Math.floor(from / 60_000), Math.ceil(to / 60_000) - 1);
  }

  /** Keeps the counts on both sides of this instant apart for ever: the begin of a stage's visit. */
  splitAt(at: EventTime): void {
    this.#apart.add(at);
    this.#arms.treatment.splitAt(at);
    this.#arms.control.splitAt(at);
    this.#parts.splitAt(at);
  }

  /** The totals of [from, to) of both arms, from now on kept up to date at a constant cost per record. */
  follow(from: EventTime | null, to: EventTime | null): Span {
    if (from !== null) this.splitAt(from);
    if (to !== null) this.splitAt(to);
    return this.#spans.follow(from, to);
  }

  unfollow(span: Span): void {
    this.#spans.unfollow(span);
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
    return this.#samples.totals(series, from, to, limit);
  }

  /** Lets go of single outcomes before `keepSince`, the start of a minute. `watermark` is the newest event time. */
  forgetBefore(keepSince: number, watermark: number): void {
    if (keepSince <= this.#keepSince) return;
    this.#keepSince = keepSince;
    this.#arms.treatment.forgetBefore(keepSince, watermark);
    this.#arms.control.forgetBefore(keepSince, watermark);
    const minute = keepSince / 60_000;
    this.#records.cells.closeBefore(minute);
    this.#lines.cells.closeBefore(minute);
    this.#samples.closeBefore(minute);
    this.#parts.forgetBefore(keepSince, watermark);
  }

  /** Counts that are long past become coarser, by this rule. */
  rollUp(rule: RollUp): void {
    this.#arms.treatment.rollUp(rule);
    this.#arms.control.rollUp(rule);
    this.#records.cells.rollUp(rule);
    this.#lines.cells.rollUp(rule);
    this.#samples.rollUp(rule);
    this.#parts.rollUp(rule);
  }

  #addOutcome(outcome: OutcomeRecord): void {
    this.#arms[outcome.arm].add(outcome);
    this.#spans.addOutcome(outcome);
    if (outcome.at >= this.#keepSince) this.#unstored?.add(outcome);
  }

  #addSample(series: string, sample: Sample): void {
    this.#samples.add(series, sample);
    this.#spans.addSample(series, sample);
  }

  /** Moves the watermark; once a minute, outcomes older than the newest hour are dropped. */
  #advance(at: number): void {
    if (at <= this.#watermark) return;
    this.#watermark = at;
    if (this.#isLed) return;
    const keepSince = startOfNewestHour(at);
    if (keepSince <= this.#keepSince) return;
    this.forgetBefore(keepSince, at);
    this.#rollUp(at);
  }

  /** Once an hour of event time, counts that are long past are rolled up; see `retention.ts`. */
  #rollUp(newest: number): void {
    if (this.#isLed) return;
    const now = Math.floor(newest / 3_600_000);
    if (now <= this.#rolledUpAt) return;
    this.#rolledUpAt = now;
    const { treatment, control } = this.#arms;
    const apart = [...new Set([...this.#apart, ...treatment.edges, ...control.edges])].map((at) => at / 60_000);
    this.rollUp({
      hours: Math.floor((newest - this.#retention.by_minute) / 60_000),
      days: Math.floor((newest - this.#retention.by_hour) / 60_000),
      isApart: (from, to) => apart.some((at) => at > from && at < to),
    });
  }

  #load(cells: Iterable<CellRecord>, outcomes: Iterable<OutcomeRecord>, keptSince: number): void {
    for (const record of cells) this.#loadCell(record);
    this.#watermark = this.#records.countLoaded();
    this.#lineWatermark = this.#lines.countLoaded();
    if (Number.isFinite(this.#watermark)) {
      const watermark = this.#watermark;
      this.#watermark = Number.NEGATIVE_INFINITY;
      this.#advance(watermark);
    }
    this.forgetBefore(keptSince, this.#watermark);
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
    if (series === recordSeries) this.#records.cells.load(minute, body);
    else if (series === lineCountSeries) this.#lines.cells.load(minute, body);
    else this.#samples.load(record);
  }

  #loadParts(plan: Plan, instrument: Instrument, parts: readonly StoredPart[]): void {
    const { treatment, control } = this.#arms;
    const edges = [...treatment.edges, ...control.edges];
    const loaded = parts.map(({ key, sources, isBeside, ...stored }) => {
      const ledger = Ledger.#loaded(new Ledger(plan, instrument, { isLed: !isBeside }), stored);
      for (const at of edges) ledger.splitAt(eventTime(at));
      return { key, sources, isBeside, ledger };
    });
    this.#parts = new LedgerParts(loaded, plan.sources.length);
    this.#parts.forgetBefore(this.#keepSince, this.#watermark);
  }

  #absorb(other: Ledger): void {
    this.#arms.treatment.absorb(other.#arms.treatment);
    this.#arms.control.absorb(other.#arms.control);
    this.#records.absorb(other.#records);
    this.#lines.absorb(other.#lines);
    this.#samples.absorb(other.#samples);
  }
}

/** Single outcomes are kept from here on; `at` is the newest event time. */
function startOfNewestHour(at: number): number {
  return Math.floor((at - exactLength) / 60_000) * 60_000;
}
