import { isUtf8 } from 'node:buffer';
import type { FieldReader } from '../../protocol/domain/observation.ts';
import { FlatValues } from './flatValues.ts';
import { LearnedLayouts, type ValueSpan } from './learnedLayouts.ts';
import { RepeatedKeys } from './repeatedKeys.ts';
import { carriageReturn, lineFeed } from './scan.ts';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Reads one line's JSON object without making it: every byte is held against the JSON grammar (RFC 8259), and only the
 * wanted fields become values. It takes what is flat and plain: objects and arrays, escapes in keys or wanted strings,
 * exponents and numbers beyond 2^53 in wanted fields, repeated keys, and everything that is wrong it leaves alone. What
 * it takes, JSON.parse would read the same.
 *
 * A line like those before it is read by its layout; any other member by member, in whatever order and spacing.
 */
export class FlatJson {
  /** The values of the line just read. */
  readonly values: FlatValues;
  readonly #layouts: LearnedLayouts;
  readonly #keys: RepeatedKeys;
  #spans: ValueSpan[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(reader: FieldReader) {
    this.values = new FlatValues(reader);
    this.#layouts = new LearnedLayouts(this.values);
    this.#keys = new RepeatedKeys(reader.fields);
  }

  /**
   * Reads the line that starts at `start`; there must be a line feed behind it. The answer is the offset of that line
   * feed, or -1 when the line is not for this reader.
   */
  read(bytes: Buffer, start: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    let feed = this.#layouts.read(bytes, this.#view, start);
    if (feed === -1) feed = this.#readMembers(bytes, start);
    return feed !== -1 && this.values.beyondAscii && !isUtf8(bytes.subarray(start, feed)) ? -1 : feed;
  }

  #readMembers(bytes: Buffer, start: number): number {
    this.values.startLine();
    this.#keys.startLine();
    this.#spans = [];
    let at = behindSpace(bytes, start);
    if (bytes[at] !== openBrace) return -1;
    at = behindSpace(bytes, at + 1);
    if (bytes[at] !== closeBrace) {
      at = this.#member(bytes, at);
      while (at !== -1 && bytes[at] === comma) at = this.#member(bytes, behindSpace(bytes, at + 1));
      if (at === -1 || bytes[at] !== closeBrace) return -1;
    }
    const end = behindSpace(bytes, at + 1);
    if (bytes[end] !== lineFeed) return -1;
    // An order that is not the one of the line before may be nobody's: learning it would cost more than it saves.
    if (this.#keys.repeatsOrder) this.#layouts.learn(bytes, start, end, this.#spans);
    return end;
  }

  /** `"key": value` from `at` on; the answer is what follows it, white space passed over, or -1. */
  #member(bytes: Buffer, at: number): number {
    if (bytes[at] !== quote) return -1;
    const key = this.#keys.next(bytes, at + 1);
    if (key === null) return -1;
    const behindKey = behindSpace(bytes, at + 1 + key.written.length);
    if (bytes[behindKey] !== colon) return -1;
    const value = behindSpace(bytes, behindKey + 1);
    const end = this.values.take(bytes, this.#view, value, key.field);
    if (end === -1) return -1;
    this.#spans.push({ start: value, end, field: key.field });
    return behindSpace(bytes, end);
  }
}

/** The first byte from `at` on that is not JSON's white space; a line feed is the line's end. */
function behindSpace(bytes: Buffer, at: number): number {
  let end = at;
  for (;;) {
    const byte = bytes[end];
    if (byte !== 0x20 && byte !== 0x09 && byte !== carriageReturn) return end;
    end += 1;
  }
}
