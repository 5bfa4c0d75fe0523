import type { Uri } from 'vscode';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { linkTarget, rolloutLink } from '../links.ts';
import type { Actions } from './actions.ts';
import { chatText } from './chatText.ts';
import { forConnectedRollout, SubjectArgument } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

/** The rollout in six lines of Markdown, for a chat. */
export function copyForChatCommand(actions: Actions): Handler {
  const { vscode, t, clock } = actions;
  return forConnectedRollout(actions, t('Copy for Chat'), async ({ standing, rollout }) => {
    const link = rolloutLink(vscode.env.uriScheme, standing.folder, rollout.rollout);
    await vscode.env.clipboard.writeText(chatText(rollout, link, clock.now(), t));
    vscode.window.setStatusBarMessage(t('Copied: {0}', isolatedText(plainText(rollout.plan.name, 80))), 4000);
  });
}

/** A link from outside may show something of a rollout that is open here, and do no more. */
export async function followLink({ vscode, t, connections, log }: Actions, uri: Uri): Promise<void> {
  const target = linkTarget(uri);
  if (target === null) {
    log.warn('a link was opened that is none of Rampwatch');
    return;
  }
  const { folder, rollout } = target.subject;
  if (connections.find(folder, rollout) === undefined) {
    const [name, place] = [plainText(rollout, 80), plainText(folder, 200)];
    const text = t('{0} is not open in this window: open the folder {1} first.', name, place);
    await vscode.window.showInformationMessage(`Rampwatch: ${text}`);
    return;
  }
  const command = target.shows === 'why' ? 'rampwatch.showWhy' : 'rampwatch.openDashboard';
  await vscode.commands.executeCommand(command, new SubjectArgument(target.subject));
}
