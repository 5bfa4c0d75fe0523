import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { answerKey } from './support/recordings.ts';

// The answer keys once more, from the bytes of the recordings and from nothing of the product: sorted lists, one pass,
// two indexes. `replay.test.ts` holds the product against the same keys.

const recorded = join(import.meta.dirname, 'fixtures', 'recorded');
const upload = z.object({
  execution_type: z.string(),
  success: z.boolean(),
  fallback_used: z.boolean(),
  duration_ms: z.number(),
  timestamp: z.string(),
});
const stageEvent = z.object({ timestamp: z.string(), event_type: z.literal('rollout_stage'), percentage: z.number() });
const window = 300_000;

interface Upload {
  readonly at: number;
  readonly good: boolean;
  readonly duration: number;
}

describe.each(['healthy', 'incident', 'masked'] as const)('the answer key of the recording %s', (name) => {
  const key = answerKey(name);
  const lines: unknown[] = gunzipSync(readFileSync(join(recorded, name, 'metrics.jsonl.gz')))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const records = lines.flatMap((line) => upload.safeParse(line).data ?? []);
  const events = lines.flatMap((line) => stageEvent.safeParse(line).data ?? []);
  const control = records.filter(({ execution_type }) => execution_type === 'sync').map(told);
  const treatment = records.filter(({ execution_type }) => execution_type !== 'sync').map(told);

  it('has its counts', () => {
    expect(records.length + events.length).toBe(lines.length);
    expect(records).toHaveLength(key.records);
    expect(counted(treatment)).toEqual({ n: key.treatment.n, good: key.treatment.good });
    expect(counted(control)).toEqual({ n: key.control.n, good: key.control.good });
  });

  it('has its stages', () => {
    const stages = events.map((event, index) => {
      const from = timeOf(event);
      const next = events[index + 1];
      const to = next === undefined ? Number.POSITIVE_INFINITY : timeOf(next);
      const within = ({ at }: Upload) => at >= from && at < to;
      const durations = treatment
        .filter(within)
        .map(({ duration }) => duration)
        .sort((one, other) => one - other);
      const quantile = (share: number) => Number(durations[Math.floor(share * durations.length)]?.toFixed(3));
      const [of, beside] = [counted(treatment.filter(within)), counted(control.filter(within))];
      return [event.percentage, of.n, of.good, beside.n, beside.good, quantile(0.5), quantile(0.95)];
    });
    expect(stages).toEqual(
      key.stages.map((stage) => [
        stage.percent,
        stage.treatment_n,
        stage.treatment_good,
        stage.control_n,
        stage.control_good,
        stage.treatment_p50_ms,
        stage.treatment_p95_ms,
      ]),
    );
  });

  it('has its crossings of 95 % over five minutes', () => {
    const [first] = events;
    const since = first === undefined ? 0 : timeOf(first);
    const episodes = crossings(treatment.filter(({ at }) => at >= since).sort((one, other) => one.at - other.at));
    const { first_fires, episodes: count } = key.literal_rollback_trigger;
    expect(episodes).toHaveLength(count);
    expect(episodes[0] ?? null).toEqual(first_fires);
  });

  it('has its alarms of the e-CUSUM', () => {
    // Each record multiplies by its likelihood at 90 % against 98 %; the product never falls below one.
    let sum = 0;
    const alarms = treatment.flatMap(({ at, good }) => {
      sum = Math.max(sum, 0) + (good ? Math.log(0.9 / 0.98) : Math.log(0.1 / 0.02));
      if (sum < Math.log(10_000)) return [];
      sum = 0;
      return [moment(at)];
    });
    expect(alarms).toHaveLength(key.sequential_rollback_trigger.count);
    expect(alarms.slice(0, 5)).toEqual(key.sequential_rollback_trigger.alarms);
  });
});

function told(record: z.output<typeof upload>): Upload {
  return { at: timeOf(record), good: record.success && !record.fallback_used, duration: record.duration_ms };
}

/** Milliseconds, with the microseconds behind the point. */
function timeOf({ timestamp }: { readonly timestamp: string }): number {
  return Date.parse(`${timestamp.slice(0, 19)}Z`) + Number(`0${timestamp.slice(19)}`) * 1000;
}

function moment(at: number): string {
  return new Date(Math.round(at)).toISOString();
}

function counted(uploads: readonly Upload[]): { readonly n: number; readonly good: number } {
  return { n: uploads.length, good: uploads.filter(({ good }) => good).length };
}

function crossings(uploads: readonly Upload[]): readonly { at: string; n: number; good: number }[] {
  const found: { at: string; n: number; good: number }[] = [];
  let [oldest, good, holds] = [0, 0, false];
  for (const [index, { at, good: isGood }] of uploads.entries()) {
    if (isGood) good += 1;
    for (let upload = uploads[oldest]; upload !== undefined && upload.at <= at - window; upload = uploads[oldest]) {
      if (upload.good) good -= 1;
      oldest += 1;
    }
    const n = index + 1 - oldest;
    const held = holds;
    holds = n >= 20 && good / n < 0.95;
    if (holds && !held) found.push({ at: moment(at), n, good });
  }
  return found;
}
