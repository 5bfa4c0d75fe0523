import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { insideOf } from '../evidence/logPlace.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { Actions } from './actions.ts';
import { subjectOf } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

/** Opens a document of the plan's reading list; from the palette a person chooses which. */
export function openDocumentCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  return async (argument) => {
    const chosen = await documentOf(actions, argument);
    if (chosen === undefined) return;
    const file = await insideOf(dirname(chosen.known.rollout.plan.file), chosen.path, t);
    const found = await stat(file).catch(() => null);
    if (found?.isFile() !== true) {
      throw new UserError('no-document', t('{0} is missing, although the plan names it.', plainText(chosen.path)));
    }
    // The editor's own opener: it also shows a picture or a PDF.
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
  };
}

interface Chosen {
  readonly known: ConnectedRollout;
  readonly path: string;
}

async function documentOf({ vscode, t, connections }: Actions, argument: unknown): Promise<Chosen | undefined> {
  const subject = subjectOf(argument);
  const known = subject === undefined ? undefined : connections.find(subject.folder, subject.rollout);
  if (known !== undefined && subject?.document !== undefined) return { known, path: subject.document };
  const items = connections.rollouts.flatMap((each) =>
    each.rollout.plan.documents.map(({ path, purpose }) => ({
      label: iconlessText(path),
      description: iconlessText(purpose ?? ''),
      known: each,
      path,
    })),
  );
  if (items.length === 0) throw new UserError('no-documents', t('no plan here names a document to read.'));
  return await vscode.window.showQuickPick(items, { title: t('Open Document'), placeHolder: t('Which document?') });
}
