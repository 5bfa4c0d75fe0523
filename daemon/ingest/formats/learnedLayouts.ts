import { BytePattern } from './bytePattern.ts';
import type { FlatValues } from './flatValues.ts';

/** One member of a line whose layout is known: all bytes from the value before it (or the line's start) to its own. */
interface Member {
  readonly before: BytePattern;
  /** Index of a wanted field, or -1. */
  readonly field: number;
}

interface Layout {
  readonly members: readonly Member[];
  /** From the last value to the line feed, which is included. */
  readonly end: BytePattern;
}

/** A value in a line, and the field it is of. */
export interface ValueSpan {
  readonly start: number;
  readonly end: number;
  readonly field: number;
}

/** Writers have few: one for each kind of record. */
const mostLayouts = 4;

/**
 * Lines as their writer lays them out: what stands between the values repeats from line to line, so it is compared word by
 * word instead of being read. Every byte is still accounted for: the values are held against the grammar, all else is the
 * same as in a line that was.
 */
export class LearnedLayouts {
  readonly #values: FlatValues;
  /** The one that fitted last comes first. */
  readonly #layouts: Layout[] = [];

  constructor(values: FlatValues) {
    this.#values = values;
  }

  /** Reads the line that starts at `start`: the offset of its line feed, or -1 when no known layout fits. */
  read(bytes: Buffer, view: DataView, start: number): number {
    const layouts = this.#layouts;
    for (let index = 0; index < layouts.length; index += 1) {
      const layout = layouts[index];
      if (layout === undefined) break;
      const feed = this.#readAs(layout, bytes, view, start);
      if (feed === -1) continue;
      if (index > 0) {
        layouts.splice(index, 1);
        layouts.unshift(layout);
      }
      return feed;
    }
    return -1;
  }

  /** Learns the layout of the line from `start` to the line feed at `feed`, which was held against the grammar. */
  learn(bytes: Buffer, start: number, feed: number, values: readonly ValueSpan[]): void {
    let before = start;
    const members = values.map((value): Member => {
      const written = new BytePattern(bytes.subarray(before, value.start));
      before = value.end;
      return { before: written, field: value.field };
    });
    this.#layouts.unshift({ members, end: new BytePattern(bytes.subarray(before, feed + 1)) });
    this.#layouts.length = Math.min(this.#layouts.length, mostLayouts);
  }

  #readAs({ members, end }: Layout, bytes: Buffer, view: DataView, start: number): number {
    const values = this.#values;
    values.startLine();
    let at = start;
    for (let index = 0; index < members.length; index += 1) {
      const member = members[index];
      if (member === undefined || !member.before.standAt(bytes, view, at)) return -1;
      at = values.take(bytes, view, at + member.before.length, member.field);
      if (at === -1) return -1;
    }
    return end.standAt(bytes, view, at) ? at + end.length - 1 : -1;
  }
}
