import { hash } from 'node:crypto';

/** A line that was read, as far as it must be known again. */
export interface SeenLine {
  /** 64 bits of the hash of its bytes. */
  readonly print: string;
  /** Of its event, or of its arrival where it says none. */
  readonly at: number;
  readonly arrived: number;
}

/** So many lines are kept in a row of the store. */
const linesPerChunk = 128;
/** However long the overlap is. */
const mostLines = 20_000;

interface Chunk {
  readonly number: number;
  readonly lines: SeenLine[];
}

export interface ChunkChanges {
  readonly written: readonly { readonly number: number; readonly lines: readonly SeenLine[] }[];
  readonly dropped: readonly number[];
}

export function fingerprint(line: Uint8Array): string {
  return hash('sha256', line, 'base64url').slice(0, 11);
}

/** The newest lines of a stream: what a new run of its command may write again. */
export class SeenLines {
  readonly #overlap: number;
  #chunks: Chunk[];
  #next: number;
  /** The newest event that is no longer known line by line, though it lies in the overlap. */
  #floor: number;
  #newest = Number.NEGATIVE_INFINITY;
  #count: number;
  readonly #changed = new Set<number>();
  #dropped: number[] = [];

  /** @param overlap in milliseconds before the newest event. */
  constructor(overlap: number, chunks: readonly Chunk[] = [], floor: number = Number.NEGATIVE_INFINITY) {
    this.#overlap = overlap;
    this.#chunks = chunks
      .toSorted((one, other) => one.number - other.number)
      .map(({ number, lines }) => ({ number, lines: [...lines] }));
    this.#next = (this.#chunks.at(-1)?.number ?? -1) + 1;
    this.#floor = floor;
    this.#count = this.#chunks.reduce((sum, { lines }) => sum + lines.length, 0);
    for (const { lines } of this.#chunks) for (const { at } of lines) this.#newest = Math.max(this.#newest, at);
  }

  get floor(): number {
    return this.#floor;
  }

  /** From when on a new run is to write: nothing older is needed, and all that is newer is known line by line. */
  get since(): number | null {
    return Number.isFinite(this.#newest) ? Math.max(this.#newest - this.#overlap, this.#floor) : null;
  }

  get newest(): number | null {
    return Number.isFinite(this.#newest) ? this.#newest : null;
  }

  *lines(): Iterable<SeenLine> {
    for (const { lines } of this.#chunks) yield* lines;
  }

  add(line: SeenLine): void {
    let last = this.#chunks.at(-1);
    if (last === undefined || last.lines.length >= linesPerChunk) {
      last = { number: this.#next, lines: [] };
      this.#next += 1;
      this.#chunks.push(last);
    }
    last.lines.push(line);
    this.#changed.add(last.number);
    this.#count += 1;
    this.#newest = Math.max(this.#newest, line.at);
  }

  /** Lets go of what no run will write again; tells what has changed since the last call. */
  takeChanges(): ChunkChanges {
    const newestArrival = this.#chunks.at(-1)?.lines.at(-1)?.arrived ?? 0;
    const isOld = ({ at, arrived }: SeenLine) =>
      at < this.#newest - this.#overlap && arrived < newestArrival - this.#overlap;
    for (;;) {
      const [first] = this.#chunks;
      if (first === undefined || this.#chunks.length === 1) break;
      const isFull = this.#count > mostLines;
      if (!isFull && !first.lines.every(isOld)) break;
      if (!first.lines.every(isOld)) for (const { at } of first.lines) this.#floor = Math.max(this.#floor, at);
      this.#chunks.shift();
      this.#count -= first.lines.length;
      this.#dropped.push(first.number);
      this.#changed.delete(first.number);
    }
    const written = this.#chunks
      .filter(({ number }) => this.#changed.has(number))
      .map(({ number, lines }) => ({ number, lines: [...lines] }));
    const dropped = this.#dropped;
    this.#changed.clear();
    this.#dropped = [];
    return { written, dropped };
  }
}
