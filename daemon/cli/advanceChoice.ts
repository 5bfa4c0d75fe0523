import { UserError } from '../protocol/domain/userError.ts';
import type { RolloutView, StageView } from '../protocol/wire/view.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { partTitle, stageTitle } from '../protocol/words/partTitle.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type Call, flagOption, textOption } from './command.ts';
import { withTypedAnswers } from './typedAnswer.ts';

/** The name by which `--to` means the end of the rollout. */
const completion = 'completed';

/** The stage that an advance leads to; `null`: it completes the rollout. */
export function nextStage({ stages, standing }: RolloutView): StageView | null {
  return stages[standing.stageIndex + 1] ?? null;
}

/**
 * Checks the named stage against the shown state, and asks on a terminal when no stage was named.
 * @throws UserError when the rollout is elsewhere, and when the person declines
 */
export async function chooseAdvance(view: RolloutView, call: Call): Promise<void> {
  const { standing, stages } = view;
  const from = textOption(call, 'from');
  const to = textOption(call, 'to');
  const known = (id: string): boolean => stages.some((stage) => stage.id === id);
  for (const id of [from, to]) {
    if (id === undefined || known(id) || (id === to && id === completion)) continue;
    const names = stages.map((stage) => stage.id).join(', ');
    throw new UserError('no-stage', `the plan has no stage ${plainText(id)}; it has ${names}`);
  }
  if (from !== undefined && standing.stage !== from) {
    throw new UserError('stale', `the rollout is in ${plainText(standing.stage)} and not in ${from}: look again`);
  }
  const next = nextStage(view);
  if (to !== undefined && (next?.id ?? completion) !== to) {
    const leads = next === null ? 'completes the rollout' : `leads to ${plainText(next.id)}`;
    throw new UserError(
      'stale',
      `the rollout is in ${plainText(standing.stage)}, where an advance ${leads}: look again`,
    );
  }
  const asks = call.output.terminal && process.stdin.isTTY === true;
  if (to !== undefined || !asks || flagOption(call, 'yes')) return;
  const answer = await withTypedAnswers((ask) => ask(`${questionOf(view)} [y/N] `));
  if (answer === null || !/^y(es)?$/i.test(answer)) throw new UserError('declined', 'not done: nothing was changed');
}

function questionOf(view: RolloutView): string {
  const { standing } = view;
  const next = nextStage(view);
  const here = `${stageTitle(view, standing.stage)} (${percentText(standing.percent)})`;
  if (next === null) return `Complete the rollout in ${here}?`;
  const flag = standing.effects?.advance?.flag ?? null;
  const values = Object.entries(flag?.values ?? {}).map(([key, value]) => `${key}=${value}`);
  const change = flag === null ? '' : ` ${plainText(flag.deed ?? `${flag.target}: ${values.join(', ')}`)}.`;
  return `Advance from ${here} to ${partTitle(next)} (${percentText(next.percent)})?${change}`;
}
