import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Uri } from 'vscode';
import type * as z from 'zod';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { type ImportProposal, importProposal } from '../../daemon/protocol/wire/planProposal.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { answerOf, type DaemonProgram, type RunCommandLine, reasonOf, refusalOf } from '../connection/commandLine.ts';
import type { ImportedPlans } from '../proposal/importedPlans.ts';
import type { PlanProposals, ProposedPlan, Remark } from '../proposal/planProposals.ts';
import type { UnsavedProposals } from '../proposal/unsavedProposals.ts';
import { iconlessText, messageText } from '../views/escapedText.ts';
import type { Actions } from './actions.ts';
import type { Handler } from './registerCommand.ts';

export interface ProposalPorts {
  readonly proposals: PlanProposals;
  readonly unsaved: UnsavedProposals;
  readonly imported: ImportedPlans;
  readonly run: RunCommandLine;
  program(): DaemonProgram;
}

export const excluded = '**/{node_modules,.git,.venv,target,dist,vendor}/**';
const mostOffered = 500;

/** A language model's answer to the guides of a folder; `undefined`: the person does not want one after all. */
export type DraftOf = (title: string, guides: readonly string[], folder: string) => Promise<string | undefined>;

/**
 * Turns guides of the team into a plan beside its guide: an unsaved text, or a diff in the place of another plan. Nothing is
 * written before a person saves or agrees.
 */
export function importGuideCommand(actions: Actions, ports: ProposalPorts, draftOf?: DraftOf): Handler {
  const { vscode, t } = actions;
  return async (argument, selection) => {
    const title =
      draftOf === undefined ? t('Import Execution Guide') : t('Import Execution Guide with a Language Model');
    const guides = await chosenFiles(actions, title, {
      given: urisOf(actions, argument, selection),
      pattern: '**/*.{md,markdown}',
      several: true,
      filters: { Markdown: ['md', 'markdown'] },
    });
    const [first] = guides;
    if (first === undefined || !(await saved(actions, guides))) return;
    const target = await targetOf(actions, title, first);
    if (target === undefined) return;
    const { file, root } = target;
    // The plan's comments name the guides relative to the plan's own folder.
    const folder = dirname(file);
    const names = guides.map(({ fsPath }) => relative(folder, fsPath).split(sep).join('/'));
    const draft = draftOf === undefined ? null : await draftOf(title, names, folder);
    if (draft === undefined) return;
    const importWith = async (picks: readonly string[]) =>
      await withDraft(draft, async (drafted) => {
        const picked = picks.map((pick) => `--pick=${pick}`);
        const words = ['import', '--dry-run', '--json', '--out', file, ...drafted, ...picked, '--', ...names];
        return await askCommandLine(actions, ports, title, { words, folder }, importProposal);
      });
    const answer = await importWith([]);
    if (answer === undefined) return;
    const remarks = answer.findings.map((finding) => remarkOf(finding, folder));
    const name = messageText(vscode.workspace.asRelativePath(file));
    const { existing, proposal, outcome } = answer;
    if (existing === proposal) {
      await vscode.window.showInformationMessage(t('{0} is already up to date.', name));
      return;
    }
    const imported = { title, folder, guides: names, answer, picks: [], importWith };
    if (existing !== null) {
      const from = guides.map(({ fsPath }) => basename(fsPath)).join(', ');
      const proposed = { file, root, existing, proposal, from, remarks, edited: outcome === 'kept' };
      await ports.imported.open({ ...imported, proposed });
      await offer(actions, ports, proposed);
      return;
    }
    if (!(await ports.imported.open({ ...imported, proposed: undefined }))) return;
    ports.proposals.remark(remarks);
    await tellDraft(actions, name, remarks);
  };
}

/** A new plan stands in an editor of its own. */
export async function tellDraft({ vscode, t }: Actions, name: string, remarks: readonly Remark[]): Promise<void> {
  const look = t('Look Here First');
  const first = t('The draft of {0} is not saved yet: read it beside its guide, then save it.', name);
  const answer = await vscode.window.showInformationMessage(`${first} ${remarkCount(remarks, t)}`.trim(), look);
  if (answer === look) await vscode.commands.executeCommand('rampwatch.showImported');
}

/** Brings what an import has to say into sight. */
export function showImportedCommand({ vscode }: Actions): Handler {
  return async () => void (await vscode.commands.executeCommand('rampwatch.imported.focus'));
}

