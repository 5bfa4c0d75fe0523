import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReviewFacts } from '../../daemon/protocol/domain/dailyReview.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Client } from '../../daemon/serve/client.ts';
import { type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { hasTerminal, runOnTerminal } from '../support/terminal.ts';

const plan = (more = '') => `version: 1
id: uploads
name: Uploads
sources: [{ file: metrics.jsonl }, { file: app.log, format: text }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures:
  ok: { share: { ok: true } }
  errors: { lines: [CRITICAL], source: app.log }
stages: [{ id: half, percent: 50 }]
triggers: [{ id: failing, when: "ok < 50%", over: 5m, min: 5, then: review }]
checklists:
  - id: daily
    title: Each <b>day</b>
    every: day
    items:
      - Look at ok
      - Check | metrics
      - { title: Flag is on, evidence: { flag: { ON: "true" } } }
      - Call support
flag: { dotenv: .env, set: { ON: "\${enabled}" } }
${more}`;

const record = (at: number, good: boolean, arm = 'new') =>
  `${JSON.stringify({ timestamp: new Date(at).toISOString(), arm, ok: good })}\n`;

/** A running attempt with ten uploads, eight of them good, one broken line and one line of trouble. */
async function underWay(more = ''): Promise<{ workspace: TestWorkspace; client: Client }> {
  const workspace = testWorkspace(plan(more));
  workspace.write('.env', 'ON=false\n');
  workspace.write('app.log', '');
  workspace.startDaemon();
  const client = await workspace.connect();
  expect((await workspace.run('begin')).code).toBe(0);
  const now = Date.now();
  const records = Array.from({ length: 10 }, (_, index) => record(now, index > 1));
  workspace.write('metrics.jsonl', `${records.join('')}{broken\n${record(now, true, 'old')}`);
  workspace.write('app.log', `${new Date(now).toISOString()} CRITICAL the pool is empty\n`);
  await viewWhere(client, ({ rollouts: [rollout] }) => {
    const done = rollout?.checklists[0]?.items[2]?.ticked?.by === 'evidence';
    const counted = rollout?.stages[0]?.arms;
    const rejected = Object.values(rollout?.sources[0]?.rejected ?? {})[0] === 1;
    return done && rejected && rollout?.sources[1]?.records === 1 && counted?.treatment === 10 && counted.control === 1;
  });
  return { workspace, client };
}

const review = (client: Client, since: number | null = null): Promise<ReviewFacts> =>
  client.request('review', { rollout: 'uploads', since: since === null ? null : wallTime(since) });
const logOf = ({ folder }: TestWorkspace, name = 'uploads.review.md') => readFileSync(join(folder, name), 'utf8');

describe('a daily review with a real daemon', () => {
  it('has the figures, the errors, the near-misses and the topics', async () => {
    const { client } = await underWay();
    const facts = await review(client);
    expect(facts.period).toMatchObject({ since: 'day', lastReview: null });
    expect(facts.figures.arms).toMatchObject({ treatment: { n: 10, good: 8 }, control: { n: 1, good: 1 } });
    expect(facts.figuresBefore.arms.treatment.n).toBe(0);
    expect(facts.errors.lines).toMatchObject([
      { measure: 'errors', n: 1, newest: [{ place: { file: 'app.log', line: 1 } }] },
    ]);
    expect(facts.errors.rejected).toEqual([{ glob: 'metrics.jsonl', n: 1, since: 'ever' }]);
    expect(facts.triggers).toMatchObject([
      { id: 'failing', state: 'judged', closest: { figure: { n: 10, good: 8 }, holds: false }, fired: [] },
    ]);
    expect(facts.triggers[0]?.closest?.closeness).toBeCloseTo(0.4);
    expect(facts.events.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^Entered half at 50 %/));
    expect(facts.topics['daily/look-at-ok']).toMatchObject({ from: 'title', measures: ['ok'] });
    expect(facts.log).toBe('uploads.review.md');
  });

  it('is appended to its log and journalled, once under one key, and the next begins where it ended', async () => {
    const { workspace, client } = await underWay();
    expect((await workspace.run('tick', 'look-at-ok', '--note', 'fine *so far*')).code).toBe(0);
    expect((await workspace.run('tick', 'call-support', '--skip', '--note', 'a holiday')).code).toBe(0);
    await viewWhere(client, ({ rollouts: [rollout] }) => rollout?.checklists[0]?.items[3]?.skipped != null);
    const { period } = await review(client);
    const ask = { rollout: 'uploads', key: 'one-review', by: 'ana [x](y)', since: period.from, note: 'calm' };
    const closed = await client.request('closeReview', ask);
    expect(closed).toMatchObject({
      kind: 'done',
      log: 'uploads.review.md',
      counts: { ticked: 1, proven: 1, skipped: 1, open: 1 },
      summary: expect.stringMatching(
        /^Uploads: .*50 % for .*New: 1 errors\..*1 ticked, 1 proven by evidence, 1 skipped, 1 open/,
      ),
    });
    expect(await client.request('closeReview', ask)).toEqual(closed);

    const log = logOf(workspace);
    expect(log.match(/^# Reviews of Uploads$/gm)).toHaveLength(1);
    expect(log.match(/^## \d{4}-\d{2}-\d{2} \d{2}:\d{2} · ana \\\[x\\\]\(y\)$/gm)).toHaveLength(1);
    expect(log).toContain('### Each \\<b\\>day\\</b\\>');
    expect(log).toMatch(/- \[x\] Look at ok — .*: fine \\\*so far\\\*/);
    expect(log).toMatch(/- \[ \] Call support — skipped by .*: a holiday/);
    expect(log).toMatch(/- \[x\] Flag is on — proven: ON=true/);
    expect(log).toContain('- [ ] Check \\| metrics — open');

    const next = await review(client);
    expect(next.period).toMatchObject({ since: 'last-review', lastReview: { by: 'ana [x](y)' } });
    expect(next.errors.rejected).toEqual([]);
    writeFileSync(join(workspace.folder, 'metrics.jsonl'), '{broken again\n', { flag: 'a' });
    await viewWhere(client, ({ rollouts: [rollout] }) => Object.values(rollout?.sources[0]?.rejected ?? {})[0] === 2);
    expect((await review(client)).errors.rejected).toEqual([{ glob: 'metrics.jsonl', n: 1, since: 'last-review' }]);

    const second = await client.request('closeReview', {
      ...ask,
      key: 'two-review',
      by: 'bo',
      since: next.period.from,
    });
    expect(second.kind).toBe('done');
    expect(logOf(workspace).startsWith(log)).toBe(true);
    expect(logOf(workspace).match(/^## .* · (ana|bo)/gm)).toHaveLength(2);
    expect((await workspace.run('journal', 'verify')).code).toBe(0);
    const { entries } = await client.request('journal', { rollout: 'uploads', before: null, limit: 20 });
    expect(entries.filter(({ body }) => body.kind === 'reviewed')).toHaveLength(2);
  });

  it('is not written through a symbolic link, nor outside the folder, and says so in one line', async () => {
    const { workspace, client } = await underWay('review_log: notes/log.md\n');
    const ask = { rollout: 'uploads', by: 'ana', since: wallTime(Date.now() - 60_000) };
    const outside = testWorkspace(null).folder;
    symlinkSync(outside, join(workspace.folder, 'notes'));
    const first = await client.request('closeReview', { ...ask, key: 'review-a1' });
    expect(first).toEqual({
      kind: 'refused',
      message: 'the review was not closed: a folder of notes/log.md is a symbolic link: name the real folder',
    });
    const plain = await underWay();
    const secret = plain.workspace.write('secret.txt', 'untouched');
    symlinkSync(secret, join(plain.workspace.folder, 'uploads.review.md'));
    const second = await plain.client.request('closeReview', { ...ask, key: 'review-b1' });
    expect(second).toMatchObject({ kind: 'refused', message: expect.stringMatching(/is a symbolic link/) });
    expect(readFileSync(secret, 'utf8')).toBe('untouched');
    const { entries } = await plain.client.request('journal', { rollout: 'uploads', before: null, limit: 50 });
    expect(entries.filter(({ body }) => body.kind === 'reviewed')).toEqual([]);
  });

  it('is done without the editor too: told in a pipe, asked item by item on a terminal', async () => {
    const { workspace } = await underWay('review_log: notes/daily.md\n');
    const told = await workspace.run('review');
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/Success since .* 80 % of 10/);
    expect(told.stdout).toMatch(/3 of 4 items are to be done:\n {2}due Look at ok {2}daily\/look-at-ok/);
    const json = JSON.parse((await workspace.run('review', '--json', '--since', '2h')).stdout);
    expect(json.facts.period.since).toBe('asked');
    expect(json.items).toHaveLength(4);
    expect(json.closed).toBeUndefined();
    expect((await workspace.run('review', '--since', 'today')).stderr).toMatch(/--since takes how long ago/);

    if (hasTerminal) {
      const terminal = runOnTerminal(workspace, { columns: 140, rows: 40, colour: false }, 'review');
      await terminal.shows('1 of 4 · Each <b>day</b>');
      terminal.type('t\r');
      await terminal.shows('Ticked daily/look-at-ok.');
      await terminal.shows('2 of 4');
      terminal.type('q\r');
      await terminal.shows('Stopped. Ticks stay');
      expect(await terminal.ended).toBe(0);

      const again = runOnTerminal(workspace, { columns: 140, rows: 40, colour: false }, 'review');
      await again.shows('2 of 4');
      again.type('n watch this\r');
      await again.shows('noted by');
      again.type('\r');
      // The one that evidence has ticked is not asked about.
      await again.shows('4 of 4');
      again.type('s\r');
      await again.shows(/4 of 4[\s\S]*4 of 4/);
      again.type('s nobody calls\r');
      await again.shows('Close the review?');
      again.type('all calm\r');
      await again.shows('Appended to notes/daily.md');
      expect(await again.ended).toBe(0);
      const log = logOf(workspace, 'notes/daily.md');
      expect(log).toContain('all calm');
      expect(log).toMatch(/1 ticked, 1 proven by evidence, 1 skipped, 1 open/);
      expect(log).toMatch(/- \[ \] Check \\\| metrics — open\n {2}- .*: watch this/);
    }
    const written = await workspace.run('review', '--write', '--note', 'by a script', '--json');
    expect(JSON.parse(written.stdout).closed).toMatchObject({ kind: 'done', log: 'notes/daily.md' });
    expect(logOf(workspace, 'notes/daily.md')).toContain('by a script');
  });
});
