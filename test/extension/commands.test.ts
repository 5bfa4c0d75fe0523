import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandOutcome } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { connected, openSample } from './openSample.ts';
import { firing, lookedAt, sampleRollout, sampleWorkspace, withPhase } from './sampleViews.ts';

const person = { kind: 'person', by: 'ana', reason: null } as const;
const rollBackQuestion =
  'modal warning: Roll back Async upload rollout from 10 % to off (0 %)? | ' +
  'Sets ASYNC_UPLOAD_ENABLED=false, ASYNC_UPLOAD_ROLLOUT=0 in .env. ' +
  'Now it says ASYNC_UPLOAD_ENABLED=true, ASYNC_UPLOAD_ROLLOUT=10. | ' +
  'The attempt ends; only a person can begin another one. [Roll Back]';

describe('Roll Back', () => {
  it('asks one question that states stage and effect, and rolls back', async () => {
    const { mock, daemon } = await connected();
    mock.answers.push('Roll Back');
    await mock.run('rampwatch.rollBack');
    expect(mock.shown.filter((line) => !line.startsWith('progress'))).toEqual([rollBackQuestion, 'status: done']);
    expect(daemon.commands).toEqual([
      { rollout: 'async-upload', key: 'key-number-1', by: expect.any(String), command: { kind: 'rollback' } },
    ]);
  });

  it('does nothing when the question is not answered with yes', async () => {
    const { mock, daemon } = await connected();
    await mock.run('rampwatch.rollBack');
    expect(mock.shown).toEqual([rollBackQuestion]);
    expect(daemon.commands).toEqual([]);
  });

  it('is one step from the status bar and one click in the tree', async () => {
    const { mock, daemon } = await connected();
    mock.answers.push('Roll Back', 'Roll Back');
    await mock.run('rampwatch.showStatus');
    expect(mock.shown.slice(0, 2)).toEqual([
      'pick: Async upload rollout | 10 % for 1 d 4 h; 3 of 4 conditions met; latency 108 % of control, needs 105 %; ' +
        'soak ends tomorrow 05:00. [$(discard) Roll Back to off (0 %)] [$(arrow-right) Advance to 50 % · gate not met, ' +
        'needs a reason] [$(debug-pause) Hold stops the soak and every advance] [$(question) Show Why] ' +
        '[$(checklist) Daily Review] [$(comment) Copy for Chat] [$(file-text) Open Report] [$(megaphone) Escalate] [---] ' +
        '[$(dashboard) Open Dashboard] [$(go-to-file) Open Plan] [$(output) Show Log] [$(debug-stop) Stop Daemon]',
      rollBackQuestion,
    ]);
    mock.answers.push('Roll Back');
    await mock.run('rampwatch.rollBack', mock.element('rampwatch.stages', '10 %'));
    expect(daemon.commands.map(({ key }) => key)).toEqual(['key-number-1', 'key-number-2']);
  });

  it('is never begin in the status bar’s menu; after completion the menu leads to what is left of the flag', async () => {
    const menuOf = async (phase: 'planned' | 'completed'): Promise<string> => {
      const { mock } = await connected((daemon) => {
        const may = phase === 'planned' ? (['begin'] as const) : [];
        daemon.view = sampleWorkspace([sampleRollout({}, { phase: { kind: phase }, may })]);
      });
      mock.answers.push(undefined);
      await mock.run('rampwatch.showStatus');
      return mock.shown[0] ?? '';
    };
    const planned = await menuOf('planned');
    expect(planned).toMatch(/\. \[\$\(question\) Show Why\].*\[\$\(play\) Begin\] \[---\]/);
    expect(planned).not.toContain('Left of the Flag');
    expect(await menuOf('completed')).toContain(
      '[$(search) What Is Left of the Flag each use of its keys, to clean up]',
    );
  });

  it('says so when the plan names no flag, and when an older daemon cannot tell the effect', async () => {
    const effects = { rollback: { stage: 'off', percent: 0 as never, flag: null } };
    const first = await connected((daemon) => {
      daemon.view = sampleWorkspace([sampleRollout({ flag: null }, { effects })]);
    });
    await first.mock.run('rampwatch.rollBack');
    expect(first.mock.shown.at(-1)).toContain(
      'The plan names no flag: set the percentage yourself; Rampwatch only records it',
    );
    first.daemon.show(sampleRollout({}, { effects: undefined, percent: 20 as never }));
    await first.until('the change', () => first.mock.statusBar.text.includes('20 %'));
    await first.mock.run('rampwatch.rollBack');
    expect(first.mock.shown.at(-1)).toMatch(
      /^modal warning: Roll back Async upload rollout from 20 %\? \| Sets the flag in \.env\. \|/,
    );
  });

  it('shows progress until the flag is in force', async () => {
    const { mock, daemon, until } = await connected();
    const effect = { ...sampleRollout().flag?.effect, purpose: 'rollback', percent: 0, progress: 'verified' } as never;
    const underWay = (progress: string, phase: 'rolling-back' | 'rolled-back') =>
      sampleRollout(
        {
          flag: {
            target: '.env',
            effect: { ...(effect as object), progress } as never,
            proof: { kind: 'unproven', treatment: 0, total: 0, detail: '' },
            values: {},
          },
        },
        { phase: { kind: phase, cause: person }, revision: 8, percent: 0 as never },
      );
    daemon.answer = () => {
      daemon.show(underWay('verified', 'rolling-back'));
      return { kind: 'done', revision: 8, message: 'Rolling back to off.' };
    };
    mock.answers.push('Roll Back');
    let over = false;
    const running = mock.run('rampwatch.rollBack').then(() => {
      over = true;
    });
    const waiting = 'progress: Rolling back Async upload rollout: written; waiting for the traffic to prove it';
    await until('the progress', () => mock.shown.includes(waiting));
    expect(over).toBe(false);
    daemon.show(underWay('in-force', 'rolled-back'));
    await until('the end of the progress', () => over);
    await running;
  });

  it('waits for a daemon that is away, and asks it under the key of that one decision', async () => {
    const { mock, daemon, until } = await connected();
    const discovery = join(daemon.directory, 'daemon.json');
    const left = readFileSync(discovery);
    daemon.startFailure = 'not yet';
    await daemon.stop();
    writeFileSync(discovery, left, { mode: 0o600 });
    await until('the loss', () => mock.statusBar.text.includes('daemon gone'));
    mock.answers.push('Roll Back');
    const running = mock.run('rampwatch.rollBack');
    await until('a failed start', () => daemon.starts > 1);
    daemon.startFailure = null;
    await until('the command', () => daemon.commands.length > 0);
    await running;
    expect(daemon.commands.map(({ key }) => key)).toEqual(['key-number-1']);
  });

  it('asks for a lost answer again under the same key', async () => {
    const { mock, daemon, until } = await connected();
    let asked = 0;
    daemon.answer = async (): Promise<CommandOutcome> => {
      asked += 1;
      if (asked > 1) return { kind: 'done', revision: 7, message: 'done' };
      const discovery = join(daemon.directory, 'daemon.json');
      const left = readFileSync(discovery);
      await daemon.stop();
      writeFileSync(discovery, left, { mode: 0o600 });
      return { kind: 'done', revision: 8, message: 'never heard' };
    };
    mock.answers.push('Roll Back');
    const running = mock.run('rampwatch.rollBack');
    await until('both', () => asked === 2);
    await running;
    expect(daemon.commands.map(({ key }) => key)).toEqual(['key-number-1', 'key-number-1']);
    expect(mock.shown.at(-1)).not.toContain('never heard');
  });

  it('starts a stopped daemon first, and offers to go on when it cannot be reached', async () => {
    const { mock, daemon, clock, until } = await connected();
    await daemon.stop();
    await until('the end', () => mock.contextKeys.get('rampwatch.stopped') === true);
    expect(mock.contextKeys.get('rampwatch.mayRollBack')).toBe(true);
    daemon.startFailure = 'the disk is full';
    mock.answers.push('Roll Back', 'Try Again');
    const running = mock.run('rampwatch.rollBack');
    await until('the question', () => {
      clock.advance(500);
      const asked = mock.shown.some((line) => line.includes('trying again cannot do it twice'));
      if (asked) daemon.startFailure = null;
      return asked;
    });
    await until('the command', () => daemon.commands.length === 1);
    await running;
    expect(mock.shown).toContain(
      'error: The daemon cannot be reached: the disk is full. The command may have been carried out; trying again cannot do it twice. [Try Again]',
    );
  });
});

