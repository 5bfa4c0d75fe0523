import { isUtf8 } from 'node:buffer';
import type { FieldReader } from '../protocol/observation.ts';
import { KnownKeys } from './knownKeys.ts';
import { KnownTexts } from './knownTexts.ts';
import { numberEnd, numberOf } from './numberBytes.ts';
import { carriageReturn, lineFeed } from './scan.ts';
import { isWrittenAt } from './writtenAt.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** 1 for what may stand in a string as it is: no quote, backslash or control character, and ASCII. */
const plain = new Uint8Array(256).map((_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash ? 1 : 0,
);
const escapes = new Set([...'"\\/bfnrt'].map((letter) => letter.charCodeAt(0)));
const trueWord = Buffer.from('true');
const falseWord = Buffer.from('false');
const nullWord = Buffer.from('null');

/**
 * Reads one line's JSON object without making it: every byte is held against the JSON grammar (RFC 8259), and only the
 * wanted fields become values. It takes what is flat and plain: objects and arrays, escapes in keys or wanted strings,
 * exponents and numbers beyond 2^53 in wanted fields, repeated keys, and everything that is wrong it leaves alone. What
 * it takes, JSON.parse would read the same.
 */
export class FlatJson {
  /** Of the wanted fields of the line just read, in the reader's order; `undefined` for one it does not have. */
  readonly values: unknown[];
  /** What the reader's `stampIn` said of the stamp; its value is then left out. `NaN` when the value must tell. */
  stamp = Number.NaN;
  readonly #reader: FieldReader;
  readonly #keys: KnownKeys;
  readonly #texts: readonly KnownTexts[];
  /** Of the string just passed, or any before it in the line. */
  #escaped = false;
  #beyondAscii = false;

  constructor(reader: FieldReader) {
    this.#reader = reader;
    this.#keys = new KnownKeys(reader.fields);
    this.#texts = reader.fields.map(() => new KnownTexts());
    this.values = reader.fields.map(() => undefined);
  }

  /**
   * Reads the line that starts at `start`; there must be a line feed behind it, which stops every loop here, for no
   * string holds one. The answer is the offset of that line feed, or -1 when the line is not for this reader.
   */
  read(bytes: Buffer, start: number): number {
    for (let index = 0; index < this.values.length; index += 1) this.values[index] = undefined;
    this.stamp = Number.NaN;
    this.#beyondAscii = false;
    this.#keys.startLine();

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
    return this.#beyondAscii && !isUtf8(bytes.subarray(start, end)) ? -1 : end;
  }

  /** `"key": value` from `at` on; the answer is what follows it, white space passed over, or -1. */
  #member(bytes: Buffer, at: number): number {
    if (bytes[at] !== quote) return -1;
    const key = this.#keys.next(bytes, at + 1);
    if (key === null) return -1;
    const behindKey = behindSpace(bytes, at + 1 + key.written.length);
    if (bytes[behindKey] !== colon) return -1;
    const end = this.#value(bytes, behindSpace(bytes, behindKey + 1), key.field);
    return end === -1 ? -1 : behindSpace(bytes, end);
  }

  /** @param field index of a wanted field, or -1. @returns the offset behind the value, or -1. */
  #value(bytes: Buffer, at: number, field: number): number {
    const first = bytes[at] ?? 0;
    if (first === quote) {
      const end = this.#stringEnd(bytes, at + 1);
      if (end === -1) return -1;
      return field === -1 || this.#takeText(bytes, at + 1, end, field) ? end + 1 : -1;
    }
    switch (first) {
      case 0x74:
        return this.#word(bytes, at, trueWord, true, field);
      case 0x66:
        return this.#word(bytes, at, falseWord, false, field);
      case 0x6e:
        return this.#word(bytes, at, nullWord, null, field);
    }
    const end = numberEnd(bytes, at);
    if (end === -1 || field === -1) return end;
    const number = numberOf(bytes, at, end);
    if (Math.abs(number) > Number.MAX_SAFE_INTEGER) return -1;
    this.values[field] = number;
    return end;
  }

  #word(bytes: Buffer, at: number, letters: Uint8Array, value: boolean | null, field: number): number {
    if (!isWrittenAt(bytes, at, letters)) return -1;
    if (field !== -1) this.values[field] = value;
    return at + letters.length;
  }

  #takeText(bytes: Buffer, start: number, end: number, field: number): boolean {
    if (this.#escaped) return false;
    if (field === 0) {
      this.stamp = this.#reader.stampIn(bytes, start, end);
      if (!Number.isNaN(this.stamp)) return true;
    }
    this.values[field] = this.#texts[field]?.of(bytes, start, end);
    return true;
  }

  /** Of the string that starts at `at`: its closing quote, or -1. */
  #stringEnd(bytes: Buffer, start: number): number {
    this.#escaped = false;
    for (let at = start; ; at += 1) {
      const byte = bytes[at] ?? 0;
      if (plain[byte] === 1) continue;
      if (byte === quote) return at;
      if (byte >= 0x80) this.#beyondAscii = true;
      else if (byte === backslash) {
        this.#escaped = true;
        at = escapeEnd(bytes, at + 1);
        if (at === -1) return -1;
      } else return -1;
    }
  }
}

/** The last byte of the escape whose letter stands at `at`, or -1. */
function escapeEnd(bytes: Buffer, at: number): number {
  const letter = bytes[at] ?? 0;
  if (escapes.has(letter)) return at;
  if (letter !== 0x75) return -1;
  for (let index = at + 1; index <= at + 4; index += 1) if (!isHexadecimal(bytes[index] ?? 0)) return -1;
  return at + 4;
}

function isHexadecimal(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
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
