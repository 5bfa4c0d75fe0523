import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import type { StandingView } from '../protocol/wire/view.ts';

/** The state that a person decides on; the revision moves with every verdict that flickers. */
export interface Decidable {
  readonly standing: Pick<StandingView, 'attempt' | 'stage' | 'phase' | 'revision'>;
}

/** How often a decision is sent again before the refusal is reported. */
const mostSends = 3;

/**
 * Sends a decision for the rollout as it is shown. A decision that is refused only because the revision moved, with
 * attempt, stage and phase unchanged, still holds and is sent again for the newer revision.
 *
 *
 * @param later the rollout once it is shown at this revision; `null` when it does not come.
 */
export async function decide<View extends Decidable>(
  shown: View,
  send: (view: View) => Promise<CommandOutcome>,
  later: (revision: number) => Promise<View | null>,
): Promise<CommandOutcome> {
  let view = shown;
  for (let sends = 1; ; sends += 1) {
    const outcome = await send(view);
    if (outcome.kind === 'done' || outcome.code !== 'stale' || sends === mostSends) return outcome;
    const newer = await later(outcome.revision);
    if (newer === null || !stands(view, newer)) return outcome;
    view = newer;
  }
}

function stands({ standing: before }: Decidable, { standing: after }: Decidable): boolean {
  return before.attempt === after.attempt && before.stage === after.stage && before.phase.kind === after.phase.kind;
}
