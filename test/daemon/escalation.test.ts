import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { EscalationListing } from '../../daemon/protocol/wire/escalation.ts';
import type { Client } from '../../daemon/serve/client.ts';
import { complaint, complaintDocument } from '../support/complaint.ts';
import { planted } from '../support/plantedSecrets.ts';
import { type Ended, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff } from '../support/smallPlan.ts';

type Finished = Parameters<typeof testWorkspace>[1];

const plan = (escalation = ''): string => `version: 1
id: uploads
sources:
  - { file: metrics.jsonl, fresh: 1h }
  - { file: "app*.log", format: text }
  - { file: ".e*", format: text }
arms: { treatment: { arm: new } }
measures: { ok: { share: { ok: true } } }
stages:
  - { id: off, percent: 0 }
  - { id: full, percent: 100, gate: ["ok >= 90%"] }
flag: { dotenv: .env, set: { UPLOAD_ENABLED: "\${enabled}", UPLOAD_ROLLOUT: "\${percent}" } }
${escalation}`;

const commandPlan = (words: string, reference = 'INC-7'): string =>
  plan(`escalation: { contact: on-call, reference: ${reference}, command: ${words} }`);

/** Old records: nothing changes by itself any more. */
function records(more: readonly object[] = []): string {
  const at = Date.now() - 60_000;
  return [...Array.from({ length: 30 }, () => ({ arm: 'new', ok: true })), ...more]
    .map((record, index) => `${JSON.stringify({ timestamp: new Date(at + index * 10).toISOString(), ...record })}\n`)
    .join('');
}

async function served(text: string, finished: Finished, prepare: (workspace: TestWorkspace) => void = () => {}) {
  const workspace = testWorkspace(text, finished);
  workspace.write('.env', flagOff);
  workspace.write('metrics.jsonl', records());
  prepare(workspace);
  workspace.startDaemon();
  const client = await workspace.connect();
  await viewWhere(client, ({ rollouts }) => {
    const [metrics] = rollouts[0]?.sources ?? [];
    return metrics !== undefined && metrics.health.files.length > 0 && metrics.health.lag === 0;
  });
  return { workspace, client };
}

async function prepared(client: Client, reason: string | null = null): Promise<EscalationListing> {
  return await client.request('escalation', { rollout: 'uploads', reason });
}

async function journalOf(client: Client): Promise<readonly JournalEntry[]> {
  return (await client.request('journal', { rollout: null, before: null, limit: 500 })).entries.toReversed();
}

/** All files below a folder, as one text of their bytes. */
function bytesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n');
}

