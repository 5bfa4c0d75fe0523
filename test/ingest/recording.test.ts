import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecording } from '../../daemon/ingest/recording.ts';
import type { Instrument, Observation } from '../../daemon/protocol/observation.ts';
import { eventTime, wallTime } from '../../daemon/protocol/units.ts';

const recorded = join(import.meta.dirname, '../../../shared/recorded');

/** Reads the recordings' own shape: uploads with an execution type, and the events between them. */
const uploads: Instrument = {
  shares: ['success'],
  fields: ['duration_ms'],
  lines: [],
  valueFields: ['execution_type'],
  readRecord(_source, record) {
    const at = eventTime(Date.parse(`${record.timestamp}Z`));
    if (record.event_type === 'rollout_stage') return { kind: 'stage', at, percent: Number(record.percentage) };
    return {
      kind: 'outcome',
      at,
      arm: record.execution_type === 'sync' ? 'control' : 'treatment',
      shares: record.success === true ? 1 : 0,
      fields: [Number(record.duration_ms)],
      values: [String(record.execution_type)],
    };
  },
  readLine: () => ({ kind: 'rejected', reason: 'invalid-json' }),
};

describe.each(['healthy', 'incident', 'masked'])('the recording %s', (name) => {
  it('has the lines, events and records of its answer key', async () => {
    const key = JSON.parse(readFileSync(join(recorded, name, 'answer-key.json'), 'utf8'));
    const observations: Observation[] = [];
    let rejected = 0;
    const file = join(recorded, name, 'metrics.jsonl.gz');
    const arrived = (at: number) => wallTime(at);
    for await (const batch of readRecording(file, { name, source: 0, format: 'jsonl', instrument: uploads, arrived })) {
      observations.push(...batch.observations);
      rejected += Object.values(batch.rejected).reduce((sum, count) => sum + count, 0);
    }
    expect(rejected).toBe(0);
    expect(observations.length).toBe(key.records + key.events.length);
    expect(observations.map(({ place }) => place.line)).toEqual(observations.map((_, index) => index + 1));

    const events = observations.flatMap(({ reading }) => (reading.kind === 'stage' ? [reading] : []));
    expect(events.map(({ percent }) => percent)).toEqual(key.events.map((event: { percent: number }) => event.percent));

    const outcomes = observations.flatMap(({ reading }) => (reading.kind === 'outcome' ? [reading] : []));
    expect(outcomes.length).toBe(key.records);
    expect(outcomes.filter(({ shares }) => shares === 1).length).toBe(key.successes);
    expect(outcomes.filter(({ arm }) => arm === 'treatment').length).toBe(key.treatment.n);
    for (const [type, count] of Object.entries(key.by_execution_type)) {
      expect(outcomes.filter(({ values }) => values[0] === type).length).toBe(count);
    }
  });
});
