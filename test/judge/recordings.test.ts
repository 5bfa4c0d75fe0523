import { describe, expect, it } from 'vitest';
import { always, Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { sketchRelativeError } from '../../daemon/measure/sketch.ts';
import { parseTimestamp } from '../../daemon/measure/timestamp.ts';
import { zoneNamed } from '../../daemon/measure/zone.ts';
import { type EventTime, eventTime, isoTime } from '../../daemon/protocol/domain/units.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import { answerKey, recordedObservations } from '../support/recordings.ts';
import { uploadPlan } from '../support/uploadPlan.ts';

/** With microseconds, which `Date.parse` drops. */
const instant = (stamp: string) => isoTime(eventTime(parseTimestamp(stamp, zoneNamed('UTC')) ?? Number.NaN));
const share = (good: number[], n: number) => ({ n, good: good[0] });

describe.each(['healthy', 'incident', 'masked'] as const)('the %s recording', (recording) => {
  const key = answerKey(recording);
  const plan = uploadPlan();
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const judge = new Judge(plan, instrument, ledger, null, { freshness: 'given', episodes: 'records' });
  const stages: { at: EventTime; percent: number }[] = [];
  for (const observation of recordedObservations(recording, instrument)) {
    judge.observe(observation, { exposedSince: always });
    if (observation.reading.kind === 'stage') stages.push(observation.reading);
  }
  const firingsOf = (rule: Firing['rule']) =>
    judge.episodes().filter((firing) => firing.trigger === 'low-success' && firing.rule === rule);

  it('every record is counted, by value and by arm', () => {
    expect(ledger.records).toBe(key.records);
    expect(ledger.values).toEqual({ execution_type: key.by_execution_type });
    const treatment = ledger.totals('treatment', null, null);
    const control = ledger.totals('control', null, null);
    expect(share(treatment.good, treatment.n)).toEqual({ n: key.treatment.n, good: key.treatment.good });
    expect(control.n).toBe(key.control.n);
    expect(isoTime(ledger.watermark ?? eventTime(0))).toBe(instant(key.last));
  });

  it('stages are entered where the source says so and hold what it recorded', () => {
    expect(stages.map(({ at, percent }) => ({ at: isoTime(at), percent }))).toEqual(
      key.events.map(({ at, percent }) => ({ at: instant(at), percent })),
    );
    for (const [index, expected] of key.stages.entries()) {
      const from = stages[index]?.at ?? null;
      const to = stages[index + 1]?.at ?? null;
      const treatment = ledger.totals('treatment', from, to);
      expect(share(treatment.good, treatment.n)).toEqual({ n: expected.treatment_n, good: expected.treatment_good });
      expect(ledger.totals('control', from, to).n).toBe(expected.control_n);
      const latency = treatment.sketchOf(instrument.fields.indexOf('duration_ms'));
      for (const [quantile, exact] of [
        [0.5, expected.treatment_p50_ms],
        [0.95, expected.treatment_p95_ms],
      ] as const) {
        // The key is the median of ranks beside each other and rounded; a thousandth covers both.
        expect(Math.abs(latency.quantile(quantile) / exact - 1)).toBeLessThan(sketchRelativeError + 0.001);
      }
    }
  });

  it('the literal rule fires first where and as often as it should', () => {
    const firings = firingsOf('literal');
    expect(firings).toHaveLength(key.literal_rollback_trigger.episodes);
    const first = firings[0];
    expect(first === undefined ? null : { at: isoTime(first.at), n: first.n, good: first.good }).toEqual(
      key.literal_rollback_trigger.first_fires,
    );
    for (const { evidence, n, good } of firings) expect(evidence).toHaveLength(Math.min(50, n - (good ?? n)));
  });

  it('"error above 5 %" is the same event as "success below 95 %"', () => {
    const spans = (trigger: string) =>
      judge
        .episodes()
        .filter((firing) => firing.trigger === trigger && firing.rule === 'literal')
        .map(({ at, until, n, good }) => ({ at, until, n, good }));
    expect(spans('error-rate')).toEqual(spans('low-success'));
  });

  it('the sequential test alarms where and as often as it should', () => {
    const alarms = firingsOf('sequential');
    expect(alarms).toHaveLength(key.sequential_rollback_trigger.count);
    expect(alarms.slice(0, 5).map(({ at }) => isoTime(at))).toEqual(key.sequential_rollback_trigger.alarms);
  });
});
