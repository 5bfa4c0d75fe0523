import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { percentInForce } from '../../examples/lease/lease.mjs';
import { holdFlag } from '../support/heldFlag.ts';
import { type ClockKind, clockKinds, movedClock } from '../support/movedClock.ts';
import { rolloutIn, testWorkspace, viewWhere } from '../support/runningDaemon.ts';
import { flagHalf, flagOff, smallPlan } from '../support/smallPlan.ts';
import { startUploads } from '../support/uploadWriter.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** Longer than what the daemon takes for a suspend. */
const suspend = 6500;

const placed = (name: string) => `$\{${name}}`;
const leasedKeys = `UPLOAD_ENABLED: "${placed('enabled')}", UPLOAD_ROLLOUT: "${placed('percent')}", UPLOAD_EXPIRES: "${placed('expires')}"`;

/** A real daemon, its application and the command line, all on one clock that the test sets. */
async function onMovedClock(kind: ClockKind, plan: string) {
  const workspace = testWorkspace(plan);
  const clock = movedClock(kind, join(workspace.folder, 'clock'));
  Object.assign(workspace.environment, clock.environment);
  workspace.write('.env', flagOff);
  const uploads = startUploads(workspace.folder);
  onTestFinished(uploads.stop);
  const daemon = workspace.startDaemon();
  const client = await workspace.connect();
  const until = (holds: (view: WorkspaceView) => boolean) => viewWhere(client, holds);
  const gaps = (view: WorkspaceView): number =>
    rolloutIn(view).journal.filter(({ body }) => body.kind === 'clock-gap').length;
  /** The daemon has seen the step. */
  const step = async (ahead: number): Promise<void> => {
    const view = await until(() => true);
    clock.setAhead(ahead);
    uploads.ahead = ahead;
    await until((next) => gaps(next) > gaps(view));
  };
  const succeed = async (...words: string[]): Promise<void> => {
    const { code, stderr } = await workspace.run(...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };
  const flag = (): string => readFileSync(join(workspace.folder, '.env'), 'utf8');
  return { workspace, clock, uploads, daemon, until, step, succeed, flag };
}

const phaseIs = (kind: string, stage?: string) => (view: WorkspaceView) =>
  rolloutIn(view).standing.phase.kind === kind && (stage === undefined || rolloutIn(view).standing.stage === stage);

/** The steps that a clock makes, by their length. */
const steps: readonly (readonly [string, number])[] = [
  ['an hour ahead', hour],
  ['a day back', -day],
];

describe.each(clockKinds)('a clock that is set, by %s', (kind) => {
  it('advances nothing: no soak is made of it', async () => {
    const soaking = smallPlan.replace('id: half, percent: 50,', 'id: half, percent: 50, soak: 1h,');
    const plan = `${soaking}advance: { mode: auto }\n`;
    const { until, step, succeed } = await onMovedClock(kind, plan);
    const began = performance.now();
    await succeed('begin');
    const isCounting = (view: WorkspaceView): boolean =>
      rolloutIn(view).standing.stage === 'half' && rolloutIn(view).standing.soak.countingSince !== null;
    await until(isCounting);
    // Both arms say all the time that all goes well.
    for (const ahead of [hour, 0, day, -day, 2 * hour, -hour]) {
      await step(ahead);
      const { standing } = rolloutIn(await until(isCounting));
      expect(standing.soak.soaked).toBeLessThan(performance.now() - began);
    }
  });

  it.each(steps)('%s hides no failure: the trigger fires and the flag goes back', async (_, ahead) => {
    const { until, uploads, step, succeed, flag } = await onMovedClock(kind, smallPlan);
    await succeed('begin');
    await succeed('advance', '--reason', 'a drill');
    await until(phaseIs('ready', 'half'));
    expect(flag()).toBe(flagHalf);
    await step(ahead);
    uploads.failing = 0.5;
    const back = rolloutIn(await until(phaseIs('rolled-back')));
    expect(back.standing.phase).toMatchObject({ cause: { kind: 'trigger', firing: { trigger: 'failing' } } });
    expect(flag()).toBe(flagOff);
  });

  it.each(steps)('%s while a rollback fails: it is tried on, and carried out', async (_, ahead) => {
    const { until, workspace, uploads, step, succeed, flag } = await onMovedClock(kind, smallPlan);
    await succeed('begin');
    await succeed('advance', '--reason', 'a drill');
    uploads.heedsFlag = false;
    const held = holdFlag(join(workspace.folder, '.env'));
    await workspace.run('rollback', '--reason', 'a drill');
    await until(phaseIs('rollback-failed'));
    await step(ahead);
    held.release();
    await until(phaseIs('rolled-back'));
    expect(flag()).toBe(flagOff);
  });

  it('leaves a lease that ends soon, by the new time', async () => {
    const plan = smallPlan.replace(/ {2}set: .*\n/, `  set: { ${leasedKeys} }\n  lease: 12s\n`);
    const { until, clock, daemon, step, succeed, flag } = await onMovedClock(kind, plan);
    await succeed('begin');
    await succeed('advance', '--reason', 'a drill');
    await until(phaseIs('ready', 'half'));
    const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(flag())?.[1] ?? '';
    const inForce = (): number =>
      percentInForce(
        { enabled: value('UPLOAD_ENABLED'), percent: value('UPLOAD_ROLLOUT'), expires: value('UPLOAD_EXPIRES') },
        clock.now(),
      );
    const left = (): number => Date.parse(value('UPLOAD_EXPIRES')) - clock.now();
    for (const ahead of [hour, -hour, day]) {
      await step(ahead);
      await expect.poll(() => left() > 0 && left() <= 13_000).toBe(true);
      expect(inForce()).toBe(50);
    }
    await step(-day);
    await expect.poll(left).toBeLessThanOrEqual(13_000);
    await daemon.kill();
    await expect.poll(inForce).toBe(0);
  });
});

it('a daemon that was stopped while a rollback fails carries it out when it goes on', async () => {
  const workspace = testWorkspace(smallPlan);
  workspace.write('.env', flagOff);
  const uploads = startUploads(workspace.folder);
  onTestFinished(uploads.stop);
  const { child } = workspace.startDaemon();
  const client = await workspace.connect();
  await workspace.run('begin');
  await workspace.run('advance', '--reason', 'a drill');
  uploads.heedsFlag = false;
  const held = holdFlag(join(workspace.folder, '.env'));
  await workspace.run('rollback', '--reason', 'a drill');
  await viewWhere(client, phaseIs('rollback-failed'));
  child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, suspend));
  held.release();
  child.kill('SIGCONT');
  await viewWhere(client, phaseIs('rolled-back'));
  expect(readFileSync(join(workspace.folder, '.env'), 'utf8')).toBe(flagOff);
});