describe.concurrent('an evidence bundle', () => {
  it('is shown before anything is written, and is then what was shown', async ({ onTestFinished }) => {
    const { workspace, client } = await served(plan(), onTestFinished);
    const refused = await workspace.run('escalate', '--reason', 'too slow');
    expect(refusal(refused)).toMatch(/nothing was written: look at the list, and say --yes to write it/);
    expect(refused.stdout).toMatch(/records\/01-metrics\.jsonl +\d+ +[0-9a-f]{12} +metrics\.jsonl: 30 lines/);
    expect(readdirSync(workspace.folder).filter((name) => name.includes('escalation'))).toEqual([]);
    const asked = complaintDocument(await workspace.run('escalate', '--json'));
    expect(asked.code).toBe('consent-needed');

    const listing = await prepared(client, 'too slow');
    const written = await workspace.run('escalate', '--reason', 'too slow', '--yes', '--out', 'bundle');
    expect(written.code, written.stderr).toBe(0);
    for (const { path, bytes, sha256 } of listing.files) {
      const content = readFileSync(join(workspace.folder, 'bundle', path));
      expect([content.length, createHash('sha256').update(content).digest('hex')], path).toEqual([bytes, sha256]);
    }
    expect(lstatSync(join(workspace.folder, 'bundle')).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(workspace.folder, 'bundle/plan.yaml')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(workspace.folder, 'bundle/README.txt'), 'utf8')).toContain('Reason:    too slow');
  });

  it('is the same to the byte from the same journal, and opens with tar', async ({ onTestFinished }) => {
    const { workspace } = await served(plan(), onTestFinished);
    for (const out of ['one.tgz', 'other.tgz']) {
      expect((await workspace.run('escalate', '--yes', '--out', out)).code).toBe(0);
    }
    const [one, other] = ['one.tgz', 'other.tgz'].map((name) => readFileSync(join(workspace.folder, name)));
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
    const into = join(workspace.folder, 'opened');
    mkdirSync(into);
    execFileSync('tar', ['xzf', join(workspace.folder, 'one.tgz'), '-C', into]);
    const [folder = ''] = readdirSync(into);
    expect(folder).toMatch(/^escalation-uploads-\d{8}T\d{6}Z$/);
    const manifest = JSON.parse(readFileSync(join(into, folder, 'manifest.json'), 'utf8'));
    for (const { path, sha256 } of manifest.files) {
      const content = readFileSync(join(into, folder, path));
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    }
  });

  it('carries a journal that can be proved, and shows where it was touched', async ({ onTestFinished }) => {
    // A value that only the environment knows: words in the shape of a secret are not even kept.
    const { workspace, client } = await served(plan(), onTestFinished, ({ write }) => {
      write('.env', `${flagOff}STABLE=correct-horse-nine\n`);
    });
    await client.request('signal', { rollout: 'uploads', key: 'a-signal-1', by: 'ada', name: 'x' }).catch(() => {});
    await workspace.run('begin');
    await workspace.run('hold', '--reason', 'correct-horse-nine leaked');
    await workspace.run('escalate', '--yes', '--out', 'bundle');
    const file = join(workspace.folder, 'bundle/journal.jsonl');
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('correct-horse');
    const proof = await workspace.run('journal', 'verify', '--file', 'bundle/journal.jsonl');
    expect(proof.stdout).toMatch(/^The excerpt is intact: \d+ entries; of 2 only the link/);
    const lines = text.trimEnd().split('\n');
    const broken = async (changed: readonly string[]): Promise<string> => {
      workspace.write('changed.jsonl', changed.join('\n'));
      return complaint(await workspace.run('journal', 'verify', '--file', 'changed.jsonl'));
    };
    expect(await broken(lines.map((line) => line.replace('"by":"', '"by":"x')))).toMatch(
      /was changed after it was written/,
    );
    expect(await broken(lines.filter((_, index) => index !== 1))).toMatch(/entry 2 is missing/);
    expect(await broken(['nonsense'])).toMatch(/changed\.jsonl:1 is no entry of a journal/);
  });

  it('overwrites nothing, writes through no link, and leaves nothing half', async ({ onTestFinished }) => {
    const { workspace } = await served(plan(), onTestFinished, ({ folder, write }) => {
      write('there.tgz', 'mine');
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'link.tgz'));
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
    });
    for (const out of ['there.tgz', 'link.tgz', 'link']) {
      expect(refusal(await workspace.run('escalate', '--yes', '--out', out))).toMatch(/exists and is not overwritten/);
    }
    expect(refusal(await workspace.run('escalate', '--yes', '--out', 'no/where.tgz'))).toMatch(
      /no is no folder: make it first/,
    );
    expect(readFileSync(join(workspace.folder, 'there.tgz'), 'utf8')).toBe('mine');
    expect(existsSync(join(workspace.folder, 'elsewhere'))).toBe(false);
    expect(complaint(await workspace.run('escalate', '--approve', 'f'.repeat(64)), 2)).toMatch(/belongs to --run/);
  });

  it('holds no secret and no file outside the sources, whatever the records say', async ({ onTestFinished }) => {
    const plants = fc.sample(planted, { numRuns: 150, seed: 20251029 });
    const outside = 'only-in-a-file-that-is-no-source';
    const { workspace, client } = await served(
      plan().replace('id: full,', `id: full, # token: ${plants[0]?.secret} \u202e\n     `),
      onTestFinished,
      ({ folder, write }) => {
        write('.env', `${flagOff}DATABASE_URL="s3cr3t words in an environment"\nexport PIN=48213\nNOTHING=\n`);
        write('.env.local', 'SESSION_SALT=plain-but-known-value\n');
        write('secrets.txt', outside);
        write('metrics.jsonl', records(plants.map(({ line }) => ({ arm: 'new', ok: true, note: line }))));
        const now = new Date().toISOString();
        const shouted = plants.map(({ line }) => `${now} ERROR ${line}`).join('\n');
        write('app.log', `${shouted}\n${now} s3cr3t words in an environment, plain-but-known-value, pin 48213\n`);
        write('app.3.log', `${now} \u001b[2J\u202e<img src=x onerror=alert(1)> $(touch ran)\n`);
        symlinkSync(join(folder, 'secrets.txt'), join(folder, 'app.linked.log'));
        symlinkSync('/etc/hostname', join(folder, 'app.outside.log'));
        writeFileSync(join(folder, 'app.log.1.gz'), gzipSync(`${now} rotated ${plants[1]?.line}\n`));
      },
    );
    const listing = await prepared(client, `because ${plants[2]?.line} \u202e\u009b`);
    const out = join(workspace.folder, 'bundle');
    await client.request('writeEscalation', { digest: listing.digest, out });
    const bytes = bytesBelow(out);
    const hidden = [...plants.map(({ secret }) => secret), outside, 's3cr3t words', 'plain-but-known', '48213'];
    expect(hidden.filter((secret) => bytes.includes(secret))).toEqual([]);
    expect(bytes).toContain('rotated');
    // In UTF-8, read byte by byte: escape, bidirectional control, C1 control.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the bytes that must not be there
    expect(bytes).not.toMatch(/\u001b|\u00e2\u0080[\u00aa-\u00ae]|\u00c2[\u0080-\u009f]/);
    expect(listing.left.toSorted()).toEqual([
      '.env.local: files that hold settings or keys are never read into a bundle',
      '.env: files that hold settings or keys are never read into a bundle',
      'app.linked.log is reached through a symbolic link',
      "app.outside.log leads outside the plan's folder and is not read; move the file inside or put the plan above it",
    ]);
    expect(listing.files.find(({ path }) => path.includes('metrics'))?.redactions).toBeGreaterThan(100);
  });

  it('is bounded in time and bytes: the newest records count', async ({ onTestFinished }) => {
    const day = 86_400_000;
    const { workspace, client } = await served(plan(), onTestFinished, ({ write }) => {
      const line = (at: number, text: string) => `${new Date(at).toISOString()} ${text}\n`;
      const old = Array.from({ length: 60_000 }, (_, index) => line(Date.now() - day + index, 'long ago'));
      const recent = Array.from({ length: 12_000 }, (_, index) =>
        line(Date.now() - 120_000 + index, `n${index} ${'x'.repeat(90)}`),
      );
      write('app.log', [...old, ...recent].join(''));
    });
    const { files, digest } = await prepared(client);
    const excerpt = files.find(({ path }) => path.includes('app.log'));
    expect(excerpt?.bytes).toBeLessThanOrEqual(768 * 1024);
    expect(excerpt?.about).toMatch(/^app\.log: \d+ lines \(the newest; \d+ more were left out\)/);
    const out = join(workspace.folder, 'bundle');
    await client.request('writeEscalation', { digest, out });
    const text = bytesBelow(out);
    expect(text).not.toContain('long ago');
    expect(text).toContain(' n11999 ');
  });

  it('is written only as it was shown', async ({ onTestFinished }) => {
    const { workspace, client } = await served(plan(), onTestFinished);
    const out = join(workspace.folder, 'bundle.tgz');
    const forged = client.request('writeEscalation', { digest: 'f'.repeat(64), out });
    await expect(forged).rejects.toThrow(/no longer in memory/);
    expect(existsSync(out)).toBe(false);
  });
});

