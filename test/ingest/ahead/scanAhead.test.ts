import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PreparedRows } from '../../../daemon/ingest/ahead/preparedRows.ts';
import type { AheadTerms } from '../../../daemon/ingest/ahead/scanAhead.ts';
import { Slot, windowFrom } from '../../../daemon/ingest/ahead/slot.ts';
import { SlotScanner } from '../../../daemon/ingest/ahead/slotScanner.ts';
import { jsonLines } from '../../../daemon/ingest/formats/jsonLines.ts';
import { jsonLinesScanner } from '../../../daemon/ingest/formats/lineScanner.ts';
import { byField, keptFields, type Reader, scanStart } from '../../../daemon/ingest/formats/scan.ts';
import { Tally, type TurnLimits } from '../../../daemon/ingest/formats/tally.ts';
import { readRecording } from '../../../daemon/ingest/recorded/recording.ts';
import { scannerModule } from '../../../daemon/ingest/vector/scannerModule.ts';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import type { Observation, RowClass } from '../../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../../daemon/protocol/domain/units.ts';
import { IngestBench } from '../../support/ingestBench.ts';
import { MutatedLines } from '../../support/mutatedLines.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { uploadPlan } from '../../support/uploadPlan.ts';

const plan = uploadPlan();
const arrived = wallTime(Date.UTC(2025, 11, 1));
const markerSize = 64;

function fieldReader(): Reader {
  const instrument = compileInstrument(plan);
  return {
    record: (record) => instrument.readRecord(0, record, arrived),
    line: (text) => instrument.readLine(0, text, arrived),
    kept: keptFields(instrument),
    ...byField(instrument, 0, () => arrived),
  };
}

/** Reads windows of these bytes, and keeps the classes of their rows, as the two threads do together. */
function windowsOf(bytes: Buffer, sizes: { readonly step: number; readonly behind: number }) {
  const there = fieldReader();
  const here = fieldReader().byField?.reader.rows;
  const module = scannerModule();
  if (there.byField === undefined || here === undefined || module === null) throw new Error('no compiled scanner');
  const named = [...(there.reads ?? []), ...there.kept];
  const scanner = SlotScanner.of(module, there.byField, named, sizes, (offset, into) => bytes.copy(into, 0, offset));
  if (scanner === null) throw new Error('the scanner does not take the plan');
  const known: RowClass[] = [];
  const slot = new Slot(sizes, here.numbers.length);
  return (offset: number) => {
    const window = Math.floor(offset / sizes.step);
    const found = scanner.scan(window, slot);
    for (const values of found?.classes ?? []) {
      const of = here.classOf(values);
      if (of !== null) known.push(of);
    }
    const from = windowFrom(window, sizes);
    if (found === null || offset < from || offset >= from + found.length - markerSize) return null;
    const rows = new PreparedRows(slot, here.numbers.length, from, found.runs, known);
    return { bytes: slot.bytes.subarray(offset - from, found.length), rows };
  };
}

