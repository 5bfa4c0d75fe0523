import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import type { Arm } from '../../daemon/protocol/domain/plan.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { JudgeBench, statusOf } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart, upload } from '../support/uploadStream.ts';

const plan = (stages: string) =>
  uploadPlan(`
baseline: { control: concurrent }
stages: [ { id: one, percent: 1 }, { id: ten, percent: 10 } ]
triggers:
  - { id: low, when: "success_rate < 75%", over: 10m, min: 3, then: hold${stages} }
  - { id: proven, when: "success_rate < 95%", over: 10m, min: 3, then: rollback${stages} }
`);

/** The oracle: a trigger of no stage, told that nobody is exposed while another stage than its own is in force. */
it('a trigger of some stages is judged as if nobody were exposed in the others, at each record, over restarts', () => {
  const step = fc.record({
    move: fc.constantFrom('enter', 'enter', 'leave', 'restart', 'tick', 'tick', null, null, null, null, null, null),
    wait: fc.constantFrom(1, 5, 20, 70),
    late: fc.constantFrom(0, 0, 0, 0, 30),
    good: fc.constantFrom(true, true, false),
    arm: fc.constantFrom<Arm[]>('treatment', 'treatment', 'control'),
  });
  let fired = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 120 }), (steps) => {
      const staged = new JudgeBench(plan(', stages: [ten]'));
      const plain = new JudgeBench(plan(''));
      let since: number | null = null;
      let clock = 0;
      const exposedSince = () => (since === null ? null : eventTime(since));
      const inStages = () => ({ exposedSince: eventTime(streamStart - 1e9), exposedInStages: exposedSince });
      const feed = (observation: Observation) => {
        const at = wallTime(streamStart + clock * 1000);
        const read = { counted: 1, read: 1, rejected: {} };
        for (const { judge } of [staged, plain]) judge.sources.noteRead(0, at, read);
        staged.judge.observe(observation, inStages());
        plain.judge.observe(observation, { exposedSince: exposedSince() });
        for (const { judge } of [staged, plain]) judge.sources.noteAlive(0, at, observation.reading.at);
      };
      for (const [index, { move, wait, late, good, arm }] of steps.entries()) {
        clock += wait;
        const observation = upload({ second: clock - late, good, arm }, index + 1);
        if (move === 'enter') since ??= streamStart + clock * 1000;
        if (move === 'leave') since = null;
        if (move === 'restart') {
          staged.commit();
          staged.restart();
        }
        feed(observation);
        if (move !== 'tick') continue;
        const seen = staged.at(clock + 1, 'ten', inStages());
        const wanted = plain.at(clock + 1, 'ten', { exposedSince: exposedSince() });
        expect(seen.fired).toEqual(wanted.fired);
        fired += seen.fired.length;
        for (const trigger of ['low', 'proven']) {
          const { stages, ...status } = statusOf(seen, trigger);
          expect(stages).toEqual(['ten']);
          expect(status).toEqual(statusOf(wanted, trigger));
        }
      }
    }),
    { numRuns: 80 },
  );
  expect(fired, 'the property is about something').toBeGreaterThan(10);
});
