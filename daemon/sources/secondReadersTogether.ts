import type { SecondTurn } from '../protocol/domain/observation.ts';
import type { SecondReader } from './source.ts';

/** Second readings of several kinds, one after the other. `null` stands for records that are gone. */
export class SecondReadersTogether implements SecondReader {
  readonly #readers: readonly SecondReader[];
  readonly #isComplete: boolean;

  constructor(readers: readonly (SecondReader | null)[]) {
    this.#readers = readers.filter((reader) => reader !== null);
    this.#isComplete = this.#readers.length === readers.length;
  }

  async next(): Promise<SecondTurn | null> {
    for (const reader of this.#readers) {
      const turn = await reader.next();
      if (turn !== null) return turn;
    }
    return null;
  }

  get isOver(): boolean {
    return this.#readers.every(({ isOver }) => isOver);
  }

  get isWhole(): boolean {
    return this.#isComplete && this.#readers.every(({ isWhole }) => isWhole);
  }

  get progress(): { readonly read: number; readonly total: number } {
    return this.#readers.reduce(
      (sum, { progress: { read, total } }) => ({ read: sum.read + read, total: sum.total + total }),
      { read: 0, total: 0 },
    );
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close();
  }
}