/** Writes the shown proposal; asks once more before a person's own edits are lost. */
export function writePlanCommand(actions: Actions, { proposals }: ProposalPorts): Handler {
  const { vscode, t } = actions;
  return async (argument) => {
    const found = proposals.of(argument);
    if (found === undefined) {
      throw new UserError('no-proposal', t('there is no proposed plan to write; "Import Execution Guide" makes one.'));
    }
    const { uri, proposed } = found;
    const name = messageText(vscode.workspace.asRelativePath(proposed.file));
    if (proposed.edited) {
      const replace = t('Replace');
      const question = t('{0} contains edits by people. Replace it with the proposal in the diff?', name);
      if ((await vscode.window.showWarningMessage(question, { modal: true }, replace)) !== replace) return;
    }
    await proposals.write(uri, proposed);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(proposed.file));
    await vscode.window.showTextDocument(document);
    vscode.window.setStatusBarMessage(t('Wrote {0}', name), 5000);
  };
}

export async function offer(
  { vscode, t }: Actions,
  { proposals }: ProposalPorts,
  proposed: ProposedPlan,
): Promise<void> {
  const write = t('Write Plan');
  const showLines = t('Show Lines');
  const told = proposed.remarks.filter(({ weight }) => weight !== 'hint');
  const name = messageText(vscode.workspace.asRelativePath(proposed.file));
  const first = t('The diff shows the proposed {0}; Write Plan writes it.', name);
  const answer = await vscode.window.showInformationMessage(
    told.length === 0 ? first : `${first} ${remarkCount(told, t)}`,
    write,
    ...(told.length === 0 ? [] : [showLines]),
  );
  if (answer === write) await vscode.commands.executeCommand('rampwatch.writePlan', proposals.uriOf(proposed));
  if (answer === showLines) await vscode.commands.executeCommand('workbench.actions.view.problems');
}

function remarkCount(remarks: readonly Remark[], t: Actions['t']): string {
  const missed = remarks.filter(({ kind }) => kind === 'not-understood').length;
  const opposed = remarks.filter(({ kind }) => kind === 'conflict' || kind === 'contradiction').length;
  const parts = [
    ...(missed === 0
      ? []
      : [missed === 1 ? t('One line was not understood.') : t('{0} lines were not understood.', missed)]),
    ...(opposed === 0
      ? []
      : [opposed === 1 ? t('One line contradicts another.') : t('{0} lines contradict others.', opposed)]),
  ];
  return parts.join(' ');
}

export function remarkOf({ file, line, kind, message }: ImportProposal['findings'][number], folder: string): Remark {
  const at = { file: resolve(folder, file), line, kind, message };
  switch (kind) {
    case 'conflict':
    case 'contradiction':
      return { ...at, weight: 'warning' };
    case 'not-understood':
    case 'kept':
    case 'repaired':
      return { ...at, weight: 'information' };
    // The proposal itself has this remark beside the value.
    case 'assumed':
    case 'prose':
      return { ...at, weight: 'hint' };
  }
}

