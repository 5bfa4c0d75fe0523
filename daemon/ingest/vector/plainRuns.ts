import type { Reader } from '../formats/scan.ts';
import { RowScanner } from './rowScanner.ts';
import { scannerModule } from './scannerModule.ts';

/** How the compiled scanner is used. */
export interface VectorTerms {
  /** `null`: not at all. */
  readonly module: WebAssembly.Module | null;
  /** It is set up with the first read of so many bytes. */
  readonly leastBytes: number;
}

/** A log that grows line by line does not need it, nor its two megabytes. */
export function usualVector(): VectorTerms {
  return { module: scannerModule(), leastBytes: 32 * 1024 };
}

/** Runs of plain lines by the compiled scanner, where there is one for the reader. */
export class PlainRuns {
  readonly #make: () => RowScanner | null;
  readonly #leastBytes: number;
  readonly #fields: readonly string[];
  #scanner: RowScanner | null | undefined;

  constructor({ byField, reads, kept }: Reader, { module, leastBytes }: VectorTerms) {
    this.#leastBytes = leastBytes;
    this.#fields = byField?.reader.fields ?? [];
    // Where it is not told what is read, any key that comes twice matters.
    this.#make = () =>
      module === null || byField === undefined || reads === undefined
        ? null
        : RowScanner.of(module, byField, [...reads, ...kept]);
  }

  /**
   * Begins with these bytes: the scanner that takes what it can of them, if there is one.
   * @param isAscii all of them are known to be.
   */
  open(bytes: Buffer, isAscii: boolean): RowScanner | null {
    if (this.#scanner === undefined && bytes.length >= this.#leastBytes) this.#scanner = this.#make();
    this.#scanner?.open(bytes, isAscii);
    return this.#scanner ?? null;
  }

  /** Learns of a line that was read another way, when its class was all that was missing. */
  learn(at: number, record: Readonly<Record<string, unknown>>): void {
    if (this.#scanner?.lacksClassAt(at) !== true) return;
    // Whatever has another name is left for that, so each field is the record's own.
    this.#scanner.learn(this.#fields.map((field) => (Object.hasOwn(record, field) ? record[field] : undefined)));
  }
}
