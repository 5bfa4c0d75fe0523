import { expect, it } from 'vitest';
import { refusedPlans } from '../../../extension/plan/refusedPlans.ts';
import { lookedAt, sampleRollout, sampleWorkspace } from '../sampleViews.ts';

function refused(problem: string | null) {
  const view = sampleRollout();
  const rollout = { ...view, plan: { ...view.plan, file: '/app/rampwatch.yaml', problem } };
  const standing = { folder: '/app', planFiles: [], link: { kind: 'live' } as const, heardAt: lookedAt };
  return refusedPlans([{ ...standing, view: sampleWorkspace([rollout]) }]);
}

it('finds the line that a running rollout does not let go, with the way back', () => {
  const [found] = refused('rampwatch.yaml:2:1: the id was `async-upload`, and that rollout is under way: put it back');
  expect(found?.finding).toEqual({
    severity: 'error',
    rule: 'refused',
    path: '',
    message: 'the id was `async-upload`, and that rollout is under way: put it back',
    range: { line: 2, column: 1, endLine: 2, endColumn: 1000 },
    fixes: [],
  });
  expect(found?.putBack('id: other # new', 2)).toEqual({
    line: 2,
    column: 5,
    endLine: 2,
    endColumn: 10,
    text: 'async-upload',
  });
  expect(found?.putBack('flag:', 9)).toBeNull();
});

it('finds nothing where the plan is in use, and the first line where the fault has no place', () => {
  expect(refused(null)).toEqual([]);
  expect(refused('rampwatch.yaml: it is gone')[0]?.finding).toMatchObject({
    message: 'it is gone',
    range: { line: 1 },
  });
});
