import type { HandedCredentials } from '../approval/handedCredentials.ts';
import { targetOf } from '../flag/kinds.ts';
import type { FlagTarget } from '../flag/target.ts';
import { compileInstrument } from '../measure/instrument.ts';
import type { Effect } from '../protocol/domain/flagEffect.ts';
import { flagTexts } from '../protocol/domain/flagKinds.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import type { Store } from '../store/store.ts';
import { Defects } from './defects.ts';
import { EditedCounts } from './editedCounts.ts';
import { knownSecrets } from './knownSecrets.ts';
import { LiveChecklists } from './liveChecklists.ts';
import { LiveExplanations } from './liveExplanations.ts';
import { LiveFlag } from './liveFlag.ts';
import { LiveMessages } from './messages/liveMessages.ts';
import { RolloutJournal } from './rolloutJournal.ts';
import { restoredState } from './storedState.ts';

/** Another rollout that sets a key of this one's flag. */
export interface SharingRollout {
  readonly loaded: LoadedPlan;
  readonly target: FlagTarget | null;
  readonly needsWatch: boolean;
}

export interface LiveRolloutOptions {
  readonly loaded: LoadedPlan;
  readonly store: Store;
  /** The private folder of the state. */
  readonly directory: string;
  /** Of the daemon. */
  readonly environment: NodeJS.ProcessEnv;
  /** What editors have handed to the daemon. */
  readonly handed: HandedCredentials;
  /** The end of the time in which the rollout was watched before; `null` when it never was. */
  readonly watchedUntil: WallTime | null;
  /** The plan as it was executed last, before this one; `null` for a plan that never was. */
  readonly saidBefore: LoadedPlan | null;
  /** Looks at the clock, and tells every rollout of a gap. */
  noteClock(): void;
  now(): WallTime;
  /** Something that a client is shown may have changed. */
  changed(): void;
  /** The other rollouts that set a key of this one's flag. */
  sharing(id: string): readonly SharingRollout[];
  log(level: 'info' | 'warn' | 'error', detail: string): void;
  /** The lease of a shared rollout; left out where the rollout is this daemon's alone. */
  readonly lease?: LeaseGate;
}

/** What the lease of a shared rollout lets its holder do. */
export interface LeaseGate {
  /** The name of this daemon in the team. */
  member(): string;
  /** In a line, the reason why nothing may go forward now; `null`: it may. */
  obstacle(): string | null;
  /** The same for a new decision, of which the team must be able to hear. */
  decisionObstacle(): string | null;
  /**
   * Resolves with `null` once the flag may be set for this purpose, because everything decided is published under a live
   * lease; otherwise with the reason, in a line. A way back is never held up for long.
   */
  permit(purpose: Effect['purpose']): Promise<string | null>;
}

/**
 * The first stage of a rollout's construction: the parts that decide nothing, so none of them knows the runner. The
 * second is the runner (startRunner.ts), which needs these; the third reads (rolloutReading.ts) and needs both.
 */
export interface RolloutParts {
  readonly options: LiveRolloutOptions;
  readonly instrument: Instrument;
  readonly defects: Defects;
  /** One line while the state of the rollout cannot be stored. */
  readonly storage: { fault: string | null };
  /** The target that the plan actuates; `null` when it names no flag. */
  readonly target: FlagTarget | null;
  readonly flag: LiveFlag;
  readonly checklists: LiveChecklists;
  readonly journal: RolloutJournal;
  readonly explanations: LiveExplanations;
  readonly messages: LiveMessages;
  readonly counts: EditedCounts;
  /** The texts that the sources keep of what nobody can read again; set once they run. */
  readonly texts: { at(place: Place): string | null };
  /** Texts that must not come back in a text for people. */
  secrets(): readonly string[];
}

/** @throws UserError for an edit of the plan that cannot be taken: everything is left as it was then. */
export function rolloutParts(options: LiveRolloutOptions): RolloutParts {
  const { loaded, store, now, changed } = options;
  const { plan } = loaded;
  const defects = new Defects((detail) => options.log('error', `${plan.id}: ${detail}`));
  const target = targetOf(loaded, options);
  const flag = new LiveFlag({
    target,
    rightAt: options.watchedUntil,
    now,
    lease: plan.flag?.lease === undefined ? null : { length: plan.flag.lease, templates: flagTexts(plan.flag) },
    isSharedInUse: () => options.sharing(plan.id).some(({ needsWatch }) => needsWatch),
  });
  const checklists = new LiveChecklists({
    loaded,
    now,
    changed,
    flagValues: () => flag.values(),
    failed: (error) => defects.note('the checklists', error),
  });
  const secrets = () => knownSecrets(loaded, options);
  const explanations = new LiveExplanations({
    loaded,
    now,
    secrets,
    failed: (error) => options.log('error', `${plan.id}: the failures are not explained: ${String(error)}`),
  });
  const entries = [...store.events(plan.id)];
  checklists.fold(entries);
  explanations.fold(entries);
  const instrument = compileInstrument(plan);
  const failed = (error: unknown) => defects.note('the journal', error);
  const texts: RolloutParts['texts'] = { at: () => null };
  const journal = new RolloutJournal({
    ...{ loaded, instrument, store, now, secrets, failed },
    textAt: (place) => texts.at(place),
  });
  restoredState(loaded, store, now());
  const { saidBefore, log } = options;
  const counts = new EditedCounts({ loaded, instrument, store, saidBefore, now, log });
  const { directory, environment, handed, lease } = options;
  const messages = new LiveMessages(
    {
      ...{ loaded, store, directory, environment, handed, now, secrets, changed, log },
      member: lease?.member(),
      obstacle: () => lease?.obstacle() ?? null,
    },
    entries,
  );
  return {
    options,
    instrument,
    defects,
    storage: { fault: null },
    target,
    flag,
    checklists,
    journal,
    explanations,
    messages,
    counts,
    texts,
    secrets,
  };
}
