import type { Format } from '../../ingest/formats/format.ts';
import { byField, keptFields, lineFeed, type Scanner, type ScanState, scannerFor } from '../../ingest/formats/scan.ts';
import { Tally } from '../../ingest/formats/tally.ts';
import { LogOrder, type LogOrderState } from '../../measure/logOrder.ts';
import type { Instrument, LineReading, OutcomeRow, Reading } from '../../protocol/domain/observation.ts';
import type { RunOfRows } from '../../protocol/domain/observationBlock.ts';
import type { WallTime } from '../../protocol/domain/units.ts';

/** A whole line of a stream, by its place in the bytes that were scanned. */
export interface ScannedLine {
  readonly start: number;
  /** Behind its line feed. */
  readonly end: number;
  readonly number: number;
  /** Of its event; `null` when it says none. */
  readonly at: number | null;
  /** It may be evidence against the rollout: a record that is not good in every share, a line that matches. */
  readonly isEvidence: boolean;
}

export interface StreamTurn {
  readonly tally: Tally;
  readonly next: ScanState;
  readonly lines: readonly ScannedLine[];
}

/** Takes note of the time of each line, beside counting it. */
class NotingTally extends Tally {
  readonly noted = new Map<number, { at: number | null; isEvidence: boolean }>();
  readonly #allGood: number;

  constructor(name: string, order: LogOrder, shares: number) {
    super(name, undefined, order);
    this.#allGood = shares === 0 ? 0 : 2 ** shares - 1;
  }

  override add(reading: LineReading, line: number, offset: number): void {
    const all = reading.kind === 'several' ? reading.readings : [reading];
    let at: number | null = null;
    let isEvidence = false;
    for (const each of all) {
      const own = timeOf(each);
      if (own !== null && (at === null || own > at)) at = own;
      isEvidence ||= this.#isEvidence(each);
    }
    this.noted.set(line, { at, isEvidence });
    super.add(reading, line, offset);
  }

  override addRow(row: OutcomeRow, line: number, offset: number): void {
    this.noted.set(line, { at: row.at, isEvidence: row.shares !== this.#allGood });
    super.addRow(row, line, offset);
  }

  override addRows(run: RunOfRows): void {
    for (let row = 0; row < run.length; row += 1) {
      const shares = run.known[run.classes[row] ?? 0]?.shares;
      this.noted.set(run.line + row, { at: run.times[row] ?? null, isEvidence: shares !== this.#allGood });
    }
    super.addRows(run);
  }

  #isEvidence(reading: Reading): boolean {
    if (reading.kind === 'line') return reading.matches !== 0;
    return reading.kind === 'outcome' && reading.shares !== this.#allGood;
  }
}

function timeOf(reading: Reading): number | null {
  if (reading.kind === 'rejected' || (reading.kind === 'line' && reading.untimed === true)) return null;
  return reading.at;
}

/** Scans the bytes of a stream as those of a file are scanned, and tells its lines one by one. */
export class StreamScan {
  readonly #scanner: Scanner;
  readonly #name: string;
  readonly #shares: number;
  #arrived: WallTime;

  constructor(
    { index, name }: { readonly index: number; readonly name: string },
    format: Format,
    instrument: Instrument,
    now: WallTime,
  ) {
    this.#name = name;
    this.#arrived = now;
    this.#shares = instrument.shares.length;
    this.#scanner = scannerFor(format, {
      record: (record) => instrument.readRecord(index, record, this.#arrived),
      line: (text) => instrument.readLine(index, text, this.#arrived),
      ...byField(instrument, index, () => this.#arrived),
      kept: keptFields(instrument),
    });
  }

  turn(bytes: Buffer, state: ScanState, order: LogOrderState | null, arrived: WallTime): StreamTurn {
    this.#arrived = arrived;
    const tally = new NotingTally(this.#name, new LogOrder(order, arrived), this.#shares);
    const next = this.#scanner.scan(bytes, state, 'open', tally);
    const lines: ScannedLine[] = [];
    const end = next.offset - state.offset;
    let start = 0;
    // The end of a line that is discarded for its length is no line.
    if (state.skipping === 'line') start = bytes.indexOf(lineFeed) + 1;
    for (let number = state.skipping === 'line' ? state.line + 1 : state.line; start < end; number += 1) {
      const feed = bytes.indexOf(lineFeed, start);
      if (feed === -1 || feed >= end) break;
      const noted = tally.noted.get(number);
      lines.push({ start, end: feed + 1, number, at: noted?.at ?? null, isEvidence: noted?.isEvidence ?? false });
      start = feed + 1;
    }
    return { tally, next, lines };
  }

  /** The time of one whole line, for a look at it. */
  timeOf(line: Buffer, state: ScanState, order: LogOrderState | null, arrived: WallTime): number | null {
    return this.turn(line, state, order, arrived).lines[0]?.at ?? null;
  }
}
