import { type Place, placeColumns, placeOf } from '../protocol/domain/place.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import { ByteReader, type ByteWriter, encodeBytes } from './bytes.ts';

/** One matching line, one reading of a gauge or one signal (with the value 1 where there is none). */
export interface Sample {
  readonly at: EventTime;
  readonly value: number;
  /** `null` for a sample that no source has read. */
  readonly place: Place | null;
}

/**
 * The number of samples of a minute that are kept one by one; beyond it only the newest ones are, and the rest as a
 * sum.
 */
export const samplesKept = 256;

/** The samples of one minute of one series. Counts are exact always, single samples up to `samplesKept`. */
export class SampleCell {
  n = 0;
  /** The kept samples, oldest first. */
  readonly kept: Sample[] = [];
  /** How many lines or records of the minute were read before the plan asked for this series, and may hold samples. */
  uncounted = 0;
  /** Uncounted samples are earlier than this. */
  uncountedBefore = Number.NEGATIVE_INFINITY;
  /** The samples that are no longer kept one by one; all of them are at or before the oldest kept one. */
  readonly folded = { n: 0, sum: 0, max: Number.NEGATIVE_INFINITY };

  add(sample: Sample): void {
    this.n += 1;
    let index = this.kept.length;
    while (index > 0 && (this.kept[index - 1]?.at ?? 0) > sample.at) index -= 1;
    this.kept.splice(index, 0, sample);
    if (this.kept.length <= samplesKept) return;
    const oldest = this.kept.shift();
    if (oldest === undefined) return;
    this.folded.n += 1;
    this.folded.sum += oldest.value;
    this.folded.max = Math.max(this.folded.max, oldest.value);
  }

  /** Adds the samples of another minute. */
  merge(other: SampleCell): void {
    for (const sample of other.kept) this.add(sample);
    this.n += other.folded.n;
    this.folded.n += other.folded.n;
    this.folded.sum += other.folded.sum;
    this.folded.max = Math.max(this.folded.max, other.folded.max);
    this.uncounted += other.uncounted;
    this.uncountedBefore = Math.max(this.uncountedBefore, other.uncountedBefore);
  }

  /** Removes the kept samples later than `at`. */
  dropAfter(at: number): void {
    while ((this.kept.at(-1)?.at ?? at) > at) {
      this.kept.pop();
      this.n -= 1;
    }
  }

  encode(): Uint8Array {
    return encodeBytes((writer) => this.#write(writer));
  }

  static decode(body: Uint8Array): SampleCell {
    const reader = new ByteReader(body);
    const cell = new SampleCell();
    cell.folded.n = reader.count();
    cell.folded.sum = reader.float();
    cell.folded.max = reader.float();
    const names = Array.from({ length: reader.count() }, () => reader.text());
    for (let left = reader.count(); left > 0; left -= 1) {
      const at = eventTime(reader.float());
      const value = reader.float();
      const name = names[reader.count() - 1];
      const place = name === undefined ? null : placeOf(name, reader.count(), reader.count());
      cell.kept.push({ at, value, place });
    }
    cell.n = cell.folded.n + cell.kept.length;
    if (!reader.ended) {
      cell.uncounted = reader.count();
      cell.uncountedBefore = reader.float();
    }
    return cell;
  }

  #write(writer: ByteWriter): void {
    writer.count(this.folded.n);
    writer.float(this.folded.sum);
    writer.float(this.folded.max);
    const places = this.kept.map(({ place }) => (place === null ? null : placeColumns(place)));
    const names = [...new Set(places.flatMap((place) => place?.name ?? []))];
    writer.count(names.length);
    for (const name of names) writer.text(name);
    writer.count(this.kept.length);
    for (const [index, { at, value }] of this.kept.entries()) {
      const place = places[index] ?? null;
      writer.float(at);
      writer.float(value);
      writer.count(place === null ? 0 : names.indexOf(place.name) + 1);
      if (place === null) continue;
      writer.count(place.line);
      writer.count(place.offset);
    }
    if (this.uncounted <= 0) return;
    writer.count(this.uncounted);
    writer.float(this.uncountedBefore);
  }
}

/** Samples of a range of time. */
export class SampleTotals {
  n = 0;
  sum = 0;
  max = Number.NEGATIVE_INFINITY;
  /** The newest sample's value, `NaN` without one. */
  last = Number.NaN;
  /** How many lines or records may hold samples that were not counted; see `SampleCell`. */
  uncounted = 0;
  /** The newest samples, oldest first, at most as many as asked for. */
  readonly newest: Sample[] = [];
  #lastAt = Number.NEGATIVE_INFINITY;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds one sample, without naming it among the newest. */
  add({ at, value }: Sample): void {
    this.n += 1;
    this.sum += value;
    this.max = Math.max(this.max, value);
    if (at < this.#lastAt) return;
    this.#lastAt = at;
    this.last = value;
  }

  /**
   * Adds the samples of a minute that lie in [from, to). Cells must come in order of their minutes. Where a minute had
   * more samples than are kept and the range begins or ends among those, they count as inside.
   */
  addCell(cell: SampleCell, from: number, to: number): void {
    if (from < cell.uncountedBefore) this.uncounted += cell.uncounted;
    const oldest = cell.kept[0]?.at ?? Number.POSITIVE_INFINITY;
    if (cell.folded.n > 0 && oldest >= from) {
      this.n += cell.folded.n;
      this.sum += cell.folded.sum;
      this.max = Math.max(this.max, cell.folded.max);
    }
    for (const sample of cell.kept) {
      if (sample.at < from || sample.at >= to) continue;
      this.add(sample);
      this.newest.push(sample);
    }
    if (this.newest.length > this.#limit) this.newest.splice(0, this.newest.length - this.#limit);
  }
}
