import fc from 'fast-check';
import { expect, it } from 'vitest';
import { always, Judge } from '../../daemon/judge/judge.ts';
import { parseCondition } from '../../daemon/protocol/domain/condition.ts';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import { eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { JudgeBench, verifiedEffect, visitFrom } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { arrivingUploads, stageEvent, streamStart, textLine } from '../support/uploadStream.ts';

const plan = uploadPlan(`
triggers:
  - { id: low-success, when: "success_rate < 90%", over: 5m, min: 3, then: rollback, also: { sequential: { threshold: 30 } } }
  - { id: error-rate,  when: "error_rate > 30%", over: 2h, min: 3, then: rollback, also: sequential }
  - { id: critical,    when: "critical_errors > 0", over: 5m, then: rollback }
  - { id: large,       when: "file_size > 50", over: 10m, then: review }
  - { id: memory,      when: "memory > 120% of baseline", over: 5m, then: rollback }
  - { id: complaints,  when: "complaints >= 2", over: 1h, then: review }
  - { id: sagging,     when: "success_rate < 97%", over: 30m, for: 10m, then: review }
  - { id: above,       when: "error_rate > baseline + 5 points", over: 10m, for: 3 windows, then: hold }
  - { id: slow,        when: "latency > 120% of baseline", over: 30m, for: 5m, then: review }
baseline: { control: concurrent, otherwise: { figures: { memory: 100, latency: 500 } } }
`);

type Step =
  | { readonly kind: 'observe'; readonly observation: Observation }
  | { readonly kind: 'tick'; readonly ahead: number }
  | { readonly kind: 'gauge'; readonly value: number }
  | { readonly kind: 'signal' }
  | { readonly kind: 'back'; readonly by: number }
  | { readonly kind: 'hide'; readonly observation: Observation };

const between = fc.oneof(
  { weight: 6, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), ahead: fc.integer({ min: 0, max: 900 }) }) },
  fc.record({ kind: fc.constant('gauge' as const), value: fc.integer({ min: 90, max: 130 }) }),
  fc.constant({ kind: 'signal' as const }),
  fc.record({ kind: fc.constant('back' as const), by: fc.integer({ min: 1, max: 9000 }) }),
  fc.constant({ kind: 'line' as const }),
  fc.constant({ kind: 'stage' as const }),
  fc.constant({ kind: 'hide' as const }),
);

const streams = fc
  .tuple(arrivingUploads, fc.array(between, { minLength: 150, maxLength: 150 }))
  .map(([observations, others]): Step[] =>
    observations.flatMap((observation, index): Step[] => {
      const other = others[index] ?? null;
      const second = (observation.reading.at - streamStart) / 1000;
      if (other === null) return [{ kind: 'observe', observation }];
      switch (other.kind) {
        case 'line':
          return [
            { kind: 'observe', observation },
            { kind: 'observe', observation: textLine(second, index % 2, index) },
          ];
        case 'stage':
          return [
            { kind: 'observe', observation: stageEvent(second, 10, index) },
            { kind: 'observe', observation },
          ];
        case 'hide':
          return [{ kind: 'hide', observation }];
        default:
          return [{ kind: 'observe', observation }, other];
      }
    }),
  );

/** One step, and all that the judge then says. */
function take(bench: JudgeBench, step: Step, clock: number) {
  const at = eventTime(streamStart + clock * 1000);
  switch (step.kind) {
    case 'observe':
      bench.observe(step.observation);
      bench.judge.sources.noteAlive(0, wallTime(at), step.observation.reading.at);
      return null;
    case 'hide':
      bench.judge.observe(step.observation, { exposedSince: null });
      return null;
    case 'gauge':
      bench.judge.noteGauge('memory', step.value, at, { exposedSince: always });
      return null;
    case 'signal':
      bench.judge.noteSignal('complaint', at, { exposedSince: always });
      return null;
    case 'back':
      bench.judge.setBack(wallTime(at - step.by * 1000));
      return null;
    case 'tick': {
      const visit = visitFrom(40);
      const effect = verifiedEffect(10, 65);
      return bench.at(clock + step.ahead, 'one', { visit, effect, previous: percent(1) });
    }
  }
}

it.each(['ticks', 'records'] as const)(
  'a restart at any point changes no judgement and no episode (%s)',
  (episodes) => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(300), { maxLength: 4 }), (steps, restarts) => {
        const straight = new JudgeBench(plan, { freshness: 'arrival', episodes });
        const stopped = new JudgeBench(plan, { freshness: 'arrival', episodes });
        // The stage's begin and the flag's verification are known when they happen, as they are to the daemon.
        for (const bench of [straight, stopped]) take(bench, { kind: 'tick', ahead: 0 }, -1e6);
        let clock = 0;
        const fired = { straight: 0, stopped: 0 };
        for (const [index, step] of steps.entries()) {
          if (restarts.includes(index)) stopped.restart();
          else if (index % 5 === 0) stopped.commit();
          if (step.kind === 'observe') clock = Math.max(clock, (step.observation.reading.at - streamStart) / 1000);
          const expected = take(straight, step, clock);
          const found = take(stopped, step, clock);
          expect(found).toEqual(expected);
          fired.straight += expected?.fired.length ?? 0;
          fired.stopped += found?.fired.length ?? 0;
        }
        stopped.restart();
        const last: Step = { kind: 'tick', ahead: 1 };
        expect(take(stopped, last, clock)).toEqual(take(straight, last, clock));
        for (const firing of stopped.judge.episodes()) expect(straight.judge.episodes()).toContainEqual(firing);
        expect(JSON.parse(stopped.judge.memory())).toEqual(JSON.parse(straight.judge.memory()));
      }),
      { numRuns: 80 },
    );
  },
);

it('what is remembered of a condition that the plan has changed is forgotten', () => {
  const before = new JudgeBench(plan);
  for (const second of [0, 1]) {
    before.judge.noteSignal('complaint', eventTime(streamStart + second * 1000), { exposedSince: always });
  }
  const phaseAfterRestart = (changed: JudgeBench['plan']) => {
    const options = { freshness: 'arrival', episodes: 'records' } as const;
    const judge = new Judge(changed, before.instrument, before.ledger, before.judge.memory(), options);
    const after = JSON.parse(judge.memory()) as { triggers: { id: string; open: unknown }[] };
    return after.triggers.find(({ id }) => id === 'complaints')?.open ?? null;
  };
  expect(phaseAfterRestart(plan)).toMatchObject({ trigger: 'complaints', n: 2 });
  const stricter = plan.triggers.map((trigger) => {
    const when = parseCondition('complaints >= 3');
    return trigger.id === 'complaints' && 'measure' in when ? { ...trigger, when } : trigger;
  });
  expect(phaseAfterRestart({ ...plan, triggers: stricter })).toBeNull();
});
