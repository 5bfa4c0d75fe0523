import type { CellRecord, OutcomeRecord } from '../protocol/domain/observation.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import type { Duration } from '../protocol/domain/units.ts';
import { CellTable, type RollUp } from './cellTable.ts';
import { type CountedSide, numberOn } from './countedSide.ts';
import { MinuteNumbers } from './minuteNumbers.ts';
import { MinuteOutcomes } from './minuteOutcomes.ts';
import { OlderPlaces } from './olderPlaces.ts';
import { type CountsLayout, numberCounted, OutcomeCounts } from './outcomeCounts.ts';
import { OutcomeQueue } from './outcomeQueue.ts';
import type { CountedOutcome } from './outcomeRows.ts';
import type { Placed } from './placesCell.ts';
import type { ArmRun } from './rowRun.ts';
import { ExactWindow, exactLength, LongWindow, type SlidingWindow } from './slidingWindow.ts';

/** Separates an arm from the instant of an edge in a series' name: `treatment@1762074029344.174`. */
export const edgeMark = '@';
/** The suffix of the series in which the single outcomes of minutes are kept. */
export const singlesMark = '#';

/** The requirements of a window beside its numbers of records. */
export type WindowNeeds = 'counts' | 'sketches';

interface ArmWindow {
  readonly over: Duration;
  readonly needs: WindowNeeds;
  readonly window: SlidingWindow;
}

const minuteOf = (at: number): number => Math.floor(at / 60_000);

/** The outcomes of one arm: its cells, the newest hour one by one, and all running sums. */
export class ArmLedger {
  readonly arm: Arm;
  readonly #layout: CountsLayout;
  readonly #cells: CellTable<OutcomeCounts>;
  readonly #numbers = new MinuteNumbers();
  readonly #queue: OutcomeQueue;
  /** By edge: the part of its minute at the edge or after it. */
  readonly #edges = new Map<number, CellTable<OutcomeCounts>>();
  readonly #edgesOfMinute = new Map<number, number[]>();
  readonly #windows: ArmWindow[] = [];
  /**
   * Minutes that the queue has let go of, as far back as the longest window reaches; `null` when no window needs them.
   */
  readonly #singles: CellTable<MinuteOutcomes> | null;
  readonly #older: OlderPlaces;
  readonly #longest: number;
  /** Every outcome is held one by one from here on. */
  #keptSince = Number.NEGATIVE_INFINITY;

  /**
   * @param fields how many numbers each outcome carries.
   * @param longest window that will be asked for; a longer one begins at a full minute.
   * @param sides whose places will be asked for after the newest hour too.
   */
  constructor(arm: Arm, layout: CountsLayout, fields: number, longest: Duration, sides: readonly CountedSide[]) {
    this.arm = arm;
    this.#longest = longest;
    this.#singles = longest <= exactLength ? null : singlesTable(arm, layout, fields);
    this.#queue = new OutcomeQueue(arm, fields);
    this.#older = new OlderPlaces(arm, sides);
    this.#layout = layout;
    this.#cells = this.#table(arm);
  }

  /** True for the series of this arm's cells and edges. */
  owns(series: string): boolean {
    if (series === this.arm || series === this.arm + singlesMark) return true;
    return series.startsWith(`${this.arm}${edgeMark}`) || this.#older.owns(series);
  }

