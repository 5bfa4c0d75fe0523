import { type Approvable, approveUse, isApproved } from '../approval/approvals.ts';
import { boundUse } from '../approval/useApproval.ts';
import { targetOf } from '../flag/kinds.ts';
import { loadPlan } from '../plan/load.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { plannedUses } from '../protocol/domain/plannedUses.ts';
import { wallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { Call, ExitCode } from './command.ts';
import { planFile } from './planOption.ts';
import { withTypedAnswers } from './typedAnswer.ts';
import { actor, folderWorkspace } from './workspace.ts';

interface Shown {
  readonly use: Approvable;
  approved: boolean;
}

/**
 * Shows all that the plan would run or connect to, and keeps the approval of a person for exactly that. 1 while something
 * is not approved.
 */
export async function run(call: Call): Promise<ExitCode> {
  const loaded = loadPlan(planFile(call));
  const { directory } = await folderWorkspace(call);
  const all = approvablesOf(loaded, { directory, environment: call.environment }).map(
    (use): Shown => ({ use, approved: isApproved(directory, use.sha256) }),
  );
  for (const each of all) show(each, call);
  const named = call.words;
  const unknown = named.find((word) => !all.some(({ use }) => use.sha256 === word));
  if (unknown !== undefined) {
    const message = `nothing was approved: the plan has nothing with the hash ${plainText(unknown, 80)}, or it has changed since; look at it again`;
    throw new UserError('not-approved', message);
  }
  if (all.length === 0) call.output.line('The plan runs nothing and connects to nothing: nothing needs an approval.');
  for (const each of all) {
    if (each.approved) continue;
    const agreed = named.length > 0 ? named.includes(each.use.sha256) : asks(call) && (await agreedTo(each.use));
    if (!agreed) continue;
    approveUse(directory, each.use, { rollout: loaded.plan.id, by: actor(), at: wallTime(Date.now()) });
    each.approved = true;
    call.output.line(`Approved: ${plainText(each.use.about, 1000)}.`);
  }
  call.output.document({ uses: all.map(({ use, approved }) => ({ ...use, approved })) });
  const open = all.filter(({ approved }) => !approved);
  const [first] = open;
  if (first === undefined) return 0;
  if (!call.output.json) {
    const others = open.length === 1 ? '' : `, and ${open.length - 1} more`;
    call.output.note(
      `rampwatch: not approved: ${plainText(first.use.about, 300)}${others}; look at it, then run \`rampwatch approve ${first.use.sha256}\``,
    );
  }
  return 1;
}

/** All that a plan would run or connect to, as it would happen now. An escalation's command is shown with its bundle. */
function approvablesOf(
  loaded: LoadedPlan,
  machine: { readonly directory: string; readonly environment: NodeJS.ProcessEnv },
): readonly Approvable[] {
  const { plan, root } = loaded;
  const sources = plannedUses(plan).map((use) => boundUse(plan.id, use, root, machine.environment));
  return [...sources, ...(targetOf(loaded, machine)?.approvables?.() ?? [])];
}

function show({ use, approved }: Shown, { output }: Call): void {
  output.line(output.paint('bold', `${plainText(use.about, 1000)}:`));
  for (const line of use.lines) output.line(`  ${plainText(line, Number.POSITIVE_INFINITY)}`);
  output.line(`  ${approved ? 'approved on this machine' : 'not approved on this machine yet'}: ${use.sha256}`);
}

function asks({ output }: Call): boolean {
  return !output.json && process.stdin.isTTY === true && process.stdout.isTTY === true;
}

async function agreedTo({ about }: Approvable): Promise<boolean> {
  return await withTypedAnswers(async (ask) =>
    /^y(?:es)?$/i.test((await ask(`Approve exactly this (${plainText(about, 200)})? [y/N] `)) ?? ''),
  );
}
