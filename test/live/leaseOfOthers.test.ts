import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DotenvTarget } from '../../daemon/flag/dotenv/dotenvTarget.ts';
import { LiveFlag } from '../../daemon/live/liveFlag.ts';
import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import { duration, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const placed = (name: string) => `$\{${name}}`;
const templates = { ENABLED: placed('enabled'), ROLLOUT: placed('percent'), EXPIRES: placed('expires') };
const off = 'ENABLED=false\nROLLOUT=0\nEXPIRES=1970-01-01T00:00:00Z\n';
const length = duration(12_000);

async function atHalf() {
  const root = temporaryDirectory();
  const file = join(root, '.env');
  writeFileSync(file, off);
  const clock = { now: wallTime(Date.UTC(2026, 0, 5, 10)) };
  const target = new DotenvTarget(root, { dotenv: '.env', set: templates, write: 'replace' });
  const flag = new LiveFlag({
    target,
    rightAt: null,
    now: () => clock.now,
    isSharedInUse: () => false,
    lease: { length, templates },
  });
  const effect: Effect = {
    id: 'a/1/1',
    purpose: 'advance',
    stage: 'half',
    percent: percent(50),
    enabled: true,
    progress: 'verified',
    since: clock.now,
    verifiedAt: clock.now,
    detail: null,
    tries: 0,
  };
  const { signal } = new AbortController();
  await flag.carryOut(effect, signal);
  const later = () => {
    clock.now = wallTime(clock.now + length / 2);
  };
  const state = { phase: { kind: 'soaking' }, effect, drift: null } as const;
  return { file, flag, later, state, renew: () => flag.renew(effect, state.phase, signal) };
}

it('a lease is renewed in time, at the value that was set', async () => {
  const { file, flag, later, state, renew } = await atHalf();
  const before = readFileSync(file, 'utf8');
  later();
  expect(flag.dueRenewal(state)).toBe(state.effect);
  await renew();
  const after = readFileSync(file, 'utf8');
  expect(after).toContain('ROLLOUT=50');
  expect(after).not.toBe(before);
});

it('a lease is not renewed over the rollback of another home, seen or not seen yet', async () => {
  const { file, flag, later, state, renew } = await atHalf();
  later();
  expect(flag.dueRenewal(state)).toBe(state.effect);
  // Between the look that found it due and the renewal.
  writeFileSync(file, off);
  await renew();
  expect(readFileSync(file, 'utf8')).toBe(off);
  later();
  await flag.look('command');
  expect(flag.dueRenewal(state)).toBeNull();
  expect(flag.drift(state)).toMatch(/ENABLED=false, ROLLOUT=0, which this rollout did not set/);
});

it('a rollback to a lower stage does not raise the flag again when another home has gone back to nobody', async () => {
  const { file, flag, state } = await atHalf();
  const rollingBack = {
    phase: { kind: 'rolling-back', cause: { kind: 'person', by: 'mia', reason: '' } },
    effect: { ...state.effect, purpose: 'rollback', stage: 'half' },
    drift: null,
  } as const;
  const again: string[] = [];
  const decisions = { undone: (id: string) => void again.push(id) };
  writeFileSync(file, off);
  await flag.look('command');
  flag.keepRollback(rollingBack, decisions);
  expect(again).toEqual([]);
  writeFileSync(file, off.replace('ROLLOUT=0', 'ROLLOUT=100').replace('ENABLED=false', 'ENABLED=true'));
  await flag.look('command');
  flag.keepRollback(rollingBack, decisions);
  expect(again).toEqual([state.effect.id]);
});
