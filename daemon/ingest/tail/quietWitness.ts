import { type ChangesTold, ChangeWitness } from './changeWitness.ts';
import type { FileStats } from './fileIdentity.ts';

/** A live file gets a witness of its changes once it was quiet for so long, milliseconds. */
const quietBeforeWitness = 250;

/** Counts the changes of a generation's file while that is quiet and read to its end. */
export class QuietWitness {
  #witness: ChangeWitness | null = null;
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
    if (this.#witness !== null) return;
    if (Date.now() - Number(BigInt(stats?.modified ?? 0) / 1_000_000n) < quietBeforeWitness) return;
    this.#witness = ChangeWitness.of(target);
  }

  /** The changes since the file was last seen to be as before. */
  async told(): Promise<ChangesTold> {
    return (await this.#witness?.told()) ?? { kind: 'unknown' };
  }

  dismiss(): void {
    this.#witness?.close();
    this.#witness = null;
  }
}
