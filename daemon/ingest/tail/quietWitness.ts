import { type ChangesTold, ChangeWitness } from './changeWitness.ts';
import type { FileStats } from './fileIdentity.ts';
import { WriterHabit } from './writerHabit.ts';

/** A file that changed too often to be counted is quiet for so long before it gets a witness again, milliseconds. */
const quietBeforeWitness = 1000;

/** Counts the changes of a generation's file from when it was read to its end. */
export class QuietWitness {
  #witness: ChangeWitness | null = null;
  #habit = new WriterHabit();
  /** The changes that were told when the look at hand began. */
  #toldBefore = 0;

  lookBegins(): void {
    this.#toldBefore = this.#witness?.changes ?? 0;
  }

  /** The look that began has found the file as it was. */
  confirm(): void {
    this.#witness?.confirm(this.#toldBefore);
  }

  /** @param target absolute path of a file that is read to its end */
  lookEnded(target: string, stats: FileStats | null): void {
    if (stats === null || this.#witness?.isOpen === true) return;
    if (this.#witness !== null && isBusy(stats)) return;
    this.#witness = ChangeWitness.of(target, stats, this.#habit);
    this.#toldBefore = 0;
  }

  /** The changes since the file was last seen to be as before. */
  async told(): Promise<ChangesTold> {
    return (await this.#witness?.told()) ?? { kind: 'unknown' };
  }

  /** One and the same writer writes both. */
  sharesHabitOf(other: QuietWitness): void {
    this.#habit = other.#habit;
  }

  read(lines: number): void {
    this.#witness?.read(lines);
  }

  dismiss(): void {
    this.#witness?.close();
    this.#witness = null;
  }
}

function isBusy({ modified }: FileStats): boolean {
  return Date.now() - Number(BigInt(modified) / 1_000_000n) < quietBeforeWitness;
}
