import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalBody } from '../../daemon/protocol/domain/journalEntry.ts';
import { type EventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { startUploads } from '../support/uploadWriter.ts';

const plan = (id = 'uploads'): string => `version: 1
id: ${id}
timezone: Europe/Berlin
sources: [{ file: metrics.jsonl, fresh: 10s }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, bad: { share_not: ok }, uploads: { count: treatment } }
stages:
  - { id: off, percent: 0 }
  - { id: half, percent: 50, soak: 1h, gate: ["ok >= 90%", "uploads >= 20"] }
  - { id: full, percent: 100, soak: 1h }
triggers: [{ id: failing, when: "ok < 80%", over: 10s, min: 20, then: rollback, rule: literal, within: 1m }]
flag:
  dotenv: .env
  set: { UPLOAD_ENABLED: "\${enabled}", UPLOAD_ROLLOUT: "\${percent}" }
checklists: [{ id: before, title: Before, items: [Read the guide, Brief the team] }]
`;

function phaseOf({ rollouts }: WorkspaceView): string {
  return rollouts[0]?.standing.phase.kind ?? '';
}

async function text(workspace: TestWorkspace, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await workspace.run('report', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function done(workspace: TestWorkspace, ...words: string[]): Promise<void> {
  const { code, stderr } = await workspace.run(...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

function headIn(report: string): string {
  return /journal verify --head ([0-9a-f]{64})/.exec(report)?.[1] ?? '';
}

describe('rampwatch report, with a real daemon', () => {
  it('tells a rollout before it began, under way and rolled back; the same journal gives the same bytes', async () => {
    const workspace = testWorkspace(plan());
    workspace.write('.env', 'UPLOAD_ENABLED=false\nUPLOAD_ROLLOUT=0\n');
    const daemon = workspace.startDaemon();
    const client = await workspace.connect();

    const before = await text(workspace);
    expect(before).toMatch(/^\*\*Not begun\*\*$/m);
    expect(before).not.toContain('Journal head');

    const uploads = startUploads(workspace.folder);
    try {
      await done(workspace, 'tick', 'before/brief-the-team', '--note', 'all of <b>them</b> | twice');
      await done(workspace, 'begin');
      await done(workspace, 'advance', '--reason', 'a drill');
      await viewWhere(client, ({ rollouts }) => (rollouts[0]?.stages[1]?.arms.treatment ?? 0) >= 40);
      let running = await text(workspace);
      expect(running).toMatch(/^\*\*Under way at 50 %\*\*$/m);
      expect(running).toContain('\\<b>them\\</b\\> \\| twice'.replace('<b>', '<b\\>'));
      // Uploads go on, and while no entry tells of them the report is still told for the last one.
      for (let uploaded = 200; ; uploaded += 200) {
        await viewWhere(client, ({ rollouts }) => (rollouts[0]?.stages[1]?.arms.treatment ?? 0) >= uploaded);
        const later = await text(workspace);
        if (headIn(later) === headIn(running)) {
          expect(later).toBe(running);
          break;
        }
        running = later;
      }

      uploads.failing = 0.5;
      await viewWhere(client, (view) => phaseOf(view) === 'rolled-back');
      await viewWhere(
        client,
        ({ rollouts }) => rollouts[0]?.journal.some(({ body }) => body.kind === 'lines') === true,
      );
    } finally {
      uploads.stop();
    }

    // What explains the failures is looked for behind the decisions, and is an entry of its own for each.
    await viewWhere(client, ({ rollouts }) =>
      (rollouts[0]?.journal ?? []).some(
        ({ body }) => body.kind === 'explained' && body.explanation.about.kind === 'trigger',
      ),
    );
    let markdown = await text(workspace);
    for (let later = await text(workspace); headIn(later) !== headIn(markdown); later = await text(workspace)) {
      markdown = later;
    }
    expect(markdown).toMatch(/^\*\*Rolled back\*\*\n\nRolled back from 50 % at \d\d:\d\d because ok was/m);
    expect(markdown).toMatch(/- \[`metrics\.jsonl:\d+`\]\(vscode:[^)]*\) `\{"timestamp":"[^`]*"ok":false,"ms":100\}`/);
    expect(markdown).toMatch(/\*\*Promise:\*\* \*\*kept\*\*: .* of 1 m/);
    expect(markdown).toContain('As judged when the stage was left; the journal keeps these figures.');
    const html = await text(workspace, '--format', 'html');

    await done(workspace, 'journal', 'verify', '--head', headIn(markdown));

    mkdirSync(join(workspace.folder, 'below'));
    const elsewhere = await workspace.runIn(
      { folder: 'below', environment: { TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } },
      'report',
      '--plan',
      '../rampwatch.yaml',
    );
    expect(elsewhere.stdout).toBe(markdown);
    expect(markdown).not.toContain(workspace.folder);
    expect(html).not.toContain(workspace.folder);

    await daemon.kill();
    const again = await workspace.runIn({ environment: { TZ: 'America/Lima' } }, 'report');
    expect({ code: again.code, same: again.stdout === markdown }).toEqual({ code: 0, same: true });
    expect(await text(workspace, '--format', 'html')).toBe(html);
    await done(workspace, 'stop', '--force');
  });

  it('writes files whole, keeps what people wrote, and replaces nothing that is not a report', async () => {
    const workspace = testWorkspace(plan());
    workspace.write('.env', 'UPLOAD_ENABLED=false\nUPLOAD_ROLLOUT=0\n');
    workspace.startDaemon();
    await workspace.connect();
    const file = (name: string): string => readFileSync(join(workspace.folder, name), 'utf8');

    await done(workspace, 'report', '--out', 'REPORT.md');
    const first = file('REPORT.md');
    const written = first.replace(/\*What went well[^*]*\*/, 'We measured first.\n\n- and it helped');
    expect(written).not.toBe(first);
    writeFileSync(join(workspace.folder, 'REPORT.md'), written);
    await done(workspace, 'begin');
    await done(workspace, 'report', '--out', 'REPORT.md');
    expect(file('REPORT.md')).toContain('We measured first.\n\n- and it helped');
    expect(file('REPORT.md')).toContain('Attempt 1 begun');
    expect(file('REPORT.md')).toContain('*What should be done next');

    await done(workspace, 'report', '--out', 'report.html');
    expect(file('report.html')).toMatch(/^<!doctype html>/);
    await done(workspace, 'report', '--out', 'report.html');

    workspace.write('README.md', '# Mine\n');
    const refused = await workspace.run('report', '--out', 'README.md');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/README\.md is not a report of Rampwatch: .*--force\n$/);
    expect(file('README.md')).toBe('# Mine\n');
    await done(workspace, 'report', '--out', 'README.md', '--force');
    expect(file('README.md')).toMatch(/^<!-- rampwatch report: uploads -->/);

    const { stdout } = await workspace.run('report', '--json');
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ format: 'markdown', name: 'uploads-report', head: { seq: expect.any(Number) } });
    expect(told.text).toBe((await workspace.run('report')).stdout);
    await done(workspace, 'stop', '--force');
  });

  it('says in one line what is wrong with how it is asked', async () => {
    const workspace = testWorkspace(plan());
    workspace.startDaemon();
    await workspace.connect();
    const wrong: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['--daily', 'yesterday'], 2, /--daily takes a date as 2025-11-03/],
      [['--daily', '2025-02-30'], 2, /2025-02-30 is not a day of the calendar/],
      [['--daily', '2025-11-03', '--weekly', '2025-11-03'], 2, /choose one of/],
      [['--format', 'pdf'], 2, /--format is markdown or html/],
      [['--out', 'report.pdf'], 2, /end it in \.md or \.html/],
      [['--out', 'no/such/folder/report.md'], 1, /cannot be written \(ENOENT\)/],
    ];
    for (const [words, code, says] of wrong) {
      const ended = await workspace.run('report', ...words);
      expect({ words, code: ended.code, stdout: ended.stdout }).toEqual({ words, code, stdout: '' });
      expect(ended.stderr).toMatch(says);
      expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    }
    await done(workspace, 'stop', '--force');
  });

  it('is of the plan that is named, when there are several', async () => {
    const workspace = testWorkspace(plan('first'));
    workspace.write('second.rampwatch.yaml', plan('second').replace('.env', 'second.env'));
    workspace.startDaemon();
    await workspace.connect();
    const several = await workspace.run('report');
    expect(several).toMatchObject({ code: 1, stdout: '' });
    expect(several.stderr).toMatch(/--plan FILE/);
    expect(await text(workspace, '--plan', 'second.rampwatch.yaml')).toMatch(/^<!-- rampwatch report: second -->/);
    expect(await text(workspace, '--plan', 'rampwatch.yaml')).toMatch(/^<!-- rampwatch report: first -->/);
    await done(workspace, 'stop', '--force');
  });

  it('stays small and readable however long the journal is', async () => {
    const workspace = testWorkspace(plan());
    workspace.write('.env', 'UPLOAD_ENABLED=false\nUPLOAD_ROLLOUT=0\n');
    mkdirSync(workspace.directory, { recursive: true, mode: 0o700 });
    const store = openStore(workspace.directory);
    const start = Date.UTC(2025, 9, 1);
    const place = { file: 'metrics.jsonl', line: 7, offset: 1 };
    const firing = (at: number): JournalBody => ({
      kind: 'firing',
      firing: {
        trigger: 'failing',
        rule: 'literal',
        at: at as EventTime,
        until: at as EventTime,
        window: { from: (at - 10_000) as EventTime, to: at as EventTime },
        n: 20,
        good: 5,
        figure: 0.25,
        condition: 'ok < 80%',
        evidence: Array.from({ length: 50 }, () => place),
      },
    });
    const bodies = (index: number, at: number): JournalBody => {
      if (index === 0) return { kind: 'begun', by: 'ana', attempt: 1, planHash: 'x' };
      if (index % 100 === 1) return firing(at);
      return index % 2 === 0
        ? { kind: 'gate-ready' }
        : { kind: 'gate-lost', conditions: [`ok ${index}`, 'x'.repeat(300)] };
    };
    for (let first = 0; first < 50_000; first += 5000) {
      const journal = Array.from({ length: 5000 }, (_, index) => {
        const at = start + (first + index) * 1000;
        return { at: wallTime(at), attempt: 1, body: bodies(first + index, at) };
      });
      store.commit({ rollout: 'uploads', journal, durable: false });
    }
    store.close();
    workspace.startDaemon();
    await workspace.connect();
    const markdown = await text(workspace);
    expect(markdown).toMatch(/more, see the journal/);
    expect(Buffer.byteLength(markdown)).toBeLessThan(300_000);
    expect(Buffer.byteLength(await text(workspace, '--format', 'html'))).toBeLessThan(400_000);
    await done(workspace, 'stop', '--force');
  });
});
