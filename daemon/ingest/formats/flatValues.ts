import type { FieldReader } from '../../protocol/domain/observation.ts';
import { bytesStandAt } from './bytesStandAt.ts';
import { JsonNumber } from './jsonNumber.ts';
import { RepeatedTexts } from './repeatedTexts.ts';
import { plainEnd } from './unescapedEnd.ts';

const quote = 0x22;
const backslash = 0x5c;
const escapes = new Set([...'"\\/bfnrt'].map((letter) => letter.charCodeAt(0)));
const trueWord = Buffer.from('true');
const falseWord = Buffer.from('false');
const nullWord = Buffer.from('null');

/**
 * The values of one line's members that are wanted, read from bytes. What is no plain JSON value is left alone: objects and
 * arrays, escapes in wanted strings, exponents, and numbers beyond 2^53 in wanted fields.
 */
export class FlatValues {
  /** The values of the wanted fields, in the reader's order; `undefined` for one that the line does not have. */
  readonly wanted: unknown[];
  /** The answer of the reader's `stampIn` for the stamp; its value is then left out. `NaN` when the value must tell. */
  stamp = Number.NaN;
  /** A string of the line has a byte beyond ASCII, which is not held against UTF-8 here. */
  beyondAscii = false;
  readonly #reader: FieldReader;
  readonly #texts: readonly RepeatedTexts[];
  readonly #number = new JsonNumber();
  /** The string just passed has an escape. */
  #escaped = false;

  constructor(reader: FieldReader) {
    this.#reader = reader;
    this.#texts = reader.fields.map(() => new RepeatedTexts());
    this.wanted = reader.fields.map(() => undefined);
  }

  startLine(): void {
    for (let index = 0; index < this.wanted.length; index += 1) this.wanted[index] = undefined;
    this.stamp = Number.NaN;
    this.beyondAscii = false;
  }

  /**
   * Takes the value that starts at `at`. There must be a line feed behind it, which stops every loop here, for no string
   * holds one. @param field index of a wanted field, or -1. @returns the offset behind the value, or -1.
   */
  take(bytes: Buffer, view: DataView, at: number, field: number): number {
    switch (bytes[at]) {
      case quote: {
        const end = this.#stringEnd(bytes, view, at + 1);
        if (end === -1) return -1;
        return field === -1 || this.#takeText(bytes, at + 1, end, field) ? end + 1 : -1;
      }
      case 0x74:
        return this.#word(bytes, at, trueWord, true, field);
      case 0x66:
        return this.#word(bytes, at, falseWord, false, field);
      case 0x6e:
        return this.#word(bytes, at, nullWord, null, field);
    }
    const end = this.#number.read(bytes, at);
    if (end === -1 || field === -1) return end;
    const { value } = this.#number;
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return -1;
    this.wanted[field] = value;
    return end;
  }

  #word(bytes: Buffer, at: number, letters: Uint8Array, value: boolean | null, field: number): number {
    if (!bytesStandAt(bytes, at, letters)) return -1;
    if (field !== -1) this.wanted[field] = value;
    return at + letters.length;
  }

  #takeText(bytes: Buffer, start: number, end: number, field: number): boolean {
    if (this.#escaped) return false;
    if (field === 0) {
      this.stamp = this.#reader.stampIn(bytes, start, end);
      if (!Number.isNaN(this.stamp)) return true;
    }
    this.wanted[field] = this.#texts[field]?.of(bytes, start, end);
    return true;
  }

  /** The closing quote of the string that starts at `start`, or -1. */
  #stringEnd(bytes: Buffer, view: DataView, start: number): number {
    this.#escaped = false;
    for (let at = plainEnd(bytes, view, start); ; at = plainEnd(bytes, view, at + 1)) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) return at;
      if (byte >= 0x80) this.beyondAscii = true;
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
