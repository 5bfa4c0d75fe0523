import { type UncachedReads, uncachedStep } from './uncachedReads.ts';

/** Read at once, so that a hole passes at the speed of memory. */
const blockSize = 4 * 1024 * 1024;
const blocksAtOnce = 2;
/** A shorter run is read through the cache, where what was written last lies already. */
const longRun = 16 * 1024 * 1024;
/** So long is one search for the end of a run, milliseconds; it goes on where it ended. */
const longestSearch = 500;
/** A run that reached the end of its file is searched again after so long, or so rarely that it costs a twentieth. */
const searchedAgain = 2000;
const searchShare = 20;

/** Where a run of NUL bytes ends: at data, at the end of the file, or farther than was searched yet. */
export type NulRunEnd =
  | { readonly kind: 'data'; readonly offset: number }
  | { readonly kind: 'end-of-file' }
  | { readonly kind: 'searching' };

/** Fills the buffer from an offset on; fewer bytes than it holds mean the end of the file. */
type ReadBlock = (offset: number, into: Buffer) => Promise<number>;

/**
 * Finds where runs of NUL bytes end in one file: memory-mapped and preallocated logs end in gigabytes of them, and a
 * writer without O_APPEND leaves a hole when its log is truncated. What was searched is remembered, so that asking again
 * costs little.
 */
export class NulRuns {
  readonly #read: ReadBlock;
  readonly #uncached: UncachedReads;
  #from = 0;
  /** From `#from` up to here there are NUL bytes only. */
  #to = 0;
  #trustedUntil = 0;

  constructor(read: ReadBlock, uncached: UncachedReads) {
    this.#read = read;
    this.#uncached = uncached;
  }

  /** Where the run that begins at `from` ends. */
  async end(from: number): Promise<NulRunEnd> {
    const began = performance.now();
    if (from < this.#from || from > this.#to || began > this.#trustedUntil) {
      this.#from = from;
      this.#to = from;
    }
    this.#trustedUntil = Number.POSITIVE_INFINITY;
    const zeros = Buffer.alloc(blockSize);
    const blocks = Array.from({ length: blocksAtOnce }, () => Buffer.allocUnsafe(blockSize));
    for (;;) {
      const isLong = this.#to - this.#from >= longRun;
      const at = isLong ? this.#to - (this.#to % uncachedStep) : this.#to;
      const lengths = await Promise.all(
        blocks.map((block, index) => this.#readBlock(at + index * blockSize, block, isLong)),
      );
      for (const [index, block] of blocks.entries()) {
        const length = lengths[index] ?? 0;
        if (zeros.compare(block, 0, length, 0, length) !== 0) {
          this.#to = at + index * blockSize + nulBytesBefore(block, zeros);
          return { kind: 'data', offset: this.#to };
        }
        this.#to = at + index * blockSize + length;
        if (length === blockSize) continue;
        const now = performance.now();
        this.#trustedUntil = now + Math.max(searchedAgain, searchShare * (now - began));
        return { kind: 'end-of-file' };
      }
      if (performance.now() - began > longestSearch) return { kind: 'searching' };
    }
  }
  async #readBlock(offset: number, into: Buffer, isLong: boolean): Promise<number> {
    const length = isLong ? await this.#uncached.read(offset, into) : 0;
    if (length === into.length) return length;
    // Past the cache nothing can be read from where the file ends, unless it ends at a step.
    const before = length ?? 0;
    return before + (await this.#read(offset + before, into.subarray(before)));
  }
}

/** How many NUL bytes come first, in a block that holds others as well. @param zeros as many NUL bytes */
function nulBytesBefore(block: Buffer, zeros: Buffer): number {
  let start = 0;
  let end = block.length;
  while (end - start > 1) {
    const middle = start + Math.ceil((end - start) / 2);
    if (zeros.compare(block, start, middle, start, middle) === 0) start = middle;
    else end = middle;
  }
  return start;
}
