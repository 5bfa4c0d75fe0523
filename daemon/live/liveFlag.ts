import { flagDrift, flagUndone } from '../flag/flagDrift.ts';
import type { FlagReading, FlagSeen, FlagTarget, FlagValues } from '../flag/target.ts';
import type { Effect } from '../protocol/domain/flagEffect.ts';
import { tellsExpiry, toldExpiry } from '../protocol/domain/flagTemplate.ts';
import type { FoundExposure, RolloutState } from '../protocol/domain/rolloutState.ts';
import {
  type Duration,
  type EventTime,
  eventTime,
  type Percent,
  percent,
  type WallTime,
} from '../protocol/domain/units.ts';
import type { EffectPreview } from '../protocol/wire/view.ts';
import { mayFindExposure } from '../rollout/exposure.ts';
import type { EffectReport } from './rolloutRunner.ts';

type Standing = Pick<RolloutState, 'phase' | 'effect' | 'drift'>;

export interface LiveFlagOptions {
  /** The target of the plan's flag; `null` when the plan names no flag. */
  readonly target: FlagTarget | null;
  /** The newest look that found the value that was set. */
  readonly rightAt: WallTime | null;
  now(): WallTime;
  /** Another rollout of this workspace sets the same keys and is running: their values are its own. */
  isSharedInUse(): boolean;
  /** The lease of the plan's flag; `null`: it has none. */
  readonly lease: { readonly length: Duration; readonly templates: Readonly<Record<string, string>> } | null;
}

/** The end of a lease that is never renewed again, because the rollout is completed. */
const never = Date.UTC(9999, 11, 31, 23, 59, 59);
/** Milliseconds between two tries to renew a lease. */
const betweenRenewals = 1000;

/** The decisions that follow from a look at the target. */
export interface FlagDecisions {
  /** The target differs from the value that was set, since `from` at the earliest; or (`null`) has it again. */
  seen(drift: { readonly detail: string; readonly from: EventTime } | null): void;
  /** Users are exposed without an attempt; `null`: no longer. */
  exposed(exposure: FoundExposure | null): void;
  /** Recent records of the treatment although nobody should meet it, in a line; `null`: none that count. */
  traffic(): string | null;
  /** A running rollback was overwritten in the target, before the traffic has proven it. */
  undone(effect: string, detail: string): void;
}

/**
 * The link between one rollout and its flag's target: sets it, and looks at it afterwards. Does nothing without a flag.
 */
export class LiveFlag {
  readonly #options: LiveFlagOptions;
  #rightAt: WallTime | null;
  /** When the newest look began. */
  #lookedAt: WallTime | null = null;
  /** The look by which drift and exposure were last reported. */
  #told: FlagSeen | null = null;
  #toldExposure: FlagSeen | null = null;
  /** The reason why the lease could not be renewed; `null`: it was. */
  #leaseFault: string | null = null;
  #triedAt = 0;
  /** The previous look found none of the keys. */
  #wasEmpty = false;
  /** The previous look found no exposure any more. */
  #seemsOver = false;

  constructor(options: LiveFlagOptions) {
    this.#options = options;
    this.#rightAt = options.rightAt;
  }

