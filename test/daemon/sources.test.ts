import { appendFileSync, mkdirSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { complaint } from '../support/complaint.ts';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';

interface Trouble {
  readonly name: string;
  place(workspace: TestWorkspace): void;
  mend(workspace: TestWorkspace): void;
  /** The pattern of its line in the status; `null` when the source is only silent. */
  readonly line: RegExp | null;
}

const at = ({ folder }: TestWorkspace): string => join(folder, 'metrics.jsonl');
const troubles: readonly Trouble[] = [
  {
    name: 'missing',
    place: () => undefined,
    mend: () => undefined,
    line: /metrics\.jsonl: no file matches metrics\.jsonl yet/,
  },
  { name: 'empty', place: ({ write }) => write('metrics.jsonl', ''), mend: () => undefined, line: null },
  {
    name: 'a folder',
    place: (workspace) => mkdirSync(at(workspace)),
    mend: (workspace) => rmdirSync(at(workspace)),
    line: /metrics\.jsonl: /,
  },
  {
    name: 'a link that leads out of the folder',
    place: (workspace) => symlinkSync('/etc/hostname', at(workspace)),
    mend: (workspace) => rmSync(at(workspace)),
    line: /metrics\.jsonl: error: .*outside/,
  },
  {
    name: 'in UTF-16',
    place: (workspace) => appendFileSync(at(workspace), Buffer.from('\ufeff{}\n', 'utf16le')),
    mend: (workspace) => rmSync(at(workspace)),
    line: /metrics\.jsonl: error: .*UTF-16/,
  },
];

describe.concurrent.each(troubles)('a source that is $name', ({ place, mend, line }) => {
  it('is shown, blocks every advance, and is read when it is there', async ({ onTestFinished }) => {
    const workspace = testWorkspace(
      smallPlan.replace('percent: 0 }', 'percent: 0, gate: ["ok >= 90%"] }'),
      onTestFinished,
    );
    workspace.write('.env', flagOff);
    place(workspace);
    workspace.startDaemon();
    const client = await workspace.connect();
    expect(await workspace.run('begin')).toMatchObject({ code: 0 });
    await viewWhere(client, (view) => rolloutIn(view).standing.health.kind !== 'ok');
    // The daemon looks at the source a moment after its start.
    await expect.poll(async () => (await workspace.run('status')).stdout).toMatch(line ?? /metrics\.jsonl/i);
    const status = await workspace.run('status');
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/metrics\.jsonl/i);
    expect(complaint(await workspace.run('advance'))).toMatch(/^not ready: .*metrics\.jsonl/);

    mend(workspace);
    const lines = Array.from({ length: 30 }, () =>
      JSON.stringify({ timestamp: new Date().toISOString(), arm: 'new', ok: true }),
    );
    appendFileSync(at(workspace), `${lines.join('\n')}\n`);
    await viewWhere(client, (view) => rolloutIn(view).sources[0]?.records === 30);
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'ready');
  });
});

describe('a log', () => {
  it('without dates is judged by when it is read, and said to be', async ({ onTestFinished }) => {
    const workspace = testWorkspace(
      smallPlan
        .replace('fresh: 10s }]', 'fresh: 10s }, { file: app.log }]')
        .replace('uploads: { count: treatment }', 'uploads: { count: treatment }, critical: { lines: [CRITICAL] }')
        .replace('triggers: [', 'triggers: [{ id: critical, when: "critical > 0", over: 1m, then: review }, ')
        .replace('  - { id: off, percent: 0 }\n', ''),
      onTestFinished,
    );
    workspace.write('.env', flagOff);
    workspace.write('app.log', '10:00:00.123 [main] INFO begins\n');
    workspace.startDaemon();
    const client = await workspace.connect();
    const detail = /no line begins with a date and time that is known, so each counts as of when it is read/;
    await viewWhere(client, (view) => detail.test(rolloutIn(view).sources[1]?.health.detail ?? ''));
    expect((await workspace.run('status')).stdout).toMatch(detail);
    expect(await workspace.run('begin')).toMatchObject({ code: 0 });
    appendFileSync(join(workspace.folder, 'app.log'), '10:00:01.123 [main] CRITICAL boom\n');
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'review');
    appendFileSync(join(workspace.folder, 'app.log'), `${new Date().toISOString()} INFO has a date now\n`);
    await viewWhere(client, (view) => rolloutIn(view).sources[1]?.health.detail === null);
  });
});

it('a log of which nothing is counted, and nobody has said that it is text, is told with what to write', async ({
  onTestFinished,
}) => {
  const workspace = testWorkspace(smallPlan.replace('metrics.jsonl', 'app.log'), onTestFinished);
  workspace.write('.env', flagOff);
  workspace.write('app.log', `time=${new Date().toISOString()} arm=new ok=true\n`.repeat(30));
  workspace.startDaemon();
  const client = await workspace.connect();
  const told =
    'app.log is read as lines of text, which no measure counts: write its `format` (`rampwatch lint --data` names it), or a measure of `lines`';
  await viewWhere(client, (view) => sentence(rolloutIn(view), Date.now()).includes(told));
  const named = 'app.log holds records (logfmt) and is read as lines of text: write `format: logfmt`';
  expect((await workspace.run('lint', '--data')).stdout).toContain(named);
  workspace.write('rampwatch.yaml', smallPlan.replace('metrics.jsonl', 'app.log, format: logfmt'));
  await viewWhere(client, (view) => rolloutIn(view).sources[0]?.records === 30);
});

it('records that belong to no arm are told as soon as they are there, and no more once one does', async ({
  onTestFinished,
}) => {
  const workspace = testWorkspace(smallPlan, onTestFinished);
  workspace.write('.env', flagOff);
  const record = (fields: object) =>
    `${JSON.stringify({ timestamp: new Date().toISOString(), ok: true, ...fields })}\n`;
  workspace.write('metrics.jsonl', record({ group: 'new' }).repeat(30));
  workspace.startDaemon();
  const client = await workspace.connect();
  const told = 'none of the 30 records belongs to an arm: none has `arm`; check `arms` in the plan';
  const shown = await viewWhere(client, (view) => rolloutIn(view).sources[0]?.health.detail === told);
  // Before a person begins, and after: the one sentence of all surfaces has it.
  expect(sentence(rolloutIn(shown), Date.now())).toContain(told.slice(1));
  expect((await workspace.run('status')).stdout).toContain(`metrics.jsonl: error: ${told}`);
  expect(await workspace.run('begin')).toMatchObject({ code: 0 });
  await viewWhere(client, (view) => sentence(rolloutIn(view), Date.now()).includes(told.slice(1)));
  expect((await workspace.run('advance')).stderr).toContain(told);
  appendFileSync(at(workspace), record({ arm: 'old' }));
  await viewWhere(client, (view) => rolloutIn(view).sources[0]?.health.detail === null);
});
