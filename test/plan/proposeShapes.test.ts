import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatOf } from '../../daemon/ingest/formats/kinds.ts';
import { readRecording } from '../../daemon/ingest/recorded/recording.ts';
import { readSampleRecords } from '../../daemon/ingest/recorded/sampleRecords.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { type InitResult, proposePlan } from '../../daemon/plan/proposePlan.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { type LogShape, logShape, requestsOf, shapeNames } from '../support/logShapes.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

/** They hold counts, many metrics, tags in a list or a document around the records: init asks, or says where to look. */
const untold = [
  'nested',
  'json_document',
  'csv_without_header',
  'own_text',
  'counts',
  'arm_columns',
  'locust',
  'prometheus',
  'statsd',
  'k6',
];

function proposed(shape: LogShape, answers: Record<string, string> = {}): InitResult | UserError {
  try {
    return proposePlan(readSampleRecords({ file: shape.file, pieces: [Buffer.from(shape.text)] }), answers);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function countsOf({ yaml }: InitResult, shape: LogShape) {
  const parsed = parsePlan(yaml, 'rampwatch.yaml');
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  const { plan } = parsed.loaded;
  const [source] = plan.sources;
  if (source === undefined) throw new Error('no source');
  const file = join(temporaryDirectory(), shape.file);
  writeFileSync(file, shape.text);
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const options = { name: shape.file, source: 0, format: formatOf(source), instrument, arrived: () => wallTime(0) };
  for await (const batch of readRecording(file, options))
    for (const observation of batch.observations) ledger.add(observation);
  const of = (arm: 'treatment' | 'control') => {
    const counts = ledger.totals(arm, null, null);
    return { n: counts.n, good: counts.good[0] ?? null };
  };
  return { treatment: of('treatment'), control: of('control') };
}

const wanted = ({ oracle }: LogShape) => ({
  treatment: { n: oracle.treatment.n, good: oracle.treatment.good },
  control: { n: oracle.control.n, good: oracle.control.good },
});

const names = [
  { treatment: 'canary', control: 'stable' },
  { treatment: 'green', control: 'blue' },
  { treatment: 'v2', control: 'v1' },
];

describe('of a log in the shape', () => {
  it.each(shapeNames.filter((name) => !untold.includes(name)))('%s the plan counts what was written', async (name) => {
    for (const [index, named] of names.entries()) {
      const shape = logShape(name, requestsOf(100 + index), named);
      const result = proposed(shape);
      if (result instanceof UserError) throw result;
      expect(await countsOf(result, shape)).toEqual(wanted(shape));
      // Success is below 500, or what the file itself calls success, and never the statuses that it happens to hold.
      expect(result.yaml).not.toMatch(/share: \{[^}]*\[ ?200/);
    }
  });

  it.each(shapeNames)('%s no arm and no success is wrong without a question', async (name) => {
    // Names that say nothing of what they are.
    const shape = logShape(name, requestsOf(7), { treatment: 'lime', control: 'teal' });
    const result = proposed(shape);
    if (result instanceof UserError) return;
    const asked = new Set(result.questions.map(({ id }) => id));
    const found = await countsOf(result, shape);
    if (JSON.stringify(found) === JSON.stringify(wanted(shape))) return;
    expect(asked.has('arm') || asked.has('treatment') || asked.has('success')).toBe(true);
  });

  it('each answer can be given', async () => {
    const shape = logShape('jsonl', requestsOf(8), { treatment: 'lime', control: 'teal' });
    const result = proposed(shape, { arm: 'variant=lime', success: 'status=< 500', latency: 'duration_ms' });
    if (result instanceof UserError) throw result;
    expect(await countsOf(result, shape)).toEqual(wanted(shape));
    expect(proposed(shape, { arm: 'nobody' })).toMatchObject({ code: 'answer-unknown' });
    expect(proposed(shape, { success: 'nothing=1' })).toMatchObject({ code: 'answer-unknown' });
  });
});

it("the file of one day is read with tomorrow's", () => {
  for (const [file, glob] of [
    ['logs/u_ex260105.log', 'logs/u_ex*.log'],
    ['app-2026-01-05.log', 'app-*.log'],
    ['metrics.jsonl', 'metrics.jsonl'],
    ['http2-access.log', 'http2-access.log'],
  ] as const) {
    const shape = logShape('combined', requestsOf(9), names[0] ?? { treatment: '', control: '' });
    const result = proposed({ ...shape, file });
    expect(result instanceof UserError ? result.message : result.yaml.replaceAll('"', '')).toContain(`file: ${glob}
`);
  }
});
