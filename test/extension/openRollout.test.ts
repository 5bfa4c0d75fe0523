import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandCall, CommandOutcome } from '../../extension/connection/commandLine.ts';
import type { MockVscode } from '../support/mockVscode.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { openSample } from './openSample.ts';
import { sampleRollout, sampleWorkspace, withPhase } from './sampleViews.ts';

/** A window without a folder: nothing of it has a plan. */
const empty = (mock: MockVscode): void => {
  mock.files = [];
  mock.folders = [];
};
const planIn = (folder: string): string => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'rampwatch.yaml'), 'version: 1\n');
  return folder;
};
const known = (folder: string, name: string, running: boolean) => ({
  folder,
  rollout: 'async-upload',
  name,
  standing: running ? '10 % · soaking' : '0 % · not begun',
  running,
  heardAt: 0,
});
const live = '$(rocket) 10 % · 3/4';

describe('a window without a folder', () => {
  it('says what to do where no rollout is known', async () => {
    const { mock } = openSample(empty);
    await mock.run('rampwatch.openRollout');
    expect(mock.shown).toEqual([
      'error: Rampwatch: no rollout is known on this machine yet. Open the folder of one, or try the demo. [Show Log]',
    ]);
  });

  it('opens one of those that any window has shown, the running first', async () => {
    const folder = planIn(join(temporaryDirectory(), 'shop'));
    const { mock, daemon, until } = openSample((mock) => {
      empty(mock);
      void mock.workspaceState.update('rampwatch.knownRollouts', [
        known('/gone', 'Search', false),
        known(folder, 'השקה', true),
      ]);
    });
    mock.answers.push('השקה');
    await mock.run('rampwatch.openRollout');
    expect(mock.shown[0]).toBe(
      'pick: Open Rollout | Which rollout? [\u2068השקה\u2069 10 % · soaking] [--- not begun, or over] [Search 0 % · not begun]',
    );
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    expect(daemon.starts).toBe(1);
    expect(mock.webviews.map(({ title }) => title)).toEqual(['Rollout Dashboard']);
    // Its plan is gone: so is the rollout, from the window.
    rmSync(folder, { recursive: true });
    mock.fileDeleted(join(folder, 'rampwatch.yaml'));
    await until('the end', () => !mock.statusBar.visible);
  });

  it('forgets a folder without a plan', async () => {
    const { mock } = openSample((mock) => {
      empty(mock);
      void mock.workspaceState.update('rampwatch.knownRollouts', [known('/gone', 'Search', false)]);
    });
    mock.answers.push('Search');
    await mock.run('rampwatch.openRollout');
    expect(mock.shown.at(-1)).toBe('error: Rampwatch: /gone has no plan any more. [Show Log]');
    expect(mock.workspaceState.get('rampwatch.knownRollouts')).toEqual([]);
  });
});

it('a first plan is the snippet, with its tab stops, in an editor that is not saved', async () => {
  const { mock } = openSample((mock) => {
    mock.files = [];
  });
  await mock.run('rampwatch.createPlan');
  expect(mock.opened).toEqual([{ file: '/workspace/rampwatch.yaml', line: 1 }]);
  expect(mock.shown).toEqual(['command: editor.action.insertSnippet']);
});

it('a window remembers its rollouts for every other window', async () => {
  const { mock, until } = openSample();
  await until('the rollout', () => mock.statusBar.text.startsWith(live));
  expect(mock.workspaceState.get('rampwatch.knownRollouts')).toMatchObject([
    { folder: '/workspace', name: 'Async upload rollout', standing: '10 % · soaking', running: true },
  ]);
});

describe('the demo', () => {
  /** `rampwatch demo`, whose end the test gives. */
  function demo(failure: string | null = null) {
    const calls: CommandCall[] = [];
    const ending = Promise.withResolvers<void>();
    const run = async (call: CommandCall): Promise<CommandOutcome> => {
      if (call.words[0] !== 'demo') return { output: '', errors: '', failure: null };
      calls.push(call);
      if (failure !== null) return { output: '', errors: failure, failure };
      planIn(call.folder);
      await ending.promise;
      return { output: '{}', errors: '', failure: null };
    };
    return { calls, run, end: () => ending.resolve() };
  }

  it('is played in a folder of its own, shown beside what is open, and ticks its step at its end', async () => {
    const { calls, run, end } = demo();
    const { mock, daemon, until } = openSample(empty, run);
    expect(mock.contextKeys.get('rampwatch.demoSeen')).toBe(false);
    const playing = mock.run('rampwatch.tryDemo');
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    const [call] = calls;
    expect(call?.words).toEqual(['demo', '--in', call?.folder, '--json']);
    expect(readdirSync(call?.folder ?? '')).toEqual(['rampwatch.yaml']);
    await until('the page', () => mock.webviews.length > 0);
    // A second click shows the one that plays.
    await mock.run('rampwatch.tryDemo');
    expect(calls).toHaveLength(1);
    daemon.view = sampleWorkspace([
      withPhase({ kind: 'rolled-back', cause: { kind: 'person', by: 'a', reason: null } }),
    ]);
    expect(mock.contextKeys.get('rampwatch.demoSeen')).toBe(false);
    end();
    await playing;
    expect(mock.contextKeys.get('rampwatch.demoSeen')).toBe(true);
    // It is nobody's plan.
    expect(mock.contextKeys.get('rampwatch.hasPlan')).toBe(true);
    expect(mock.contextKeys.get('rampwatch.hasOwnPlan')).toBe(false);
    rmSync(call?.folder ?? '', { recursive: true });
  });

  it('says why it cannot be played', async () => {
    const { run } = demo('no space left');
    const { mock } = openSample(empty, run);
    await mock.run('rampwatch.tryDemo');
    expect(mock.shown).toEqual([expect.stringContaining('no space left')]);
    expect(mock.contextKeys.get('rampwatch.demoSeen')).toBe(false);
  });

  it('leaves the rollouts of the workspace where they are', async () => {
    const { run, end } = demo();
    const { mock, until } = openSample((_mock, daemon) => {
      daemon.view = sampleWorkspace([sampleRollout()]);
    }, run);
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    const playing = mock.run('rampwatch.tryDemo');
    await until('both', () => mock.statusBar.text.includes('+1'));
    end();
    await playing;
    expect(mock.tree('rampwatch.stages')).toContain('(workspace)');
  });
});
