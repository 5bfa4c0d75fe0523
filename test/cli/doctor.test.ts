import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Check } from '../../daemon/cli/doctorCheck.ts';
import { type TestWorkspace, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagOff, smallPlan } from '../support/smallPlan.ts';

async function examined(workspace: TestWorkspace): Promise<{ code: number | null; checks: readonly Check[] }> {
  const { code, stdout } = await workspace.run('doctor', '--json');
  return { code, checks: JSON.parse(stdout).checks };
}

function levels(checks: readonly Check[], about: string): readonly string[] {
  return checks.filter((check) => check.about === about).map(({ level }) => level);
}

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
});