  /** Looks at the target; every other method then knows the result. A tick looks no sooner than the target asks for. */
  async look(before: 'tick' | 'command'): Promise<void> {
    const { target, now } = this.#options;
    if (target === null) return;
    const began = now();
    if (before === 'tick' && this.#isRecent(target, began)) return;
    await target.look();
    this.#lookedAt = began;
  }

  /** The next tick looks again, however recent the last look is. */
  lookSoon(): void {
    this.#lookedAt = null;
  }

  #isRecent({ lookEvery = 0, lastSeen }: FlagTarget, now: WallTime): boolean {
    if (lastSeen === null || this.#lookedAt === null) return false;
    const every = lastSeen.fault === undefined ? lookEvery : Math.min(lookEvery, mostBetweenFaults);
    return Math.abs(now - this.#lookedAt) < every;
  }

  /** In a line, the reason why the target may not be reached on this machine; `null`: none. */
  obstacle(): string | null {
    return this.#options.target?.obstacle?.() ?? null;
  }

  get #seen(): FlagSeen | null {
    return this.#options.target?.lastSeen ?? null;
  }

  /** The target's values at the newest look; empty before the first. */
  values(): FlagValues {
    return this.#seen?.values ?? {};
  }

  /** The percentage that the target says now; `null` where it says none. */
  found(): Percent | null {
    const reading = this.reading();
    return reading?.kind === 'exposing' ? reading.percent : reading?.kind === 'off' ? percent(0) : null;
  }

  /** The drift, in a line for people. */
  drift(state: Standing): string | null {
    const { target } = this.#options;
    const seen = this.#seen;
    if (target === null || seen === null) return null;
    if (seen.fault === undefined) return flagDrift(target, state, seen.values) ?? this.#leaseDrift(target, state);
    const { phase, effect } = state;
    if (!exposesByFlag(phase) || effect === null || (effect.progress !== 'verified' && effect.progress !== 'in-force'))
      return null;
    const unread = `${target.name} cannot be read, so that nobody knows its present value`;
    // The reasons of a fault change from look to look; one fault is told once.
    return state.drift?.startsWith(unread) === true ? state.drift : `${unread}: ${seen.fault}`;
  }

  /** A rollback is not done until the traffic proves it: one that somebody else undid in the target is set again. */
  keepRollback({ phase, effect }: Standing, { undone: setAgain }: Pick<FlagDecisions, 'undone'>): void {
    const { target } = this.#options;
    const seen = this.#seen;
    const isUnderWay = phase.kind === 'rolling-back' || phase.kind === 'rollback-failed';
    if (target === null || seen === null || seen.fault !== undefined || effect === null || !isUnderWay) return;
    const undone = flagUndone(target, { phase, effect }, seen.values);
    // Another home has gone back farther.
    const found = this.found();
    if (found !== null && found < effect.percent) return;
    if (undone !== null) setAgain(effect.id, undone);
  }

  /** Exposure beyond the stage counts neither as soak nor as evidence: it must be known before any move forward. */
  note(state: Standing, before: 'tick' | 'command', decisions: Pick<FlagDecisions, 'seen'>): void {
    const seen = this.#seen;
    if (seen === null) return;
    const now = this.#options.now();
    const isNew = seen !== this.#told;
    this.#told = seen;
    const detail = this.drift(state);
    if (detail === null) {
      this.#rightAt = this.#lookedAt ?? now;
      this.#wasEmpty = false;
      if (state.drift !== null) decisions.seen(null);
      return;
    }
    // A file may be empty for a moment while it is written.
    const isEmpty = Object.values(seen.values).every((value) => value === null);
    const mayBeWritten = isEmpty && before === 'tick' && (!this.#wasEmpty || !isNew);
    this.#wasEmpty = isEmpty;
    if (mayBeWritten || state.drift === detail) return;
    decisions.seen({ detail, from: eventTime(Math.min(now, this.#rightAt ?? now)) });
  }

  /**
   * Notes users who are exposed although no attempt exposes them: by the target, or by the traffic when the target
   * denies it.
   */
  noteExposure(
    state: RolloutState,
    before: 'tick' | 'command',
    { exposed, traffic }: Pick<FlagDecisions, 'exposed' | 'traffic'>,
  ): void {
    if (!mayFindExposure(state)) return;
    const seen = this.#seen;
    if (this.#options.target !== null && seen === null) return;
    const isNew = seen === null || seen !== this.#toldExposure;
    this.#toldExposure = seen;
    const found = this.#exposure(state, traffic);
    const known = state.exposure;
    if (found === null && known !== null) {
      // As for a drift: a file may be empty for a moment while it is written.
      if ((this.#seemsOver && isNew) || before === 'command') exposed(null);
      this.#seemsOver = true;
      return;
    }
    this.#seemsOver = false;
    if (found === null) return;
    if (known === null || known.by !== found.by || known.percent !== found.percent) {
      exposed({ ...found, since: known?.since ?? eventTime(this.#options.now()) });
    }
  }

  #exposure(state: RolloutState, traffic: FlagDecisions['traffic']): Omit<FoundExposure, 'since'> | null {
    const isSet = state.effect !== null && state.effect.progress !== 'verified' && state.effect.progress !== 'in-force';
    // A value that this rollout is about to write is no exposure by somebody else.
    if (isSet || this.#options.isSharedInUse()) return null;
    const reading = this.reading();
    if (reading?.kind === 'exposing') return { by: 'flag', percent: reading.percent, detail: reading.detail };
    const told = traffic();
    if (told === null) return null;
    return { by: 'traffic', percent: null, detail: reading === null ? told : `${reading.detail}, but ${told}` };
  }

  /** The line for a target that has neither off nor a percentage, when no attempt has set the flag. */
  doubt({ phase }: Pick<RolloutState, 'phase'>): string | null {
    if (phase.kind !== 'planned') return null;
    const fault = this.#seen?.fault;
    if (fault !== undefined) return fault;
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

  /** The target's statement about users; `null` without a flag, and before the first look. */
  reading(): FlagReading | null {
    return this.#seen?.reading ?? null;
  }

  /** Never throws: a fault of the target is in the report. */
  async carryOut({ enabled, percent, purpose }: Effect, signal: AbortSignal): Promise<EffectReport> {
    const { target } = this.#options;
    if (target === null) return { progress: 'verified', detail: null };
    this.#leaseFault = null;
    const { lease, now } = this.#options;
    const report = await target.set(
      { enabled, percent, ...(lease !== null && enabled && { expires: now() + lease.length }) },
      { direction: purpose === 'rollback' ? 'back' : 'forward', signal },
    );
    switch (report.kind) {
      case 'verified':
        return { progress: 'verified', detail: null };
      case 'written':
      case 'failed':
        return { progress: report.kind, detail: report.detail };
    }
  }

  /**
   * The effect whose lease is to be set now; `null`: none. A third of it may pass before it is renewed. The lease of a completed
   * rollout is lifted for good.
   */
  dueRenewal({ phase, effect }: Standing): Effect | null {
    const { lease, now } = this.#options;
    const isInForce = effect?.progress === 'verified' || effect?.progress === 'in-force';
    if (lease === null || effect === null || !isInForce || !effect.enabled) return null;
    if (Math.abs(now() - this.#triedAt) < betweenRenewals || this.#isOthers({ phase, effect })) return null;
    const ends = Object.entries(lease.templates).flatMap(([name, template]) =>
      tellsExpiry(template) ? [toldExpiry(template, this.#seen?.values[name] ?? null)] : [],
    );
    // The keys may be removed once the rollout is completed, but not set anew.
    if (phase.kind === 'completed') return ends.some((end) => end !== null && end < never) ? effect : null;
    if (!exposesByFlag(phase) || phase.kind === 'rolling-back' || phase.kind === 'rollback-failed') return null;
    const isDue = (left: number): boolean =>
      // A clock that was set back leaves a lease that ends too late: nobody would be taken off if this daemon ended now.
      left < (lease.length * 2) / 3 || left > lease.length + betweenRenewals;
    return ends.some((end) => end === null || isDue(end - now())) ? effect : null;
  }

  /** Somebody else has set another value: a rollback by another home must not be undone by a renewal. */
  #isOthers(state: Pick<Standing, 'phase' | 'effect'>): boolean {
    const { target } = this.#options;
    const seen = this.#seen;
    return (
      target !== null && seen !== null && seen.fault === undefined && flagDrift(target, state, seen.values) !== null
    );
  }

  /** Sets the same stage with a new end of its lease, unless the target says another one by now. */
  async renew(effect: Effect, phase: RolloutState['phase'], signal: AbortSignal): Promise<void> {
    const { target, now, lease } = this.#options;
    if (target === null || lease === null) return;
    this.#triedAt = now();
    await target.look();
    if (this.#isOthers({ phase, effect })) return;
    const { enabled, percent } = effect;
    const expires = phase.kind === 'completed' ? never : now() + lease.length;
    const report = await target.set({ enabled, percent, expires }, { direction: 'forward', signal });
    this.#leaseFault = report.kind === 'verified' ? null : report.detail;
  }

  #leaseDrift(target: FlagTarget, { phase, drift }: Standing): string | null {
    if (this.#leaseFault === null || !exposesByFlag(phase)) return null;
    const unrenewed = `the lease of ${target.name} cannot be renewed, and its application takes everybody off at the end`;
    return drift?.startsWith(unrenewed) === true ? drift : `${unrenewed}: ${this.#leaseFault}`;
  }

  /** The machine knows the stages; the target knows how to set them. */
  previews(effects: Effects): Effects {
    const { target } = this.#options;
    if (target === null) return effects;
    return Object.fromEntries(
      Object.entries(effects).map(([kind, preview]) => {
        const wanted = { enabled: preview.percent > 0, percent: preview.percent };
        const deed = target.deed?.(wanted);
        const flag = { target: target.name, values: target.describe(wanted), ...(deed !== undefined && { deed }) };
        return [kind, { ...preview, flag }];
      }),
    );
  }
}

/** Milliseconds between two looks at a target that could not be read. */
const mostBetweenFaults = 5000;

function exposesByFlag({ kind }: RolloutState['phase']): boolean {
  return kind !== 'planned' && kind !== 'completed' && kind !== 'rolled-back';
}

type Effects = { readonly [kind in 'begin' | 'advance' | 'rollback']?: EffectPreview };
