import type { Uri } from 'vscode';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { CommandName } from '../commandNames.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { type LinkTarget, linkTarget, rolloutLink } from '../links.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { Translate, Vscode } from '../vscodeApi.ts';
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
  const { rollout } = target.subject;
  const known = connections.rollouts.filter(
    (each) => each.rollout.rollout === rollout && (target.folder === null || each.standing.folder === target.folder),
  );
  const found = known.length <= 1 ? known[0] : await chosenOf(vscode, t, known);
  if (found === undefined) {
    if (known.length > 0) return;
    const name = plainText(rollout, 80);
    const text =
      target.folder === null
        ? t('{0} is not open in this window: open the folder of its plan first.', name)
        : t('{0} is not open in this window: open the folder {1} first.', name, plainText(target.folder, 200));
    await vscode.window.showInformationMessage(`Rampwatch: ${text}`);
    return;
  }
  const subject = { ...target.subject, folder: found.standing.folder };
  await vscode.commands.executeCommand(commandOf[target.shows], new SubjectArgument(subject));
}

const commandOf: Readonly<Record<LinkTarget['shows'], CommandName>> = {
  dashboard: 'rampwatch.openDashboard',
  why: 'rampwatch.showWhy',
  record: 'rampwatch.openLogAtLine',
};

/** Several folders may have a rollout of one id. */
async function chosenOf(
  vscode: Vscode,
  t: Translate,
  known: readonly ConnectedRollout[],
): Promise<ConnectedRollout | undefined> {
  const items = known.map((each) => ({ label: iconlessText(each.standing.folder), each }));
  return (await vscode.window.showQuickPick(items, { title: t('Open Link'), placeHolder: t('In which folder?') }))
    ?.each;
}
