import { bytesStandAt } from './bytesStandAt.ts';

/** A key of a flat JSON object, as it stands in the file. */
interface Key {
  /** Its bytes and the closing quote. */
  readonly written: Uint8Array;
  /** Index among the wanted fields, or -1. */
  readonly field: number;
  /** The last line it was seen in. */
  line: number;
  /** The key that followed it then. */
  follower: Key | null;
}

/** Keys that are made up line by line must not fill the memory. */
const keyLimit = 1000;
/** A line of more keys is left to the reader that counts them. */
const mostKeysOfLine = 4096;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Recognises keys by their bytes. A writer repeats its order, so the key that followed the one before is tried first;
 * any other order costs a hash. Each key notes its line, so that a repeated one is seen in any order.
 */
export class RepeatedKeys {
  readonly #fields: readonly string[];
  readonly #byHash = new Map<number, Key>();
  readonly #start: Key = { written: new Uint8Array(), field: -1, line: -1, follower: null };
  #latest = this.#start;
  #line = 0;
  #keysOfLine = 0;
  /** Each key of the line so far was the one that followed the key before it when that was last seen. */
  #repeats = true;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  startLine(): void {
    if (this.#byHash.size > keyLimit) {
      this.#byHash.clear();
      this.#start.follower = null;
    }
    this.#line += 1;
    this.#keysOfLine = 0;
    this.#latest = this.#start;
    this.#repeats = true;
  }

  /** The line's keys have come in an order that is known. */
  get repeatsOrder(): boolean {
    return this.#repeats;
  }

  /** The key that starts at `at`; `null` when the line already has it, it is no plain ASCII, or there are too many. */
  next(bytes: Buffer, at: number): Key | null {
    this.#keysOfLine += 1;
    if (this.#keysOfLine > mostKeysOfLine) return null;
    const { follower } = this.#latest;
    const follows = follower !== null && bytesStandAt(bytes, at, follower.written);
    const key = follows ? follower : this.#find(bytes, at);
    if (key === null || key.line === this.#line) return null;
    this.#repeats &&= follows;
    key.line = this.#line;
    this.#latest.follower = key;
    this.#latest = key;
    return key;
  }

  #find(bytes: Buffer, at: number): Key | null {
    let hash = 0;
    let end = at;
    for (; bytes[end] !== quote; end += 1) {
      const byte = bytes[end] ?? 0;
      if (byte < 0x20 || byte >= 0x80 || byte === backslash) return null;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const known = this.#byHash.get(hash);
    if (known !== undefined) return bytesStandAt(bytes, at, known.written) ? known : null;
    const field = this.#fields.indexOf(bytes.toString('latin1', at, end));
    const key: Key = { written: Uint8Array.from(bytes.subarray(at, end + 1)), field, line: -1, follower: null };
    this.#byHash.set(hash, key);
    return key;
  }
}
