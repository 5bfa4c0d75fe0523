import { expect, it } from 'vitest';
import { openSample } from '../openSample.ts';
import { sampleRollout, sampleSource, sampleTrigger } from '../sampleViews.ts';

const lines = {
  'sources.0': 5,
  'stages.2': 31,
  'stages.2.soak': 33,
  'stages.2.gate.2': 34,
  'triggers.0': 40,
  flag: 45,
  'checklists.0': 50,
  'checklists.0.items.1': 52,
  'deliverables.0': 60,
};

it.each<[view: string, row: string, line: number]>([
  ['stages', '10 %', 31],
  ['stages', 'latency', 34],
  ['stages', 'Soak', 33],
  ['stages', 'Flag in', 45],
  ['stages', 'logs/', 5],
  ['triggers', 'low-success', 40],
  ['checklists', 'Each day', 50],
  ['checklists', 'Check metrics', 52],
  ['checklists', 'A summary', 60],
])('a row of the %s, "%s", leads to its line', async (view, row, line) => {
  const sample = openSample((_mock, daemon) => {
    const item = (id: string) => ({ id, title: id, ticked: null });
    const rollout = sampleRollout({
      triggers: [sampleTrigger('low-success')],
      checklists: [{ id: 'daily', title: 'Each day', items: [item('Review logs'), item('Check metrics')] }],
      deliverables: { id: 'deliverables', title: 'Deliverables', items: [item('A summary')] },
      sources: [sampleSource({ glob: 'logs/metrics.jsonl', fresh: false })],
    });
    daemon.view = { ...daemon.view, rollouts: [{ ...rollout, plan: { ...rollout.plan, lines } }] };
  });
  const { mock, until } = sample;
  await until('the tree', () => mock.tree(`rampwatch.${view}`).includes(row));
  const element = mock.element(`rampwatch.${view}`, row);
  const words = mock.trees.get(`rampwatch.${view}`)?.provider.getTreeItem(element).contextValue.split(' ');
  expect(words).toContain('inPlan');
  await mock.run('rampwatch.goToPlanLine', element);
  expect(mock.opened).toEqual([{ file: '/workspace/rampwatch.yaml', line }]);
});
