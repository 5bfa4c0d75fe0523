import { formatDuration } from '../protocol/domain/duration.ts';
import type { Effect } from '../protocol/domain/flagEffect.ts';
import type { Plan, Stage } from '../protocol/domain/plan.ts';
import type { GoneStage, RolloutState } from '../protocol/domain/rolloutState.ts';
import { type Duration, duration, type EventTime, type WallTime, wallTime } from '../protocol/domain/units.ts';
import type {
  ConditionVerdict,
  JudgedSource,
  Judgement,
  ShareProof,
  TriggerStatus,
} from '../protocol/domain/verdict.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { consequenceText } from '../protocol/words/consequenceText.ts';
import { english } from '../protocol/words/factWords.ts';
import { conditionText, percentText, settingText, soakStillText } from '../protocol/words/figureText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { evidenceOf } from '../protocol/words/verdictWords.ts';
import { soakedBy } from './soak.ts';

/** An obstacle between a stage and the next. Only an empty list passes; anything unknown is in the list. */
export type Blocker =
  | { readonly kind: 'stage-gone'; readonly stage: string }
  | { readonly kind: 'not-judged' }
  | { readonly kind: 'trigger'; readonly id: string }
  /** The letter of a trigger that acts on a proof holds: `when`, with a figure, as the plan writes it. */
  | { readonly kind: 'crossed'; readonly id: string; readonly when: string }
  | { readonly kind: 'pending'; readonly trigger: TriggerStatus; readonly since: EventTime }
  | { readonly kind: 'effect'; readonly effect: Effect; readonly proof: ShareProof | null }
  | { readonly kind: 'drift'; readonly detail: string }
  /** `after`: the end of the gap; `until`: the end of the first full window of new data, `null` while there are none. */
  | { readonly kind: 'clock-gap'; readonly after: WallTime; readonly until: WallTime | null }
  | { readonly kind: 'source'; readonly source: JudgedSource }
  | { readonly kind: 'no-source' }
  | { readonly kind: 'condition'; readonly verdict: ConditionVerdict }
  /** It is met, and the plan asks for a proof of it. */
  | { readonly kind: 'unproven'; readonly verdict: ConditionVerdict }
  | { readonly kind: 'unjudged'; readonly condition: string }
  /**
   * An edit has removed a condition from the gate that did not hold, and does not hold now; `null`: nobody can tell.
   */
  | { readonly kind: 'loosened'; readonly condition: string; readonly verdict: ConditionVerdict | null }
  /** Records of a file may have been counted twice in this stay. */
  | { readonly kind: 'doubled'; readonly file: string }
  /** Records of a stream may be missing in this stay. */
  | { readonly kind: 'lost'; readonly file: string }
  /** An edit has removed later stages. */
  | { readonly kind: 'stages-gone'; readonly stages: readonly GoneStage[] }
  | { readonly kind: 'soak'; readonly required: Duration; readonly soaked: Duration; readonly until: WallTime | null };

/**
 * The open points of the current stage, most important first; the phase (a hold, a review) and freeze windows are not
 * among them. Empty exactly when every condition of the gate is `met`, no trigger fires or is pending, every needed
 * source is fresh, data has come since a clock gap, nothing may be counted twice or be lost, the stage's effect is in force,
 * nobody else has set the flag and the soak is over.
 */
export function blockers(
  plan: Plan,
  state: RolloutState,
  judgement: Judgement | null,
  now: WallTime,
): readonly Blocker[] {
  const stage = currentStage(plan, state);
  if (stage === undefined) return [{ kind: 'stage-gone', stage: currentStageId(plan, state) }];
  const found: Blocker[] = [];
  if (judgement === null) found.push({ kind: 'not-judged' });
  for (const { id, phase, rule, when } of judgement?.triggers ?? []) {
    if (phase.kind === 'firing')
      found.push(rule === 'proven' ? { kind: 'crossed', id, when } : { kind: 'trigger', id });
  }
  // Its condition holds: an advance would expose more users to a likely rollback or review.
  for (const trigger of judgement?.triggers ?? []) {
    const { phase } = trigger;
    if (phase.kind === 'pending') found.push({ kind: 'pending', trigger, since: phase.since });
  }
  const { effect } = state;
  if (effect !== null && !isInForce(plan, effect)) {
    found.push({ kind: 'effect', effect, proof: judgement?.proof ?? null });
  }
  if (state.drift !== null) found.push({ kind: 'drift', detail: state.drift });
  if (state.freshDataAfter !== null) found.push(clockGapBlocker(plan, stage, judgement, state.freshDataAfter));
  if (judgement !== null) found.push(...silentSources(judgement), ...gateBlockers(plan, stage, judgement));
  found.push(...loosenedGate(state, judgement), ...goneStages(plan, state));
  for (const file of state.doubled ?? []) found.push({ kind: 'doubled', file });
  for (const file of state.lost ?? []) found.push({ kind: 'lost', file });
  const soaked = soakedBy(state, now);
  if (soaked < stage.soak) found.push(soakBlocker(state, stage.soak, soaked));
  return found;
}

