import type { Phase } from '../../daemon/protocol/domain/rolloutPhase.ts';
import { decidingFirings } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import type { WantedCredential } from '../../daemon/protocol/wire/credentials.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';

/** The only events that interrupt a person, the most urgent first. */
export const noticeKinds = [
  'rollbackFailed',
  'exposed',
  'drifted',
  'rollback',
  'reviewNeeded',
  'heldByTrigger',
  'credential',
  'unapproved',
  'sourceSilent',
  'rollbackDone',
  'gateReady',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export interface Notice {
  readonly kind: NoticeKind;
  /** The key of the event itself, the same whenever it is seen: a notice appears once. */
  readonly key: string;
  /** The subject beside the rollout: the source that is silent. From the plan, so untrusted. */
  readonly about?: string | undefined;
  /** What the daemon lacks. */
  readonly credential?: WantedCredential | undefined;
}

/**
 * True when the later news of a rollout makes the earlier one untrue: a rollout has one phase, and rests on no silent
 * source once the source is back.
 */
export function outdates(later: NoticeKind, earlier: NoticeKind): boolean {
  if (later === 'credential' || earlier === 'credential') return false;
  if (later === 'rollback' || later === 'rollbackFailed' || later === 'rollbackDone') return true;
  return isOfPhase(later) && isOfPhase(earlier);
}

function isOfPhase(kind: NoticeKind): boolean {
  return kind !== 'sourceSilent' && kind !== 'unapproved';
}

/** True when a notice that waits is still worth its interruption, and one on screen still worth that others wait. */
export function stillHolds({ kind, about }: Notice, { sources, flag, standing }: RolloutView): boolean {
  switch (kind) {
    case 'unapproved':
      return sources.some(({ glob, health }) => glob === about && health.unapproved === true);
    case 'drifted':
      return flag?.drift !== undefined;
    case 'exposed':
      return standing.exposure !== undefined;
    case 'reviewNeeded':
      return standing.phase.kind === 'review';
    case 'heldByTrigger':
      return standing.phase.kind === 'held';
    case 'gateReady':
      return standing.phase.kind === 'ready';
    case 'rollback':
    case 'rollbackDone':
    case 'rollbackFailed':
    case 'credential':
    case 'sourceSilent':
      return true;
  }
}

/**
 * The news since `before`; `null`: the rollout is seen for the first time, and only the states that wait for a person
 * are news. `actor`: the reader; their own actions are no news to them.
 */
export function noticesFor(before: RolloutView | null, after: RolloutView, actor: string): readonly Notice[] {
  return [
    ...exposureNotices(before, after),
    ...driftNotices(before, after),
    ...phaseNotices(before, after, actor),
    ...approvalNotices(before, after),
    ...silenceNotices(before, after),
  ];
}

/** A credential that the daemon lacks waits for a person: news at first sight too. */
export function credentialNotice({ rollout }: RolloutView, credential: WantedCredential): Notice {
  const { place, want, since } = credential;
  return { kind: 'credential', key: [rollout, 'credential', place, want, since].join('|'), credential };
}

function firingKeys(firings: readonly Firing[]): readonly string[] {
  return firings.map(({ trigger, at }) => `${trigger}@${at}`);
}

function phaseNotices(before: RolloutView | null, after: RolloutView, actor: string): readonly Notice[] {
  const { phase, attempt, since, stage } = after.standing;
  const notice = (kind: NoticeKind, ...event: readonly (string | number)[]): readonly Notice[] => [
    { kind, key: [after.rollout, kind, attempt, ...event].join('|') },
  ];
  const was = before?.standing.phase.kind ?? null;
  switch (phase.kind) {
    case 'rollback-failed':
      return was === 'rollback-failed' ? [] : notice('rollbackFailed', since);
    case 'rolling-back':
    case 'rolled-back':
      // Good news after the bad: nobody is left with "FAILED" as the last word.
      if (was === 'rollback-failed' && phase.kind === 'rolled-back') return notice('rollbackDone', since);
      if (was === null || isRollback(was) || isOwn(phase, actor)) return [];
      return notice('rollback');
    case 'review':
    case 'held': {
      const firings = firingKeys(decidingFirings(phase));
      const waited =
        before === null || isRollback(before.standing.phase.kind) ? [] : decidingFirings(before.standing.phase);
      const known = new Set(firingKeys(waited));
      const isNews = firings.some((key) => !known.has(key));
      return isNews ? notice(phase.kind === 'review' ? 'reviewNeeded' : 'heldByTrigger', ...firings) : [];
    }
    case 'ready': {
      // Once per stay: a gate at its limit would otherwise notify again and again. No person is needed where the plan
      // advances.
      const from = after.stages[after.standing.stageIndex]?.visit?.from ?? 0;
      return was === null || was === 'ready' || after.plan.mode === 'auto' ? [] : notice('gateReady', stage, from);
    }
    case 'planned':
    case 'soaking':
    case 'completed':
      return [];
  }
}

/** Users are exposed without an attempt: news at first sight too, because it waits for a person. */
function exposureNotices(before: RolloutView | null, after: RolloutView): readonly Notice[] {
  const { exposure } = after.standing;
  if (exposure === undefined || before?.standing.exposure !== undefined) return [];
  return [{ kind: 'exposed', key: [after.rollout, 'exposed', exposure.since].join('|') }];
}

/** Somebody else has set the flag: news at first sight too, and again when it says another percentage. */
function driftNotices(before: RolloutView | null, after: RolloutView): readonly Notice[] {
  const drift = after.flag?.drift;
  const known = before?.flag?.drift;
  if (drift === undefined || (known !== undefined && known.found === drift.found)) return [];
  const { attempt, stageIndex } = after.standing;
  const from = after.stages[stageIndex]?.visit?.drifts?.at(-1)?.from ?? 0;
  return [{ kind: 'drifted', key: [after.rollout, 'drifted', attempt, from, drift.found ?? ''].join('|') }];
}

function isRollback(kind: Phase['kind']): boolean {
  return kind === 'rolling-back' || kind === 'rolled-back' || kind === 'rollback-failed';
}

function isOwn({ cause }: Extract<Phase, { kind: 'rolling-back' | 'rolled-back' }>, actor: string): boolean {
  return cause.kind === 'person' && cause.by === actor;
}

/** A source that spoke and fell silent while the rollout rests on it. */
function silenceNotices(before: RolloutView | null, after: RolloutView): readonly Notice[] {
  if (before === null || !isWatched(after.standing.phase.kind)) return [];
  return after.sources.flatMap((source) => {
    const was = before.sources.find((each) => each.source === source.source);
    if (!source.needed || source.fresh || was === undefined || !was.fresh) return [];
    const event = [source.glob, source.arrived ?? ''];
    const key = [after.rollout, 'sourceSilent', ...event].join('|');
    return [{ kind: 'sourceSilent' as const, key, about: source.glob }];
  });
}

/** Nobody has approved what a source runs or connects to: news at first sight too, because it waits for a person. */
function approvalNotices(before: RolloutView | null, after: RolloutView): readonly Notice[] {
  return after.sources.flatMap(({ source, glob, health }): readonly Notice[] => {
    const was = before?.sources.find((each) => each.source === source && each.glob === glob);
    if (health.unapproved !== true || was?.health.unapproved === true) return [];
    return [{ kind: 'unapproved', key: [after.rollout, 'unapproved', glob].join('|'), about: glob }];
  });
}

function isWatched(kind: Phase['kind']): boolean {
  return kind === 'soaking' || kind === 'ready' || kind === 'held' || kind === 'review';
}