  load(record: CellRecord): void {
    const { series, minute, body } = record;
    if (this.#older.owns(series)) this.#older.load(record);
    else if (series === this.arm) {
      this.#numbers.add(minute, OutcomeCounts.numberIn(body) - this.#numbers.of(minute));
      this.#cells.load(minute, body);
    }
    // A dropped minute is left as one byte.
    else if (series === this.arm + singlesMark) {
      if (body.length > 1) this.#singles?.load(minute, body);
    } else this.#openEdge(Number(series.slice(this.arm.length + edgeMark.length))).load(minute, body);
  }

  loadOutcome(outcome: OutcomeRecord): void {
    this.#queue.insert(outcome);
  }

  /** Nothing of the outcome itself is kept: it may be written over afterwards. */
  add(outcome: OutcomeRecord): void {
    this.#count(minuteOf(outcome.at), outcome);
    const queued = outcome.at >= this.#keptSince;
    if (queued) this.#queue.insert(outcome);
    else {
      this.#keepSingle(outcome);
      this.#older.add({ ...outcome, place: { ...outcome.place } });
    }
    for (const { window } of this.#windows) window.inserted(outcome, queued);
  }

  /** True where the outcomes of this minute may be folded at once: none of them is old, and nothing begins within it. */
  foldsMinute(minute: number): boolean {
    return this.#layout.counted === undefined && minute * 60_000 >= this.#keptSince && !this.#edgesOfMinute.has(minute);
  }

  /** Adds the outcomes of a run of such a minute, as `add` does one by one. */
  addRun(run: ArmRun): void {
    if (run.length === 0) return;
    const minute = minuteOf(run.oldest);
    this.#cells.change(minute).addRun(run);
    this.#numbers.add(minute, run.length);
    this.#queue.insertRun(run);
    for (const { window } of this.#windows) window.insertedRun(run);
  }

  /** Adds the cells of other records of this arm, without their single outcomes; no window may be open. */
  absorb(other: ArmLedger): void {
    this.#cells.absorb(other.#cells);
    this.#numbers.absorb(other.#numbers);
    for (const [at, table] of other.#edges) this.#openEdge(at).absorb(table);
    if (other.#singles !== null) this.#singles?.absorb(other.#singles);
    this.#older.absorb(other.#older);
  }

  /** Lets go of single outcomes before `at`, the start of a minute. `watermark` is the newest event time. */
  forgetBefore(at: number, watermark: number): void {
    for (const { window } of this.#windows) window.moveTo(watermark);
    this.#handOverBefore(at);
    this.#singles?.closeBefore(minuteOf(at));
    this.#singles?.dropBefore(minuteOf(watermark - this.#longest));
    this.#older.closeBefore(minuteOf(at));
    this.#keptSince = at;
    this.#queue.dropBefore(at);
    this.#cells.closeBefore(minuteOf(at));
    for (const edge of this.#edges.values()) edge.closeBefore(minuteOf(at));
  }

  /** The instants at which this arm's counts are kept apart. */
  get edges(): Iterable<number> {
    return this.#edges.keys();
  }

  /** How many cells are held. */
  get size(): number {
    const edges = [...this.#edges.values()].reduce((sum, table) => sum + table.size, 0);
    return this.#cells.size + edges + (this.#singles?.size ?? 0) + this.#older.size;
  }

  rollUp(rule: RollUp): void {
    this.#cells.rollUp(rule, (from, to) => this.#numbers.move(from, to));
    this.#older.rollUp(rule);
  }

  /**
   * Removes outcomes dated later than `at`, and returns how many of its minute that were. Before the newest hour that
   * minute can no longer be split, and is removed whole.
   */
  setAside(at: number): number {
    const minute = minuteOf(at);
    const kept: CountedOutcome[] = [];
    if (minute * 60_000 >= this.#keptSince) {
      for (const outcome of this.newestFirst(minute * 60_000, Number.POSITIVE_INFINITY)) {
        if (outcome.at <= at) kept.push(outcome);
      }
      this.#queue.dropAfter(at);
    } else {
      this.#queue.dropAfter(Number.NEGATIVE_INFINITY);
      this.#keptSince = minute * 60_000;
    }
    const had = this.#cells.get(minute)?.n ?? 0;
    this.#cells.takeFrom(minute);
    this.#numbers.dropFrom(minute);
    for (const edge of this.#edges.values()) edge.takeFrom(minute);
    this.#singles?.takeFrom(minute);
    this.#older.takeFrom(minute);
    for (const outcome of kept) this.#count(minute, outcome);
    for (const { window } of this.#windows) window.reset();
    return had - this.#numberOf(kept);
  }

  /** Every outcome that is held one by one, oldest first. */
  *held(): Generator<OutcomeRecord> {
    for (let position = this.#queue.positionFrom(this.#keptSince); ; position += 1) {
      const outcome = this.#queue.at(position);
      if (outcome === undefined) return;
      yield outcome;
    }
  }

  /** From now on the counts on both sides of `at` are kept apart for ever. */
  splitAt(at: number): void {
    const minute = minuteOf(at);
    if (at === minute * 60_000 || this.#edges.has(at)) return;
    const counts = this.#fromWithinMinute(at);
    this.#openEdge(at).change(minute).merge(counts);
  }

  /** The counts of [from, to); `null` leaves that side open. See `Ledger.totals` for how exact they are. */
  totals(from: number | null, to: number | null): OutcomeCounts {
    const totals = new OutcomeCounts(this.#layout);
    if (from !== null && to !== null && minuteOf(from) >= minuteOf(to)) return this.#totalsWithinMinute(from, to);
    const first = from === null ? Number.NEGATIVE_INFINITY : minuteOf(from);
    const last = to === null ? Number.POSITIVE_INFINITY : minuteOf(to);
    if (from !== null) totals.merge(this.#fromWithinMinute(from));
    const whole = this.#cells.between(from === null ? first : first + 1, last);
    for (const cell of whole) totals.merge(cell);
    if (to !== null) totals.subtract(this.#fromWithinMinute(to));
    return totals;
  }

  /** How many outcomes [from, to) holds, as exact as `totals`, without their counts. */
  number(from: number, to: number): number {
    const whole = this.#numbers.sum(minuteOf(from), minuteOf(to));
    return whole - this.#numberBefore(from) + this.#numberBefore(to);
  }

  /** The number of outcomes before `at` in its minute. */
  #numberBefore(at: number): number {
    const minute = minuteOf(at);
    const start = minute * 60_000;
    if (at === start || !Number.isFinite(at)) return 0;
    if (start >= this.#keptSince) {
      const [from, to] = [this.#queue.positionFrom(start), this.#queue.positionFrom(at)];
      if (this.#layout.counted === undefined) return to - from;
      let sum = 0;
      for (let position = from; position < to; position += 1)
        sum += numberCounted(this.#layout, this.#queue.countedAt(position));
      return sum;
    }
    const beyond = this.#edges.get(at)?.get(minute);
    return beyond === undefined ? 0 : this.#numbers.of(minute) - beyond.n;
  }

  /** Takes outcomes over from the queue before it lets go of them. */
  #handOverBefore(at: number): void {
    for (let position = this.#queue.positionFrom(Number.NEGATIVE_INFINITY); ; position += 1) {
      const time = this.#queue.timeAt(position);
      if (Number.isNaN(time) || time >= at) break;
      const counted = this.#queue.countedAt(position);
      const whole = this.#older.wants(counted) ? this.#queue.at(position) : undefined;
      this.#keepSingle(counted);
      if (whole !== undefined) this.#older.add(whole);
    }
  }

  #keepSingle(outcome: CountedOutcome): void {
    const minute = minuteOf(outcome.at);
    if (this.#singles !== null && minute >= this.#singles.droppedBefore) this.#singles.change(minute).add(outcome);
  }

  #singlesOf(minute: number): readonly CountedOutcome[] {
    if (minute * 60_000 < this.#keptSince) return this.#singles?.get(minute)?.outcomes ?? [];
    const singles: CountedOutcome[] = [];
    for (let position = this.#queue.positionFrom(minute * 60_000); ; position += 1) {
      const time = this.#queue.timeAt(position);
      if (Number.isNaN(time) || time >= (minute + 1) * 60_000) return singles;
      const { at, shares, fields } = this.#queue.countedAt(position);
      singles.push({ at, shares, fields: fields.slice() });
    }
  }

  #count(minute: number, outcome: CountedOutcome): void {
    this.#cells.change(minute).add(outcome);
    this.#numbers.add(minute, numberCounted(this.#layout, outcome));
    const edges = this.#edgesOfMinute.get(minute);
    if (edges === undefined) return;
    for (const edge of edges) if (outcome.at >= edge) this.#edges.get(edge)?.change(minute).add(outcome);
  }

  #numberOf(outcomes: readonly CountedOutcome[]): number {
    return outcomes.reduce((sum, outcome) => sum + numberCounted(this.#layout, outcome), 0);
  }

  #totalsWithinMinute(from: number, to: number): OutcomeCounts {
    const totals = new OutcomeCounts(this.#layout);
    if (from >= to) return totals;
    const fromHere = this.#fromWithinMinute(from);
    const beyond = this.#fromWithinMinute(to);
    // Where `to` is known to the minute only, it is the minute's start, and `from` may be later than that.
    if (beyond.n > fromHere.n) return totals;
    totals.merge(fromHere);
    totals.subtract(beyond);
    return totals;
  }

  /** The counts of one minute, for reading; `undefined` without records. */
  cell(minute: number): OutcomeCounts | undefined {
    return this.#cells.get(minute);
  }

  /**
   * The window of this length, shared by all who ask for the same. A share or a count needs no sketches, which cost the
   * most.
   */
  window(over: Duration, needs: WindowNeeds): SlidingWindow {
    const known = this.#windows.find((each) => each.over === over && each.needs === needs);
    if (known !== undefined) return known.window;
    const layout = needs === 'sketches' ? this.#layout : { ...this.#layout, sketched: [] };
    const window =
      over <= exactLength
        ? new ExactWindow(layout, over, this.#queue)
        : new LongWindow(layout, over, this.#cells, (minute) => this.#singlesOf(minute));
    this.#windows.push({ over, needs, window });
    return window;
  }

  /** Single outcomes of [from, to), newest first, as far back as they are held. */
  *newestFirst(from: number, to: number): Generator<OutcomeRecord> {
    for (let position = this.#queue.positionFrom(to) - 1; ; position -= 1) {
      const outcome = this.#queue.at(position);
      if (outcome === undefined || outcome.at < from) return;
      yield outcome;
    }
  }

  /** Outcomes on one side in [from, to), newest first: all of the newest hour, some of each older minute. */
  *newestOn(side: CountedSide, from: number, to: number): Generator<Placed> {
    for (const { at, shares, fields, place } of this.newestFirst(from, to)) {
      const number = numberOn(side, { shares, fields });
      if (number !== null) yield { at, number, place };
    }
    yield* this.#older.newestFirst(side, from, to);
  }

  takeChanged(): CellRecord[] {
    const changed = this.#cells.takeChanged();
    for (const edge of this.#edges.values()) changed.push(...edge.takeChanged());
    if (this.#singles !== null) changed.push(...this.#singles.takeChanged());
    changed.push(...this.#older.takeChanged());
    return changed;
  }

  /** The outcomes at `at` or after it in its minute. */
  #fromWithinMinute(at: number): OutcomeCounts {
    const minute = minuteOf(at);
    const start = minute * 60_000;
    const edge = at === start ? undefined : this.#edges.get(at)?.get(minute);
    if (edge !== undefined) return edge;
    const counts = new OutcomeCounts(this.#layout);
    if (at === start || start < this.#keptSince) {
      const cell = this.#cells.get(minute);
      if (cell !== undefined) counts.merge(cell);
      return counts;
    }
    for (let position = this.#queue.positionFrom(at); ; position += 1) {
      const next = this.#queue.timeAt(position);
      if (Number.isNaN(next) || next >= start + 60_000) return counts;
      counts.add(this.#queue.countedAt(position));
    }
  }

  #openEdge(at: number): CellTable<OutcomeCounts> {
    const known = this.#edges.get(at);
    if (known !== undefined) return known;
    const table = this.#table(`${this.arm}${edgeMark}${at}`);
    this.#edges.set(at, table);
    const minute = minuteOf(at);
    this.#edgesOfMinute.set(minute, [...(this.#edgesOfMinute.get(minute) ?? []), at]);
    return table;
  }

  #table(series: string): CellTable<OutcomeCounts> {
    return new CellTable(series, {
      empty: () => new OutcomeCounts(this.#layout),
      encode: (cell) => cell.encode(),
      decode: (body) => OutcomeCounts.decode(this.#layout, body),
      merge: (into, cell) => into.merge(cell),
    });
  }
}

function singlesTable(arm: Arm, layout: CountsLayout, fields: number): CellTable<MinuteOutcomes> {
  return new CellTable(arm + singlesMark, {
    empty: (minute) => new MinuteOutcomes(layout, minute),
    encode: (outcomes) => outcomes.encode(),
    decode: (body, minute) => MinuteOutcomes.decode(layout, fields, minute, body),
    merge: (into, outcomes) => into.merge(outcomes),
  });
}