function clockGapBlocker(plan: Plan, stage: Stage, judgement: Judgement | null, after: WallTime): Blocker {
  const isThere = judgement !== null && hasFreshData(judgement, after);
  return { kind: 'clock-gap', after, until: isThere ? freshWindowEnd(plan, stage, after) : null };
}

/** The stage of the attempt; `undefined` when an edit of the plan has removed it. */
export function currentStage(plan: Plan, state: RolloutState): Stage | undefined {
  const stage = plan.stages[state.stage];
  const visit = state.visits.at(-1);
  if (visit === undefined || visit.to !== null) return stage;
  return stage?.id === visit.stage ? stage : undefined;
}

/** The stage that a command must name as the one it was decided on. */
export function currentStageId(plan: Plan, state: RolloutState): string {
  return state.visits.at(-1)?.stage ?? plan.stages[state.stage]?.id ?? '';
}

/**
 * True when a stage's effect counts as in force: proven by the traffic when the plan names a proof, else read back. At
 * 0 % no traffic can prove anything; there the file is enough, unless the traffic contradicts it.
 */
function isInForce(plan: Plan, effect: Effect): boolean {
  if (effect.progress === 'in-force') return true;
  if (effect.progress !== 'verified' || effect.detail !== null) return false;
  return plan.flag?.proof === undefined || !effect.enabled;
}

/**
 * True when the counts describe the time after the gap, in the sources that the gate or the triggers rest on, or in all
 * when they rest on none. Arrival proves nothing: a record written before the gap may be read long after it. So a
 * record of a source must have happened after the gap, and nothing older may be unread: every source was read to its
 * end since, or has reached a newer record of its own. Where all are logs, which may be silent, having read them is
 * enough.
 */
export function hasFreshData({ freshness }: Judgement, after: WallTime): boolean {
  const needed = freshness.filter((source) => source.needed);
  const counted = needed.length > 0 ? needed : freshness;
  const records = counted.filter(({ kind }) => kind === 'records');
  const happened = (source: JudgedSource) =>
    source.kind === 'records' && source.newestSinceGap !== null && source.newestSinceGap > after;
  const wasRead = ({ readToEnd }: JudgedSource) => readToEnd !== null && readToEnd > after;
  if (counted.length === 0 || (records.length > 0 && !records.some(happened))) return false;
  return counted.every((source) => happened(source) || wasRead(source));
}

/**
 * The end of the first full window after a gap of the clock: the longest of the triggers that roll back, or the soak
 * where that is shorter. Before it, a few good records would stand for a window that nobody has seen.
 */
export function freshWindowEnd({ triggers }: Plan, stage: Stage | undefined, after: WallTime): WallTime {
  const windows = triggers.filter(({ then }) => then === 'rollback').map(({ over }) => over);
  return wallTime(after + Math.min(Math.max(0, ...windows), stage?.soak ?? 0));
}

/** One line that stays the same while a second passes: instants, never ages. */
export function blockerText(blocker: Blocker, now: WallTime, zone: string): string {
  switch (blocker.kind) {
    case 'stage-gone':
      return `the plan no longer has the stage ${blocker.stage}: put it back, or roll back`;
    case 'not-judged':
      return 'nothing has been judged yet';
    case 'trigger':
      return `the trigger ${blocker.id} fires`;
    case 'crossed':
      return `${plainText(blocker.when)} holds now, not proven: the trigger ${blocker.id} waits for a proof`;
    case 'pending':
      return pendingText(blocker.trigger, blocker.since, now, zone);
    case 'effect':
      return effectText(blocker.effect, blocker.proof);
    case 'drift':
      return plainText(blocker.detail);
    case 'clock-gap':
      return blocker.until === null
        ? `no new data since the clock gap that ended ${clockText(blocker.after, now, zone)}`
        : `new data since the clock gap are to fill a window, until ${clockText(blocker.until, now, zone)}`;
    case 'source':
      return sourceText(blocker.source, now, zone);
    case 'no-source':
      return 'no source has been read yet';
    case 'condition':
      return conditionText(blocker.verdict);
    case 'unproven': {
      const evidence = evidenceOf(blocker.verdict, english);
      return `${conditionText(blocker.verdict)}: ${evidence === null ? 'not proven' : evidence.sentence}`;
    }
    case 'unjudged':
      return `${blocker.condition} has not been judged yet`;
    case 'loosened': {
      const stands = blocker.verdict === null ? '' : ` (${conditionText(blocker.verdict)})`;
      return `the plan no longer asks for ${plainText(blocker.condition)}, which is not met${stands}: continuing needs a reason`;
    }
    case 'doubled':
      return `${plainText(blocker.file)} was rewritten, and some of it may be counted twice: continuing needs a reason`;
    case 'lost':
      return `some of what ${plainText(blocker.file, 200)} wrote in this stage may be lost: continuing needs a reason`;
    case 'stages-gone': {
      const stages = blocker.stages.map(({ id, percent }) => `${id} at ${percentText(percent)}`).join(', ');
      return `the plan no longer has what came next (${stages}): put it back, or continue with a reason`;
    }
    case 'soak':
      return blocker.until === null
        ? soakStillText(blocker.soaked, blocker.required)
        : `soak ends ${clockText(blocker.until, now, zone)}`;
  }
}

