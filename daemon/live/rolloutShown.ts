import type { Health, RolloutView } from '../protocol/wire/view.ts';
import { standing } from '../rollout/rolloutStanding.ts';
import { rolloutView } from '../rollout/rolloutView.ts';
import { wantedCredentials } from './askedFor.ts';
import type { RolloutParts } from './rolloutParts.ts';
import type { RolloutReading } from './rolloutReading.ts';
import type { RolloutRunner } from './rolloutRunner.ts';

/** The view of a rollout for its clients. A defect of ours leaves the last view, with an alarm. */
export class RolloutShown {
  readonly #parts: RolloutParts;
  readonly #runner: RolloutRunner;
  readonly #reading: RolloutReading;
  #last: RolloutView | null = null;

  constructor(parts: RolloutParts, runner: RolloutRunner, reading: RolloutReading) {
    this.#parts = parts;
    this.#runner = runner;
    this.#reading = reading;
  }

  /** One line while the state of this rollout cannot be stored. */
  get fault(): string | null {
    const { fault } = this.#parts.storage;
    if (fault === null || !this.#runner.owesRollback) return fault;
    return `${fault}; the rollback is carried out, and will be journalled when that works again`;
  }

  /** @param problem why the plan file as it is now cannot be used. */
  view(problem: string | null): RolloutView {
    const last = this.#last;
    if (last === null) {
      this.#last = this.#viewNow(problem);
      return this.#last;
    }
    const { defects } = this.#parts;
    const view = defects.guard('the view', () => this.#viewNow(problem), null);
    if (view === null) {
      const health: Health = { kind: 'alarm', detail: defects.line ?? '' };
      return { ...last, standing: { ...last.standing, health } };
    }
    // Restored after a refused commit and not judged yet: the last view still holds, but for the trouble itself.
    if (this.#runner.execution.judgement === null) {
      const health = new Map(this.#reading.health().map((of) => [of.source, of]));
      return {
        ...last,
        standing: { ...last.standing, health: view.standing.health },
        sources: last.sources.map((source) => ({ ...source, health: health.get(source.source) ?? source.health })),
      };
    }
    this.#last = view;
    return view;
  }

  #viewNow(problem: string | null): RolloutView {
    const { options, defects, flag, target, checklists, journal, explanations, messages } = this.#parts;
    const { loaded, now } = options;
    const { execution } = this.#runner;
    const health = this.#reading.health();
    const alarms = [this.fault, defects.line, flag.drift(execution.state)];
    const doubts = [
      flag.doubt(execution.state),
      ...health.map(({ state, detail }) => (state === 'error' || state === 'degraded' ? detail : null)),
      messages.doubt,
    ];
    const troubles = [...troublesOf('alarm', alarms), ...troublesOf('degraded', doubts)];
    const stand = standing(loaded.plan, execution.state, execution.judgement, now(), troubles);
    return rolloutView(execution, {
      loaded,
      problem,
      standing: { ...stand, effects: flag.previews(stand.effects ?? {}) },
      health,
      flag: target === null ? null : { target: target.name, values: flag.values(), found: flag.found() },
      ...checklists.parts(execution.state),
      explanations: explanations.shown,
      credentials: wantedCredentials(loaded, options.handed),
      journal: journal.shown,
    });
  }
}

function troublesOf(kind: 'alarm' | 'degraded', details: readonly (string | null)[]): readonly Health[] {
  return details.flatMap((detail) => (detail === null ? [] : [{ kind, detail }]));
}
