import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectClient } from '../../daemon/serve/client.ts';
import { complaint, complaintDocument } from '../support/complaint.ts';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { mayMount, type SmallDisk, smallDisk } from '../support/smallDisk.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';
import { startUploads } from '../support/uploadWriter.ts';

describe.skipIf(!mayMount)('a state directory on a disk that is full', () => {
  it('waits with reading, refuses to go forward, rolls back all the same, and goes on when there is space', async ({
    onTestFinished,
  }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished, (place) => smallDisk(place));
    workspace.write('.env', flagOff);
    const { disk } = workspace;
    const flag = (): string => readFileSync(join(workspace.folder, '.env'), 'utf8');
    // Few commits: while the write-ahead log has not begun to reuse itself, a full disk refuses every one.
    const uploads = startUploads(workspace.folder, 40, 300);
    onTestFinished(uploads.stop);
    expect(await workspace.run('begin')).toMatchObject({ code: 0, stderr: '' });
    const client = await connectClient(disk(workspace.directory), { waitFor: 240_000 });
    onTestFinished(() => client.close());
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'ready');
    expect(await workspace.run('advance')).toMatchObject({ code: 0, stderr: '' });
    await viewWhere(client, (view) => rolloutIn(view).standing.gateMet === 2);
    expect(flag()).toBe(flagHalf);

    const ballast = disk(join(workspace.directory, 'ballast'));
    fill(ballast);
    const alarmed = await viewWhere(
      client,
      ({ faults, ...view }) => faults.length > 0 && rolloutIn({ faults, ...view }).sources[0]?.health.state === 'error',
    );
    expect(alarmed.faults[0]).toMatch(/^no space left for Rampwatch's state in .*; free some space there/);
    expect(rolloutIn(alarmed).standing.health.kind).toBe('alarm');
    const refused = complaintDocument(await workspace.run('advance', '--reason', 'more', '--json'));
    expect(refused.code).toBe('storage');
    expect(refused.message).toMatch(/^not done, because the state cannot be stored: no space left/);
    const status = await workspace.run('status');
    expect({ code: status.code, stderr: status.stderr }).toEqual({ code: 0, stderr: '' });
    expect(status.stdout).toMatch(/metrics\.jsonl: error: nothing is read: no space left .* tried again by itself/);

    const back = await workspace.run('rollback', '--reason', 'a drill');
    expect(back).toMatchObject({ code: 0, stderr: '' });
    expect(back.stdout).toContain('Rolling back, though it cannot be journalled yet: no space left');
    expect(flag()).toBe(flagOff);
    await viewWhere(client, ({ faults }) => faults[0]?.includes('the rollback is carried out') === true);
    expect(flag()).toBe(flagOff);

    rmSync(ballast);
    const ended = await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
    expect(rolloutIn(ended).standing.phase).toMatchObject({ cause: { kind: 'person', reason: 'a drill' } });
    await viewWhere(client, ({ faults }) => faults.length === 0);
    uploads.stop();
    const written = readFileSync(join(workspace.folder, 'metrics.jsonl'), 'utf8').split('\n').length - 1;
    const all = await viewWhere(client, (view) => (rolloutIn(view).sources[0]?.records ?? 0) >= written);
    expect(rolloutIn(all).sources[0]?.records).toBe(written);
    expect(flag()).toBe(flagOff);
    expect((await workspace.run('journal', 'verify')).stdout).toMatch(/^The journal is intact/);
    expect(await workspace.run('stop')).toMatchObject({ code: 0 });
  });

  it('full from the beginning: a start says so in one line', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished, smallDisk);
    mkdirSync(workspace.disk(workspace.directory), { recursive: true, mode: 0o700 });
    fill(workspace.disk(join(workspace.directory, 'ballast')));
    expect(complaint(await workspace.run('watch'))).toMatch(/^no space left for Rampwatch's state in /);
    expect(complaint(await workspace.run('start'))).toMatch(/^no space left for Rampwatch's state in /);
  });
});

describe.skipIf(!mayMount)('a flag’s file on a disk', () => {
  it.each(['is full', 'is read-only'])('that %s is as it was, and goes back once it can', async (state) => {
    let small: SmallDisk | null = null;
    const plan = smallPlan.replace('dotenv: .env', 'dotenv: flags/.env');
    const workspace = testWorkspace(plan, onTestFinished, (place) => {
      small = smallDisk(join(place, '..', 'flags'));
      return small;
    });
    const file = workspace.disk(join(workspace.folder, 'flags', '.env'));
    const ballast = workspace.disk(join(workspace.folder, 'flags', 'ballast'));
    const lock = (to: 'ro' | 'rw'): void => small?.lock(to);
    writeFileSync(file, flagOff);
    workspace.startDaemon();
    const client = await workspace.connect();
    await workspace.run('begin');
    await workspace.run('advance', '--reason', 'a drill');
    await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'verified');
    expect(readFileSync(file, 'utf8')).toBe(flagHalf);

    if (state === 'is full') fill(ballast);
    else lock('ro');
    await workspace.run('rollback', '--reason', 'a drill');
    const failed = await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rollback-failed');
    expect(rolloutIn(failed).standing.health.kind).toBe('alarm');
    expect(readFileSync(file, 'utf8')).toBe(flagHalf);

    if (state === 'is full') rmSync(ballast);
    else lock('rw');
    await viewWhere(client, (view) => rolloutIn(view).standing.phase.kind === 'rolled-back');
    expect(readFileSync(file, 'utf8')).toBe(flagOff);
    expect(readdirSync(join(file, '..'))).toEqual(['.env']);
  });
});

