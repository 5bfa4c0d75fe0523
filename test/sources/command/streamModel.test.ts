import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandSource } from '../../../daemon/protocol/domain/commandSource.ts';
import type { Batch, Instrument, PositionRecord, Reading } from '../../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../../daemon/protocol/domain/units.ts';
import { usualPace } from '../../../daemon/sources/command/commandPace.ts';
import { CommandTail } from '../../../daemon/sources/command/commandTail.ts';
import type { OutsideTerms } from '../../../daemon/sources/source.ts';
import { approveUse, noApprovals } from '../../support/approvedUse.ts';
import { idInstrument } from '../../support/idInstrument.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

/**
 * A log that somebody writes, and a command that shows it from a time on, for as long as it lives. It dies at any moment,
 * with half a line under way, and so does the daemon. What is counted is what was written without what was declared.
 */

const instrument: Instrument = {
  ...idInstrument,
  readRecord(_source, { id, at }): Reading {
    return {
      kind: 'outcome',
      at: eventTime(Number(at)),
      arm: 'treatment',
      shares: 0,
      fields: [Number(id)],
      values: [],
    };
  },
};

/** `since`: as asked. `all`: from the first line on, whatever it is asked. `live`: nothing but what comes from now on. */
type Shows = 'since' | 'all' | 'live';

interface Written {
  readonly id: number;
  /** Of the event, at or before the writing. */
  readonly at: number;
  readonly wrote: number;
}

const sources: Readonly<Record<Shows, CommandSource>> = {
  since: { command: ['cat', '$' + '{since:ms}'] },
  all: { command: ['cat', 'all'] },
  live: { command: ['cat', 'live'] },
};

interface Setting {
  readonly root: string;
  readonly terms: OutsideTerms;
}

function approvedSetting(): Setting {
  const setting = { root: temporaryDirectory(), terms: noApprovals() };
  for (const source of Object.values(sources)) approveUse(source, 0, setting.root, setting.terms);
  return setting;
}

class World {
  clock = 1_000_000_000;
  readonly written: Written[] = [];
  readonly counted: number[] = [];
  readonly gaps: { readonly from: number; readonly to: number }[] = [];
  refuse = 0;
  readonly #shows: Shows;
  readonly #setting: Setting;
  readonly #positions = new Map<string, PositionRecord>();
  #pending = Buffer.alloc(0);
  #dead = false;
  #lives = false;
  #tail: CommandTail;

  constructor(shows: Shows, setting: Setting) {
    this.#shows = shows;
    this.#setting = setting;
    this.#tail = this.#start();
  }

  write(behind: number, twice: boolean): void {
    const line = { id: this.written.length, at: this.clock - behind, wrote: this.clock };
    for (const each of twice ? [line, line] : [line]) {
      this.written.push(each);
      if (this.#lives) this.#pending = Buffer.concat([this.#pending, Buffer.from(textOf(each))]);
    }
  }

  pass(milliseconds: number): void {
    this.clock += milliseconds;
  }

  /** The daemon reads; the command has written so many bytes by now. */
  read(): void {
    for (let more = true; more; ) more = this.#tail.step(this.clock);
  }

  cut(): void {
    if (!this.#lives) return;
    this.#lives = false;
    this.#dead = true;
    this.#pending = Buffer.alloc(0);
  }

  restart(): void {
    this.#lives = false;
    this.#dead = false;
    this.#pending = Buffer.alloc(0);
    this.#tail = this.#start();
  }

  #start(): CommandTail {
    return new CommandTail(
      {
        root: this.#setting.root,
        sources: [],
        instrument,
        positions: [...this.#positions.values()],
        outside: this.#setting.terms,
        now: () => wallTime(this.clock),
        commit: (batches) => this.#commit(batches),
      },
      { index: 0, source: sources[this.#shows] },
      usualPace,
      ({ words }) => this.#launch(Number(words[0])),
      () => undefined,
    );
  }

  #launch(since: number) {
    this.#lives = true;
    this.#dead = false;
    const from = { since, all: 0, live: Number.POSITIVE_INFINITY }[this.#shows];
    // By the time of writing, as a log's own clock has it.
    this.#pending = Buffer.from(
      this.written
        .filter(({ wrote }) => wrote >= from)
        .map(textOf)
        .join(''),
    );
    const world = this;
    return {
      take: (most: number) => {
        const [now, later] = [
          world.#pending.subarray(0, Math.min(most, world.#share)),
          world.#pending.subarray(world.#share),
        ];
        world.#pending = Buffer.from(later);
        return now.length === 0 ? null : Buffer.from(now);
      },
      get end() {
        return world.#dead ? { detail: 'ended with 1' } : null;
      },
      errors: '',
      close: async () => undefined,
    };
  }

  /** Bytes that one look finds. */
  #share = 1000;
  hurry(bytes: number): void {
    this.#share = bytes;
  }

  #commit(batches: readonly Batch[]): void {
    if (this.refuse > 0) {
      this.refuse -= 1;
      throw new Error('the store refuses');
    }
    for (const { observations, positions, forgotten, gaps } of batches) {
      for (const { reading } of observations)
        if (reading.kind === 'outcome') this.counted.push(Number(reading.fields[0]));
      for (const position of positions) this.#positions.set(position.generation, position);
      for (const { generation } of forgotten) this.#positions.delete(generation);
      for (const { reason } of gaps) {
        const [from = '', to = ''] = reason.match(/\d{4}-\S+Z/g) ?? [];
        this.gaps.push({ from: Date.parse(from), to: Date.parse(to) });
      }
    }
  }
}

function textOf({ id, at }: Written): string {
  return `${JSON.stringify({ id, at })}\n`;
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), behind: fc.nat(4000), twice: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('read' as const), bytes: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), by: fc.integer({ min: 1, max: 9000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), times: fc.integer({ min: 1, max: 3 }) }) },
);

