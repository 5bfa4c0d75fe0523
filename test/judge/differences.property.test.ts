import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCondition } from '../../daemon/protocol/domain/condition.ts';
import { JudgeBench } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { upload } from '../support/uploadStream.ts';

const signs = { '+': 1n, '-': -1n } as const;

it('a difference to the control is compared exactly, with a control that never fails too', () => {
  const run = fc.record({
    treatment: fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
    control: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()), {
      minLength: 1,
      maxLength: 60,
    }),
    comparison: fc.constantFrom('<', '<=', '>', '>='),
    sign: fc.constantFrom('+', '-'),
    tenths: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(run, ({ treatment, control, comparison, sign, tenths }) => {
      const condition = `error_rate ${comparison} baseline ${sign} ${tenths / 10} points`;
      const plan = uploadPlan(
        `baseline: { control: concurrent }\ntriggers: []\nstages: [ { id: one, percent: 50, gate: ["${condition}"] } ]`,
      );
      const bench = new JudgeBench(plan);
      bench.observe(
        ...treatment.map((good, index) => upload({ second: index, good }, index + 1)),
        ...control.map((good, index) => upload({ second: index, good, arm: 'control' }, index + 100)),
      );
      const { verdict, baseline } = bench.gate(61, condition);
      if (baseline === null) {
        expect(verdict).toBe('no-data');
        return;
      }
      const failed = (of: readonly boolean[]) => BigInt(of.filter((good) => !good).length);
      const [n, m] = [BigInt(treatment.length), BigInt(control.length)];
      const left = failed(treatment) * m * 1000n;
      const right = failed(control) * n * 1000n + signs[sign] * BigInt(tenths) * n * m;
      const holds = { '<': left < right, '<=': left <= right, '>': left > right, '>=': left >= right }[comparison];
      expect(verdict).toBe(holds ? 'met' : 'unmet');
    }),
    { numRuns: 200 },
  );
});

it.each([
  [
    'error_rate > baseline + 0.5 points',
    { comparison: '>', difference: 'above', threshold: { coefficient: 5, scale: 1000, unit: 'points' } },
  ],
  [
    'success_rate<baseline - 1 point',
    { comparison: '<', difference: 'below', threshold: { coefficient: 1, scale: 100, unit: 'points' } },
  ],
  [
    'latency >= baseline+50ms',
    { comparison: '>=', difference: 'above', threshold: { coefficient: 50, scale: 1, unit: 'ms' } },
  ],
  ['error_rate > baseline + 0.5%', { message: 'a difference of percentages is in points: write `0.5 points`' }],
  ['error_rate > baseline', { message: expect.stringMatching(/^a difference to the baseline is/) }],
  ['error_rate > baseline + much', { message: expect.stringMatching(/^a difference to the baseline is/) }],
])('`%s` is read as it says', (text, expected) => {
  expect(parseCondition(text)).toMatchObject(expected);
});
