import { bytesStandAt } from './bytesStandAt.ts';

/** A longer text is hardly one of a few. */
const longestKnown = 64;
const knownLimit = 8;

/** Texts from bytes. Most fields repeat one of a few values (`"async"`), which is then found instead of made. */
export class RepeatedTexts {
  readonly #written: Uint8Array[] = [];
  readonly #texts: string[] = [];
  #next = 0;

  /** The UTF-8 text in `bytes[start, end)`. */
  of(bytes: Buffer, start: number, end: number): string {
    if (end - start > longestKnown) return bytes.toString('utf8', start, end);
    for (let known = 0; known < this.#written.length; known += 1) {
      const written = this.#written[known];
      if (written?.length === end - start && bytesStandAt(bytes, start, written)) return this.#texts[known] ?? '';
    }
    const text = bytes.toString('utf8', start, end);
    this.#written[this.#next] = Uint8Array.from(bytes.subarray(start, end));
    this.#texts[this.#next] = text;
    this.#next = (this.#next + 1) % knownLimit;
    return text;
  }
}