describe('rows that another thread has found', () => {
  const limits = fc.oneof(
    fc.record({ lines: fc.integer({ min: 1, max: 60 }), upTo: fc.constant(null) }),
    fc.record({
      lines: fc.constant(8192),
      upTo: fc.integer({ min: 0, max: 40 * 86_400_000 }).map((time) => eventTime(Date.UTC(2025, 9, 25) + time)),
      knownBefore: fc.integer({ min: 0, max: 86_400_000 }).map((time) => eventTime(Date.UTC(2025, 9, 25) + time)),
    }),
  );

  it('are those that one thread finds, on odd lines, at every end of a window and of a turn', () => {
    let prepared = 0;
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom('calm' as const, 'wild' as const),
        fc.integer({ min: 200, max: 6000 }),
        limits,
        (seed, temper, step, turn: TurnLimits) => {
          const bytes = new MutatedLines(seed, temper).take(100);
          const windows = windowsOf(bytes, { step, behind: 400 });
          const two = jsonLinesScanner(fieldReader());
          const one = jsonLinesScanner(fieldReader(), { module: null, leastBytes: 0 });
          for (let state = scanStart; state.offset < bytes.length; ) {
            const found = windows(state.offset);
            const read = found?.bytes ?? bytes.subarray(state.offset, state.offset + 5000);
            const own = Buffer.from(read);
            const tallies = [new Tally('file', turn), new Tally('file', turn)] as const;
            const next = two.scan(read, state, 'open', tallies[0], found?.rows);
            expect(next).toEqual(one.scan(own, state, 'open', tallies[1]));
            expect(told(tallies[0])).toEqual(told(tallies[1]));
            if (found !== null) prepared += tallies[0].observations.length;
            if (next.offset === state.offset) break;
            state = next;
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(prepared).toBeGreaterThan(500);
  });
});

function told({ observations, order, ...counts }: Tally) {
  return { ...counts, observations: [...observations], order: order.state };
}

const small = (threads: number): AheadTerms => ({
  leastBytes: 4096,
  sizes: { step: 8192, behind: 1024 },
  threads,
  waits: true,
});

async function recorded(file: string, ahead: AheadTerms) {
  const instrument = compileInstrument(plan);
  const observations: Observation[] = [];
  const rest: unknown[] = [];
  const options = { name: 'm', source: 0, format: jsonLines, instrument, arrived: () => arrived, ahead };
  for await (const batch of readRecording(file, options)) {
    observations.push(...batch.observations);
    rest.push([batch.ignored, batch.rejected]);
    // The judge takes its time: the threads are ahead then.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const counts = Object.entries(sumsOf(rest as [number, Record<string, number>][])).sort();
  return { observations, counts };
}

function sumsOf(rest: readonly [number, Readonly<Record<string, number>>][]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [ignored, rejected] of rest)
    for (const [reason, count] of [['ignored', ignored] as const, ...Object.entries(rejected)])
      sums[reason] = (sums[reason] ?? 0) + count;
  return sums;
}

describe('a long file', () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([1, 2])('is replayed the same with %i threads that read ahead', async (threads) => {
    const file = join(temporaryDirectory(), `long-${threads}.jsonl`);
    writeFileSync(file, Buffer.concat([2, 3].map((seed) => new MutatedLines(seed, 'calm').take(1500))));
    const take = vi.spyOn(PreparedRows.prototype, 'take');
    const found = await recorded(file, small(threads));
    expect(take).toHaveBeenCalled();
    expect(found).toEqual(await recorded(file, small(0)));
  });
});

describe('a backlog', () => {
  const stamp = (index: number) => new Date(Date.UTC(2025, 10, 1) + index * 50).toISOString();
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => {
      const number = from + index;
      const odd = number % 97 === 0 ? '"note": "a\\u0001b", ' : '';
      return `{${odd}"timestamp": "${stamp(number)}", "execution_type": "${number % 3 === 0 ? 'sync' : 'async'}", "success": ${number % 11 > 0}, "duration_ms": ${number}.5, "request": "${'x'.repeat(80)}"}\n`;
    }).join('');
  const durations = (observations: readonly Observation[]) =>
    observations.map(({ reading }) => ('fields' in reading ? (reading.fields[0] ?? 0) - 0.5 : -1));
  const numbers = (to: number) => Array.from({ length: to }, (_, number) => number);

  const benchOf = (threads: number) =>
    new IngestBench('metrics.jsonl', {
      instrument: compileInstrument(plan),
      ahead: small(threads),
      linesPerTurn: 200,
    });

  it('is counted once and in order, is read on where it was interrupted, and goes on as a live log', async () => {
    const bench = benchOf(1);
    bench.clock = arrived;
    const count = 4000;
    writeFileSync(bench.path('metrics.jsonl'), lines(0, count));
    const take = vi.spyOn(PreparedRows.prototype, 'take');
    for (let interrupted = 0; interrupted < 3; interrupted += 1) {
      const refuse = () => {
        bench.refuse = 1;
      };
      bench.interrupt = { calls: 15, run: refuse };
      await bench.poll();
      await bench.restart();
    }
    await bench.poll();
    expect(take).toHaveBeenCalled();
    expect(durations(bench.observations)).toEqual(numbers(count));
    appendFileSync(bench.path('metrics.jsonl'), lines(count, count + 10));
    await bench.poll();
    expect(durations(bench.observations)).toEqual(numbers(count + 10));
    expect(bench.gaps).toEqual([]);
    await bench.dispose();
  });

  it('is read on from a file that was written anew in its place while threads were ahead', async () => {
    const bench = benchOf(2);
    bench.clock = arrived;
    writeFileSync(bench.path('metrics.jsonl'), lines(0, 6000));
    // In the midst of the backlog.
    bench.interrupt = { calls: 40, run: () => writeFileSync(bench.path('metrics.jsonl'), lines(50_000, 56_000)) };
    await bench.poll();
    await bench.poll();
    const found = durations(bench.observations);
    const first = found.indexOf(50_000);
    expect(found.slice(0, first)).toEqual(numbers(first));
    expect(found.slice(first)).toEqual(numbers(6000).map((number) => number + 50_000));
    await bench.dispose();
  });
});