describe('Advance', () => {
  it('asks to confirm the effect when the gate is met', async () => {
    const { mock, daemon } = await connected((daemon) => {
      daemon.view = sampleWorkspace([withPhase({ kind: 'ready' }, { gateMet: 4, missing: [], may: ['advance'] })]);
    });
    mock.answers.push('Advance');
    await mock.run('rampwatch.advance');
    expect(mock.shown[0]).toMatch(
      /^modal information: Advance Async upload rollout from 10 % to fifty \(50 %\)\? \| ✓ .*Sets ASYNC_UPLOAD_ENABLED=true, ASYNC_UPLOAD_ROLLOUT=50 in \.env\. Now it says ASYNC_UPLOAD_ROLLOUT=10\. \[Advance\]$/s,
    );
    expect(daemon.commands[0]?.command).toEqual({
      kind: 'advance',
      on: { attempt: 1, stage: 'ten', revision: 7 },
      to: 'fifty',
    });
  });

  it('asks for a reason when the gate is not met, and says exactly what is unmet', async () => {
    const { mock, daemon } = await connected();
    mock.answers.push('Advance…', '   ');
    await mock.run('rampwatch.advance');
    expect(mock.shown).toEqual([
      expect.stringMatching(/^modal warning: Advance Async upload rollout from 10 % to fifty \(50 %\)\? \| ✓ /),
      'input: Advance to 50 % past an unmet gate | Unmet: latency 108 % of control, needs 105 %; soak ends tomorrow 05:00',
      'invalid: A reason is needed.',
    ]);
    expect(daemon.commands).toEqual([]);
    mock.answers.push('Advance…', '  a quiet week ');
    await mock.run('rampwatch.advance');
    expect(daemon.commands[0]?.command).toEqual({
      kind: 'advance',
      on: { attempt: 1, stage: 'ten', revision: 7 },
      to: 'fifty',
      reason: 'a quiet week',
    });
  });

  it('shows the present state when it was decided on an older one, and asks again on that', async () => {
    const { mock, daemon } = await connected((daemon) => {
      daemon.view = sampleWorkspace([withPhase({ kind: 'ready' }, { gateMet: 4, missing: [], may: ['advance'] })]);
    });
    daemon.answer = ({ command }) => {
      if (command.kind !== 'advance' || command.on.revision === 9) return { kind: 'done', revision: 9, message: 'ok' };
      const may = ['advance', 'override'] as const;
      daemon.show(sampleRollout({}, { revision: 9, may, missing: ['success_rate 98 %, needs 99.5 %'] }));
      return { kind: 'refused', code: 'stale', revision: 9, message: 'decided on revision 7, it is 9' };
    };
    mock.answers.push('Advance', 'Ask Again', 'Advance…', 'I have seen it');
    await mock.run('rampwatch.advance');
    expect(mock.shown.filter((line) => !line.startsWith('progress'))).toEqual([
      expect.stringContaining('modal information: Advance'),
      'warning: The rollout has moved on since you looked. Now: 10 % for 1 d 4 h; 3 of 4 conditions met; ' +
        'success_rate 98 %, needs 99.5 %. [Ask Again]',
      expect.stringContaining('modal warning: Advance'),
      'input: Advance to 50 % past an unmet gate | Unmet: success_rate 98 %, needs 99.5 %',
      'status: ok',
    ]);
    expect(daemon.commands.map(({ key }) => key)).toEqual(['key-number-1', 'key-number-2']);
  });

  it('offers no Begin again while a rollback is under way', async () => {
    const { mock, daemon } = await connected((daemon) => {
      daemon.view = sampleWorkspace([withPhase({ kind: 'planned' }, { may: ['begin', 'rollback'] })]);
    });
    daemon.answer = () => {
      const cause = { kind: 'person', by: 'ada', reason: null } as const;
      daemon.show(withPhase({ kind: 'rolling-back', cause }, { revision: 9, may: ['rollback'] }));
      return { kind: 'refused', code: 'stale', revision: 9, message: 'decided on revision 7, it is 9' };
    };
    mock.answers.push('Begin', 'Ask Again');
    await mock.run('rampwatch.begin');
    const told = mock.shown.filter((line) => line.startsWith('warning'));
    expect(told).toEqual([
      expect.stringMatching(/^warning: The rollout has moved on since you looked\. Now: (?!.*Ask Again)/),
    ]);
    expect(daemon.commands).toHaveLength(1);
    // Nor is there a way to it from anywhere else.
    await mock.run('rampwatch.begin');
    expect(daemon.commands).toHaveLength(1);
  });

  it('tells any other refusal as it is', async () => {
    const { mock, daemon } = await connected((daemon) => {
      daemon.view = sampleWorkspace([withPhase({ kind: 'ready' }, { missing: [], may: ['advance'] })]);
    });
    daemon.answer = () => ({ kind: 'refused', code: 'frozen', revision: 7, message: 'frozen until Mon 08:00' });
    mock.answers.push('Advance');
    await mock.run('rampwatch.advance');
    expect(mock.shown.at(-1)).toBe('warning: Rampwatch: frozen until Mon 08:00');
  });
});

