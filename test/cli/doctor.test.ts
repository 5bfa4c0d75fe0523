import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Check } from '../../daemon/cli/doctorCheck.ts';
import { movedClock } from '../support/movedClock.ts';
import { rolloutIn, type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { mayMount, smallDisk } from '../support/smallDisk.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';

async function examined(workspace: TestWorkspace): Promise<{ code: number | null; checks: readonly Check[] }> {
  const { code, stdout } = await workspace.run('doctor', '--json');
  return { code, checks: JSON.parse(stdout).checks };
}

function levels(checks: readonly Check[], about: string): readonly string[] {
  return checks.filter((check) => check.about === about).map(({ level }) => level);
}

/** All that is not as it should be about one thing, in a line each. */
function troubles(checks: readonly Check[], about: string): readonly string[] {
  return checks.filter((check) => check.about === about && check.level !== 'fine').map(({ finding }) => finding);
}

function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (;;) writeSync(descriptor, Buffer.alloc(4096));
  } catch {
    closeSync(descriptor);
  }
}

/** A user whom the system lets make no watch at all; not every system may be asked for one. */
const limited = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"';
const mayLimitWatches = spawnSync('unshare', ['-Ur', 'sh', '-c', limited, 'sh', 'true']).status === 0;

const upload = (at: number) => `${JSON.stringify({ timestamp: new Date(at).toISOString(), arm: 'new', ok: true })}\n`;

