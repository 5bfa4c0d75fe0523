import { expect, it } from 'vitest';
import type { Memento } from 'vscode';
import type { RolloutStanding } from '../../extension/connection/standing.ts';
import { UnseenRollbacks } from '../../extension/notices/unseenRollbacks.ts';
import { firing, sampleRollout } from './sampleViews.ts';

function memory(): Memento {
  const kept = new Map<string, unknown>();
  return {
    keys: () => [...kept.keys()],
    get: (key: string, otherwise?: unknown) => kept.get(key) ?? otherwise,
    update: async (key: string, value: unknown) => void kept.set(key, value),
  } as Memento;
}

const shownAs = (phase: object, attempt = 1, folder = '/a'): RolloutStanding =>
  ({ standing: { folder }, rollout: sampleRollout({}, { phase: phase as never, attempt }) }) as RolloutStanding;
const byTrigger = { kind: 'rolled-back', cause: { kind: 'trigger', firing } };
const by = (name: string) => ({ kind: 'rolled-back', cause: { kind: 'person', by: name, reason: null } });

it('a rollback is unseen until it was looked at, in this window and after a reload', () => {
  const kept = memory();
  const unseen = new UnseenRollbacks(kept, 'ada');
  expect(unseen.has(shownAs(byTrigger))).toBe(true);
  unseen.looked(shownAs(byTrigger));
  for (const each of [unseen, new UnseenRollbacks(kept, 'ada')]) {
    expect(each.has(shownAs(byTrigger))).toBe(false);
    expect(each.has(shownAs(byTrigger, 2))).toBe(true);
    expect(each.has(shownAs(byTrigger, 1, '/b'))).toBe(true);
  }
});

it('one’s own rollback is no news, another person’s is, and nothing else is one', () => {
  const unseen = new UnseenRollbacks(memory(), 'ada');
  expect(unseen.has(shownAs(by('ada')))).toBe(false);
  expect(unseen.has(shownAs(by('bob')))).toBe(true);
  expect(unseen.has(shownAs({ kind: 'soaking' }))).toBe(false);
  unseen.looked(shownAs({ kind: 'soaking' }));
  expect(unseen.has(shownAs(by('bob')))).toBe(true);
});