/** The command line reads the answer from a file that only this person can read, and that is gone afterwards. */
async function withDraft<T>(draft: string | null, read: (words: readonly string[]) => Promise<T>): Promise<T> {
  if (draft === null) return await read([]);
  const folder = await mkdtemp(join(tmpdir(), 'rampwatch-draft-'));
  try {
    const file = join(folder, 'answer.json');
    await writeFile(file, draft, { mode: 0o600 });
    return await read(['--draft', file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a command that writes nothing. `undefined`: the person cancelled. */
export async function askCommandLine<T>(
  { vscode }: Actions,
  { run, program }: ProposalPorts,
  title: string,
  call: { readonly words: readonly string[]; readonly folder: string },
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const controller = new AbortController();
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const outcome = await vscode.window.withProgress(options, async (_progress, token) => {
    token.onCancellationRequested(() => controller.abort());
    return await run(program(), { ...call, signal: controller.signal });
  });
  if (controller.signal.aborted) return undefined;
  const answer = answerOf(outcome);
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw refusalOf(answer) ?? new UserError('no-answer', reasonOf(outcome));
}

interface Wanted {
  /** The argument that the command was called with. */
  readonly given: readonly Uri[];
  readonly pattern: string;
  readonly several: boolean;
  /** The only file that there is needs no question. */
  readonly takesOnly?: true;
  readonly filters: Record<string, string[]>;
}

/** The files of a command: those it was called on, else files of the workspace, else files from anywhere. */
export async function chosenFiles(actions: Actions, title: string, wanted: Wanted): Promise<readonly Uri[]> {
  const { vscode, t } = actions;
  const { window, workspace } = vscode;
  if (wanted.given.length > 0) return wanted.several ? wanted.given : wanted.given.slice(0, 1);
  const found = await workspace.findFiles(wanted.pattern, excluded, mostOffered);
  if (found.length === 0) {
    const chosen = await window.showOpenDialog({ title, canSelectMany: wanted.several, filters: wanted.filters });
    return chosen ?? [];
  }
  if (wanted.takesOnly === true && found.length === 1) return found;
  const active = window.activeTextEditor?.document.uri.toString();
  const items = found
    .toSorted((a, b) => a.fsPath.localeCompare(b.fsPath))
    .map((uri) => ({
      label: iconlessText(workspace.asRelativePath(uri)),
      uri,
      picked: wanted.several && uri.toString() === active,
    }));
  if (wanted.several) {
    const placeHolder = t('Which guides? Several become one plan.');
    const chosen = await window.showQuickPick(items, { title, placeHolder, canPickMany: true });
    return (chosen ?? []).map(({ uri }) => uri);
  }
  const chosen = await window.showQuickPick(items, { title, placeHolder: t('Which file?') });
  return chosen === undefined ? [] : [chosen.uri];
}

/** The explorer passes the clicked file, and all selected files with it. */
export function urisOf({ vscode }: Actions, argument: unknown, selection: unknown): readonly Uri[] {
  const all = Array.isArray(selection) && selection.length > 0 ? selection : [argument];
  return all.filter((each): each is Uri => each instanceof vscode.Uri);
}

/** Asks to save unsaved guides first, since only the text on disk is read. */
export async function saved({ vscode, t }: Actions, guides: readonly Uri[]): Promise<boolean> {
  const names = new Set(guides.map((uri) => uri.toString()));
  const unsaved = vscode.workspace.textDocuments.filter(({ uri, isDirty }) => isDirty && names.has(uri.toString()));
  if (unsaved.length === 0) return true;
  const save = t('Save and Import');
  const [first] = unsaved;
  const question = t('{0} has unsaved changes, and a guide is read as it is saved.', basename(first?.uri.fsPath ?? ''));
  if ((await vscode.window.showWarningMessage(question, { modal: true }, save)) !== save) return false;
  const results = await Promise.all(unsaved.map((document) => document.save()));
  return results.every((result) => result);
}

interface Target {
  readonly file: string;
  readonly root: string;
}

/** Where the plan goes: `rampwatch.yaml` of the workspace folder, or a plan that is there already, or a new one beside it. */
export async function targetOf(actions: Actions, title: string, source: Uri): Promise<Target | undefined> {
  const { vscode, t, connections } = actions;
  const { workspace, window } = vscode;
  const folders = workspace.workspaceFolders ?? [];
  const folder =
    workspace.getWorkspaceFolder(source) ??
    (folders.length > 1
      ? await window.showWorkspaceFolderPick({ placeHolder: t('Which folder does the rollout belong to?') })
      : folders[0]);
  if (folder === undefined) {
    if (folders.length > 1) return undefined;
    throw new UserError('no-folder', t('open the folder of the application first: a plan lives in it.'));
  }
  const root = folder.uri.fsPath;
  const plans = connections.standings
    .flatMap(({ planFiles }) => planFiles)
    .filter((file) => file.startsWith(root + sep));
  if (plans.length === 0) return { file: join(root, 'rampwatch.yaml'), root };
  const another = t('A new plan…');
  const items = [
    ...plans.map((file) => ({ label: workspace.asRelativePath(file), file })),
    { label: another, file: '' },
  ];
  const placeHolder = t('Which plan should it become? A diff is shown first.');
  const chosen = await window.showQuickPick(items, { title, placeHolder });
  if (chosen === undefined) return undefined;
  if (chosen.file !== '') return { file: chosen.file, root };
  const name = await window.showInputBox({
    title,
    prompt: t('The name of the new plan: it is saved as NAME.rampwatch.yaml.'),
    value: plainText(basename(source.fsPath).replace(/\..*$/, ''), 60)
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-'),
    validateInput: (text) =>
      /^[A-Za-z0-9][\w-]*$/.test(text) ? undefined : t('letters, digits, - and _; it begins with a letter or digit'),
  });
  return name === undefined ? undefined : { file: join(root, `${name}.rampwatch.yaml`), root };
}
