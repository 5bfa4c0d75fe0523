import { barText, readingText } from '../protocol/words/readingText.ts';

/** Less is over before anybody looks, and is not worth a line. */
const quietFor = 1000;
const refreshedEach = 200;
const barWidth = 24;

interface Shown {
  readonly columns: number;
  write(text: string): void;
  now(): number;
}

/** One line at the bottom of a terminal that says how far a reading has come; it is written over, and gone at the end. */
export class ReadingBar {
  readonly #size: number | null;
  readonly #shown: Shown;
  readonly #began: number;
  #latest: number;
  #isThere = false;

  /** @param size bytes to read in all; `null` where nobody knows. */
  constructor(size: number | null, shown: Shown) {
    this.#size = size;
    this.#shown = shown;
    this.#began = shown.now();
    this.#latest = this.#began + quietFor - refreshedEach;
  }

  reached(bytes: number): void {
    const now = this.#shown.now();
    if (now - this.#latest < refreshedEach) return;
    this.#latest = now;
    const text = readingText({ bytes, size: this.#size, elapsed: now - this.#began });
    const bar = this.#size === null ? '' : `${barText(bytes, this.#size, barWidth)} `;
    this.#shown.write(`\r\u001b[K${`${bar}${text}`.slice(0, this.#shown.columns - 1)}`);
    this.#isThere = true;
  }

  remove(): void {
    if (this.#isThere) this.#shown.write('\r\u001b[K');
    this.#isThere = false;
  }
}
