import { basename } from 'node:path';
import type { TextDocument, Uri } from 'vscode';
import { messageText } from '../views/escapedText.ts';
import type { Vscode } from '../vscodeApi.ts';

/** The unsaved text that is to become this file; made from a file's URI, which is right on every platform. */
export function unsavedUri({ Uri: Uris }: Vscode, file: string): Uri {
  return Uris.file(file).with({ scheme: 'untitled' });
}

/** The document for a new text of this file. `undefined`: a person's unsaved text of that name is to stay. `ours`: text that nobody has changed. */
export async function unsavedDocument(
  vscode: Vscode,
  file: string,
  ours: string | undefined,
): Promise<TextDocument | undefined> {
  const { workspace, window, l10n } = vscode;
  const document = await workspace.openTextDocument(unsavedUri(vscode, file));
  const text = document.getText();
  if (text.trim() === '' || text === ours) return document;
  const question = l10n.t('{0} is open with other text that is not saved. Replace it?', messageText(basename(file)));
  const replace = l10n.t('Replace');
  return (await window.showWarningMessage(question, { modal: true }, replace)) === replace ? document : undefined;
}

/** One step that can be undone. */
export async function replaceText(vscode: Vscode, document: TextDocument, text: string): Promise<void> {
  const { workspace, WorkspaceEdit, Range, Position } = vscode;
  const edit = new WorkspaceEdit();
  const end = document.positionAt(document.getText().length);
  edit.replace(document.uri, new Range(new Position(0, 0), end), text);
  await workspace.applyEdit(edit);
}

/** Asks before a new proposal takes a person's edits away. */
export async function mayOverwrite({ window, l10n }: Vscode, keys: readonly string[]): Promise<boolean> {
  if (keys.length === 0) return true;
  const replace = l10n.t('Replace');
  const question = l10n.t('Your edits of {0} would be replaced by the new proposal.', keys.join(', '));
  return (await window.showWarningMessage(question, { modal: true }, replace)) === replace;
}