describe.concurrent("the plan's command", () => {
  const tell = `["${process.execPath}", "-e", "console.log(process.argv[1] === process.env.RAMPWATCH_BUNDLE, process.env.RAMPWATCH_REFERENCE, Object.keys(process.env).includes('SECRET_OF_DAEMON')); process.exit(Number(process.argv[2]))", "\${bundle}"`;

  it('runs only after a person approved exactly it, and its answer is journalled', async ({ onTestFinished }) => {
    const { workspace, client } = await served(commandPlan(`${tell}, "0"]`), onTestFinished);
    const refused = await workspace.run('escalate', '--yes', '--run', '--out', 'a.tgz');
    const [, sha256 = ''] = /--approve ([0-9a-f]{64})/.exec(refusal(refused)) ?? [];
    expect(refused.stdout).toContain(`"\${bundle}"`);
    expect(existsSync(join(workspace.folder, 'a.tgz'))).toBe(false);
    const wrong = await workspace.run('escalate', '--yes', '--run', '--out', 'b.tgz', '--approve', 'f'.repeat(64));
    expect(refusal(wrong)).toMatch(/not the one that --approve names/);
    const done = await workspace.run('escalate', '--yes', '--run', '--out', 'c.tgz', '--approve', sha256);
    expect(done.code, done.stderr).toBe(0);
    expect(done.stdout).toContain('| true INC-7 false');
    const [entry] = (await journalOf(client)).filter(({ body }) => body.kind === 'escalated');
    expect(entry?.body).toMatchObject({
      reference: 'INC-7',
      command: { sha256 },
      answer: { exit: 0, failure: null, stdout: 'true INC-7 false' },
    });
    const approvals = join(workspace.directory, 'escalation-approvals.json');
    expect(statSync(approvals).mode & 0o777).toBe(0o600);
    expect((await workspace.run('escalate', '--yes', '--run', '--out', 'd.tgz')).code).toBe(0);
    expect((await workspace.run('journal', 'verify')).code).toBe(0);
  });

  it('needs another approval once any part of the section has changed', async ({ onTestFinished }) => {
    const { workspace, client } = await served(commandPlan(`${tell}, "0"]`), onTestFinished);
    const { command } = await prepared(client);
    const first = ['escalate', '--yes', '--run', '--out', 'a.tgz', '--approve', command?.sha256 ?? ''];
    expect((await workspace.run(...first)).code).toBe(0);
    for (const changed of [commandPlan(`${tell}, "1"]`), commandPlan(`${tell}, "0"]`, 'INC-8')]) {
      workspace.write('rampwatch.yaml', changed);
      await untilApproved(client, false);
      expect(refusal(await workspace.run('escalate', '--yes', '--run', '--out', 'b.tgz'))).toMatch(
        /nobody has approved/,
      );
    }
    workspace.write('rampwatch.yaml', commandPlan(`${tell}, "0"]`));
    await untilApproved(client, true);
  });

  it('needs another approval once a file that it names was changed by a pull', async ({ onTestFinished }) => {
    const words = `["${process.execPath}", tools/page.mjs, "\${bundle}"]`;
    const tools = (text: string) => (workspace: TestWorkspace) => {
      mkdirSync(join(workspace.folder, 'tools'), { recursive: true });
      workspace.write('tools/page.mjs', text);
    };
    const { workspace, client } = await served(commandPlan(words), onTestFinished, tools("console.log('paged')"));
    const { command } = await prepared(client);
    expect(command?.files.map(({ path }) => path)).toEqual(['tools/page.mjs']);
    const first = ['escalate', '--yes', '--run', '--out', 'a.tgz', '--approve', command?.sha256 ?? ''];
    expect((await workspace.run(...first)).stdout).toContain('| paged');
    tools("import { writeFileSync } from 'node:fs'; writeFileSync('stolen', '')")(workspace);
    for (const options of [[], ['--approve', command?.sha256 ?? '']]) {
      const refused = await workspace.run('escalate', '--yes', '--run', '--out', 'b.tgz', ...options);
      expect(refusal(refused)).toMatch(/nobody has approved|not the one that --approve names/);
    }
    expect(existsSync(join(workspace.folder, 'stolen'))).toBe(false);
    tools("console.log('paged')")(workspace);
    expect((await workspace.run('escalate', '--yes', '--run', '--out', 'c.tgz')).stdout).toContain('| paged');
  });

  it('fails in one line, which is journalled too', async ({ onTestFinished }) => {
    const { workspace, client } = await served(commandPlan('["./there-is-no-such-program"]'), onTestFinished);
    const { command } = await prepared(client);
    const ended = await workspace.run('escalate', '--yes', '--run', '--approve', command?.sha256 ?? '');
    expect(ended.code).toBe(1);
    expect(ended.stderr.trim()).toBe(
      'rampwatch: the command failed: ./there-is-no-such-program was not found; the answer is in the journal',
    );
    const [entry] = (await journalOf(client)).filter(({ body }) => body.kind === 'escalated');
    expect(entry?.body).toMatchObject({ answer: { exit: null, failure: './there-is-no-such-program was not found' } });
  });

  it('goes through no shell, and its output is bounded and free of secrets', async ({ onTestFinished }) => {
    const words = `["${process.execPath}", "-e", "console.log('password=' + 'hunter2-and-more'); console.log('y'.repeat(90000)); console.error(process.argv.slice(1).join('|')); process.exit(3)", "$(touch ran); a b", "\${bundle}"]`;
    const { workspace, client } = await served(commandPlan(words), onTestFinished);
    const { command } = await prepared(client);
    const ended = await workspace.run(
      'escalate',
      '--yes',
      '--run',
      '--out',
      'a.tgz',
      '--approve',
      command?.sha256 ?? '',
      '--json',
    );
    expect(ended.code).toBe(1);
    const { answer } = JSON.parse(ended.stdout);
    expect(answer).toMatchObject({ exit: 3, stderr: `$(touch ran); a b|${join(workspace.folder, 'a.tgz')}` });
    expect(answer.stdout).not.toContain('hunter2');
    expect(answer.stdout.length).toBeLessThan(4300);
    expect(existsSync(join(workspace.folder, 'ran'))).toBe(false);
  });

  it('is not run where the plan names none, and nothing is written then', async ({ onTestFinished }) => {
    const { workspace } = await served(plan(), onTestFinished);
    expect(refusal(await workspace.run('escalate', '--yes', '--run', '--out', 'a.tgz'))).toMatch(
      /names no `escalation.command`/,
    );
    expect(existsSync(join(workspace.folder, 'a.tgz'))).toBe(false);
  });
});

/** While an edited plan is taken, its rollout is missing for a moment. */
async function untilApproved(client: Client, approved: boolean): Promise<void> {
  for (;;) {
    const listing = await prepared(client).catch(() => null);
    if (listing?.command?.approved === approved) return;
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** The one line, below the list that was shown. */
function refusal(ended: Ended): string {
  return complaint({ ...ended, stdout: '' });
}
