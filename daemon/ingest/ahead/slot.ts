import { markerSize } from '../tail/fileIdentity.ts';

/** The sizes of what is scanned at once. */
export interface WindowSizes {
  /** Windows begin at multiples of so many bytes; a line is of the window in which it begins. */
  readonly step: number;
  /** So many bytes behind the window are read for its last line. A longer one is left to the thread that judges. */
  readonly behind: number;
}

/** A window and all around it fits into the buffer of a turn. */
export const usualSizes: WindowSizes = { step: 960 * 1024, behind: 32 * 1024 };

/** Shorter lines are hardly records; those behind so many rows are left to the thread that judges. */
const leastLine = 64;

/** Rows of lines that follow one another, in four numbers: the bytes [from, to) of the slot, the rows [first, end). */
export type RunBounds = Int32Array;
export const boundsOfRun = 4;

/** Memory that both threads see: the bytes of one window of a file, and the columns of the rows that were found in them. */
export class Slot {
  readonly memory: SharedArrayBuffer;
  readonly bytes: Buffer;
  readonly rows: number;
  readonly times: Float64Array;
  /** `fieldCount` for each row. */
  readonly numbers: Float64Array;
  /** Where the line of each row starts in `bytes`. */
  readonly starts: Uint32Array;
  readonly classes: Uint16Array;

  constructor(sizes: WindowSizes, fieldCount: number, memory?: SharedArrayBuffer) {
    this.rows = Math.ceil(sizes.step / leastLine / 8) * 8;
    const bytes = Math.ceil((markerSize + sizes.step + sizes.behind) / 8) * 8;
    const { rows } = this;
    this.memory = memory ?? new SharedArrayBuffer(rows * (8 + 8 * fieldCount + 4 + 2) + bytes);
    let at = 0;
    const next = (length: number) => {
      const start = at;
      at += length;
      return start;
    };
    this.times = new Float64Array(this.memory, next(rows * 8), rows);
    this.numbers = new Float64Array(this.memory, next(rows * fieldCount * 8), rows * fieldCount);
    this.starts = new Uint32Array(this.memory, next(rows * 4), rows);
    this.classes = new Uint16Array(this.memory, next(rows * 2), rows);
    this.bytes = Buffer.from(this.memory, next(bytes), bytes);
  }
}

/** The first byte that is read of a window: those before its first line tell later whether the file is still the same. */
export function windowFrom(window: number, { step }: WindowSizes): number {
  return Math.max(0, window * step - markerSize);
}
