import { expect, it } from 'vitest';
import { openSample } from './openSample.ts';

const entry = (level: number, msg: string) => JSON.stringify({ level, time: '2025-11-04T09:00:00.000Z', pid: 1, msg });

it('shows among its own lines what went wrong in the daemon, each entry once, and where its log is', async () => {
  const lines = [entry(30, 'started'), entry(40, 'a source is gone\u001b[31m'), 'not JSON', entry(50, 'a defect')];
  const { mock, until } = openSample(undefined, async ({ words }) => ({
    output: words[0] === 'logs' ? JSON.stringify({ file: '/state/daemon.log', lines }) : '',
    errors: '',
    failure: null,
  }));
  await until('the rollout', () => mock.statusBar.visible);
  const told = () => mock.log.filter((line) => line.includes('daemon of') || line.includes('/state/daemon.log'));
  await mock.run('rampwatch.showLog');
  expect(mock.shown).toContain('log shown');
  const first = [
    "info: the daemon's own log of /workspace is /state/daemon.log",
    'warn: daemon of workspace, 2025-11-04T09:00:00.000Z: a source is gone\\u001b[31m',
    'error: daemon of workspace, 2025-11-04T09:00:00.000Z: a defect',
  ];
  expect(told()).toEqual(first);
  lines.push(entry(50, 'another'));
  await mock.run('rampwatch.showLog');
  await mock.run('rampwatch.showLog');
  expect(told().slice(first.length)).toEqual(['error: daemon of workspace, 2025-11-04T09:00:00.000Z: another']);
});

it('shows its own lines when the daemon has no log yet', async () => {
  const { mock } = openSample(undefined, async () => ({ output: '', errors: 'no log yet', failure: 'no log yet' }));
  await mock.run('rampwatch.showLog');
  expect(mock.shown).toContain('log shown');
});