describe('the other commands', () => {
  it('hold with or without a reason, and resume at once', async () => {
    const { mock, daemon, until } = await connected();
    await mock.run('rampwatch.hold');
    expect(daemon.commands).toEqual([]);
    mock.answers.push(' ');
    await mock.run('rampwatch.hold');
    mock.answers.push(' lunch ');
    await mock.run('rampwatch.hold');
    daemon.show(withPhase({ kind: 'held', cause: person }, { may: ['resume', 'rollback'], revision: 8 }));
    await until('the hold', () => mock.contextKeys.get('rampwatch.mayResume') === true);
    await mock.run('rampwatch.resume');
    expect(daemon.commands.map(({ command }) => command)).toEqual([
      { kind: 'hold', on: { attempt: 1, stage: 'ten', revision: 7 } },
      { kind: 'hold', on: { attempt: 1, stage: 'ten', revision: 7 }, reason: 'lunch' },
      { kind: 'resume', on: { attempt: 1, stage: 'ten', revision: 8 } },
    ]);
  });

  it('begin after a question', async () => {
    const { mock, daemon } = await connected((daemon) => {
      const standing = { percent: 0 as never, stageIndex: 0, may: ['begin'] as const, attempt: 1 };
      daemon.view = sampleWorkspace([withPhase({ kind: 'planned' }, { ...standing, effects: undefined })]);
    });
    mock.answers.push('Begin');
    await mock.run('rampwatch.begin');
    expect(mock.shown[0]).toBe(
      'modal information: Begin Async upload rollout at off (0 %)? | Sets the flag in .env. | This is attempt 2. [Begin]',
    );
    expect(daemon.commands[0]?.command.kind).toBe('begin');
  });

  it('acknowledge with a reason, saying what fired', async () => {
    const { mock, daemon } = await connected((daemon) => {
      const phase = { kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } } as const;
      daemon.view = sampleWorkspace([withPhase(phase, { may: ['acknowledge', 'rollback'] })]);
    });
    mock.answers.push('a known outage of the provider');
    await mock.run('rampwatch.acknowledge');
    expect(mock.shown[0]).toBe('input: Acknowledge: Async upload rollout | low-success: success_rate < 95%');
    expect(daemon.commands[0]?.command).toMatchObject({
      kind: 'acknowledge',
      reason: 'a known outage of the provider',
    });
  });

  it('say why when there is nothing to act on', async () => {
    const { mock } = await connected();
    await mock.run('rampwatch.begin');
    expect(mock.shown.at(-1)).toMatch(
      /^error: Rampwatch: that cannot be done now\. 10 % for 1 d 4 h; .* \[Show Log\]$/,
    );
  });

  it('let a person choose where there are several rollouts', async () => {
    const second = sampleRollout({ rollout: 'search', plan: { ...sampleRollout().plan, name: 'Search $(bug)' } });
    const { mock, daemon } = await connected((daemon) => {
      daemon.view = sampleWorkspace([sampleRollout(), second]);
    });
    mock.answers.push('Search', ' ');
    await mock.run('rampwatch.hold');
    expect(mock.shown[0]).toBe(
      'pick: Hold | Which rollout? [Async upload rollout 10 % · soaking] [Search \\$(bug) 10 % · soaking]',
    );
    expect(daemon.commands[0]?.rollout).toBe('search');
  });

  it('open the plan, and the line of it that a row shows', async () => {
    const { mock } = await connected();
    await mock.run('rampwatch.openPlan');
    await mock.run('rampwatch.goToPlanLine', mock.element('rampwatch.stages', 'latency'));
    expect(mock.opened).toEqual([
      { file: '/workspace/rampwatch.yaml', line: 1 },
      { file: '/workspace/rampwatch.yaml', line: 34 },
    ]);
  });

  it('stop the daemon, and ask first when it watches exposed users', async () => {
    const { mock, daemon, until } = await connected();
    daemon.refuseShutdown = 'Async upload rollout exposes users at 10 %.';
    await mock.run('rampwatch.stopDaemon');
    expect(mock.shown).toEqual([
      'modal warning: Stop the daemon although a rollout exposes users? | Async upload rollout exposes users at 10 %. | ' +
        'Nobody would then watch it, and no trigger would roll it back. [Stop Anyway]',
    ]);
    mock.answers.push('Stop Anyway');
    await mock.run('rampwatch.stopDaemon');
    await until('the end', () => mock.contextKeys.get('rampwatch.obstacle') === 'stopped');
    expect(daemon.shutdowns).toEqual([false, false, true]);
    expect(daemon.starts).toBe(1);
  });

  it('show a defect of ours as one, with its trace in the log only', async () => {
    const { mock, daemon } = await connected();
    daemon.answer = () => {
      throw new Error('boom');
    };
    mock.answers.push(' ');
    await mock.run('rampwatch.hold');
    expect(mock.shown.at(-1)).not.toContain('at ');
    expect(mock.shown.at(-1)).toMatch(/\[Show Log\]$/);
    expect(
      mock.log.some((line) => line.startsWith('warn: rampwatch.hold') || line.startsWith('error: rampwatch.hold')),
    ).toBe(true);
  });
});

