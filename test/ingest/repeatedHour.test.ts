import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed } from '../../daemon/ingest/formats/kinds.ts';
import { readRecording } from '../../daemon/ingest/recorded/recording.ts';
import { startIngest } from '../../daemon/ingest/tail/ingest.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { PositionRecord } from '../../daemon/protocol/domain/observation.ts';
import { type WallTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { fileSources } from '../support/fileSources.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Zones of both halves of the world, of half an hour, of an odd offset, and the one that goes back from UTC itself. */
const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Atlantic/Azores',
  'Europe/London',
  'America/Santiago',
  'Africa/Casablanca',
];

/** The oracle: what a clock on the wall of the zone shows, by the platform alone. */
function wallClock(zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return (at) => format.format(at).replace(' ', 'T');
}

/** Every change of the zone's clocks in a year: its instant, and by how much they go back (forward: negative). */
function changes(zone: string, year: number): { readonly at: number; readonly back: number }[] {
  const clock = wallClock(zone);
  const offset = (at: number) => Date.parse(`${clock(at)}Z`) - at;
  const found: { at: number; back: number }[] = [];
  for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += 24 * hour) {
    let [before, behind] = [day, day + 24 * hour];
    if (offset(before) === offset(behind)) continue;
    while (behind - before > minute) {
      const middle = before + Math.floor((behind - before) / 2 / minute) * minute;
      if (offset(middle) === offset(before)) before = middle;
      else behind = middle;
    }
    found.push({ at: behind, back: offset(before) - offset(behind) });
  }
  return found;
}

const change = fc.tuple(fc.constantFrom(...zones), fc.integer({ min: 2008, max: 2035 })).chain(([zone, year]) => {
  const all = changes(zone, year).map((each) => ({ zone, ...each }));
  return fc.constantFrom(...(all.length === 0 ? [{ zone, at: Date.UTC(year, 5, 1), back: 0 }] : all));
});

/** Instants around a change, no gap as long as what is repeated, in order but for `disorder`. */
const history = fc
  .record({
    change,
    lead: fc.integer({ min: 0, max: 3 * 3600 }),
    gaps: fc.array(
      fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 30 }) }, fc.integer({ min: 0, max: 25 * 60 })),
      { minLength: 20, maxLength: 200 },
    ),
    disorder: fc.constantFrom(0, 0, 3, 20),
    swaps: fc.array(fc.nat(10_000), { maxLength: 20 }),
  })
  .map(({ change: { zone, at, back }, lead, gaps, disorder, swaps }) => {
    let now = at - back - lead * second - minute;
    const inOrder = [now];
    for (const gap of gaps) {
      now += gap * second;
      inOrder.push(now);
    }
    const late = new Set(swaps.map((swap) => swap % inOrder.length));
    const instants = inOrder.map((instant, index) =>
      late.has(index) && index > 0 ? instant - disorder * second : instant,
    );
    return { zone, instants };
  });

const formats = ['jsonl', 'csv', 'text'] as const;
type Format = (typeof formats)[number];

function planOf(zone: string, format: Format) {
  const read = parsePlan(
    `version: 1
id: clocks
sources: [{ file: "app.log", format: ${format}, time: { field: timestamp, zone: ${zone} } }]
arms: { treatment: { arm: new } }
measures: { ok: { share: { ok: true } }${format === 'text' ? ', bad: { lines: [CRITICAL] }' : ''} }
stages: [{ id: off, percent: 0 }, { id: full, percent: 100 }]
`,
    'rampwatch.yaml',
  );
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  return read.loaded.plan;
}

function lineOf(format: Format, stamp: string): string {
  if (format === 'jsonl') return `{"timestamp":"${stamp}","arm":"new","ok":true}\n`;
  return format === 'csv' ? `${stamp},new,true\n` : `${stamp} CRITICAL lost\n`;
}

const heading = (format: Format) => (format === 'csv' ? 'timestamp,arm,ok\n' : '');

async function replayed(file: string, zone: string, format: Format) {
  const instants: number[] = [];
  let undecided = 0;
  const batches = readRecording(file, {
    name: 'app.log',
    source: 0,
    format: formatNamed(format),
    instrument: compileInstrument(planOf(zone, format)),
    arrived: () => wallTime(0),
    undecided: (records) => {
      undecided = records;
    },
  });
  for await (const batch of batches) instants.push(...Array.from(batch.observations, ({ reading }) => reading.at));
  return { instants, undecided };
}

class Tailed {
  readonly root = temporaryDirectory();
  readonly instants: number[] = [];
  readonly details: (string | null)[] = [];
  now: WallTime = wallTime(0);
  #positions = new Map<string, PositionRecord>();
  readonly #zone: string;
  readonly #format: Format;
  #ingest: ReturnType<typeof startIngest> | null = null;

  constructor(zone: string, format: Format) {
    this.#zone = zone;
    this.#format = format;
  }

