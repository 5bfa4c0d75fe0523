/** Read at once, so that a hole passes at the speed of memory. */
const blockSize = 4 * 1024 * 1024;
const blocksAtOnce = 2;
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
  #from = 0;
  /** From `#from` up to here there are NUL bytes only. */
  #to = 0;
  #trustedUntil = 0;

  constructor(read: ReadBlock) {
    this.#read = read;
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
      const at = this.#to;
      const lengths = await Promise.all(blocks.map((block, index) => this.#read(at + index * blockSize, block)));
      for (const [index, block] of blocks.entries()) {
        const length = lengths[index] ?? 0;
        if (zeros.compare(block, 0, length, 0, length) !== 0) {
          this.#to = at + index * blockSize;
          return { kind: 'data', offset: this.#to + block.findIndex((byte) => byte !== 0) };
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
}
