import { basename, dirname } from 'node:path';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { type CommandOutcome, reasonOf } from '../connection/commandLine.ts';
import type { HeldDocuments } from '../evidence/heldDocuments.ts';
import type { Actions } from './actions.ts';
import { chosenPlan } from './chosenPlan.ts';
import { chosenFiles, type ProposalPorts } from './proposalCommands.ts';
import type { Handler } from './registerCommand.ts';

type Ports = Pick<ProposalPorts, 'run' | 'program'>;

/** A thousand rollouts of weeks take minutes; a person can cancel. */
const longest = 60 * 60_000;
const recordings = '**/*.{jsonl,ndjson,csv,jsonl.gz,ndjson.gz,csv.gz}';

/** Judges recorded files by a plan as it is saved, and shows what it makes of them. */
export function tryPlanCommand(actions: Actions, ports: Ports, documents: HeldDocuments): Handler {
  const { vscode, t } = actions;
  return async (argument) => {
    const title = t('Try This Plan on Recorded Data');
    const plan = await chosenPlan(actions, title, argument);
    if (plan === undefined) return;
    const files = await chosenFiles(actions, title, {
      given: [],
      pattern: recordings,
      several: false,
      filters: { [t('Metrics')]: ['jsonl', 'ndjson', 'csv', 'gz'] },
    });
    if (files.length === 0) return;
    const words = ['replay', '--plan', plan, '--format', 'markdown', '--', ...files.map(({ fsPath }) => fsPath)];
    await showResult(actions, ports, documents, { title, plan, words, name: vscode.l10n.t('Replay') });
  };
}

/** Simulates many rollouts of a plan as it is saved, in traffic like that of a recording, and shows what came of them. */
export function simulatePlanCommand(actions: Actions, ports: Ports, documents: HeldDocuments): Handler {
  const { vscode, t } = actions;
  return async (argument) => {
    const title = t('Simulate This Plan');
    const plan = await chosenPlan(actions, title, argument);
    if (plan === undefined) return;
    const assumed = { label: t('Assumed traffic'), description: t('10 records a minute, 99 % succeed'), like: false };
    const recorded = {
      label: t('Traffic like a recording…'),
      description: t('its rate, successes and bursts'),
      like: true,
    };
    const traffic = await vscode.window.showQuickPick([recorded, assumed], { title, placeHolder: t('Which traffic?') });
    if (traffic === undefined) return;
    const like = traffic.like
      ? await chosenFiles(actions, title, {
          given: [],
          pattern: recordings,
          several: false,
          filters: { [t('Metrics')]: ['jsonl', 'ndjson', 'csv', 'gz'] },
        })
      : [];
    if (traffic.like && like.length === 0) return;
    const runs = await vscode.window.showInputBox({
      title,
      prompt: t('How many healthy rollouts? Half as many with a drop are simulated beside them.'),
      value: '200',
      validateInput: (text) => (/^[1-9]\d{0,5}$/.test(text) ? undefined : t('a whole number from 1')),
    });
    if (runs === undefined) return;
    const words = ['simulate', '--plan', plan, '--runs', runs, '--format', 'markdown'];
    const all = [...words, ...like.flatMap(({ fsPath }) => ['--like', fsPath])];
    await showResult(actions, ports, documents, { title, plan, words: all, name: t('Simulation') });
  };
}

interface Asked {
  readonly title: string;
  readonly plan: string;
  readonly words: readonly string[];
  /** The tab's name. */
  readonly name: string;
}

/** Runs the command line, which writes nothing, and shows its page. Its texts of others are escaped there. */
async function showResult(
  { vscode }: Actions,
  { run, program }: Ports,
  documents: HeldDocuments,
  { title, plan, words, name }: Asked,
): Promise<void> {
  const controller = new AbortController();
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const outcome: CommandOutcome = await vscode.window.withProgress(options, async (_progress, token) => {
    token.onCancellationRequested(() => controller.abort());
    return await run(program(), { words, folder: dirname(plan), signal: controller.signal, limit: longest });
  });
  if (controller.signal.aborted) return;
  if (outcome.failure !== null || outcome.output === '') {
    throw new UserError('no-answer', plainText(reasonOf(outcome).replace(/^rampwatch: /, ''), 500));
  }
  const file = `${name} ${plainText(basename(plan), 60).replaceAll(/[^\p{L}\p{N} _.-]/gu, '-')}.md`;
  const uri = documents.hold(`what-if|${plan}|${name}`, { name: file, text: outcome.output, links: [], line: 1 });
  await vscode.commands.executeCommand('markdown.showPreview', uri);
}