function pendingText(
  { id, when, consequence, for: waits }: TriggerStatus,
  since: EventTime,
  now: WallTime,
  zone: string,
) {
  const act = consequenceText({ consequence }, english);
  const begun = clockText(wallTime(since), now, zone);
  return `the trigger ${id} is pending: ${when} since ${begun}, and it ${act} after ${formatDuration(waits)}`;
}

/** The line for traffic that does not show the flag's percentage. */
export function contradictionText(effect: Effect, proof: ShareProof): string {
  return `${settingText(effect.percent)} is written and verified, but the traffic shows otherwise: ${proof.detail}`;
}

/** The flag's progress, for people; with the traffic's present figures, not those of its journal entry. */
export function effectText(effect: Effect, proof: ShareProof | null): string {
  const set = settingText(effect.percent);
  switch (effect.progress) {
    case 'intended':
      return `${set} is being written to the flag`;
    case 'written':
      return effect.detail === null
        ? `${set} is written to the flag and not yet read back`
        : `${set} is written to the flag, but ${plainText(effect.detail)}`;
    case 'failed':
      return `${set} could not be set: ${plainText(effect.detail ?? 'no reason given')}`;
    case 'verified':
      if (effect.detail !== null && proof?.kind !== 'unproven') {
        return plainText(proof?.kind === 'contradicted' ? contradictionText(effect, proof) : effect.detail);
      }
      return proof === null || proof.kind === 'proven'
        ? `${set} is in the flag, not proven by traffic yet`
        : `${set} is in the flag, not proven by traffic yet: ${plainText(proof.detail)}`;
    case 'in-force':
      return `${set} is in force`;
  }
}

function sourceText({ glob, arrived, newest, limit, ...more }: JudgedSource, now: WallTime, zone: string): string {
  const { behindSince, datedBehind, trouble } = more;
  if (trouble !== null) return plainText(trouble.detail);
  const name = plainText(glob);
  if (arrived === null) return `no data from ${name} yet`;
  if (behindSince !== null && now - arrived <= limit) {
    return `${name} has had unread data since ${clockText(behindSince, now, zone)} (limit ${formatDuration(limit)})`;
  }
  if (datedBehind !== null && datedBehind > limit) {
    return `data from ${name} is dated ${formatDuration(datedBehind)} before it is written (limit ${formatDuration(limit)})`;
  }
  if (newest !== null && arrived - newest > limit) {
    return `no data from ${name} is newer than ${clockText(wallTime(newest), now, zone)} (limit ${formatDuration(limit)})`;
  }
  return `no data from ${name} since ${clockText(arrived, now, zone)} (limit ${formatDuration(limit)})`;
}

function silentSources({ freshness }: Judgement): readonly Blocker[] {
  if (freshness.length === 0) return [{ kind: 'no-source' }];
  return freshness
    .filter((source) => source.needed && !source.fresh)
    .map((source): Blocker => ({ kind: 'source', source }));
}

/** Compared with the plan's own list: a verdict of another stage's gate, or none, passes nothing. */
function gateBlockers({ advance }: Plan, stage: Stage, { gate }: Judgement): readonly Blocker[] {
  return stage.gate.flatMap(({ text }): Blocker[] => {
    const verdict = gate.find(({ condition }) => condition === text);
    if (verdict === undefined) return [{ kind: 'unjudged', condition: text }];
    if (verdict.verdict !== 'met') return [{ kind: 'condition', verdict }];
    const isEnough = advance.evidence === 'literal' || verdict.label === null || verdict.label.kind === 'proven';
    return isEnough ? [] : [{ kind: 'unproven', verdict }];
  });
}

/** The loosened gate decides only where the former one would not have let anybody pass. */
function loosenedGate({ loosened = [] }: RolloutState, judgement: Judgement | null): readonly Blocker[] {
  return loosened.flatMap((condition): Blocker[] => {
    const verdict = judgement?.former?.find((each) => each.condition === condition) ?? null;
    return verdict?.verdict === 'met' ? [] : [{ kind: 'loosened', condition, verdict }];
  });
}

/** Nobody has decided to leave out the later stages that this attempt knew: a plan may be saved half-written. */
function goneStages(plan: Plan, { gone = [], stage }: RolloutState): readonly Blocker[] {
  const next = plan.stages[stage + 1];
  const stages = gone.filter(({ percent }) => next === undefined || percent < next.percent);
  return stages.length === 0 ? [] : [{ kind: 'stages-gone', stages }];
}

function soakBlocker(state: RolloutState, required: Duration, soaked: Duration): Blocker {
  const { countingSince } = state;
  const until = countingSince === null ? null : wallTime(countingSince + required - state.soaked);
  return { kind: 'soak', required, soaked: duration(Math.floor(soaked)), until };
}
