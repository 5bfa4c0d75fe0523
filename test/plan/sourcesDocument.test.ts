import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatOf } from '../../daemon/ingest/formats/kinds.ts';
import { type RecordedRest, recordedRuns } from '../../daemon/ingest/recorded/recordedFiles.ts';
import { readRecording } from '../../daemon/ingest/recorded/recording.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { resolveMeasure } from '../../daemon/measure/resolvedMeasure.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { formatNames } from '../../daemon/protocol/domain/formatNames.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { logShape, requestsOf, shapeNames } from '../support/logShapes.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/sources.md'), 'utf8');
/** The plan below each heading, by the heading. */
const plans = new Map(
  [...document.matchAll(/^### (.+)\n(?:(?!^#)[\s\S])*?```yaml\n([\s\S]*?)```/gm)].map(([, name = '', plan = '']) => [
    name,
    plan,
  ]),
);

function planOf(written: string) {
  const text = `version: 1\nid: shapes\n${written}stages: [{ id: off, percent: 0 }]\n`;
  const parsed = parsePlan(text, 'rampwatch.yaml');
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  return parsed.loaded.plan;
}

/** The difference that a sketch may make, and buckets of a histogram. */
const near = 0.01;

describe('the plan of', () => {
  it.each(shapeNames)('%s counts what was written', async (name) => {
    const written = plans.get(name);
    if (written === undefined) throw new Error(`docs/sources.md has no plan for ${name}`);
    for (const [seed, names] of [
      [1, { treatment: 'canary', control: 'stable' }],
      [2, { treatment: 'green', control: 'blue' }],
    ] as const) {
      const shape = logShape(name, requestsOf(seed), names);
      const own = written.replaceAll('canary', names.treatment).replaceAll('stable', names.control);
      const plan = planOf(own);
      const [source] = plan.sources;
      if (source === undefined) throw new Error('no source');
      expect('file' in source ? source.file : null).toBe(shape.file);
      const file = join(temporaryDirectory(), shape.file);
      writeFileSync(file, shape.text);
      const instrument = compileInstrument(plan);
      const ledger = new Ledger(plan, instrument);
      const rejected: Record<string, number> = {};
      const options = { name: shape.file, source: 0, format: formatOf(source), instrument, arrived: () => wallTime(0) };
      for await (const batch of readRecording(file, options)) {
        for (const observation of batch.observations) ledger.add(observation);
        Object.assign(rejected, batch.rejected);
      }
      expect(rejected).toEqual({});
      for (const arm of ['treatment', 'control'] as const) {
        const counts = ledger.totals(arm, null, null);
        expect({ arm, n: counts.n, good: counts.good[0] }).toEqual({
          arm,
          n: shape.oracle[arm].n,
          good: shape.oracle[arm].good,
        });
        if (shape.scale === null) continue;
        const measure = resolveMeasure(plan, instrument, 'latency');
        if (measure.kind !== 'quantile') throw new Error(measure.kind);
        const ratio = counts.sketchOf(measure.field).quantile(0.95) / (shape.oracle[arm].p95 * shape.scale);
        expect(Math.abs(ratio - 1)).toBeLessThan(near);
      }
    }
  });

  it.each(['joined', 'joined sources'])('%s counts what was written', async (name) => {
    const requests = requestsOf(3);
    const plan = planOf(plans.get(name) ?? '');
    const folder = temporaryDirectory();
    const written = requests.flatMap(
      ({ at, arm, status, took }, index): { at: number; file: string; record: object }[] => {
        const [id, end] = [`r${index}`, at + took];
        const result = status < 500 ? 'success' : 'error';
        const version = arm === 'treatment' ? '42' : '41';
        const time = (of: number) => new Date(of).toISOString();
        return name === 'joined'
          ? [
              {
                at,
                file: 'lambda.jsonl',
                record: { time: time(at), type: 'platform.start', record: { requestId: id, version } },
              },
              {
                at: end,
                file: 'lambda.jsonl',
                record: {
                  time: time(end),
                  type: 'platform.report',
                  record: { requestId: id, status: result, metrics: { durationMs: took } },
                },
              },
            ]
          : [
              {
                at,
                file: 'exposures.jsonl',
                record: { timestamp: time(at), user_id: index, variation: arm === 'treatment' ? 'new' : 'old' },
              },
              { at: end, file: 'checkouts.jsonl', record: { timestamp: time(end), customer: `${index}`, status } },
            ];
      },
    );
    const byFile = Map.groupBy(
      written.toSorted((one, other) => one.at - other.at),
      ({ file }) => file,
    );
    const files = [...byFile].map(([file, lines]) => {
      writeFileSync(join(folder, file), lines.map(({ record }) => `${JSON.stringify(record)}\n`).join(''));
      return { file: join(folder, file), name: file };
    });
    const instrument = compileInstrument(plan);
    const ledger = new Ledger(plan, instrument);
    const rest: RecordedRest = { ignored: 0, rejected: {}, damaged: [], read: [], untimed: [], undecided: {} };
    for await (const { observations } of recordedRuns(plan, instrument, files, rest))
      for (const observation of observations) ledger.add(observation);
    expect(rest.rejected).toEqual({});
    for (const arm of ['treatment', 'control'] as const) {
      const own = requests.filter((request) => request.arm === arm);
      const counts = ledger.totals(arm, null, null);
      expect([arm, counts.n, counts.good[0]]).toEqual([
        arm,
        own.length,
        own.filter(({ status }) => status < 500).length,
      ]);
    }
  });

  it('every heading can be used', () => {
    const others = ['two files, one an arm', 'command', 'prometheus engine', 'joined', 'joined sources'];
    expect([...plans.keys()].filter((name) => !shapeNames.includes(name))).toEqual(others);
    for (const plan of plans.values()) planOf(plan);
  });
});

it('every format is told of', () => {
  const told = new Set(document.match(/[a-z0-9_]+/g));
  expect(formatNames.filter((name) => !told.has(name))).toEqual([]);
});
