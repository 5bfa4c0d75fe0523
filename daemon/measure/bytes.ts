const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes the compact form of a cell: unsigned LEB128 integers, float64 and UTF-8 text. Made by `encodeBytes`. */
export class ByteWriter {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** @param value a whole number from 0 to 2⁵³ − 1. */
  count(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length] = (rest % 0x80) | 0x80;
      this.#length += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  /** A whole number of either sign. */
  signed(value: number): void {
    this.count(value < 0 ? -value * 2 - 1 : value * 2);
  }

  float(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }

  text(value: string): void {
    const encoded = encoder.encode(value);
    this.count(encoded.length);
    this.#reserve(encoded.length);
    this.#bytes.set(encoded, this.#length);
    this.#length += encoded.length;
  }

  restart(): void {
    this.#length = 0;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const writer = new ByteWriter();

/**
 * The bytes that `write` writes. One buffer serves all, because cells are encoded by the thousand: `write` must not
 * nest.
 */
export function encodeBytes(write: (writer: ByteWriter) => void): Uint8Array {
  writer.restart();
  write(writer);
  return writer.finish();
}

/** Reads what `ByteWriter` wrote. @throws RangeError when the bytes end too soon. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  count(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) throw new RangeError('a stored cell ends too soon');
      this.#position += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  /** No bytes follow. */
  get ended(): boolean {
    return this.#position >= this.#bytes.length;
  }

  signed(): number {
    const value = this.count();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  float(): number {
    const value = this.#view.getFloat64(this.#position);
    this.#position += 8;
    return value;
  }

  text(): string {
    const length = this.count();
    const start = this.#position;
    if (start + length > this.#bytes.length) throw new RangeError('a stored cell ends too soon');
    this.#position = start + length;
    return decoder.decode(this.#bytes.subarray(start, this.#position));
  }
}
