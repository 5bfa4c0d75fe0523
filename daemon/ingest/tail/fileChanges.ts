import type { WallTime } from '../../protocol/domain/units.ts';
import type { ChangesTold } from './changeWitness.ts';
import { type FileStats, isUntouched, looksSame } from './fileIdentity.ts';
import { QuietWitness } from './quietWitness.ts';

/** How a look at a file differs from the one before. */
export type Difference =
  | 'first look'
  /** Nothing has changed, as far as its times tell. */
  | 'none'
  /** Size and times are the same; it changed so shortly before that another change may carry the same time. */
  | 'none seen'
  | 'changed';

/** The changes of a generation's file, as looks at it and the kernel tell of them. */
export class FileChanges {
  #stats: FileStats | null = null;
  #grown = 0;
  #proven = 0;
  #unchangedAt: WallTime | null = null;
  readonly #witness = new QuietWitness();

  /** As it was at the last look. */
  get stats(): FileStats | null {
    return this.#stats;
  }

  /** Its size when it was last seen to have grown; by then it may have been truncated, and hold another content. */
  get grown(): number {
    return this.#grown;
  }

  /** `grown`, where its content was found to be the same after it had been seen to be so large; else `null`. */
  get provenSize(): number | null {
    return this.#proven === this.#grown ? this.#grown : null;
  }

  /** When it was last seen to be as it had been before. */
  get unchangedAt(): WallTime | null {
    return this.#unchangedAt;
  }

  /** @param offset so far it has been read */
  take(stats: FileStats, offset: number, now: WallTime): Difference {
    const before = this.#stats;
    this.#stats = stats;
    if (stats.size > (before?.size ?? 0)) this.#grown = stats.size;
    // How it was seen first is all that is known of it.
    if (before === null) this.#proven = this.#grown;
    if (before === null) return 'first look';
    if (!looksSame(before, stats)) return 'changed';
    this.#unchangedAt = now;
    if (stats.size === offset) this.#witness.confirm();
    return isUntouched(before, stats) ? 'none' : 'none seen';
  }

  /** It still holds what was read of it, and was seen to be so large before. */
  prove(size: number): void {
    this.#proven = size;
  }

  wasUntouched(stats: FileStats): boolean {
    return this.#stats !== null && isUntouched(this.#stats, stats);
  }

  /** Its times prove nothing any more. */
  suspect(): void {
    if (this.#stats !== null) this.#stats = { ...this.#stats, racy: true };
  }

  /** Another file comes next. */
  begin(): void {
    this.#witness.dismiss();
    this.#stats = null;
  }

  /** Both are of one log. */
  sharesHabitOf(other: FileChanges): void {
    this.#witness.sharesHabitOf(other.#witness);
  }

  lookBegins(): void {
    this.#witness.lookBegins();
  }

  /** A live file has been read to its end: it gets a witness. @param target absolute path */
  lookEnded(target: string): void {
    this.#witness.lookEnded(target, this.#stats);
  }

  /** The changes since it was last seen to be as before and read to its end. */
  told(): Promise<ChangesTold> {
    return this.#witness.told();
  }

  /** So many of its lines were read. */
  read(lines: number): void {
    this.#witness.read(lines);
  }

  /** Nothing more is asked of it. */
  dismissWitness(): void {
    this.#witness.dismiss();
  }
}
