import { describe, expect, it } from 'vitest';
import type { Actions } from '../../extension/commands/actions.ts';
import { AwayNotices, runProgram, systemNotification } from '../../extension/notices/awayNotices.ts';
import { mockMemento, mockVscode } from '../support/mockVscode.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: the places of the texts
const words = ['say', '${title}', 'about ${text}', '$(rm -rf /)'];
const alarm = 'Async upload: 80 %, not 5 % `$(x)`; "quoted"';

function away(settings: Record<string, unknown>, focused = false, memento = mockMemento()) {
  const mock = mockVscode();
  const answers: (string | undefined)[] = [];
  const asked: string[] = [];
  const vscode = {
    ...mock.vscode,
    window: {
      ...mock.vscode.window,
      state: { focused, active: focused },
      showWarningMessage: async (text: string) => {
        asked.push(text);
        return answers.shift();
      },
    },
    workspace: { ...mock.vscode.workspace, getConfiguration: () => ({ get: (key: string) => settings[key] }) },
  };
  const logged: string[] = [];
  const actions = { vscode, t: mock.vscode.l10n.t, log: { error: (line: string) => logged.push(line) } };
  const ran: (readonly string[])[] = [];
  const notices = new AwayNotices(
    actions as unknown as Actions,
    memento,
    async (program, rest) => {
      ran.push([program, ...rest]);
      if (program === 'broken') throw new Error('not found');
    },
    'linux',
  );
  return { notices, ran, asked, answers, logged, memento };
}

const command = { 'rampwatch.notify.away': 'command', 'rampwatch.notify.awayCommand': words };

describe('a person whose window is not in front', () => {
  it('is reached by the system, or by an approved command, and by neither where the window is in front', async () => {
    const system = away({ 'rampwatch.notify.away': 'system' });
    await system.notices.tell(alarm);
    expect(system.ran).toEqual([systemNotification('linux', alarm)]);
    const there = away({ 'rampwatch.notify.away': 'system' }, true);
    await there.notices.tell(alarm);
    const off = away({});
    await off.notices.tell(alarm);
    expect([there.ran, off.ran]).toEqual([[], []]);
  });

  it('is reached by no command that nobody approved, nor by one that differs from the approved', async () => {
    const { notices, ran, asked, answers, memento } = away(command);
    await notices.look();
    await notices.tell(alarm);
    expect(ran).toEqual([]);
    expect(asked).toHaveLength(1);
    await notices.look();
    expect(asked).toHaveLength(1);
    const again = away(command, false, memento);
    again.answers.push('Approve');
    await again.notices.look();
    await again.notices.tell(alarm);
    expect(again.ran).toEqual([['say', 'Rampwatch', `about ${alarm}`, '$(rm -rf /)']]);
    const other = away({ ...command, 'rampwatch.notify.awayCommand': [...words, 'more'] }, false, memento);
    await other.notices.tell(alarm);
    expect(other.ran).toEqual([]);
    expect(answers).toEqual([]);
  });

  it('hears nothing of a command that is none, and a failure is logged', async () => {
    for (const odd of [[], [''], 'say', [1], null]) {
      const { notices, ran, asked } = away({ ...command, 'rampwatch.notify.awayCommand': odd });
      await notices.look();
      await notices.tell(alarm);
      expect([ran, asked]).toEqual([[], []]);
    }
    const broken = away({ ...command, 'rampwatch.notify.awayCommand': ['broken'] });
    broken.answers.push('Approve');
    await broken.notices.look();
    await broken.notices.tell(alarm);
    expect(broken.logged).toEqual(['broken: not found']);
  });

  it('gets the text as one argument on every system', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const told = systemNotification(platform, alarm) ?? [];
      expect(told.filter((word) => word.includes(alarm))).toHaveLength(1);
    }
    expect(systemNotification('aix', alarm)).toBeNull();
  });

  it('is reached without a shell', async () => {
    await runProgram(process.execPath, ['-e', 'process.exit(process.argv[1] === "a; exit 1" ? 0 : 1)', 'a; exit 1']);
    await expect(runProgram(process.execPath, ['-e', 'process.exit(3)'])).rejects.toThrow();
  });
});
