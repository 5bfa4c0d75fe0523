import { basename } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { workspaceSources } from '../evidence/workspaceSource.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { Actions } from './actions.ts';
import type { Handler } from './registerCommand.ts';

/** A stack trace names a file by its path on the machine where it failed: here it is known by its name. */
const linkedSource = z.strictObject({
  source: z.strictObject({ file: z.string().min(1).max(1000), line: z.number().int().min(1).max(10_000_000) }),
});

/** Opens the file of the workspace that a stack trace names, at its line; a person chooses among files of one name. */
export function openSourceAtLineCommand({ vscode, t }: Actions): Handler {
  return async (argument) => {
    const linked = linkedSource.safeParse(argument);
    if (!linked.success) throw new UserError('no-source', t('there is no place in a source to open.'));
    const { file, line } = linked.data.source;
    const found = await workspaceSources(vscode, file);
    const items = found.map((uri) => ({ label: iconlessText(vscode.workspace.asRelativePath(uri)), uri }));
    const [first, ...others] = items;
    if (first === undefined) {
      throw new UserError(
        'no-source',
        t('no file of this workspace is named {0}.', plainText(basename(file.replaceAll('\\', '/')), 120)),
      );
    }
    const options = { title: t('Open Source at Line'), placeHolder: t('Which file?') };
    const chosen = others.length === 0 ? first : await vscode.window.showQuickPick(items, options);
    if (chosen === undefined) return;
    const document = await vscode.workspace.openTextDocument(chosen.uri);
    const at = new vscode.Position(line - 1, 0);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at) });
  };
}
