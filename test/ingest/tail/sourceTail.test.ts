import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatOf } from '../../../daemon/ingest/formats/kinds.ts';
import { SourceTail } from '../../../daemon/ingest/tail/sourceTail.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';
import { idInstrument } from '../../support/idInstrument.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

/** Names that one glob matches, or that look like rotated generations of what it matches. */
const names = ['app.log', 'app.1.log', 'app.2.log', 'app-2025-11-30.log', 'other.log', 'app.log.1', 'app.log-20251130'];
const window = Buffer.alloc(1024 * 1024);
/** So many looks have had each file in turn. */
const looksForAll = 2;

/** A tail driven step by step, as the ingest does it, with a clock of its own. */
class DrivenTail {
  readonly root = temporaryDirectory();
  readonly counted: number[] = [];
  readonly written: number[] = [];
  clock = 1_000_000;
  readonly #tail: SourceTail;
  #told = new Set<string>();

  constructor() {
    mkdirSync(join(this.root, 'logs'));
    const source = { file: 'logs/*.log' };
    this.#tail = new SourceTail({
      index: 0,
      source,
      format: formatOf({ ...source, format: 'jsonl' }),
      root: this.root,
      instrument: idInstrument,
      positions: [],
      gaps: [],
      now: () => wallTime(this.clock),
    });
  }

  /** @param isTold the folder's watch tells of it, as far as it knows the file. */
  append(name: string, lines: number, isTold: boolean): void {
    const path = join(this.root, 'logs', name);
    let text = '';
    for (let left = lines; left > 0; left -= 1) {
      this.written.push(this.written.length);
      text += `{"id":${this.written.length - 1},"name":"${'x'.repeat(90)}"}\n`;
    }
    appendFileSync(path, text);
    if (isTold && this.#tail.knows(path)) this.#told.add(path);
    else if (isTold && this.#tail.concerns(path)) this.#tail.searchAt(path);
  }

  async search(): Promise<void> {
    await this.#tail.search();
    await this.#read();
  }

  async look(): Promise<void> {
    const told = this.#told;
    this.#told = new Set();
    for (let round = 0; round < 4; round += 1) {
      await (this.#tail.searchDue ? this.#tail.search() : this.#tail.look(told));
      await this.#read();
      if (!this.#tail.searchDue) return;
    }
  }

  close(): Promise<void> {
    return this.#tail.close();
  }

  async #read(): Promise<void> {
    const began = wallTime(this.clock);
    for (;;) {
      await this.#tail.housekeeping()?.adopt();
      const turns = await this.#tail.turns(window, 1000);
      if (turns.length === 0) break;
      for (const turn of turns) {
        this.counted.push(...Array.from(turn.batch(false).observations, ({ reading }) => Number(reading.at)));
        await turn.adopt();
      }
    }
    this.#tail.roundEnded(began);
  }
}

type Step =
  | { readonly kind: 'append'; readonly name: string; readonly lines: number; readonly isTold: boolean }
  | { readonly kind: 'search' | 'look' }
  | { readonly kind: 'wait'; readonly milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    name: fc.constantFrom(...names),
    lines: fc.integer({ min: 0, max: 12 }),
    isTold: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('search' as const, 'look' as const) }),
  fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.constantFrom(250, 4000, 8000, 40_000, 400_000) }),
);

it('what is appended to a known file is read without a search, whatever it is called, told of or in its turn', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.constantFrom(0, 8000, 400_000), async (steps, pause) => {
      const tail = new DrivenTail();
      for (const one of steps) {
        switch (one.kind) {
          case 'append':
            tail.append(one.name, one.lines, one.isTold);
            break;
          case 'wait':
            tail.clock += one.milliseconds;
            break;
          case 'search':
            await tail.search();
            break;
          case 'look':
            await tail.look();
            break;
        }
      }
      // A first look at each name; from then on nothing is searched for but what a look has seen.
      for (const name of names) tail.append(name, 0, false);
      await tail.search();
      tail.clock += pause;
      await tail.search();
      for (const isTold of [true, false]) {
        for (const name of names) tail.append(name, 1, isTold);
        tail.clock += 60_000;
        for (let looks = looksForAll; looks > 0; looks -= 1) await tail.look();
        expect(tail.counted.toSorted((one, other) => one - other)).toEqual(tail.written);
      }
      await tail.close();
    }),
    { numRuns: 100 },
  );
});