  write(stamp: string, name = 'app.log'): void {
    appendFileSync(join(this.root, name), lineOf(this.#format, stamp));
  }

  async poll(): Promise<void> {
    const plan = planOf(this.#zone, this.#format);
    this.#ingest ??= startIngest({
      root: this.root,
      sources: fileSources(plan),
      instrument: compileInstrument(plan),
      positions: [...this.#positions.values()],
      now: () => this.now,
      unattended: false,
      linesPerTurn: 16,
      commit: (batches) => {
        for (const { observations, positions } of batches) {
          for (const position of positions) this.#positions.set(position.generation, position);
          this.instants.push(...Array.from(observations, ({ reading }) => reading.at));
        }
      },
    });
    await this.#ingest.poll();
    this.details.push(...this.#ingest.health().map(({ detail }) => detail));
  }

  async restart(): Promise<void> {
    await this.#ingest?.close();
    this.#ingest = null;
  }
}

describe('local times around a change of the clocks', () => {
  it('are the instants that they were in a recording', async () => {
    const root = temporaryDirectory();
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.constantFrom(...formats),
        fc.boolean(),
        async ({ zone, instants }, format, zipped) => {
          const clock = wallClock(zone);
          const file = join(root, 'app.log');
          const text = heading(format) + instants.map((at) => lineOf(format, clock(at))).join('');
          writeFileSync(file, zipped ? gzipSync(text) : text);
          expect((await replayed(file, zone, format)).instants).toEqual(instants);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are the instants that they were when they are read as they are written, over restarts and rotations', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.constantFrom('jsonl' as const, 'text' as const),
        fc.array(fc.constantFrom('nothing', 'poll', 'poll', 'restart', 'rotate'), { minLength: 1, maxLength: 30 }),
        async ({ zone, instants }, format, between) => {
          const clock = wallClock(zone);
          const tailed = new Tailed(zone, format);
          let rotations = 0;
          for (const [index, at] of instants.entries()) {
            tailed.now = wallTime(Math.max(tailed.now, at));
            tailed.write(clock(at));
            const what = between[index % between.length];
            if (what === 'restart') await tailed.restart();
            if (what !== 'nothing') await tailed.poll();
            if (what !== 'rotate') continue;
            for (let age = rotations; age > 0; age -= 1)
              renameSync(join(tailed.root, `app.log.${age}`), join(tailed.root, `app.log.${age + 1}`));
            renameSync(join(tailed.root, 'app.log'), join(tailed.root, 'app.log.1'));
            rotations += 1;
          }
          await tailed.poll();
          await tailed.restart();
          expect(tailed.instants).toEqual(instants);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are the instants that they were when a backlog is caught up with, and several files are read at once', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ zone, instants }) => {
        const clock = wallClock(zone);
        const tailed = new Tailed(zone, 'jsonl');
        for (const at of instants) tailed.write(clock(at));
        tailed.now = wallTime((instants.at(-1) ?? 0) + 12 * hour);
        await tailed.poll();
        await tailed.restart();
        expect(tailed.instants).toEqual(instants);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a log that begins in the repeated hour', () => {
  const zone = 'Europe/Berlin';
  const clock = wallClock(zone);
  /** 02:00 for the second time. */
  const change = Date.UTC(2026, 9, 25, 1);
  const from = (start: number, end: number) =>
    Array.from({ length: Math.ceil((end - start) / (20 * second)) }, (_, index) => start + index * 20 * second);
  const replayOf = async (instants: readonly number[]) => {
    const file = join(temporaryDirectory(), 'app.log');
    writeFileSync(file, instants.map((at) => lineOf('jsonl', clock(at))).join(''));
    return replayed(file, zone, 'jsonl');
  };

  it.each([
    ['first', change - 40 * minute],
    ['second', change + 10 * minute],
  ])('is of the %s pass by the records behind it', async (_, start) => {
    const instants = from(start, change + 2 * hour);
    expect(await replayOf(instants)).toEqual({ instants, undecided: 0 });
  });

  it('says so when nothing behind it tells', async () => {
    const instants = from(change - 40 * minute, change - 20 * minute);
    expect(await replayOf(instants)).toEqual({ instants, undecided: instants.length });
  });

  it.each([
    ['first', change - 40 * minute],
    ['second', change + 10 * minute],
  ])('is of the %s pass by its arrival', async (_, start) => {
    const tailed = new Tailed(zone, 'jsonl');
    const instants = from(start, start + 5 * minute);
    for (const at of instants) {
      tailed.now = wallTime(at + second);
      tailed.write(clock(at));
      await tailed.poll();
    }
    await tailed.restart();
    expect(tailed.instants).toEqual(instants);
    expect(new Set(tailed.details)).toEqual(new Set([null]));
  });

  it('is of the second pass by what was read before it, over turns and a restart', async () => {
    const tailed = new Tailed(zone, 'jsonl');
    tailed.now = wallTime(change + 5 * hour);
    const instants = from(change - 20 * minute, change + 20 * minute);
    for (const [index, at] of instants.entries()) {
      tailed.write(clock(at));
      if (index % 40 !== 39) continue;
      await tailed.poll();
      await tailed.restart();
    }
    await tailed.poll();
    await tailed.restart();
    expect(tailed.instants).toEqual(instants);
  });

  it('says in its health when nothing tells', async () => {
    const tailed = new Tailed(zone, 'jsonl');
    tailed.now = wallTime(change + 5 * hour);
    tailed.write(clock(change - 40 * minute));
    await tailed.poll();
    await tailed.restart();
    expect(tailed.details.at(-1)).toContain('1 record says a local time that occurred twice');
  });
});

it('a stamp with an offset is never of another pass', async () => {
  const file = join(temporaryDirectory(), 'app.log');
  const stamps = ['2026-10-25T02:50:00+01:00', '2026-10-25T02:10:00+02:00', '2026-10-25T00:20:00Z'];
  writeFileSync(file, stamps.map((stamp) => lineOf('jsonl', stamp)).join(''));
  expect((await replayed(file, 'Europe/Berlin', 'jsonl')).instants).toEqual(stamps.map((stamp) => Date.parse(stamp)));
});
