import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import type { Memento } from 'vscode';
import type { Actions } from '../commands/actions.ts';
import { readConfiguration } from '../configuration.ts';
import { Disposables } from '../disposables.ts';
import { iconlessText } from '../views/escapedText.ts';

/** Runs a program without a shell; rejects when it cannot be run or ends with another code than 0. */
export type RunProgram = (program: string, words: readonly string[]) => Promise<void>;

export const runProgram: RunProgram = async (program, words) => {
  await promisify(execFile)(program, [...words], { timeout: longestRun, windowsHide: true });
};

const longestRun = 10_000;
// biome-ignore lint/suspicious/noTemplateCurlyInString: the place of the text in a word of the command
const [titlePlace, textPlace] = ['${title}', '${text}'];
const approvedKey = 'rampwatch.approvedAwayCommands';
const mostApproved = 20;
const title = 'Rampwatch';

/**
 * Reaches a person whose window is not in front: by the notification of their system, or by a command of their own. The
 * settings are the machine's, so that no repository can set them, and a command runs only after that person approved
 * exactly it.
 */
export class AwayNotices extends Disposables {
  readonly #actions: Actions;
  readonly #memory: Memento;
  readonly #run: RunProgram;
  readonly #platform: NodeJS.Platform;
  #asking: string | null = null;

  constructor(actions: Actions, memory: Memento, run: RunProgram, platform: NodeJS.Platform) {
    super();
    this.#actions = actions;
    this.#memory = memory;
    this.#run = run;
    this.#platform = platform;
  }

  /** Asks for the approval of the command while the person is there, and not when it is needed. */
  async look(): Promise<void> {
    const { vscode, t } = this.#actions;
    const command = this.#command();
    if (command === null || this.#isApproved(command)) return;
    const print = printOf(command);
    if (this.#asking === print) return;
    this.#asking = print;
    const approve = t('Approve');
    const text = t(
      'Rampwatch is to run this command on this machine when something needs you and the window is not in front: {0}',
      iconlessText(command.join(' ')).slice(0, 400),
    );
    if ((await vscode.window.showWarningMessage(text, approve)) !== approve) return;
    await this.#memory.update(approvedKey, [...this.#approved, print].slice(-mostApproved));
  }

  /** Nothing happens while the window is in front: the message itself is seen there. */
  async tell(text: string): Promise<void> {
    const { vscode, log } = this.#actions;
    if (vscode.window.state.focused) return;
    const words = this.#words(text);
    const [program, ...rest] = words ?? [];
    if (program === undefined) return;
    try {
      await this.#run(program, rest);
    } catch (error) {
      log.error(`${program}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #words(text: string): readonly string[] | null {
    switch (readConfiguration(this.#actions.vscode, 'rampwatch.notify.away')) {
      case 'system':
        return systemNotification(this.#platform, text);
      case 'command': {
        const command = this.#command();
        if (command === null || !this.#isApproved(command)) return null;
        return command.map((word) => word.replaceAll(titlePlace, () => title).replaceAll(textPlace, () => text));
      }
      default:
        return null;
    }
  }

  #command(): readonly string[] | null {
    const { vscode } = this.#actions;
    if (readConfiguration(vscode, 'rampwatch.notify.away') !== 'command') return null;
    const words = readConfiguration(vscode, 'rampwatch.notify.awayCommand');
    const usable = Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string');
    return usable && words[0] !== '' ? words : null;
  }

  get #approved(): readonly string[] {
    return this.#memory.get<readonly string[]>(approvedKey) ?? [];
  }

  #isApproved(command: readonly string[]): boolean {
    return this.#approved.includes(printOf(command));
  }
}

function printOf(command: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(command)).digest('hex');
}

/** The text is an argument of its own everywhere, and never part of a script. */
export function systemNotification(platform: NodeJS.Platform, text: string): readonly string[] | null {
  switch (platform) {
    case 'linux':
      return ['notify-send', '--app-name', title, '--urgency', 'critical', '--', title, text];
    case 'darwin': {
      const script = ['on run words', 'display notification (item 2 of words) with title (item 1 of words)', 'end run'];
      return ['osascript', ...script.flatMap((line) => ['-e', line]), title, text];
    }
    case 'win32':
      return ['msg', '*', '/time:60', `${title}: ${text}`];
    default:
      return null;
  }
}
