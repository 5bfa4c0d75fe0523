import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { Actions } from './actions.ts';
import { subjectOf } from './forRollout.ts';
import { urisOf } from './proposalCommands.ts';

/** The plan that the command was called on, of the row, in the editor, the only one, or one that a person chooses. */
export async function chosenPlan(actions: Actions, title: string, argument: unknown): Promise<string | undefined> {
  const { vscode, t, connections } = actions;
  const files = connections.standings.flatMap(({ planFiles }) => planFiles);
  const subject = subjectOf(argument);
  const known = subject === undefined ? undefined : connections.find(subject.folder, subject.rollout);
  const [given] = urisOf(actions, argument, undefined);
  const active = vscode.window.activeTextEditor?.document.uri.fsPath;
  const meant = given?.fsPath ?? known?.rollout.plan.file ?? files.find((file) => file === active);
  const file = meant ?? (files.length > 1 ? await pickedPlan(actions, title, files) : files[0]);
  if (file === undefined && files.length === 0) {
    throw new UserError(
      'no-plan',
      t('there is no rampwatch.yaml in this workspace; "Rampwatch: Create Plan" makes one.'),
    );
  }
  const isUnsaved = vscode.workspace.textDocuments.some(({ uri, isDirty }) => isDirty && uri.fsPath === file);
  if (isUnsaved)
    throw new UserError('unsaved', t('the plan has unsaved changes, and it is read as it is saved: save it first.'));
  return file;
}

async function pickedPlan(
  { vscode, t }: Actions,
  title: string,
  files: readonly string[],
): Promise<string | undefined> {
  const items = files.map((file) => ({ label: vscode.workspace.asRelativePath(file), file }));
  return (await vscode.window.showQuickPick(items, { title, placeHolder: t('Which plan?') }))?.file;
}
