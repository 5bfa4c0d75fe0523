const wordLength = 4;

/** Known bytes that are looked for at a place four at a time. */
export class BytePattern {
  readonly length: number;
  readonly #words: Int32Array;
  /** The bytes left behind the last whole word. */
  readonly #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    const own = Uint8Array.from(bytes);
    const view = new DataView(own.buffer);
    this.length = own.length;
    this.#words = Int32Array.from({ length: own.length >> 2 }, (_, word) => view.getInt32(word * wordLength, true));
    this.#rest = own.subarray(this.#words.length * wordLength);
  }

  /** `view` is of the bytes; its own length is not asked for, which V8 does not inline. */
  standAt(bytes: Uint8Array, view: DataView, start: number): boolean {
    if (start + this.length > bytes.length) return false;
    const words = this.#words;
    let at = start;
    for (let word = 0; word < words.length; word += 1) {
      if (view.getInt32(at, true) !== words[word]) return false;
      at += wordLength;
    }
    const rest = this.#rest;
    for (let index = 0; index < rest.length; index += 1) {
      if (bytes[at + index] !== rest[index]) return false;
    }
    return true;
  }
}
