import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOf } from '../../../daemon/ingest/formats/kinds.ts';
import { byField, keptFields, type ScanState, scannerFor, scanStart } from '../../../daemon/ingest/formats/scan.ts';
import { Tally } from '../../../daemon/ingest/formats/tally.ts';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import { parsePlan } from '../../../daemon/plan/load.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';

function planOf(format: string) {
  const parsed = parsePlan(
    `version: 1
id: cut
sources: [{ file: app.log, format: ${format} }]
arms: { treatment: { variant: canary }, control: { variant: stable } }
measures:
  success_rate: { share: { status: "< 500" } }
  latency: { quantile: 0.95, field: took, unit: ms }
stages: [{ id: off, percent: 0 }]
`,
    'rampwatch.yaml',
  );
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  return parsed.loaded.plan;
}

/** The daemon is started anew in front of each of these bytes, with what the store would have kept. */
function readWithRestarts(format: string, text: string, cuts: readonly number[]) {
  const plan = planOf(format);
  const bytes = Buffer.from(text);
  const found: string[] = [];
  const rejected: Record<string, number> = {};
  let state = scanStart;
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
  for (const end of ends) {
    if (end < state.offset) continue;
    const instrument = compileInstrument(plan);
    const arrived = wallTime(Date.UTC(2026, 1, 1));
    const [source] = plan.sources;
    if (source === undefined) throw new Error('no source');
    const scanner = scannerFor(formatOf(source), {
      record: (record) => instrument.readRecord(0, record, arrived),
      line: (line) => instrument.readLine(0, line, arrived),
      kept: keptFields(instrument),
      ...byField(instrument, 0, () => arrived),
    });
    const tally = new Tally('app.log', { lines: 1e9, upTo: null });
    state = JSON.parse(
      JSON.stringify(scanner.scan(bytes.subarray(state.offset, end), state, 'open', tally)),
    ) as ScanState;
    for (const { reading } of tally.observations)
      if (reading.kind === 'outcome') found.push(`${reading.arm} ${reading.shares} ${reading.fields[0]}`);
    for (const [reason, count] of Object.entries(tally.rejected)) rejected[reason] = (rejected[reason] ?? 0) + count;
  }
  return { found: found.sort(), rejected };
}

const pieceSize = 16 * 1024;
const time = '2026-01-05T10:00:00.538442137Z';

/** Pieces of at most 16 KiB, as a runtime cuts them: by bytes, here of one each. */
function cut(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += pieceSize) pieces.push(text.slice(at, at + pieceSize));
  return pieces;
}

const writers: Readonly<Record<string, (text: string, stream: string) => readonly string[]>> = {
  cri: (text, stream) => {
    const pieces = cut(text);
    return pieces.map((piece, index) => `${time} ${stream} ${index === pieces.length - 1 ? 'F' : 'P'} ${piece}`);
  },
  docker: (text, stream) => cut(`${text}\n`).map((log) => JSON.stringify({ log, stream, time })),
};

const line = fc.record({
  arm: fc.constantFrom('canary', 'stable', 'other'),
  status: fc.constantFrom(200, 404, 500),
  took: fc.integer({ min: 1, max: 5000 }),
  size: fc.oneof(
    fc.integer({ min: 0, max: 200 }),
    fc.integer({ min: pieceSize - 80, max: pieceSize + 80 }),
    fc.integer({ min: 0, max: 5 * pieceSize }),
  ),
  stream: fc.constantFrom('stdout', 'stderr'),
});

describe.each(Object.keys(writers))('lines that %s has cut', (format) => {
  it('are read as they were written, wherever the reading is interrupted', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(2 ** 30), { maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        (lines, cuts, order) => {
          const written = lines.map((each) => ({
            stream: each.stream,
            pieces: (writers[format] ?? (() => []))(
              JSON.stringify({ text: 'x'.repeat(each.size), variant: each.arm, status: each.status, took: each.took }),
              each.stream,
            ),
          }));
          // Pieces of one stream stay in their order; those of the other come between them.
          const queues = ['stdout', 'stderr'].map((of) =>
            written.filter(({ stream }) => stream === of).flatMap(({ pieces }) => pieces),
          );
          const all: string[] = [];
          for (let turn = 0; queues.some(({ length }) => length > 0); turn += 1) {
            const [one, other] = order[turn % order.length] ? queues : queues.toReversed();
            const next = one?.shift() ?? other?.shift();
            if (next !== undefined) all.push(next);
          }
          const { found, rejected } = readWithRestarts(format, all.map((each) => `${each}\n`).join(''), cuts);
          const arms: Readonly<Record<string, string>> = { canary: 'treatment', stable: 'control', other: 'null' };
          expect(found).toEqual(
            lines.map(({ arm, status, took }) => `${arms[arm]} ${status < 500 ? 1 : 0} ${took}`).sort(),
          );
          expect(rejected).toEqual({});
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are given up where they are longer than anybody reads', () => {
    const long = JSON.stringify({ text: 'x'.repeat(1.5 * 1024 * 1024), variant: 'canary', status: 200, took: 1 });
    const short = JSON.stringify({ variant: 'canary', status: 200, took: 2 });
    const write = writers[format] ?? (() => []);
    const text = [...write(long, 'stdout'), ...write(short, 'stdout')].map((each) => `${each}\n`).join('');
    expect(readWithRestarts(format, text, [500_000])).toEqual({
      found: ['treatment 1 2'],
      rejected: { 'too-long': 1 },
    });
  });
});

it("Docker's lines without an end are lines, where they do not fill a piece", () => {
  const text = [1, 2].map((took) =>
    JSON.stringify({ log: JSON.stringify({ variant: 'canary', status: 200, took }), time }),
  );
  expect(readWithRestarts('docker', `${text.join('\n')}\n`, []).found).toEqual(['treatment 1 1', 'treatment 1 2']);
});
