import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, sep } from 'node:path';
import type { Uri } from 'vscode';
import { recordEndings } from '../../daemon/protocol/domain/formatNames.ts';
import { type ImportProposal, type InitProposal, initProposal } from '../../daemon/protocol/wire/planProposal.ts';
import type { ImportedPlan } from '../proposal/importedPlans.ts';
import { isLikelyGuide } from '../proposal/likelyGuides.ts';
import { askUnclear, type ProposalAnswers } from '../proposal/proposalQuestions.ts';
import { iconlessText, messageText } from '../views/escapedText.ts';
import type { Actions } from './actions.ts';
import {
  askCommandLine,
  chosenFiles,
  excluded,
  offer,
  type ProposalPorts,
  remarkOf,
  saved,
  targetOf,
  tellDraft,
  urisOf,
} from './proposalCommands.ts';
import type { Handler } from './registerCommand.ts';

const guidePattern = '**/*.{md,markdown}';
const metricsPattern = `**/*.{${[...recordEndings, 'log'].join(',')}}`;
/** More Markdown than this is documentation, and no guide is sought in it. */
const mostRead = 200;

/**
 * Proposes a plan from an application's metrics file, the team's guide and the `.env` together; what they do not tell is asked. A
 * new plan is shown as an unsaved editor, one in the place of another as a diff. Called on files of the explorer, it reads those.
 */
export function proposePlanCommand(actions: Actions, ports: ProposalPorts): Handler {
  const { vscode, t } = actions;
  return async (argument, selection) => {
    const title = t('Propose Plan');
    const given = urisOf(actions, argument, selection);
    const guides = await guidesFor(actions, title, given);
    if (guides === undefined) return;
    const records = given.filter((uri) => !isMarkdown(uri));
    if (records.length === 0 && guides.length > 0 && !(await hasMetrics(actions))) {
      await vscode.commands.executeCommand('rampwatch.importGuide', guides[0], guides);
      return;
    }
    const [metrics] = await chosenFiles(actions, title, {
      given: records,
      pattern: metricsPattern,
      several: false,
      takesOnly: true,
      filters: { [t('Metrics')]: [...recordEndings, 'log', 'gz'] },
    });
    if (metrics === undefined || !(await saved(actions, guides))) return;
    const target = await targetOf(actions, title, metrics);
    if (target === undefined) return;
    await propose(actions, ports, { title, metrics, guides, ...target });
  };
}

interface Inputs {
  readonly title: string;
  readonly metrics: Uri;
  readonly guides: readonly Uri[];
  /** Where the plan is to be written, and the workspace folder that it stays in. */
  readonly file: string;
  readonly root: string;
}

async function propose(actions: Actions, ports: ProposalPorts, inputs: Inputs): Promise<void> {
  const { title, metrics, guides, file, root } = inputs;
  const { vscode } = actions;
  const folder = dirname(file);
  const nameOf = ({ fsPath }: Uri) => relative(folder, fsPath).split(sep).join('/');
  const names = guides.map(nameOf);
  const proposeWith = async (answers: ProposalAnswers, picks: readonly string[]) => {
    const given = Object.entries(answers).map(([role, answer]) => `--${role}=${answer}`);
    const guided = [...names.map((name) => `--guide=${name}`), ...picks.map((pick) => `--pick=${pick}`)];
    const words = ['init', '--yes', '--dry-run', '--json', '--out', file, ...given, ...guided, '--'];
    const call = { words: [...words, relative(folder, metrics.fsPath)], folder };
    return await askCommandLine(actions, ports, title, call, initProposal);
  };
  // What a person decided so far, of the two that ask: the questions of the records, and the disputes of the guides.
  let picks: readonly string[] = [];
  const answered = await askUnclear(vscode, title, (answers) => proposeWith(answers, picks));
  if (answered === undefined) return;
  let { answers, proposal } = answered;
  const { existing } = proposal;
  const unsaved = {
    ...answered,
    title,
    proposeWith: (next: ProposalAnswers) => proposeWith(next, picks),
    written: (next: { readonly answers: ProposalAnswers; readonly proposal: InitProposal }) => {
      ({ answers, proposal } = next);
      const answer = importOf(proposal);
      if (answer !== undefined) ports.imported.proposedAnew(answer);
    },
  };
  const answer = importOf(proposal);
  if (answer === undefined && existing === null) {
    await ports.unsaved.open(file, unsaved);
    return;
  }
  const from = [metrics, ...guides].map(({ fsPath }) => basename(fsPath)).join(', ');
  const remarks = (answer?.findings ?? []).map((finding) => remarkOf(finding, folder));
  const proposed =
    existing === null ? undefined : { file, root, existing, proposal: proposal.proposal, from, remarks, edited: true };
  if (answer === undefined) {
    if (proposed === undefined) return;
    await ports.proposals.show(proposed);
    await offer(actions, ports, proposed);
    return;
  }
  const imported: ImportedPlan = {
    title,
    folder,
    guides: names,
    answer,
    picks,
    proposed,
    importWith: async (next) => {
      const anew = await proposeWith(answers, next);
      if (anew !== undefined) proposal = anew;
      return anew && importOf(anew);
    },
    settled: (next) => {
      picks = next;
      ports.unsaved.hold(file, { ...unsaved, answers, proposal });
    },
  };
  if (!(await ports.imported.open(imported))) return;
  if (proposed !== undefined) {
    await offer(actions, ports, proposed);
    return;
  }
  ports.unsaved.hold(file, unsaved);
  ports.proposals.remark(remarks);
  await tellDraft(actions, messageText(vscode.workspace.asRelativePath(file)), remarks);
}

/** What the guides said, as an import would have it; `undefined` without a guide. */
function importOf({ guide, file, proposal, existing }: InitProposal): ImportProposal | undefined {
  return guide && { file, proposal, existing, outcome: 'new', ...guide };
}

/**
 * The guides to read with the records. Those that were named, or the one that is there; a person chooses among several. Where only
 * records were named, no guide is sought. `undefined`: the person cancelled.
 */
async function guidesFor(actions: Actions, title: string, given: readonly Uri[]): Promise<readonly Uri[] | undefined> {
  const { vscode, t } = actions;
  const { window, workspace } = vscode;
  if (given.length > 0) return given.filter(isMarkdown);
  const found = await workspace.findFiles(guidePattern, excluded, mostRead);
  const likely: Uri[] = [];
  for (const uri of found.toSorted((one, other) => one.fsPath.localeCompare(other.fsPath))) {
    const text = await readFile(uri.fsPath, 'utf8').catch(() => '');
    if (isLikelyGuide({ path: uri.fsPath, text })) likely.push(uri);
  }
  if (likely.length <= 1) return likely;
  const items = likely.map((uri) => ({ label: iconlessText(workspace.asRelativePath(uri)), uri }));
  const placeHolder = t('Which guides tell of this rollout? None: the plan is proposed from the records alone.');
  const chosen = await window.showQuickPick(items, { title, placeHolder, canPickMany: true });
  return chosen?.map(({ uri }) => uri);
}

function isMarkdown({ fsPath }: Uri): boolean {
  return /\.(?:md|markdown)$/i.test(fsPath);
}

async function hasMetrics({ vscode }: Actions): Promise<boolean> {
  return (await vscode.workspace.findFiles(metricsPattern, excluded, 1)).length > 0;
}
