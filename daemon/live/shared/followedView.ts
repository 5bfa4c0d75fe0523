import type { FlagTarget } from '../../flag/target.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import type { RolloutView } from '../../protocol/wire/view.ts';
import { standing } from '../../rollout/rolloutStanding.ts';
import { rolloutView } from '../../rollout/rolloutView.ts';
import { RolloutJournal } from '../rolloutJournal.ts';
import { type LiveRolloutOptions, type RolloutParts, rolloutParts } from '../rolloutParts.ts';
import { restoredExecution } from '../startRunner.ts';
import { restoredState } from '../storedState.ts';

/** What this daemon knows by itself of a rollout that it does not judge: its plan, and the journal in its store. */
export class FollowedView {
  readonly #parts: RolloutParts;
  #view: RolloutView;
  #isOld = false;

  constructor(options: LiveRolloutOptions) {
    this.#parts = rolloutParts(options);
    this.#view = viewOf(this.#parts);
  }

  get target(): FlagTarget | null {
    return this.#parts.target;
  }

  /** The journal has grown. */
  changed(): void {
    this.#isOld = true;
  }

  view(problem: string | null): RolloutView {
    if (this.#isOld) this.#view = this.#renewed();
    return { ...this.#view, plan: { ...this.#view.plan, problem } };
  }

  #renewed(): RolloutView {
    const { loaded, now, store } = this.#parts.options;
    this.#isOld = false;
    const journal = journalShown(this.#parts);
    try {
      const state = restoredState(loaded, store, now());
      return { ...this.#view, standing: standing(loaded.plan, state, null, now(), []), journal };
    } catch (error) {
      // The holder's plan has a stage that this one has not.
      if (error instanceof UserError) return { ...this.#view, journal };
      throw error;
    }
  }
}

function viewOf(parts: RolloutParts): RolloutView {
  const { options, target, flag } = parts;
  const { loaded, now } = options;
  const execution = restoredExecution(parts);
  return rolloutView(execution, {
    loaded,
    problem: null,
    standing: standing(loaded.plan, execution.state, null, now(), []),
    health: [],
    flag: target === null ? null : { target: target.name, values: flag.values(), found: flag.found() },
    checklists: [],
    journal: journalShown(parts),
  });
}

function journalShown({ options, instrument, secrets }: RolloutParts): RolloutView['journal'] {
  const { loaded, store, now } = options;
  return new RolloutJournal({
    ...{ loaded, instrument, store, now, secrets },
    failed: () => undefined,
    textAt: () => null,
  }).shown;
}
