import type { OutcomeRecord } from '../protocol/domain/observation.ts';
import { placeColumns, placeOf } from '../protocol/domain/place.ts';
import { eventTime } from '../protocol/domain/units.ts';
import { ByteReader, type ByteWriter, encodeBytes } from './bytes.ts';
import type { CountedSide } from './countedSide.ts';

/** An outcome with its number on a side. */
export interface Placed extends Pick<OutcomeRecord, 'at' | 'place'> {
  readonly number: number;
}

/** The most records that a person is shown. */
const newestKept = 50;
/** The limit is not known beforehand: the most extreme values of each minute stand for those beyond it. */
const farthestKept = 10;

/** The places of some outcomes of one minute on one side: the newest, or the most extreme values. Oldest first. */
export class PlacesCell {
  readonly kept: Placed[] = [];
  readonly #side: CountedSide;
  /** Microseconds since the epoch. */
  readonly #start: number;

  /** The least distance among the kept ones; `NaN` until it is needed. */
  #bar = Number.NaN;

  constructor(side: CountedSide, minute: number) {
    this.#side = side;
    this.#start = minute * 60_000_000;
  }

  /** True when an outcome with this number would be kept now, so that its place is worth getting. */
  takes(number: number): boolean {
    if (this.#side.kind !== 'value' || this.kept.length < farthestKept) return true;
    if (Number.isNaN(this.#bar)) this.#bar = this.#distance(this.kept[this.#least()]?.number ?? 0);
    return this.#distance(number) >= this.#bar;
  }

  add(placed: Placed): void {
    this.#bar = Number.NaN;
    let index = this.kept.length;
    while (index > 0 && (this.kept[index - 1]?.at ?? 0) > placed.at) index -= 1;
    this.kept.splice(index, 0, placed);
    const most = this.#side.kind === 'value' ? farthestKept : newestKept;
    if (this.kept.length > most) this.kept.splice(this.#least(), 1);
  }

  encode(): Uint8Array {
    return encodeBytes((writer) => this.#write(writer));
  }

  static decode(body: Uint8Array, side: CountedSide, minute: number): PlacesCell {
    const reader = new ByteReader(body);
    const cell = new PlacesCell(side, minute);
    const names = Array.from({ length: reader.count() }, () => reader.text());
    let microsecond = minute * 60_000_000;
    for (let left = reader.count(); left > 0; left -= 1) {
      microsecond += reader.count();
      const number = side.kind === 'value' ? reader.float() : numberOfAll(side);
      const name = names[reader.count()] ?? '';
      const place = placeOf(name, reader.count(), reader.count());
      cell.kept.push({ at: eventTime(microsecond / 1000), number, place });
    }
    return cell;
  }

  /** Index of the one to drop: of equal ones the oldest. */
  #least(): number {
    if (this.#side.kind !== 'value') return 0;
    let least = 0;
    for (const [index, { number }] of this.kept.entries()) {
      if (this.#distance(number) < this.#distance(this.kept[least]?.number ?? 0)) least = index;
    }
    return least;
  }

  /** Greater for a number that is more extreme on this side. */
  #distance(number: number): number {
    return this.#side.kind === 'value' && !this.#side.largest ? -number : number;
  }

  #write(writer: ByteWriter): void {
    const places = this.kept.map(({ place }) => placeColumns(place));
    const names = [...new Set(places.map(({ name }) => name))];
    writer.count(names.length);
    for (const name of names) writer.text(name);
    writer.count(this.kept.length);
    let before = this.#start;
    for (const [index, { at, number }] of this.kept.entries()) {
      const microsecond = Math.round(at * 1000);
      writer.count(microsecond - before);
      before = microsecond;
      if (this.#side.kind === 'value') writer.float(number);
      const { name = '', line = 0, offset = 0 } = places[index] ?? {};
      writer.count(names.indexOf(name));
      writer.count(line);
      writer.count(offset);
    }
  }
}

/** The number that all outcomes of such a side have. */
function numberOfAll(side: Exclude<CountedSide, { kind: 'value' }>): number {
  return side.kind === 'all' ? 1 : Number(side.satisfied);
}