describe('no data yet', () => {
  it('is said above the tree', async () => {
    const { mock, daemon, until } = await connected();
    const sources = sampleRollout().sources.map((source) => ({ ...source, arrived: null, newest: null, fresh: false }));
    daemon.show(sampleRollout({ sources }));
    await until('the message', () => mock.trees.get('rampwatch.stages')?.message !== '');
    expect(mock.trees.get('rampwatch.stages')?.message).toBe(
      'No data yet: waiting for the first record in logs/metrics.jsonl.',
    );
    const silent = sources.map((source) => ({ ...source, arrived: wallTime(0) }));
    daemon.show(sampleRollout({ sources: silent }));
    await until('the message to go', () => mock.trees.get('rampwatch.stages')?.message === '');
  });
});

describe('a rollback that the daemon does not answer', () => {
  it('is set by the command line within a second, under the key of that decision', async () => {
    const calls: (readonly string[])[] = [];
    const { mock, daemon, clock, until } = openSample(
      () => undefined,
      async ({ words }) => {
        if (words[0] === 'rollback') calls.push(words);
        return { output: JSON.stringify({ outcome: { message: '.env is set to 0 %' } }), errors: '', failure: null };
      },
    );
    await until('the connection', () => mock.contextKeys.get('rampwatch.mayRollBack') === true);
    let answer: (outcome: CommandOutcome) => void = () => undefined;
    daemon.answer = () => new Promise((resolve) => (answer = resolve));
    mock.answers.push('Roll Back');
    const running = mock.run('rampwatch.rollBack');
    await until('the request', () => daemon.commands.length === 1);
    clock.advance(1000);
    await until('the command line', () => mock.shown.some((line) => line.includes('.env is set to 0 %')));
    expect(calls).toEqual([
      ['rollback', '--direct', '--json', '--key', 'key-number-1', '--plan', '/workspace/rampwatch.yaml'],
    ]);
    answer({ kind: 'done', revision: 7, message: 'rolling back' });
    await running;
  });
});

