import { LogOrder } from '../../measure/logOrder.ts';
import type { LineReading, OutcomeRow, Reading, RejectReason } from '../../protocol/domain/observation.ts';
import { ObservationBlock, type RunOfRows } from '../../protocol/domain/observationBlock.ts';
import { type EventTime, eventTime } from '../../protocol/domain/units.ts';

/**
 * So many lines end a turn, if its window does not before: no turn keeps a rollback waiting for long, and yet what a batch
 * costs as such (its transaction, the running minute's cells written anew) is shared by many lines.
 */
export const linesPerTurn = 8192;

/** So much reading ends a turn too, in milliseconds: lines may be made so that each takes long. */
const longestReading = 10;
/** The clock is looked at after so many lines. */
const linesPerLook = 16;

/** The limits that end a turn before its bytes do. */
export interface TurnLimits {
  readonly lines: number;
  /** Gives other work its turn after ten milliseconds; a reader for which nobody waits does without. */
  readonly briefly?: boolean;
  /** Records of a later time are left unread. */
  readonly upTo: EventTime | null;
  /** Records of an earlier time are known to have been counted, and are not counted again. */
  readonly knownBefore?: EventTime | null;
}

export const wholeTurn: TurnLimits = { lines: linesPerTurn, upTo: null };

type Counted = Exclude<Reading, { kind: 'rejected' }>;

/** The yield of one turn of reading so far: the counting half of a batch. */
export class Tally {
  readonly file: string;
  readonly observations: ObservationBlock;
  readonly rejected: Partial<Record<RejectReason, number>> = {};
  ignored = 0;
  /** Everything that was judged: observations, ignored and rejected together. */
  lines = 0;
  rejects = 0;
  /** Text lines that say no time of their own. */
  untimed = 0;
  /** The largest event time read. */
  newest: EventTime | null = null;
  /** The record that was offered last happened too late: it is not counted, and its bytes are not to be passed. */
  beyond = false;
  readonly #lines: number;
  readonly #ends: number;
  #asked = 0;
  #isLate = false;
  readonly #upTo: number;
  readonly #knownBefore: number;
  /** The order of the log, up to the newest record of this turn. */
  readonly order: LogOrder;

  /**
   * `file` is what the places of this turn name; `order` tells the instants of local times that come twice, and takes
   * note of those of this turn.
   */
  constructor(
    file: string,
    { lines, upTo, knownBefore, briefly = false }: TurnLimits = wholeTurn,
    order: LogOrder = new LogOrder(null, null),
  ) {
    this.file = file;
    this.observations = new ObservationBlock(file);
    this.order = order;
    this.#lines = lines;
    this.#ends = briefly ? performance.now() + longestReading : Number.POSITIVE_INFINITY;
    this.#upTo = upTo ?? Number.POSITIVE_INFINITY;
    this.#knownBefore = knownBefore ?? Number.NEGATIVE_INFINITY;
  }

  get full(): boolean {
    return this.beyond || this.lines >= this.#lines || this.#late();
  }

  /** Once late, it stays so: the answer decides whether the turn was ended before its bytes. */
  #late(): boolean {
    // Blank lines count for nothing, and take their time too.
    this.#asked += 1;
    if (this.#asked % linesPerLook === 0) this.#isLate ||= performance.now() > this.#ends;
    return this.#isLate;
  }

  /** Counts the reading of the line that starts at `offset`, number `line`: all of it, or nothing where it is beyond. */
  add(reading: LineReading, line: number, offset: number): void {
    if (reading.kind !== 'several') {
      this.#addOne(reading, line, offset);
      return;
    }
    this.beyond = reading.readings.some((each) => each.kind !== 'rejected' && each.at !== null && each.at > this.#upTo);
    if (this.beyond) return;
    for (const each of reading.readings) this.#addOne(each, line, offset);
  }

  #addOne(reading: Reading, line: number, offset: number): void {
    if (reading.kind === 'rejected') {
      this.reject(reading.reason);
      return;
    }
    const known = reading.again === undefined ? reading : this.#told(reading);
    const { at } = known;
    if (at !== null && at > this.#upTo) {
      this.beyond = true;
      return;
    }
    this.lines += 1;
    if (at !== null && at < this.#knownBefore) return;
    if (at !== null && (this.newest === null || at > this.newest)) this.newest = at;
    const isUntimed = known.kind === 'line' && known.untimed === true;
    if (isUntimed) this.untimed += 1;
    else if (at !== null) this.order.note(at, reading.again !== undefined);
    if (known.kind === 'ignored') this.ignored += 1;
    else this.observations.add({ reading: known, place: { file: this.file, line, offset } });
  }

  /** Counts a plain outcome, as `add` does. */
  addRow(row: OutcomeRow, line: number, offset: number): void {
    const { at } = row;
    if (at > this.#upTo) {
      this.beyond = true;
      return;
    }
    this.lines += 1;
    if (at < this.#knownBefore) return;
    if (this.newest === null || at > this.newest) this.newest = at;
    this.order.note(at, false);
    this.observations.addRow(row, line, offset);
  }

  /** How many lines the turn takes besides. */
  get room(): number {
    return this.beyond ? 0 : Math.max(0, this.#lines - this.lines);
  }

  /** Rows of these times are counted as they are: none of them is beyond, and none was counted before. */
  get countedTimes(): { readonly least: number; readonly most: number } {
    return { least: this.#knownBefore, most: this.#upTo };
  }

  /** Counts plain outcomes of such times, as `addRow` does one by one. */
  addRows(run: RunOfRows): void {
    this.lines += run.length;
    let newest: number = this.newest ?? Number.NEGATIVE_INFINITY;
    for (let row = 0; row < run.length; row += 1) {
      const at = run.times[row] ?? Number.NaN;
      if (at > newest) newest = at;
      this.order.note(at, false);
    }
    this.newest = eventTime(newest);
    this.observations.addRows(run);
  }

  /** The reading with one instant. */
  #told(reading: Counted): Counted {
    const { again, ...told } = reading;
    if (told.at === null || again === undefined) return told;
    return { ...told, at: this.order.choose(told.at, again) };
  }

  reject(reason: RejectReason): void {
    this.lines += 1;
    this.rejects += 1;
    this.rejected[reason] = (this.rejected[reason] ?? 0) + 1;
  }
}
