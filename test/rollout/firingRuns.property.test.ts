import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parsePlan } from '../../daemon/plan/load.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import type { Firing, Judgement } from '../../daemon/protocol/domain/verdict.ts';
import { FiringRuns } from '../../daemon/rollout/firingRuns.ts';

const minute = 60_000;
const parsed = parsePlan(
  `version: 1
id: flapping
sources: [{ file: m.jsonl }]
arms: { treatment: { v: new } }
measures: { latency: { quantile: 0.5, field: ms, unit: ms }, faults: { count: treatment } }
stages: [{ id: full, percent: 100 }]
triggers:
  - { id: asks, when: "latency > 100ms", over: 5m, min: 1, then: review }
  - { id: counts, when: "faults > 100", over: 5m, then: review }
  - { id: proves, when: "latency > 200ms", over: 5m, min: 1, then: rollback }
  - { id: acts, when: "latency > 200ms", over: 5m, min: 1, rule: literal, then: rollback }
flag: { dotenv: .env, set: { ON: "\${enabled}" } }
`,
  'rampwatch.yaml',
);
if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
const { plan } = parsed.loaded;
/** Three windows of five minutes; of what chance moves, half a day. */
const calmOf = (trigger: string) => (trigger === 'counts' ? 15 : 720) * minute;

function firing(trigger: string, at: number, length: number): Firing {
  const [from, until] = [eventTime(at), eventTime(at + length)];
  const window = { from, to: until };
  return {
    trigger,
    rule: 'literal',
    at: from,
    until,
    window,
    n: 9,
    good: null,
    figure: 300,
    condition: '',
    evidence: [],
  };
}

function judgementOf(fired: readonly Firing[]): Judgement {
  return { gate: [], triggers: [], fired, freshness: [], proof: null, watermark: null } as unknown as Judgement;
}

/** Gaps of calm and lengths of firings, in minutes. */
const history = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 20 })), {
  maxLength: 30,
});

it('a trigger that was not calm has fired once for people; every firing of a rollback is decided on', () => {
  fc.assert(
    fc.property(history, fc.constantFrom('asks', 'counts', 'acts', 'proves'), (steps, trigger) => {
      const runs = new FiringRuns(plan);
      let clock = 0;
      let last = Number.NEGATIVE_INFINITY;
      let times = 0;
      for (const [gap, length] of steps) {
        const at = clock + gap * minute;
        const each = firing(trigger, at, length * minute);
        const begins = at - last > calmOf(trigger);
        times = begins ? 1 : times + 1;
        const { judgement, told } = runs.heed(judgementOf([each]));
        expect(told).toEqual(begins ? [each] : []);
        expect(judgement.fired).toEqual(begins || trigger === 'acts' ? [each] : []);
        clock = at + length * minute;
        last = clock;
        const [status] = runs.shown({ ...judgement, triggers: [{ id: trigger }] } as unknown as Judgement).triggers;
        expect(status?.recurred).toEqual(times === 1 ? undefined : { times, last: eventTime(last) });
      }
    }),
  );
});

it('a proof is told and decided on beside the crossings before it', () => {
  const runs = new FiringRuns(plan);
  runs.heed(judgementOf([firing('acts', 0, 0)]));
  const proven = { ...firing('acts', minute, 0), rule: 'proven' } as const;
  const { told, judgement } = runs.heed(judgementOf([proven]));
  expect([told, judgement.fired]).toEqual([[proven], [proven]]);
});

it('another attempt begins anew, and missing data are decided on each time', () => {
  const runs = new FiringRuns(plan);
  const [one, again] = [firing('asks', 0, 0), firing('asks', minute, 0)];
  runs.heed(judgementOf([one]));
  const missing = { ...again, missing: { consequence: 'hold', reason: 'silent' } } as unknown as Firing;
  expect(runs.heed(judgementOf([missing])).judgement.fired).toEqual([missing]);
  runs.reset();
  expect(runs.heed(judgementOf([again])).told).toEqual([again]);
});
