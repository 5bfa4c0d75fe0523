import { expect, it } from 'vitest';
import { complaint } from '../support/complaint.ts';
import { testWorkspace } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';

it('shows a stage by its title, and takes its id in commands and keeps it in the journal', async () => {
  const workspace = testWorkspace(smallPlan.replace('{ id: half,', '{ id: half, title: 半分の利用者,'));
  workspace.write('.env', flagOff);
  await workspace.run('begin');
  await workspace.run('advance', '--to', 'half', '--reason', 'a drill');
  expect((await workspace.run('status')).stdout).toContain('半分の利用者');
  const report = (await workspace.run('report')).stdout;
  expect(report).toContain('#### 半分の利用者, 50 %');
  expect(report).toContain('off 0 % → 半分の利用者 50 % → full 100 %');
  const journal = (await workspace.run('journal', '--json')).stdout;
  expect(journal).toContain('"half"');
  expect(complaint(await workspace.run('advance', '--to', '半分の利用者'))).toContain('half');
  await workspace.run('stop', '--force');
});
