import { eventTime } from '../protocol/domain/units.ts';
import { ByteReader, type ByteWriter, encodeBytes } from './bytes.ts';
import type { CountsLayout } from './outcomeCounts.ts';
import type { CountedOutcome } from './outcomeRows.ts';
import { bucketOf, representative } from './sketch.ts';

/**
 * The outcomes of one minute one by one, oldest first, as far as counts need them: for the left end of a window that is
 * longer than single outcomes are held. Some six bytes each; a field is kept as its bucket of the sketch.
 */
export class MinuteOutcomes {
  readonly outcomes: CountedOutcome[] = [];
  readonly #layout: CountsLayout;
  /** Microseconds since the epoch. */
  readonly #start: number;

  constructor(layout: CountsLayout, minute: number) {
    this.#layout = layout;
    this.#start = minute * 60_000_000;
  }

  add({ at, shares, fields }: CountedOutcome): void {
    let index = this.outcomes.length;
    while (index > 0 && (this.outcomes[index - 1]?.at ?? 0) > at) index -= 1;
    this.outcomes.splice(index, 0, { at, shares, fields: fields.slice() });
  }

  merge(other: MinuteOutcomes): void {
    for (const outcome of other.outcomes) this.add(outcome);
  }

  encode(): Uint8Array {
    return encodeBytes((writer) => this.#write(writer));
  }

  /** @param fields how many numbers each outcome carries. */
  static decode(layout: CountsLayout, fields: number, minute: number, body: Uint8Array): MinuteOutcomes {
    const reader = new ByteReader(body);
    const minuteOutcomes = new MinuteOutcomes(layout, minute);
    let microsecond = minute * 60_000_000;
    for (let left = reader.count(); left > 0; left -= 1) {
      microsecond += reader.count();
      const shares = reader.count();
      const numbers = new Array<number>(fields).fill(Number.NaN);
      for (const field of layout.sketched) {
        if (reader.count() === 1) numbers[field] = representative(reader.signed());
      }
      if (layout.counted !== undefined) {
        numbers[layout.counted] = reader.count();
        numbers[layout.counted + 1] = reader.float();
        numbers[layout.counted + 2] = reader.count();
      }
      minuteOutcomes.outcomes.push({ at: eventTime(microsecond / 1000), shares, fields: numbers });
    }
    return minuteOutcomes;
  }

  #write(writer: ByteWriter): void {
    writer.count(this.outcomes.length);
    let before = this.#start;
    for (const { at, shares, fields } of this.outcomes) {
      const microsecond = Math.round(at * 1000);
      writer.count(microsecond - before);
      before = microsecond;
      writer.count(shares);
      for (const field of this.#layout.sketched) {
        const value = fields[field] ?? Number.NaN;
        writer.count(Number.isFinite(value) ? 1 : 0);
        if (Number.isFinite(value)) writer.signed(bucketOf(value));
      }
      const { counted } = this.#layout;
      if (counted !== undefined) {
        writer.count(fields[counted] ?? 0);
        writer.float(fields[counted + 1] ?? 0);
        writer.count(fields[counted + 2] ?? 0);
      }
    }
  }
}
