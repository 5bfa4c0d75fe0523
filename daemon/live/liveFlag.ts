import { flagValues, readFlag, setFlag } from '../flag/dotenv/dotenv.ts';
import { flagDrift, flagUndone } from '../flag/flagDrift.ts';
import { type FlagReading, flagReading } from '../flag/flagReading.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { Effect, FoundExposure, RolloutState } from '../protocol/domain/rollout.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import type { EffectPreview } from '../protocol/wire/view.ts';
import { mayFindExposure } from '../rollout/evolve.ts';
import type { EffectReport } from './rolloutRunner.ts';

type Standing = Pick<RolloutState, 'phase' | 'effect' | 'drift'>;

export interface LiveFlagOptions {
  readonly loaded: LoadedPlan;
  /** When the flag's file was last seen to say what was set. */
  readonly rightAt: WallTime | null;
  now(): WallTime;
  /** The file says something else than what was set, since `from` at the earliest; or (`null`) the right thing again. */
  seen(drift: { readonly detail: string; readonly from: EventTime } | null): void;
  /** Users are exposed without an attempt; `null`: no longer. */
  exposed(exposure: FoundExposure | null): void;
  /** Another rollout of this workspace sets the same keys and is under way: what they say is its doing. */
  isSharedInUse(): boolean;
  /** Records of the treatment that have come lately although nobody should meet it, in a line; `null`: none that count. */
  traffic(): string | null;
  /** A rollback under way was overwritten in the file, before the traffic has proven it. */
  undone(effect: string, detail: string): void;
}

/** What one rollout does with its flag's file: sets it, and looks at what it says since. Without a flag, nothing. */
export class LiveFlag {
  readonly #options: LiveFlagOptions;
  #rightAt: WallTime | null;
  /** Its last look found none of the keys. */
  #wasEmpty = false;
  /** Its last look found no exposure any more. */
  #seemsOver = false;

  constructor(options: LiveFlagOptions) {
    this.#options = options;
    this.#rightAt = options.rightAt;
  }

  /** What the file says now; a file that cannot be read says nothing of any key. */
  values(): Readonly<Record<string, string | null>> {
    const { plan, root } = this.#options.loaded;
    const { flag } = plan;
    if (flag === undefined) return {};
    try {
      return readFlag(root, flag);
    } catch {
      return Object.fromEntries(Object.keys(flag.set).map((key) => [key, null]));
    }
  }

  /** That somebody else has set it, in a line for people. */
  drift(state: Standing, values: Readonly<Record<string, string | null>>): string | null {
    const { flag } = this.#options.loaded.plan;
    return flag === undefined ? null : flagDrift(flag, state, values);
  }

  /** Until the traffic proves it a rollback is not done: one that somebody else undid in the flag's file is set again. */
  keepRollback({ phase, effect }: Standing): void {
    const { flag } = this.#options.loaded.plan;
    const isUnderWay = phase.kind === 'rolling-back' || phase.kind === 'rollback-failed';
    if (flag === undefined || effect === null || !isUnderWay) return;
    const undone = flagUndone(flag, { phase, effect }, this.values());
    if (undone !== null) this.#options.undone(effect.id, undone);
  }

  /** Exposure that the stage does not say is nobody's soak and nobody's evidence: it is known before anything goes forward. */
  note(state: Standing, before: 'tick' | 'command'): void {
    if (this.#options.loaded.plan.flag === undefined) return;
    const now = this.#options.now();
    const values = this.values();
    const detail = this.drift(state, values);
    if (detail === null) {
      this.#rightAt = now;
      this.#wasEmpty = false;
      if (state.drift !== null) this.#options.seen(null);
      return;
    }
    // A file that is just being written may be empty for a moment.
    const isEmpty = Object.values(values).every((value) => value === null);
    const mayBeWritten = isEmpty && !this.#wasEmpty && before === 'tick';
    this.#wasEmpty = isEmpty;
    if (mayBeWritten || state.drift === detail) return;
    this.#options.seen({ detail, from: eventTime(Math.min(now, this.#rightAt ?? now)) });
  }

  /**
   * Whether users are exposed although no attempt exposes them: by the flag's file, and where that says no by the traffic.
   */
  noteExposure(state: RolloutState, before: 'tick' | 'command'): void {
    if (!mayFindExposure(state)) return;
    const found = this.#exposure(state);
    const known = state.exposure;
    if (found === null && known !== null) {
      // As of a drift: a file that is just being written may be empty for a moment.
      if (this.#seemsOver || before === 'command') this.#options.exposed(null);
      this.#seemsOver = true;
      return;
    }
    this.#seemsOver = false;
    if (found === null) return;
    if (known === null || known.by !== found.by || known.percent !== found.percent) {
      this.#options.exposed({ ...found, since: known?.since ?? eventTime(this.#options.now()) });
    }
  }

  #exposure(state: RolloutState): Omit<FoundExposure, 'since'> | null {
    const isSet = state.effect !== null && state.effect.progress !== 'verified' && state.effect.progress !== 'in-force';
    // What this rollout is about to write is not what somebody else has done.
    if (isSet || this.#options.isSharedInUse()) return null;
    const reading = this.reading();
    if (reading?.kind === 'exposing') return { by: 'flag', percent: reading.percent, detail: reading.detail };
    const traffic = this.#options.traffic();
    if (traffic === null) return null;
    return { by: 'traffic', percent: null, detail: reading === null ? traffic : `${reading.detail}, but ${traffic}` };
  }

  /** Where no attempt has set the flag: that the file says neither off nor a percentage, in a line. */
  doubt({ phase }: Pick<RolloutState, 'phase'>): string | null {
    if (phase.kind !== 'planned') return null;
    const reading = this.reading();
    switch (reading?.kind) {
      case 'at-odds':
        return `${reading.detail}: the one is off and the other is on`;
      case 'unknown':
        return `${reading.detail}, which is neither off nor a percentage that this plan sets`;
      case 'off':
      case 'exposing':
      case undefined:
        return null;
    }
  }

  /** What the file says of users; `null` without a flag. */
  reading(): FlagReading | null {
    const { flag } = this.#options.loaded.plan;
    return flag === undefined ? null : flagReading(flag, this.values());
  }

  /** Never throws: what is wrong with the file is in the report. */
  async carryOut({ enabled, percent }: Effect): Promise<EffectReport> {
    const { plan, root } = this.#options.loaded;
    if (plan.flag === undefined) return { progress: 'verified', detail: null };
    const report = await setFlag(root, plan.flag, { enabled, percent });
    switch (report.kind) {
      case 'verified':
        return { progress: 'verified', detail: null };
      case 'written':
      case 'failed':
        return { progress: report.kind, detail: report.detail };
    }
  }

  /** The machine knows the stages; what they mean in the flag's file is known here. */
  previews(effects: Effects): Effects {
    const { flag } = this.#options.loaded.plan;
    if (flag === undefined) return effects;
    return Object.fromEntries(
      Object.entries(effects).map(([kind, preview]) => {
        const values = flagValues(flag, { enabled: preview.percent > 0, percent: preview.percent });
        return [kind, { ...preview, flag: { file: flag.dotenv, values } }];
      }),
    );
  }
}

type Effects = { readonly [kind in 'begin' | 'advance' | 'rollback']?: EffectPreview };