describe('Adopt', () => {
  const exposed = (adopt: readonly string[]) =>
    withPhase(
      { kind: 'planned' },
      {
        exposure: {
          by: 'flag',
          percent: percent(10),
          detail: '.env says ROLLOUT=10',
          since: eventTime(lookedAt),
          adopt,
        },
        health: { kind: 'alarm', detail: 'exposed without an attempt: .env says ROLLOUT=10' },
        may: ['adopt', 'rollback'],
      },
    );

  it('takes over the stage that the flag is at, and is offered wherever the exposure is shown', async () => {
    const { mock, daemon } = await connected((each) => {
      each.view = sampleWorkspace([exposed(['ten'])]);
    });
    expect(mock.statusBar.text).toBe('$(error) 10 % · exposed without an attempt');
    expect(mock.tree('rampwatch.stages')).toContain('exposed at 10 % without an attempt');
    mock.answers.push('Adopt');
    await mock.run('rampwatch.adopt');
    expect(mock.shown[0]).toContain('modal information: Adopt Async upload rollout at ten (10 %)?');
    expect(daemon.commands[0]?.command).toMatchObject({ kind: 'begin', at: 'ten', on: { revision: 7 } });
    expect(daemon.commands[0]?.command).not.toHaveProperty('reason');
  });

  it('asks for stage and reason where no stage is what the flag says', async () => {
    const { mock, daemon } = await connected((each) => {
      each.view = sampleWorkspace([exposed([])]);
    });
    mock.answers.push('one', 'the nearest below');
    await mock.run('rampwatch.adopt');
    expect(daemon.commands[0]?.command).toMatchObject({ kind: 'begin', at: 'one', reason: 'the nearest below' });
  });
});
