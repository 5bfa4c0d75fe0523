import { expect, it } from 'vitest';
import type { ChecklistItemView } from '../../daemon/protocol/domain/checklistView.ts';
import { percent } from '../../daemon/protocol/domain/units.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import { flagLine, gateLines, itemLines } from '../../extension/commands/decisionPage.ts';
import { condition, lookedAt, sampleRollout } from './sampleViews.ts';

const at = lookedAt as NonNullable<ChecklistItemView['ticked']>['at'];
const item = (title: string, over: Partial<ChecklistItemView> = {}): ChecklistItemView => ({
  id: `before/${title}`,
  title,
  ticked: null,
  phase: 'due',
  ...over,
});

it('has each condition with its proof or how many more records prove it, then what else stands in the way', () => {
  const view = sampleRollout();
  const stages = view.stages.map((stage, index) => ({
    ...stage,
    gate:
      index !== view.standing.stageIndex
        ? stage.gate
        : [
            condition('success_rate >= 99.5%', 'success_rate', {
              verdict: 'met',
              limit: 0.995,
              figure: { value: 1, n: 100, good: 100, unit: '%' },
              label: { kind: 'insufficient', needed: 497 },
            }),
            condition('latency <= 500ms', 'latency', {
              verdict: 'unmet',
              limit: 500,
              figure: { value: 600, n: 100, good: null, unit: 'ms' },
            }),
          ],
  }));
  const standing = { ...view.standing, missing: ['latency 600 ms, needs 500 ms', 'advances are frozen until 14:00'] };
  expect(gateLines({ ...view, stages, standing }, lookedAt, english)).toMatchInlineSnapshot(`
    [
      "✓ success_rate 100 % (100 of 100), needs 99.5 % · 497 more to prove",
      "✗ latency 600 ms, needs 500 ms",
      "✗ advances are frozen until 14:00",
    ]
  `);
});

it('names the open items and who ticked the others, at most a few of each', () => {
  const done = { phase: 'done', from: 'claim' } as const;
  const items = [
    item('Review the documentation', { ...done, ticked: { by: 'ada', at, note: null } }),
    item('Verify all tests', { ...done, from: 'evidence', ticked: { by: 'evidence', at, note: null } }),
    ...['a', 'b', 'c', 'd', 'e'].map((title) => item(title)),
  ];
  const view = { ...sampleRollout(), checklists: [{ id: 'before', title: 'Before', items }], deliverables: undefined };
  expect(itemLines(view, english)).toEqual(['✗ 5 items open: a; b; c; and 2 more', '✓ 2 items done; ticked by ada']);
});

it('says what the flag is set to, and what it says now where that differs', () => {
  const view = sampleRollout();
  const flag = { target: '.env', effect: null, proof: null, values: { ON: 'true', SHARE: '10' } };
  const effect = {
    stage: 'fifty',
    percent: percent(50),
    flag: { target: '.env', values: { ON: 'true', SHARE: '50' } },
  };
  expect(flagLine(effect, { ...view, flag }, english)).toBe('Sets ON=true, SHARE=50 in .env. Now it says SHARE=10.');
  const remote = { ...effect, flag: { ...effect.flag, deed: 'PUT https://flags.example.com/new-upload → 50 %' } };
  expect(flagLine(remote, { ...view, flag }, english)).toBe(
    'Sets the flag by: PUT https://flags.example.com/new-upload → 50 %. Now it says SHARE=10.',
  );
});
