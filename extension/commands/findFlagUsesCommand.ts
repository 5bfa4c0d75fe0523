import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { flagKeys } from '../flagUses/flagKeys.ts';
import type { Actions } from './actions.ts';
import { subjectOf } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

/** Every use of a flag's keys, as the editor searches: where the flag is, and what is left of it after the rollout. */
export function findFlagUsesCommand({ vscode, t, connections }: Actions): Handler {
  return async (argument) => {
    const subject = subjectOf(argument);
    const keys = flagKeys(connections.standings).filter(
      ({ shown: { standing, rollout } }) =>
        subject === undefined || (standing.folder === subject.folder && rollout.rollout === subject.rollout),
    );
    if (keys.length === 0) throw new UserError('no-flag', t('no plan of this window sets a flag with keys.'));
    const words = [...new Set(keys.map(({ key }) => key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))];
    await vscode.commands.executeCommand('workbench.action.findInFiles', {
      query: `\\b(?:${words.join('|')})\\b`,
      isRegex: true,
      isCaseSensitive: true,
      triggerSearch: true,
    });
  };
}
