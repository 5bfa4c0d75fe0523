import { join } from 'node:path';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { planFaults } from '../connection/standing.ts';
import type { Actions } from './actions.ts';
import { subjectOf } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

/** Opens the plan of the row, of the only rollout, or the one that a person chooses. */
export function openPlanCommand(actions: Actions): Handler {
  const { vscode, t, connections } = actions;
  return async (argument) => {
    const subject = subjectOf(argument);
    const known = subject === undefined ? undefined : connections.find(subject.folder, subject.rollout);
    const fault =
      subject?.fault ?? connections.standings.filter(({ folder }) => folder === subject?.folder).flatMap(planFaults)[0];
    const file = known?.rollout.plan.file;
    if (file !== undefined) return await openAt(actions, file, faultLine(actions, file));
    if (fault !== undefined) return await openAt(actions, fault.file, fault.line);
    const files = connections.standings.flatMap(({ folder, planFiles }) =>
      subject === undefined || subject.folder === folder ? planFiles : [],
    );
    const [first, ...others] = files;
    if (first === undefined) {
      throw new UserError(
        'no-plan',
        t('there is no rampwatch.yaml in this workspace; "Rampwatch: Create Plan" makes one.'),
      );
    }
    if (others.length === 0) return await openAt(actions, first, faultLine(actions, first));
    const items = files.map((file) => ({ label: vscode.workspace.asRelativePath(file), file }));
    const chosen = await vscode.window.showQuickPick(items, { title: t('Open Plan'), placeHolder: t('Which plan?') });
    if (chosen !== undefined) await openAt(actions, chosen.file, faultLine(actions, chosen.file));
  };
}

/** The place of the fault, when the plan cannot be used as it is. */
function faultLine({ connections }: Actions, file: string): number {
  return connections.standings.flatMap(planFaults).find((fault) => fault.file === file)?.line ?? 1;
}

/** Puts the cursor on the line of the plan that the row shows. */
export function goToPlanLineCommand(actions: Actions): Handler {
  const { t, connections } = actions;
  return async (argument) => {
    const subject = subjectOf(argument);
    const known = subject === undefined ? undefined : connections.find(subject.folder, subject.rollout);
    const line = known?.rollout.plan.lines[subject?.planPart ?? ''];
    if (known === undefined || line === undefined) {
      throw new UserError('no-line', t('the plan has no line for this.'));
    }
    await openAt(actions, known.rollout.plan.file, line);
  };
}

/** An unsaved `rampwatch.yaml` with a plan to start from: nothing is written before the person saves it. */
export function createPlanCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  return async () => {
    const folders = vscode.workspace.workspaceFolders ?? [];
    const folder =
      folders.length > 1
        ? await vscode.window.showWorkspaceFolderPick({ placeHolder: t('Which folder does the rollout belong to?') })
        : folders[0];
    if (folder === undefined) {
      if (folders.length > 1) return;
      throw new UserError('no-folder', t('open the folder of the application first: a plan lives in it.'));
    }
    const file = vscode.Uri.file(join(folder.uri.fsPath, 'rampwatch.yaml'));
    if (await exists(actions, file.fsPath)) return await openAt(actions, file.fsPath, 1);
    const document = await vscode.workspace.openTextDocument(file.with({ scheme: 'untitled' }));
    await vscode.window.showTextDocument(document);
    if (document.getText() !== '') return;
    // Its tab stops lead through what is the application's own.
    await vscode.commands.executeCommand('editor.action.insertSnippet', { langId: 'yaml', name: 'Rampwatch plan' });
  };
}

async function exists({ vscode }: Actions, file: string): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.file(file));
    return true;
  } catch {
    return false;
  }
}

/** `line`: 1-based. */
async function openAt(actions: Actions, file: string, line: number): Promise<void> {
  const { vscode, t } = actions;
  if (!(await exists(actions, file))) {
    throw new UserError('no-plan', t('{0} is gone; put it back to open it.', vscode.workspace.asRelativePath(file)));
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const at = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at) });
}
