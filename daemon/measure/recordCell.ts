import { ByteReader, type ByteWriter, encodeBytes } from './bytes.ts';

/** A count that is changed in place: a map would be asked twice for each record. */
export interface Counter {
  n: number;
}

export function counterOf(counters: Map<string, Counter>, value: string): Counter {
  const known = counters.get(value);
  if (known !== undefined) return known;
  const made = { n: 0 };
  counters.set(value, made);
  return made;
}

/** The counts of all records of a minute, whatever their arm: their number, and the values of the arms' fields. */
export class RecordCell {
  n = 0;
  /** Event time of the newest record in this minute, excluded ones too; `-Infinity` without. */
  newest = Number.NEGATIVE_INFINITY;
  /** Per value field: value → records. */
  readonly values: readonly Map<string, Counter>[];

  constructor(valueFields: number) {
    this.values = Array.from({ length: valueFields }, () => new Map<string, Counter>());
  }

  merge(other: RecordCell): void {
    this.n += other.n;
    this.newest = Math.max(this.newest, other.newest);
    for (const [index, counts] of other.values.entries()) {
      const own = this.values[index];
      if (own !== undefined) for (const [value, { n }] of counts) counterOf(own, value).n += n;
    }
  }

  encode(): Uint8Array {
    return encodeBytes((writer) => this.#write(writer));
  }

  static decode(valueFields: number, body: Uint8Array): RecordCell {
    const reader = new ByteReader(body);
    const cell = new RecordCell(valueFields);
    cell.n = reader.count();
    cell.newest = reader.float();
    if (reader.count() !== valueFields) throw new RangeError('a stored cell was counted under another plan');
    for (const counts of cell.values) {
      for (let left = reader.count(); left > 0; left -= 1) {
        const value = reader.text();
        counts.set(value, { n: reader.count() });
      }
    }
    return cell;
  }

  #write(writer: ByteWriter): void {
    writer.count(this.n);
    writer.float(this.newest);
    writer.count(this.values.length);
    for (const counts of this.values) {
      writer.count(counts.size);
      for (const [value, { n }] of counts) {
        writer.text(value);
        writer.count(n);
      }
    }
  }
}
