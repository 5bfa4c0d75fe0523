import type { OutcomeRecord } from '../../protocol/domain/observation.ts';
import { placeColumns, placeOf } from '../../protocol/domain/place.ts';
import { eventTime } from '../../protocol/domain/units.ts';

/**
 * The first byte of a body. The layout before this one began with a whole number as an eight-byte float, whose first byte
 * is 0.
 */
const layout = 1;
const float = 8;
/** The longest form of a whole number up to 2^53, with its sign. */
const longestCount = 8;
const countsPerOutcome = 4;

/**
 * The outcomes of one commit as bytes, for a catch-up writes every record once: what repeats or grows evenly (arm, shares,
 * file, line, offset) takes a byte or two as a difference, times and fields are eight-byte floats (NaN, a record without
 * the field, is kept, which JSON cannot). The layout, then the numbers of outcomes and fields; each outcome; the files'
 * names last, as JSON.
 */
export function encodeOutcomes(outcomes: readonly OutcomeRecord[]): Uint8Array {
  const fields = outcomes[0]?.fields.length ?? 0;
  const perOutcome = countsPerOutcome * longestCount + (1 + fields) * float;
  writer.restart(1 + 2 * longestCount + outcomes.length * perOutcome);
  writer.count(layout);
  writer.count(outcomes.length);
  writer.count(fields);
  const files = new Map<string, number>();
  let name: string | null = null;
  let file = 0;
  let line = 0;
  let offset = 0;
  for (const { at, arm, shares, place, fields: values } of outcomes) {
    const columns = placeColumns(place);
    if (columns.name !== name) {
      ({ name } = columns);
      file = files.get(name) ?? files.size;
      files.set(name, file);
    }
    writer.count(shares * 2 + (arm === 'treatment' ? 1 : 0));
    writer.count(file);
    writer.signed(columns.line - line);
    writer.signed(columns.offset - offset);
    ({ line, offset } = columns);
    writer.float(at);
    for (let field = 0; field < fields; field += 1) writer.float(values[field] ?? Number.NaN);
  }
  return writer.finish(new TextEncoder().encode(JSON.stringify([...files.keys()])));
}

export function decodeOutcomes(body: Uint8Array): OutcomeRecord[] {
  const reader = new Reader(body);
  if (body[0] !== layout) return decodeFirstLayout(reader);
  reader.count();
  const count = reader.count();
  const fields = reader.count();
  const placed: (Omit<OutcomeRecord, 'place'> & { readonly file: number; line: number; offset: number })[] = [];
  let line = 0;
  let offset = 0;
  for (let left = count; left > 0; left -= 1) {
    const sharesAndArm = reader.count();
    const file = reader.count();
    line += reader.signed();
    offset += reader.signed();
    placed.push({
      at: eventTime(reader.float()),
      arm: sharesAndArm % 2 === 1 ? 'treatment' : 'control',
      shares: Math.floor(sharesAndArm / 2),
      fields: Array.from({ length: fields }, () => reader.float()),
      file,
      line,
      offset,
    });
  }
  const files = reader.names();
  return placed.map(({ at, arm, shares, fields: values, file, line: ofLine, offset: ofOffset }) => {
    return { at, arm, shares, fields: values, place: placeOf(files[file] ?? '', ofLine, ofOffset) };
  });
}

/** Everything as eight-byte floats: the numbers of outcomes and fields; of each outcome its time, arm and so on. */
function decodeFirstLayout(reader: Reader): OutcomeRecord[] {
  const count = reader.float();
  const fields = reader.float();
  const rows = Array.from({ length: count }, () => Array.from({ length: 6 + fields }, () => reader.float()));
  const files = reader.names();
  return rows.map(([at = 0, arm, shares = 0, file = 0, line = 0, offset = 0, ...values]) => ({
    at: eventTime(at),
    arm: arm === 1 ? 'treatment' : 'control',
    shares,
    place: placeOf(files[file] ?? '', line, offset),
    fields: values,
  }));
}

class Writer {
  #bytes = new Uint8Array();
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Begins anew, with room for so many bytes. */
  restart(room: number): void {
    this.#length = 0;
    if (room <= this.#bytes.length) return;
    this.#bytes = new Uint8Array(room);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** A whole number from 0, seven bits to the byte. */
  count(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#length] = (rest % 0x80) + 0x80;
      this.#length += 1;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  /** The sign and six bits in the first byte; doubled, the largest would be rounded. */
  signed(value: number): void {
    const size = Math.abs(value);
    const first = (size % 0x40) * 2 + (value < 0 ? 1 : 0);
    const rest = Math.floor(size / 0x40);
    this.#bytes[this.#length] = rest === 0 ? first : first + 0x80;
    this.#length += 1;
    if (rest > 0) this.count(rest);
  }

  float(value: number): void {
    this.#view.setFloat64(this.#length, value, true);
    this.#length += float;
  }

  finish(rest: Uint8Array): Uint8Array {
    const whole = new Uint8Array(this.#length + rest.length);
    whole.set(this.#bytes.subarray(0, this.#length));
    whole.set(rest, this.#length);
    return whole;
  }
}

/** One for all commits, for a new buffer for each would drive the garbage collector. */
const writer = new Writer();

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  count(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#view.getUint8(this.#at);
      this.#at += 1;
      value += (byte % 0x80) * scale;
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    const first = this.#view.getUint8(this.#at);
    this.#at += 1;
    const size = Math.floor((first % 0x80) / 2) + (first < 0x80 ? 0 : this.count() * 0x40);
    return first % 2 === 1 ? -size : size;
  }

  float(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += float;
    return value;
  }

  /** The JSON that the rest is. */
  names(): readonly string[] {
    const names: unknown = JSON.parse(new TextDecoder().decode(this.#bytes.subarray(this.#at)));
    return Array.isArray(names) ? names.map(String) : [];
  }
}
