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

it('Open Plan of a plan that cannot be used opens that very plan where its fault is, and says so of one that is gone', async () => {
  const message = 'b.rampwatch.yaml:17:3: a bracket is not closed';
  const { mock, daemon, until } = openSample((opened, sample) => {
    const problem = 'rampwatch.yaml:3:1: unknown key';
    const rollout = sampleRollout({ plan: { ...sampleRollout().plan, problem } });
    const problems = [
      { file: rollout.plan.file, message: problem },
      { file: '/workspace/b.rampwatch.yaml', message },
      { file: '/workspace/c.rampwatch.yaml', message: 'c.rampwatch.yaml is gone' },
    ];
    sample.view = { ...sample.view, rollouts: [rollout], problems };
    opened.files = ['/workspace/rampwatch.yaml', '/workspace/a.rampwatch.yaml', '/workspace/b.rampwatch.yaml'];
  });
  await until('the rows', () => mock.tree('rampwatch.stages').includes(message));
  const [, second, third] = daemon.view.problems;
  const elements = mock.trees.get('rampwatch.stages')?.provider.getChildren() ?? [];
  const labelled = (text: string | undefined) =>
    elements.find(
      (each) => String(mock.trees.get('rampwatch.stages')?.provider.getTreeItem(each).description) === text,
    );
  await mock.run('rampwatch.openPlan', labelled(second?.message));
  await mock.run('rampwatch.openPlan', mock.element('rampwatch.stages', 'The plan file cannot be used'));
  await mock.run('rampwatch.openPlan', labelled(third?.message));
  expect(mock.opened).toEqual([
    { file: '/workspace/b.rampwatch.yaml', line: 17 },
    { file: '/workspace/rampwatch.yaml', line: 3 },
  ]);
  expect(mock.shown).toEqual(['error: Rampwatch: c.rampwatch.yaml is gone; put it back to open it. [Show Log]']);
});
