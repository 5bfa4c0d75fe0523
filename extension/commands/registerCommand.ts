import type { Disposable } from 'vscode';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { CommandName } from '../commandNames.ts';
import type { Actions } from './actions.ts';

/** `selection`: the other selected files when the explorer calls the command. */
export type Handler = (argument: unknown, selection?: unknown) => Promise<void>;

/**
 * Registers a command. A hidden command can still be called, so trust is asked for here too. An error with a cause
 * outside of Rampwatch is shown as its one line; a defect goes to the log and only its name is shown.
 */
export function registerCommand(
  actions: Actions,
  name: CommandName,
  trust: 'any' | 'trusted',
  act: Handler,
): Disposable {
  return actions.vscode.commands.registerCommand(name, async (argument: unknown, selection: unknown) => {
    try {
      if (trust === 'trusted' && !actions.vscode.workspace.isTrusted) await askForTrust(actions);
      else await act(argument, selection);
    } catch (error) {
      await showError(actions, name, error);
    }
  });
}

async function askForTrust({ vscode, t }: Actions): Promise<void> {
  const manage = t('Manage Trust');
  const answer = await vscode.window.showWarningMessage(
    t('Rampwatch starts a process and sets a flag of this workspace: it needs a trusted workspace.'),
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
}

async function showError({ vscode, t, log }: Actions, name: CommandName, error: unknown): Promise<void> {
  const showLog = t('Show Log');
  const expected = error instanceof UserError;
  if (expected) log.warn(`${name}: ${error.message}`);
  else log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const text = expected
    ? `Rampwatch: ${error.message}`
    : t('Rampwatch: the command failed because of a defect; the log has the details.');
  if ((await vscode.window.showErrorMessage(text, showLog)) === showLog) log.show();
}