describe.concurrent('a state directory that cannot be used', () => {
  const places: readonly [string, (folder: string) => string, RegExp][] = [
    [
      'cannot be made',
      (folder) => join(folder, 'rampwatch.yaml', 'state'),
      /^cannot make the state directory .* \(ENOTDIR\); make it writable, or set RAMPWATCH_STATE_DIRECTORY/,
    ],
    ['is no absolute path', () => 'state', /^RAMPWATCH_STATE_DIRECTORY is state; it must be an absolute path/],
  ];

  it.for(places)('%s: one line, or one document', async ([, place, told], { onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const setting = { environment: { RAMPWATCH_STATE_DIRECTORY: place(workspace.folder) } };
    const [watch, start, status] = await Promise.all([
      workspace.runIn(setting, 'watch'),
      workspace.runIn(setting, 'start'),
      workspace.runIn(setting, 'status', '--json'),
    ]);
    expect(complaint(watch)).toMatch(told);
    expect(complaint(start)).toMatch(told);
    expect(complaintDocument(status).code).toBe('state-unwritable');
  });

  it('does not keep a rollback from setting the flag', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', `# kept\n${flagHalf}`);
    const setting = { environment: { RAMPWATCH_STATE_DIRECTORY: join(workspace.folder, 'rampwatch.yaml', 'state') } };
    const { code, stdout, stderr } = await workspace.runIn(setting, 'rollback');
    expect({ code, flag: readFileSync(join(workspace.folder, '.env'), 'utf8') }).toEqual({
      code: 0,
      flag: `# kept\n${flagOff}`,
    });
    expect(stdout).toMatch(
      /^\.env is set to 0 % and read back, without the daemon: nothing is journalled and nobody watches/,
    );
    expect(stderr).toMatch(/^rampwatch: the daemon cannot be asked: cannot make the state directory .*\n$/);
  });

  it('nor does it when the plan is gone or broken: the flag of the plan that was in force is set', async ({
    onTestFinished,
  }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    for (const words of [['begin'], ['advance', '--reason', 'a drill']]) await workspace.run(...words);
    const client = await workspace.connect();
    process.kill(client.discovery.pid, 'SIGKILL');
    await client.closed;
    writeFileSync(join(workspace.directory, 'store', 'state.sqlite'), 'no database');
    const flag = (): string => readFileSync(join(workspace.folder, '.env'), 'utf8');
    expect(flag()).toBe(flagHalf);

    rmSync(join(workspace.folder, 'rampwatch.yaml'));
    const gone = await workspace.run('rollback');
    expect(gone.stdout).toMatch(
      /^\.env is set to 0 % and read back, by the last good text of rampwatch\.yaml, without the daemon/,
    );
    expect({ code: gone.code, flag: flag() }).toEqual({ code: 0, flag: flagOff });

    workspace.write('.env', flagHalf);
    workspace.write('rampwatch.yaml', 'version: [');
    expect(await workspace.run('rollback')).toMatchObject({ code: 0, stdout: gone.stdout });
    expect(flag()).toBe(flagOff);

    // An edit that no daemon has taken moves no user: the keys that they go by are those of before.
    workspace.write('.env', flagHalf);
    workspace.write('rampwatch.yaml', smallPlan.replaceAll('UPLOAD_', 'OTHER_'));
    expect(await workspace.run('rollback')).toMatchObject({ code: 0 });
    expect(flag()).toBe(`${flagOff}${flagOff.replaceAll('UPLOAD_', 'OTHER_')}`);
  });

  it('and a damaged one does not either', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagHalf);
    mkdirSync(join(workspace.directory, 'store'), { mode: 0o700 });
    writeFileSync(
      join(workspace.directory, 'store', 'state.sqlite'),
      'not a database, but long enough to be taken for one'.repeat(100),
    );
    expect(complaint(await workspace.run('watch'))).toMatch(/is damaged .*a copy is kept in .*delete .* to begin anew/);
    expect(await workspace.run('rollback')).toMatchObject({ code: 0 });
    expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
  });
});

function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(size));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}
