import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { startFlagServer } from '../../support/flagServer.ts';
import { groundedFlag } from '../../support/remoteFlag.ts';
import { flagSystems } from './systems.ts';

const page = readFileSync(join(resolve(import.meta.dirname, '../../..'), 'docs/flags.md'), 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

it.each(flagSystems)('the example of docs/flags.md sets and reads %o', async (make) => {
  const system = make();
  const example = examples.find((text) => text.includes(`${system.origin}/`));
  if (example === undefined) throw new Error(`docs/flags.md has no example for ${system.origin}`);
  const answered: number[] = [];
  const server = await startFlagServer((request) => {
    const answer = system.answer(request);
    if (typeof answer === 'object') answered.push(answer.status);
    return answer;
  }, onTestFinished);
  const { flag } = parse(example.replaceAll(system.origin, server.url));
  const { target } = groundedFlag(flag, system.environment);
  expect((await target.look()).reading.kind).toBe('off');
  for (const percent of [1, 10, 50, 100]) {
    expect(await target.set({ enabled: true, percent }, { direction: 'forward' })).toEqual({ kind: 'verified' });
    expect(system.share()).toBe(percent);
    expect(target.lastSeen?.reading).toMatchObject({ kind: 'exposing', percent });
  }
  system.drift(70);
  const seen = await target.look();
  expect(seen.values).not.toEqual(target.describe({ enabled: true, percent: 100 }));
  expect(await target.set({ enabled: false, percent: 0 }, { direction: 'back' })).toEqual({ kind: 'verified' });
  expect(system.share()).toBe(0);
  expect(target.lastSeen?.reading.kind).toBe('off');
  expect(answered.every((status) => status === 200)).toBe(true);
  const { target: refused } = groundedFlag(
    flag,
    Object.fromEntries(Object.keys(system.environment).map((name) => [name, 'wrong'])),
  );
  if (Object.keys(system.environment).length > 0)
    expect((await refused.look()).fault).toMatch(/answers GET with 40[14]/);
});
