import { basename } from 'node:path';
import { placeName } from '../../daemon/protocol/domain/credentialText.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { type CredentialStanding, credentialValue, type HandedOver } from '../../daemon/protocol/wire/credentials.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { isLive } from '../connection/standing.ts';
import { refusedInWords } from '../credentials/refusedInWords.ts';
import type { StoredCredentials } from '../credentials/storedCredentials.ts';
import { iconlessText, messageText } from '../views/escapedText.ts';
import type { Subject } from '../views/row.ts';
import type { Translate } from '../vscodeApi.ts';
import type { Actions } from './actions.ts';
import { subjectOf } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

interface Asked extends CredentialStanding {
  readonly folder: string;
}

/** Asks for one of the credentials that the plans of this window name, keeps it in the editor and hands it over. */
export function storeCredentialCommand(actions: Actions, stored: StoredCredentials): Handler {
  const { vscode, t } = actions;
  return async (argument) => {
    const subject = subjectOf(argument);
    const asked = await askedFor(actions, subject);
    if (asked.length === 0) {
      await vscode.window.showInformationMessage(t('No plan here asks for a credential.'));
      return;
    }
    const meant = asked.find(({ folder, place }) => folder === subject?.folder && place === subject.credential);
    const chosen = meant ?? (await pickedCredential(actions, asked));
    if (chosen === undefined) return;
    const name = messageText(placeName(chosen.place));
    const value = await vscode.window.showInputBox({
      title: t('Store a Credential'),
      prompt: t("{0}, for {1}. Kept in the editor's secret storage for this folder.", name, usesText(chosen, t)),
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) =>
        credentialValue.safeParse(text.trim()).success ? undefined : t('One line of 8 to 8192 plain characters.'),
    });
    if (value === undefined) return;
    await tellStored(actions, name, await stored.store(chosen.folder, chosen.place, value.trim()));
  };
}

/** Removes one of the stored credentials, here and from the daemon. */
export function forgetCredentialCommand({ vscode, t }: Actions, stored: StoredCredentials): Handler {
  return async () => {
    const { all } = stored;
    if (all.length === 0) {
      await vscode.window.showInformationMessage(t('No credential is stored for the folders of this window.'));
      return;
    }
    const items = all.map(({ folder, place }) => ({
      label: iconlessText(placeName(place)),
      description: plainText(basename(folder), 80),
      folder,
      place,
    }));
    const options = { title: t('Forget a Credential'), placeHolder: t('Which credential?') };
    const chosen = await vscode.window.showQuickPick(items, options);
    if (chosen === undefined) return;
    await stored.forget(chosen.folder, chosen.place);
    vscode.window.setStatusBarMessage(t('Forgotten: {0}', messageText(placeName(chosen.place))), 5000);
  };
}

/** @throws UserError when no daemon can be asked */
async function askedFor({ connections, t }: Actions, subject: Subject | undefined): Promise<readonly Asked[]> {
  const live = connections.all.filter(
    ({ standing }) => isLive(standing) && (subject === undefined || standing.folder === subject.folder),
  );
  if (live.length === 0) {
    throw new UserError(
      'not-now',
      t('no daemon is connected that could say what the plans ask for; "Rampwatch: Start Daemon" starts it.'),
    );
  }
  const answers = await Promise.all(
    live.map(async (connection) => {
      const { folder } = connection.standing;
      try {
        return (await connection.ask('credentials', {})).asked.map((each) => ({ ...each, folder }));
      } catch (error) {
        throw refusedInWords(error, connection.standing, t);
      }
    }),
  );
  return answers.flat();
}

async function pickedCredential({ vscode, t }: Actions, asked: readonly Asked[]): Promise<Asked | undefined> {
  const wantedFirst = asked.toSorted((one, other) => Number(other.source === null) - Number(one.source === null));
  const items = wantedFirst.map((each) => ({
    label: iconlessText(placeName(each.place)),
    description: iconlessText(standingText(each, t)),
    detail: iconlessText(usesText(each, t)),
    each,
  }));
  const options = { title: t('Store a Credential'), placeHolder: t('Which credential?'), matchOnDetail: true };
  return (await vscode.window.showQuickPick(items, options))?.each;
}

/** `flag of async-upload, sources[0] of other`. */
function usesText({ uses }: Asked, t: Translate): string {
  return uses.map(({ rollout, part }) => t('{0} of {1}', plainText(part, 40), plainText(rollout, 80))).join(', ');
}

function standingText({ source, refused, fault }: Asked, t: Translate): string {
  if (fault !== null) return plainText(fault, 200);
  const from = sourceText(source, t);
  return refused && source !== null ? t('not accepted by the other side, {0}', from) : from;
}

function sourceText(source: HandedOver['source'], t: Translate): string {
  switch (source) {
    case 'environment':
      return t("from the daemon's environment, which comes first");
    case 'file':
      return t('from its file, which comes first');
    case 'editor':
      return t('stored in the editor');
    case null:
      return t('missing');
  }
}

async function tellStored({ vscode, t }: Actions, name: string, handed: HandedOver | null): Promise<void> {
  if (handed === null) {
    await vscode.window.showInformationMessage(t('{0} is stored. The daemon gets it once it is connected.', name));
  } else if (handed.source === 'editor') {
    vscode.window.setStatusBarMessage(t('{0} is stored, and the daemon has it.', name), 5000);
  } else {
    const from = sourceText(handed.source, t);
    await vscode.window.showWarningMessage(t('{0} is stored, but the daemon takes it {1}.', name, from));
  }
}
