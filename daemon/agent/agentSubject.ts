import * as z from 'zod';
import { UserError } from '../protocol/domain/userError.ts';
import type { RolloutView, WorkspaceView } from '../protocol/wire/view.ts';
import type { KnownRollout } from '../protocol/words/modelStatus.ts';
import { named } from '../protocol/words/modelText.ts';
import type { AgentPorts } from './agentPorts.ts';

/** The rollout that a call is about: its id, where there are several. */
export const rolloutInput = { rollout: z.string().min(1).max(200).optional() };

/**
 * The one rollout that is meant. A person would be asked which; an assistant is told to ask.
 * @throws UserError whose message says what to do next
 */
export async function subject(ports: AgentPorts, rollout: string | undefined): Promise<RolloutView> {
  const view = await ports.view();
  if (view.rollouts.length === 0) throw new UserError('no-rollout', nothingKnown(view));
  const matching = view.rollouts.filter((each) => rollout === undefined || each.rollout === rollout);
  const [only, ...others] = matching;
  const names = view.rollouts.map((each) => named(each.rollout)).join(', ');
  if (only === undefined) {
    throw new UserError(
      'unknown-rollout',
      `There is no such rollout here; there is ${names}. Call again with one of these ids.`,
    );
  }
  if (others.length > 0) {
    throw new UserError(
      'several-rollouts',
      `There are several rollouts: ${names}. Ask the person which one, and call again with its id as "rollout".`,
    );
  }
  return only;
}

/** The daemon answered just now: its state is live. */
export function liveRollout(rollout: RolloutView, now: number): KnownRollout {
  return { rollout, trouble: null, heardAt: now, faults: [] };
}

/** A word for the command line that no option can hide in. */
export function noOption(text: z.ZodString): z.ZodString {
  return text.regex(/^[^-]/, 'it may not begin with a dash');
}

/** The words of the command line that name the rollout. */
export function planOption({ plan }: RolloutView): readonly string[] {
  return [`--plan=${plan.file}`];
}

function nothingKnown({ problems }: WorkspaceView): string {
  const [first] = problems;
  if (first !== undefined) return `The plan cannot be used: ${named(first.message, 600)}. Help the person correct it.`;
  return 'No rollout is watched here. A plan comes from a metrics file (propose_plan), from a guide (import_guide), or by hand.';
}
