import * as z from 'zod';
import type { PositionRecord } from '../../protocol/domain/observation.ts';
import { placeSchema } from '../../protocol/domain/place.ts';
import type { Exposure } from './exposureTable.ts';
import type { Undo } from './undo.ts';

/** Positions of the join are of no source of the plan. */
export const sourceOfJoin = -1;
const generations = 'join exposures ';
const generationOf = (number: number) => `${generations}${number}`;

/** What a commit writes again of the rows before it. */
const rowsPerChunk = 500;

/** `null` in the place of an arm, or of a place, is none. */
const exposed = z.tuple([
  z.string(),
  z.number(),
  z.number(),
  z.enum(['treatment', 'control']).nullable(),
  z.array(z.string().nullable()),
  z.number(),
  placeSchema.nullable(),
]);
const answered = z.tuple([z.string(), z.number()]);
const chunkBody = z.object({ number: z.number(), rows: z.array(z.union([exposed, answered])), until: z.number() });
type Chunk = z.output<typeof chunkBody>;

/** What the table of exposures has taken, as it is stored: rows are only added, and forgotten when they tell nothing. */
export class ExposureLog {
  readonly #undo: Undo;
  /** Oldest first; only the last one grows. */
  #chunks: readonly Chunk[] = [];
  /** The newest chunk that is stored, and how much of it. */
  #stored = { number: -1, rows: 0 };
  /** Stored under a plan that told the arms otherwise. */
  #useless: readonly string[] = [];

  constructor(undo: Undo) {
    this.#undo = undo;
  }

  /** Gives back all that was stored, in its order. */
  restore(
    positions: readonly PositionRecord[],
    take: { exposed(exposure: Exposure): void; answered(key: string, at: number): void },
  ): void {
    this.#chunks = positions
      .filter(isChunk)
      .map(({ body }) => chunkBody.parse(JSON.parse(body)))
      .sort((one, other) => one.number - other.number);
    for (const row of this.#chunks.flatMap(({ rows }) => rows)) {
      if (row.length === 2) take.answered(...row);
      else {
        const [key, at, until, arm, values, source, place] = row;
        take.exposed({ key, at, until, arm, values, source, place });
      }
    }
    const last = this.#chunks.at(-1);
    if (last !== undefined) this.#stored = { number: last.number, rows: last.rows.length };
  }

  /** What was stored tells nothing under this plan. */
  drop(positions: readonly PositionRecord[]): void {
    this.#useless = positions.filter(isChunk).map(({ generation }) => generation);
  }

  exposed({ key, at, until, arm, values, source, place }: Exposure): void {
    this.#add([key, at, until, arm, [...values], source, place], until);
  }

  /** @param until when the exposure that it answers tells nothing more. */
  answered(key: string, at: number, until: number): void {
    this.#add([key, at], until);
  }

  /** What is to be stored since the last call, and what tells nothing from `now` on. */
  changes(now: number): { readonly positions: readonly PositionRecord[]; readonly forgotten: readonly string[] } {
    const [chunks, stored, useless] = [this.#chunks, this.#stored, this.#useless];
    const over = chunks.filter(({ until }) => until < now);
    const kept = chunks.filter(({ until }) => until >= now);
    const changed = kept.filter(
      ({ number, rows }) => number > stored.number || (number === stored.number && rows.length > stored.rows),
    );
    const last = kept.at(-1);
    this.#chunks = kept;
    this.#stored = last === undefined ? { number: -1, rows: 0 } : { number: last.number, rows: last.rows.length };
    this.#useless = [];
    this.#undo.note(() => {
      [this.#chunks, this.#stored, this.#useless] = [chunks, stored, useless];
    });
    const written = changed.map((chunk) => ({
      source: sourceOfJoin,
      generation: generationOf(chunk.number),
      body: JSON.stringify(chunk),
    }));
    const gone = [...useless, ...over.map(({ number }) => generationOf(number))];
    return {
      positions: written,
      forgotten: gone.filter((generation) => written.every((position) => position.generation !== generation)),
    };
  }

  #add(row: Chunk['rows'][number], until: number): void {
    const last = this.#chunks.at(-1);
    if (last === undefined || last.rows.length >= rowsPerChunk) {
      const chunks = this.#chunks;
      this.#chunks = [...chunks, { number: (last?.number ?? -1) + 1, rows: [row], until }];
      this.#undo.note(() => {
        this.#chunks = chunks;
      });
      return;
    }
    const before = last.until;
    last.rows.push(row);
    last.until = Math.max(before, until);
    this.#undo.note(() => {
      last.rows.pop();
      last.until = before;
    });
  }
}

function isChunk({ generation }: PositionRecord): boolean {
  return generation.startsWith(generations);
}
