import { describe, expect, it } from 'vitest';
import { openSample, type Sample, SampleDaemon } from './openSample.ts';
import { firing, sampleRollout, sampleWorkspace, withPhase } from './sampleViews.ts';

interface TwoFolders extends Sample {
  /** The daemon of `/second`. */
  readonly other: SampleDaemon;
}

/** Two folders of a workspace with the same plan: what tells them apart is the folder alone. */
async function twoFolders(
  prepare: (daemon: SampleDaemon, other: SampleDaemon) => void = () => {},
): Promise<TwoFolders> {
  const other = new SampleDaemon();
  const sample = openSample((_mock, daemon) => prepare(daemon, other), undefined, '/workspace', { '/second': other });
  await sample.until('both rollouts', () => sample.mock.statusBar.text.includes('+1'));
  return { ...sample, other };
}

const rolloutRows = (tree: string) => tree.split('\n').filter((row) => !row.startsWith(' '));

describe('a workspace of two folders with a plan each', () => {
  it('has one daemon per folder, and one process for all of them', async () => {
    const { daemon, other } = await twoFolders();
    expect([daemon.starts, other.starts]).toEqual([1, 1]);
    expect([...daemon.besides, ...other.besides].toSorted()).toEqual([
      expect.stringMatching(/^\/(second|workspace)$/),
      null,
    ]);
  });

  it('begins the process with the next folder when the first cannot be started', async () => {
    const third = new SampleDaemon();
    const other = new SampleDaemon();
    const { mock, daemon, until } = openSample(
      (_mock, first) => {
        other.startFailure = 'rampwatch.yaml:7:3: a stage needs an id';
        other.startFault = { file: '/second/rampwatch.yaml', line: 7, column: 3 };
        first.view = sampleWorkspace([sampleRollout()]);
      },
      undefined,
      '/workspace',
      { '/second': other, '/third': third },
    );
    await until('both rollouts', () => mock.statusBar.text.includes('+1'));
    expect([daemon, other, third].map(({ besides }) => besides)).toEqual([['/third'], [null], [null]]);
  });

  it('groups the trees by rollout, and names the folder where two rollouts have one name', async () => {
    const { mock } = await twoFolders();
    for (const id of ['stages', 'triggers']) {
      const groups = rolloutRows(mock.tree(`rampwatch.${id}`));
      expect(groups, id).toEqual([
        expect.stringContaining('Async upload rollout (second) — 10 %'),
        expect.stringContaining('Async upload rollout (workspace) — 10 %'),
      ]);
    }
  });

  it('shows in the status bar the one that most needs a person, and both in its tooltip', async () => {
    const { mock } = await twoFolders((_daemon, other) => {
      other.view = sampleWorkspace([
        withPhase({ kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } }, { percent: 1 as never }),
      ]);
    });
    expect(mock.statusBar.text).toBe('$(warning) 1 % · review needed · 12 s ago · +1');
    const named = mock.statusBar.tooltip.replaceAll('\\', '');
    expect(named).toContain('Async upload rollout (second)');
    expect(named).toContain('Async upload rollout (workspace)');
  });

  it('asks which rollout a command is about, and sends it to the daemon of that folder alone', async () => {
    const { mock, daemon, other } = await twoFolders();
    mock.answers.push('(second)', ' ');
    await mock.run('rampwatch.hold');
    expect(mock.shown[0]).toBe(
      'pick: Hold | Which rollout? [Async upload rollout (second) 10 % · soaking] ' +
        '[Async upload rollout (workspace) 10 % · soaking]',
    );
    expect(other.commands.map(({ command }) => command.kind)).toEqual(['hold']);
    expect(daemon.commands).toEqual([]);
  });

  it('names the folder in the question before a rollback', async () => {
    const { mock, daemon, other } = await twoFolders();
    mock.answers.push('(second)', 'Roll Back');
    await mock.run('rampwatch.rollBack');
    expect(mock.shown[1]).toMatch(/^modal warning: Roll back Async upload rollout \(second\) from 10 %/);
    expect(other.commands.map(({ command }) => command.kind)).toEqual(['rollback']);
    expect(daemon.commands).toEqual([]);
  });

  it('names the folder in a notification, in the reasons and in the choice of them', async () => {
    const { mock, other, until } = await twoFolders();
    const cause = { kind: 'trigger', firing } as const;
    mock.configuration.delete('rampwatch.notify.rollback');
    mock.answers.push('Show Why');
    other.show(withPhase({ kind: 'rolled-back', cause }));
    await until('the message', () => mock.shown.length > 0);
    expect(mock.shown[0]).toContain('Async upload rollout (second): Rolled back');
    await until('the reasons', () => mock.webviews.some(({ title }) => title === 'Why Rollback'));
    const [page] = mock.webviews;
    page?.send({ type: 'ready' });
    await until('the page', () => page?.heard('snapshot') !== undefined);
    expect(page?.heard('snapshot')).toMatchObject({ content: { name: 'Async upload rollout (second)' } });
    await mock.run('rampwatch.showWhy');
    expect(mock.shown.at(-1)).toMatch(/^pick: Show Why .*\(second\).*\(workspace\)/);
  });

  it('offers those that run first, and the others behind a line', async () => {
    const { mock } = await twoFolders((daemon) => {
      daemon.view = sampleWorkspace([withPhase({ kind: 'planned' }, { percent: 0 as never })]);
    });
    mock.answers.push('(second)');
    await mock.run('rampwatch.copyForChat');
    expect(mock.shown[0]).toMatch(
      /^pick: Copy for Chat \| Which rollout\? \[Async upload rollout \(second\) 10 % · soaking.*\] \[--- not begun, or over\] \[Async upload rollout \(workspace\) 0 %/,
    );
  });

  it('does not ask when only one of them allows it', async () => {
    const { mock, daemon, other } = await twoFolders((_daemon, other) => {
      other.view = sampleWorkspace([sampleRollout({}, { may: ['begin'] })]);
    });
    mock.answers.push(' ');
    await mock.run('rampwatch.hold');
    expect(daemon.commands.map(({ command }) => command.kind)).toEqual(['hold']);
    expect(other.commands).toEqual([]);
    expect(mock.shown.filter((line) => line.startsWith('pick'))).toEqual([]);
  });

  it('goes on with one when the daemon of the other ends, and starts only that one again', async () => {
    const { mock, daemon, other, until } = await twoFolders();
    await other.stop();
    await until('the end', () => mock.contextKeys.get('rampwatch.stopped') === true);
    expect(mock.contextKeys.get('rampwatch.running')).toBe(true);
    await mock.run('rampwatch.startDaemon');
    await until('the new start', () => other.starts === 2);
    await until('the view', () => mock.statusBar.text.includes('+1'));
    expect(daemon.starts).toBe(1);
  });

  it('says which of them has the plan at fault, and opens that one', async () => {
    const { mock, other, until } = await twoFolders();
    mock.answers.push('Open Plan');
    other.startFailure = 'rampwatch.yaml:7:3: a stage needs an id';
    other.startFault = { file: '/second/rampwatch.yaml', line: 7, column: 3 };
    await other.stop();
    await until('the end', () => mock.contextKeys.get('rampwatch.stopped') === true);
    await mock.run('rampwatch.startDaemon');
    await until('the plan', () => mock.opened.length > 0);
    expect(mock.shown).toEqual([`error: Rampwatch: second: ${other.startFailure} [Open Plan] [Show Log]`]);
    expect(mock.opened).toMatchObject([{ file: '/second/rampwatch.yaml', line: 7 }]);
    expect(mock.tree('rampwatch.stages')).toContain(`second — ${other.startFailure}`);
  });

  it('is being connected to as long as nothing is known of any of them', () => {
    const sample = openSample(undefined, undefined, '/workspace', { '/second': new SampleDaemon() });
    return sample.until('looking', () => sample.mock.contextKeys.get('rampwatch.obstacle') === 'starting');
  });

  it('lets go of a folder whose plan is gone', async () => {
    const { mock, until } = await twoFolders();
    mock.fileDeleted('/second/rampwatch.yaml');
    await until('one rollout', () => !mock.statusBar.text.includes('+1'));
    expect(rolloutRows(mock.tree('rampwatch.stages'))).not.toContainEqual(expect.stringContaining('(second)'));
  });

  it('asks in which folder a new plan is to live', async () => {
    const { mock } = await twoFolders();
    mock.answers.push('second');
    await mock.run('rampwatch.createPlan');
    expect(mock.shown).toEqual(['folder: Which folder does the rollout belong to? [workspace] [second]']);
    expect(mock.opened).toEqual([{ file: '/second/rampwatch.yaml', line: 1 }]);
  });
});