function lived(
  shows: Shows,
  setting: Setting,
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
): World {
  const world = new World(shows, setting);
  // Nothing is asked of the time before the first run.
  world.read();
  world.pass(1);
  for (const each of steps) {
    switch (each.do) {
      case 'write':
        world.write(each.behind, each.twice);
        break;
      case 'read':
        world.hurry(each.bytes);
        world.read();
        break;
      case 'pass':
        world.pass(each.by);
        break;
      case 'cut':
        world.cut();
        break;
      case 'restart':
        world.restart();
        break;
      case 'refuse':
        world.refuse = each.times;
        break;
    }
  }
  world.refuse = 0;
  world.hurry(100_000);
  for (let round = 0; round < 6; round += 1) {
    world.pass(61_000);
    world.read();
  }
  return world;
}

function numberOf(ids: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

describe('the output of a command that is started again and again', () => {
  const steps = fc.array(step, { maxLength: 60 });

  it('is counted once and whole, where it is told from when on to write', () => {
    const setting = approvedSetting();
    fc.assert(
      fc.property(steps, (each) => {
        const { counted, written, gaps } = lived('since', setting, each);
        expect(numberOf(counted)).toEqual(numberOf(written.map(({ id }) => id)));
        expect(gaps).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('is counted once and whole, where it begins with the oldest', () => {
    const setting = approvedSetting();
    fc.assert(
      fc.property(steps, (each) => {
        const { counted, written, gaps } = lived('all', setting, each);
        const once = numberOf(written.map(({ id }) => id));
        for (const [id, times] of numberOf(counted)) expect(times).toBeLessThanOrEqual(once.get(id) ?? 0);
        expectDeclared(written, counted, gaps);
      }),
      { numRuns: 300 },
    );
  });

  it('is never counted twice, and what is lost was declared, where it shows but what is new', () => {
    const setting = approvedSetting();
    fc.assert(
      fc.property(steps, (each) => {
        const { counted, written, gaps } = lived('live', setting, each);
        const once = numberOf(written.map(({ id }) => id));
        for (const [id, times] of numberOf(counted)) expect(times).toBeLessThanOrEqual(once.get(id) ?? 0);
        expectDeclared(written, counted, gaps);
      }),
      { numRuns: 300 },
    );
  });
});

function expectDeclared(
  written: readonly Written[],
  counted: readonly number[],
  gaps: readonly { readonly from: number; readonly to: number }[],
): void {
  const counts = new Map(numberOf(counted));
  for (const { id, wrote } of written) {
    const left = counts.get(id) ?? 0;
    if (left > 0) counts.set(id, left - 1);
    else
      expect(
        gaps.some(({ from, to }) => from <= wrote && wrote <= to),
        `${id} of ${wrote}`,
      ).toBe(true);
  }
}
