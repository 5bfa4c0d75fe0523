import type { RotatedLog } from './rotatedLog.ts';

/** A loss that the daemon has declared, as the store keeps it. */
export interface DeclaredLoss {
  readonly file: string;
  readonly reason: string;
}

/** What the oracle says of one log. */
export interface Outcome {
  readonly written: number;
  readonly counted: number;
  readonly twice: number;
  /** Neither counted nor destroyed by the soak itself. */
  readonly unexplained: readonly number[];
  readonly missing: number;
  readonly declared: number;
  /** The declared losses that name a number of bytes, one line each. */
  readonly exactLosses: readonly string[];
  /** `null` when the oracle holds. */
  readonly wrong: string | null;
}

const exactLoss = /(\d+) bytes .*are lost/;

/** What a log has written, held against what the daemon has counted and declared. */
export class SoakedLog {
  readonly log: RotatedLog;
  /** How often each id was counted. */
  #times = new Uint8Array(1024);
  #counted = 0;
  #newest = 0;
  #twice: number[] = [];
  /** All ids up to here are counted, or destroyed by the soak. */
  #through = 0;
  readonly #losses: DeclaredLoss[] = [];
  #declared = 0;
  /** The daemon's own count of its records. */
  #records = 0;

  constructor(log: RotatedLog) {
    this.log = log;
  }

  count(id: number): void {
    if (id >= this.#times.length) {
      const grown = new Uint8Array(Math.max(id + 1, this.#times.length * 2));
      grown.set(this.#times);
      this.#times = grown;
    }
    this.#newest = Math.max(this.#newest, id);
    const times = (this.#times[id] ?? 0) + 1;
    this.#times[id] = times;
    if (times === 1) this.#counted += 1;
    else this.#twice.push(id);
  }

  /** The daemon's count of the source's records, its newest losses, and how many there are in all. */
  declare(records: number, total: number, newest: readonly DeclaredLoss[]): void {
    this.#records = records;
    const added = total - this.#declared;
    if (added > 0) this.#losses.push(...newest.slice(-added));
    this.#declared = total;
  }

  /** To be called when the daemon has committed: what is counted need not be kept on the disk. */
  forgetCounted(): void {
    const { log } = this;
    while (this.#through < log.written && this.#isKnown(this.#through + 1)) this.#through += 1;
    log.counted(this.#through, this.#newest);
  }

  get backlog(): number {
    return this.log.written - this.#through;
  }

  get twice(): readonly number[] {
    return this.#twice;
  }

  /** To be asked when the daemon has read everything. */
  outcome(): Outcome {
    const missing: number[] = [];
    for (let id = 1; id <= this.log.written; id += 1) if (!this.#isCounted(id)) missing.push(id);
    const unexplained = missing.filter((id) => !this.log.destroyed.has(id));
    const figures = {
      written: this.log.written,
      counted: this.#counted,
      twice: this.#twice.length,
      missing: missing.length,
      unexplained,
      declared: this.#declared,
    };
    return { ...figures, wrong: this.#wrong(missing, unexplained), exactLosses: this.#exactLosses };
  }

  #wrong(missing: readonly number[], unexplained: readonly number[]): string | null {
    if (this.#records !== this.#counted + this.#twice.length)
      return `the daemon counts ${this.#records} records, and the soak has seen ${this.#counted} ids and ${this.#twice.length} again`;
    if (this.#twice.length > 0) return `counted twice: ${this.#twice.slice(0, 12).join(' ')}`;
    if (unexplained.length > 0) return `missing, and nobody destroyed them: ${unexplained.slice(0, 12).join(' ')}`;
    if (missing.length > 0 && this.#declared === 0)
      return `missing and not declared: ${missing.slice(0, 12).join(' ')}`;
    const falseAlarms = this.#declared - this.log.destructions - this.log.deletions;
    if (falseAlarms > 0) return `${falseAlarms} more losses are declared than anything was destroyed or deleted`;
    const exact = this.#losses.map(({ reason }) => Number(exactLoss.exec(reason)?.[1] ?? Number.NaN));
    const declared = exact.reduce((sum, bytes) => sum + (Number.isNaN(bytes) ? 0 : bytes), 0);
    const lost = missing.reduce((sum, id) => sum + this.log.lengthOf(id), 0);
    if (declared > lost) return `${declared} bytes are declared to be lost, and ${lost} are`;
    if (exact.length > 0 && exact.every((bytes) => !Number.isNaN(bytes)) && declared !== lost)
      return `${declared} bytes are declared to be lost, and ${lost} are`;
    return null;
  }

  get #exactLosses(): readonly string[] {
    return this.#losses.filter(({ reason }) => exactLoss.test(reason)).map(({ file, reason }) => `${file}: ${reason}`);
  }

  #isCounted(id: number): boolean {
    return (this.#times[id] ?? 0) > 0;
  }

  #isKnown(id: number): boolean {
    return this.#isCounted(id) || this.log.destroyed.has(id);
  }
}