describe.concurrent('rampwatch doctor', () => {
  it('finds nothing wrong beside a daemon that has what it needs, and changes nothing', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan.replace('fresh: 10s', 'fresh: 1h'), onTestFinished);
    workspace.write('.env', flagOff);
    const metrics = workspace.write('metrics.jsonl', upload(Date.now()));
    workspace.startDaemon();
    const client = await workspace.connect();
    await viewWhere(
      client,
      ({ rollouts }) => rollouts[0]?.sources[0]?.arrived != null && rollouts[0].sources[0].health.state === 'reading',
    );
    const { code, checks } = await examined(workspace);
    expect(code).toBe(0);
    expect(checks.filter(({ level }) => level === 'wrong')).toEqual([]);
    // A machine may have little room, lie in a container or allow few watches.
    const ofTheMachine = ['State', 'Disk', 'Watches'];
    expect(checks.filter(({ about, level }) => level !== 'fine' && !ofTheMachine.includes(about))).toEqual([]);
    expect(checks.find(({ about }) => about === 'Connections')?.finding).toBe('1 beside this one, such as editors');
    expect(readFileSync(metrics, 'utf8').split('\n')).toHaveLength(2);
    const { stdout } = await workspace.run('doctor');
    expect(stdout).toMatch(/^✓ Version +Rampwatch [\d.]+, Node /);
    expect(stdout).toMatch(/✓ Flag +\.env: UPLOAD_ENABLED=false, UPLOAD_ROLLOUT=0/);
  });

  it('says without a daemon that nothing is judged, and starts none', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    for (let time = 0; time < 2; time += 1) {
      const { code, checks } = await examined(workspace);
      expect(code).toBe(0);
      expect(checks.find(({ about }) => about === 'Daemon')).toMatchObject({
        level: 'doubtful',
        finding: 'none runs: nothing is judged, and no trigger rolls back',
        remedy: 'Start it with `rampwatch start`.',
      });
    }
  });

  it('names what is wrong, each in a line with its remedy', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', 'UPLOAD_ENABLED=false\nUPLOAD_ROLLOUT=50\n');
    workspace.write('metrics.jsonl', upload(Date.now() + 3_600_000));
    workspace.startDaemon();
    const client = await workspace.connect();
    await viewWhere(client, ({ rollouts }) => rollouts[0]?.sources[0]?.rejected.future === 1);
    const { checks } = await examined(workspace);
    expect(levels(checks, 'Clock')).toEqual(['doubtful']);
    expect(checks.find(({ about }) => about === 'Clock')?.finding).toMatch(
      /^metrics\.jsonl: 1 record dated in the future/,
    );
    expect(levels(checks, 'Flag')).toEqual(['doubtful']);
    workspace.write('rampwatch.yaml', smallPlan.replace('percent: 50', 'percent: 500'));
    const broken = await examined(workspace);
    expect(broken.code).toBe(1);
    expect(broken.checks.find(({ about }) => about === 'Plan')).toMatchObject({ level: 'wrong', remedy: null });
    expect(broken.checks.find(({ about }) => about === 'Plan')?.finding).toMatch(/rampwatch\.yaml:\d+:\d+: /);
    chmodSync(workspace.directory, 0o755);
    const open = await examined(workspace);
    expect(open.checks.find(({ about }) => about === 'State')?.finding).toMatch(/open to other users; run: chmod 700/);
    chmodSync(workspace.directory, 0o700);
  });

  it('names without a daemon too a log and a flag that are no files', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const missing = await examined(workspace);
    expect(missing.code).toBe(0);
    expect(missing.checks.find(({ about }) => about === 'Source')).toMatchObject({
      level: 'doubtful',
      finding: 'metrics.jsonl: no such file yet',
    });
    mkdirSync(join(workspace.folder, 'metrics.jsonl'));
    mkdirSync(join(workspace.folder, '.env'));
    const { code, checks } = await examined(workspace);
    expect(code).toBe(1);
    expect(checks.filter(({ level }) => level === 'wrong').map(({ finding }) => finding)).toEqual([
      'metrics.jsonl is no regular file',
      expect.stringMatching(/\.env is no regular file, so that the flag cannot be read or set$/),
    ]);
  });

  it('says where there is no plan how to get one', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const { code, stdout } = await workspace.runIn({ folder: '..' }, 'doctor', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).checks).toContainEqual(expect.objectContaining({ about: 'Plan', level: 'wrong' }));
  });

  it.skipIf(!mayMount)('tells a full disk of the state, and one of the flag', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished, smallDisk);
    workspace.write('.env', flagOff);
    mkdirSync(workspace.disk(workspace.directory), { recursive: true, mode: 0o700 });
    fill(workspace.disk(`${workspace.directory}/ballast`));
    const { code, checks } = await examined(workspace);
    expect(code).toBe(1);
    expect(checks.find(({ about }) => about === 'Disk')).toMatchObject({
      level: 'wrong',
      finding: `the disk of ${workspace.directory} is full`,
      remedy: expect.stringMatching(/^Make room: /),
    });
    const flags = testWorkspace(smallPlan.replace('dotenv: .env', 'dotenv: flags/.env'), onTestFinished, (place) =>
      smallDisk(join(place, '..', 'flags')),
    );
    fill(flags.disk(join(flags.folder, 'flags', 'ballast')));
    const ofFlag = await examined(flags);
    expect(ofFlag.code).toBe(1);
    expect(troubles(ofFlag.checks, 'Flag')).toEqual(['the disk of flags/.env is full']);
  });

  it.skipIf(!mayLimitWatches)('tells that no file may be watched any more', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const program = join(import.meta.dirname, '..', '..', 'daemon', 'cli.ts');
    const words = ['-Ur', 'sh', '-c', limited, 'sh', process.execPath, program, 'doctor', '--json'];
    const { stdout } = spawnSync('unshare', words, {
      cwd: workspace.folder,
      env: workspace.environment,
      encoding: 'utf8',
    });
    const checks: readonly Check[] = JSON.parse(stdout).checks;
    expect(checks.find(({ about }) => about === 'Watches')).toMatchObject({
      level: 'doubtful',
      finding: 'this user may watch no more files (EMFILE): all are looked at four times a second',
      remedy: expect.stringMatching(/^Raise the limit \(sysctl fs\.inotify\.max_user_instances=/),
    });
  });

  it('tells a clock that was set until new records have come', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan.replace('fresh: 10s', 'fresh: 1h'), onTestFinished);
    const clock = movedClock('a preloaded module', join(workspace.folder, 'clock'));
    Object.assign(workspace.environment, clock.environment);
    workspace.write('.env', flagOff);
    workspace.write('metrics.jsonl', upload(Date.now()));
    workspace.startDaemon();
    const client = await workspace.connect();
    expect(await workspace.run('begin')).toMatchObject({ code: 0 });
    clock.setAhead(3_600_000);
    const isSeen = (kind: string) => (view: Parameters<typeof rolloutIn>[0]) =>
      rolloutIn(view).journal.some(({ body }) => body.kind === kind);
    await viewWhere(client, isSeen('clock-gap'));
    expect(troubles((await examined(workspace)).checks, 'Clock')).toEqual([
      expect.stringMatching(/^the clock stopped for 1 h.*, and no new record has come since$/),
    ]);
    workspace.write(
      'metrics.jsonl',
      readFileSync(join(workspace.folder, 'metrics.jsonl'), 'utf8') + upload(clock.now()),
    );
    await viewWhere(client, isSeen('data-fresh'));
    expect(troubles((await examined(workspace)).checks, 'Clock')).toEqual([]);
  });

  it('tells a log that cannot be read, with and without a daemon', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.write('.env', flagOff);
    symlinkSync('metrics.jsonl', join(workspace.folder, 'metrics.jsonl'));
    const alone = await examined(workspace);
    expect(alone.code).toBe(1);
    expect(levels(alone.checks, 'Source')).toEqual(['wrong']);
    workspace.startDaemon();
    const client = await workspace.connect();
    await viewWhere(client, (view) => rolloutIn(view).sources[0]?.health.state === 'error');
    const { code, checks } = await examined(workspace);
    expect(code).toBe(1);
    expect(troubles(checks, 'Source')).toEqual([
      'metrics.jsonl: metrics.jsonl is a symlink that leads in a circle; mend it',
    ]);
  });

  it('tells the terminal of an editor that is too old for the extension', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const inEditor = async (version: string) => {
      const environment = { TERM_PROGRAM: 'vscode', TERM_PROGRAM_VERSION: version };
      const { stdout } = await workspace.runIn({ environment }, 'doctor', '--json');
      const { checks }: { checks: readonly Check[] } = JSON.parse(stdout);
      return levels(checks, 'Editor');
    };
    const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
    const oldest = engines.vscode.replace('^', '');
    const [major, minor] = oldest.split('.').map(Number);
    expect(await inEditor('1.90.2')).toEqual(['wrong']);
    expect(await inEditor(`${major}.${minor - 1}.9`)).toEqual(['wrong']);
    expect(await inEditor(oldest)).toEqual(['fine']);
  });

  it('tells a home whose flag another one has set, and a folder that another state watches', async ({
    onTestFinished,
  }) => {
    const workspace = testWorkspace(smallPlan.replace('fresh: 10s', 'fresh: 1h'), onTestFinished);
    const flag = workspace.write('.env', flagOff);
    workspace.startDaemon();
    const client = await workspace.connect();
    await workspace.run('begin');
    await workspace.run('advance', '--reason', 'a drill');
    await viewWhere(client, (view) => rolloutIn(view).flag?.effect?.progress === 'verified');
    expect(readFileSync(flag, 'utf8')).toBe(flagHalf);
    // As the command line of another home sets it.
    workspace.write('.env', flagOff);
    await viewWhere(client, (view) => rolloutIn(view).flag?.drift !== undefined);
    const { checks } = await examined(workspace);
    expect(checks.find(({ about }) => about === 'Flag')).toMatchObject({
      level: 'doubtful',
      finding: '.env says 0 %, not 50 %: somebody else has set it.',
      remedy: 'Put it back (`rampwatch restore`), or roll back.',
    });
    const environment = { RAMPWATCH_STATE_DIRECTORY: join(workspace.folder, '.other') };
    const { code, stdout } = await workspace.runIn({ environment }, 'doctor', '--json');
    expect(code).toBe(1);
    expect(troubles(JSON.parse(stdout).checks, 'Daemon')).toEqual([
      expect.stringMatching(/^process \d+ of .* watches this folder with its state in .*\/\.state\//),
    ]);
  });
});
