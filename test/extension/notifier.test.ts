import { describe, expect, it } from 'vitest';
import type { Phase } from '../../daemon/protocol/domain/rolloutPhase.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Actions } from '../../extension/commands/actions.ts';
import { Notifier } from '../../extension/notices/notifier.ts';
import { handClock } from '../support/handClock.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { standingOf } from './rowsText.ts';
import { firing, lookedAt, sampleRollout, sampleSource, withPhase } from './sampleViews.ts';

const cause = { kind: 'trigger', firing } as const;
const review = { kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } } as const;
const soaking = sampleRollout();
const at = (phase: Phase) => withPhase(phase, { since: wallTime(lookedAt) });

/** A notifier whose messages stay on screen until the test answers them. */
function notifier() {
  const mock = mockVscode();
  const clock = handClock(lookedAt);
  const away: string[] = [];
  const onScreen: { text: string; answer(): void }[] = [];
  const show = (text: string) =>
    new Promise<undefined>((resolve) => onScreen.push({ text, answer: () => resolve(undefined) }));
  const window = {
    ...mock.vscode.window,
    showErrorMessage: show,
    showWarningMessage: show,
    showInformationMessage: show,
  };
  const vscode = { ...mock.vscode, window, workspace: mock.vscode.workspace };
  const actions = { vscode, t: mock.vscode.l10n.t, clock, actor: 'me' } as unknown as Actions;
  const made = new Notifier(actions, mock.workspaceState, {
    tellAway: async (text) => void away.push(text),
    isLacking: () => true,
  });
  const see = (...rollouts: (typeof soaking)[]) => made.look([standingOf(rollouts)]);
  return { away, clock, onScreen, see, workspaceState: mock.workspaceState, actions };
}

const silent = { tellAway: async () => undefined, isLacking: () => true };

describe('one message at a time', () => {
  it('keeps back what is no more urgent until the one on screen is answered, and then combines it', async () => {
    const { onScreen, see } = notifier();
    const other = (view: typeof soaking) => ({ ...view, rollout: 'other' });
    see(soaking, other(soaking));
    see(at(review), other(soaking));
    const inSilence = { ...at(review), sources: [sampleSource({ fresh: false })] };
    see(inSilence, other(soaking));
    see(inSilence, other(at({ kind: 'ready' })));
    expect(onScreen.map(({ text }) => text.includes('In review'))).toEqual([true]);
    onScreen[0]?.answer();
    await expect.poll(() => onScreen.length).toBe(2);
    expect(onScreen[1]?.text).toMatch(/: a source is silent; .*: ready to advance$/);
  });

  it('does not wait for a message on screen that is not so any more', () => {
    const { onScreen, see } = notifier();
    see(soaking);
    see(at(review));
    see(soaking);
    see(at({ kind: 'ready' }));
    expect(onScreen.map(({ text }) => / In review /.test(text))).toEqual([true, false]);
    see({ ...at({ kind: 'ready' }), sources: [sampleSource({ fresh: false })] });
    expect(onScreen).toHaveLength(3);
  });

  it('lets the more urgent through, and what nobody answers does not block the next for ever', () => {
    const { clock, onScreen, see } = notifier();
    see(soaking);
    see(at({ kind: 'ready' }));
    see(at({ kind: 'rollback-failed', cause, detail: '.env is not writable' }));
    expect(onScreen.map(({ text }) => text.includes('FAILED'))).toEqual([false, true]);
    see(at(review));
    expect(onScreen).toHaveLength(2);
    clock.advance(60_000);
    expect(onScreen).toHaveLength(3);
  });

  it('tells no more of what waited and is not so any more', async () => {
    const { onScreen, see } = notifier();
    see(soaking);
    see(at(review));
    see({ ...at(review), sources: [sampleSource({ fresh: false })] });
    see(at({ kind: 'rolled-back', cause }));
    expect(onScreen.map(({ text }) => text)).toEqual([
      expect.stringContaining('In review'),
      expect.stringMatching(/^Async upload rollout: Rolled back from 10\s% .* because success_rate was/),
    ]);
    for (const { answer } of onScreen) answer();
    await Promise.resolve();
    expect(onScreen).toHaveLength(2);
  });

  it('does not repeat itself when the window is loaded again', () => {
    const { onScreen, see, actions, workspaceState } = notifier();
    see(at(review));
    expect(onScreen).toHaveLength(1);
    new Notifier(actions, workspaceState, silent).look([standingOf([at(review)])]);
    expect(onScreen).toHaveLength(1);
  });

  it('reaches a person who is away with the same words', () => {
    const { away, onScreen, see } = notifier();
    see(at(review));
    expect(away).toEqual(onScreen.map(({ text }) => text));
  });

  it('says nothing of what is merely the last known', () => {
    const { onScreen, actions, workspaceState } = notifier();
    const lost = { kind: 'lost', since: lookedAt, retryAt: lookedAt, detail: '' } as const;
    new Notifier(actions, workspaceState, silent).look([standingOf([at(review)], { link: lost })]);
    expect(onScreen).toEqual([]);
    new Notifier(actions, workspaceState, silent).look([standingOf([at(review)])]);
    expect(onScreen).toHaveLength(1);
  });
});
