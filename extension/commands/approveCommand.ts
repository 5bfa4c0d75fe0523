import { basename, dirname } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { answerOf, reasonOf, refusalOf } from '../connection/commandLine.ts';
import { messageText } from '../views/escapedText.ts';
import type { Actions } from './actions.ts';
import { chosenPlan } from './chosenPlan.ts';
import type { ProposalPorts } from './proposalCommands.ts';
import type { Handler } from './registerCommand.ts';

const answer = z.object({
  uses: z.array(
    z.object({
      about: z.string().max(10_000),
      lines: z.array(z.string().max(100_000)).max(1000),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      approved: z.boolean(),
    }),
  ),
});
type Use = z.output<typeof answer>['uses'][number];

/**
 * Shows, one after the other and word by word, what a plan would run or connect to, and keeps a person's approval of exactly
 * that on this machine, as `rampwatch approve` does.
 */
export function approveOutsideCommand(actions: Actions, ports: Pick<ProposalPorts, 'run' | 'program'>): Handler {
  const { vscode, t } = actions;
  return async (argument) => {
    const title = t('Approve What the Plan Runs');
    const plan = await chosenPlan(actions, title, argument);
    if (plan === undefined) return;
    const uses = await usesOf(ports, plan, []);
    const open = uses.filter(({ approved }) => !approved);
    const name = messageText(basename(plan));
    if (open.length === 0) {
      await vscode.window.showInformationMessage(
        uses.length === 0
          ? t('{0} runs nothing and connects to nothing: nothing needs an approval.', name)
          : t('All that {0} runs or connects to is approved on this machine.', name),
      );
      return;
    }
    const approve = t('Approve');
    for (const { about, lines, sha256 } of open) {
      const detail = lines.map((line) => plainText(line, 2000)).join('\n');
      const question = t('Approve exactly this on this machine: {0}?', messageText(about));
      const options = { modal: true, detail };
      // Whoever does not approve one thing has not looked at the others.
      if ((await vscode.window.showWarningMessage(question, options, approve)) !== approve) return;
      await usesOf(ports, plan, [sha256]);
      vscode.window.setStatusBarMessage(t('Approved: {0}', messageText(about)), 5000);
    }
  };
}

/** What the plan would run or connect to, once those with the hashes are approved. */
async function usesOf(
  { run, program }: Pick<ProposalPorts, 'run' | 'program'>,
  plan: string,
  hashes: readonly string[],
): Promise<readonly Use[]> {
  const words = ['approve', '--json', '--plan', plan, ...hashes];
  const outcome = await run(program(), { words, folder: dirname(plan) });
  const said = answerOf(outcome);
  const parsed = answer.safeParse(said);
  if (parsed.success) return parsed.data.uses;
  throw refusalOf(said) ?? new UserError('no-answer', reasonOf(outcome));
}
