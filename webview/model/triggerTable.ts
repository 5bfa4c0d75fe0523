import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import type { TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { clockText } from '../../daemon/protocol/words/clockText.ts';
import { consequenceText } from '../../daemon/protocol/words/consequenceText.ts';
import { grouped, proofPercent, trialsText } from '../../daemon/protocol/words/figureText.ts';
import { boundedList } from '../../daemon/protocol/words/listText.ts';
import { partTitle } from '../../daemon/protocol/words/partTitle.ts';
import { recurredText } from '../../daemon/protocol/words/recurredText.ts';
import { calmDuration } from '../../daemon/protocol/words/soakWords.ts';
import { type Distance, triggerDistance } from '../../daemon/protocol/words/triggerDistance.ts';
import { t } from '../translate.ts';
import { conditionText, figureText } from './gateTable.ts';
import type { Mark } from './mark.ts';

export interface TriggerRow {
  readonly key: string;
  readonly name: string;
  readonly rule: string;
  readonly consequence: string;
  readonly planPart: string | null;
  readonly mark: Mark;
  /** Since when and how much longer, for what holds or fires. */
  readonly timing: string;
  readonly figure: string;
  readonly sample: string;
  readonly distance: Distance;
  readonly sequential: { readonly closeness: number; readonly text: string } | null;
  /** How far the evidence is on the way to a proof. */
  readonly proof: { readonly closeness: number; readonly text: string } | null;
  /** True for any state but "armed, nothing near": the row is worth a second look. */
  readonly stirs: boolean;
}

/** Why no trigger is judged now; empty when they are. */
export function triggersIdle({ triggers }: RolloutView): string {
  const idle = triggers.length > 0 && triggers.every(({ phase }) => phase.kind === 'idle');
  return idle ? t('Nobody is exposed, so none is judged.') : '';
}

/** Firing first, then those that hold, then the rest in the plan's order. */
export function triggerRows(view: RolloutView, now: number): readonly TriggerRow[] {
  const order = { firing: 0, pending: 1, armed: 2, idle: 2 } as const;
  return view.triggers
    .map((trigger, index) => ({ trigger, part: `triggers.${index}` }))
    .toSorted((one, other) => order[one.trigger.phase.kind] - order[other.trigger.phase.kind])
    .map(({ trigger, part }) => triggerRow(view, trigger, part, now));
}

function triggerRow(view: RolloutView, trigger: TriggerStatus, part: string, now: number): TriggerRow {
  const distance = triggerDistance(trigger, t);
  const latched = latchedTriggers(view).has(trigger.id);
  return {
    key: trigger.id,
    name: partTitle(trigger, 80),
    rule: ruleText(trigger),
    consequence: consequenceText(trigger, t),
    planPart: view.plan.lines[part] === undefined ? null : part,
    mark: triggerMark(trigger, latched),
    timing: timingText(view, trigger, now),
    figure: trigger.phase.kind === 'idle' ? '' : figureText(trigger.verdict),
    sample: sampleText(trigger),
    distance,
    sequential: sequentialText(trigger),
    proof: proofMeter(trigger),
    stirs: latched || trigger.phase.kind === 'pending' || trigger.phase.kind === 'firing',
  };
}

/** Triggers that the phase is about: what is latched until a person acts. */
function latchedTriggers({ standing }: RolloutView): ReadonlySet<string> {
  const { phase } = standing;
  switch (phase.kind) {
    case 'review':
      return new Set(phase.firings.map(({ trigger }) => trigger));
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return new Set(phase.cause.kind === 'trigger' ? [phase.cause.firing.trigger] : []);
    default:
      return new Set();
  }
}

function ruleText({ when, over, for: length }: TriggerStatus): string {
  const rule = t('{0} over {1}', conditionText(when), formatDuration(over));
  return length > 0 ? t('{0}, for {1}', rule, formatDuration(length)) : rule;
}

function triggerMark({ phase, verdict, rule }: TriggerStatus, latched: boolean): Mark {
  if (phase.kind === 'firing' && rule === 'proven' && !latched)
    return { symbol: 'warning', tone: 'caution', word: t('crossed, not proven') };
  if (phase.kind === 'firing') return { symbol: 'fail', tone: 'bad', word: t('firing') };
  if (latched) return { symbol: 'fail', tone: 'bad', word: t('fired') };
  if (phase.kind === 'pending') return { symbol: 'few', tone: 'caution', word: t('holds') };
  if (phase.kind === 'idle') return { symbol: 'ring', tone: 'quiet', word: t('idle') };
  if (verdict.verdict === 'error') return { symbol: 'warning', tone: 'caution', word: t('error') };
  if (verdict.verdict === 'no-data') return { symbol: 'question', tone: 'quiet', word: t('no data') };
  if (verdict.verdict === 'insufficient') return { symbol: 'few', tone: 'quiet', word: t('too few') };
  return { symbol: 'pass', tone: 'good', word: t('armed') };
}

function timingText(view: RolloutView, trigger: TriggerStatus, now: number): string {
  const often = recurredText(trigger, now, view.plan.timezone, t);
  return [phaseTiming(view, trigger, now), often].filter((each) => each !== '').join(' · ');
}

function phaseTiming(
  { plan, standing }: RolloutView,
  { phase, for: length, stages }: TriggerStatus,
  now: number,
): string {
  switch (phase.kind) {
    case 'firing':
      return t('since {0}', clockText(phase.since, now, plan.timezone));
    case 'pending': {
      // By event time: a watermark that stands still does not let `for` run out.
      const held = phase.observed ?? Math.max(0, (standing.watermark ?? phase.since) - phase.since);
      const since = clockText(phase.since, now, plan.timezone);
      return t('since {0}, {1} of {2}', since, calmDuration(held), formatDuration(length));
    }
    case 'idle':
      return stages === undefined ? '' : t('judged in {0}', boundedList(stages, 5));
    case 'armed':
      return '';
  }
}

function sampleText({ min, verdict, phase }: TriggerStatus): string {
  const { n } = verdict.figure;
  if (phase.kind === 'idle') return '';
  if (min > 1 && n < min) return t('{0} of {1} records needed', grouped(n), grouped(min));
  const records = n === 1 ? t('1 record') : t('{0} records', grouped(n));
  if (min > 1) return t('{0}, {1} needed', records, grouped(min));
  return n === 0 ? '' : records;
}

function proofMeter({ proof, phase }: TriggerStatus): TriggerRow['proof'] {
  if (proof == null || phase.kind === 'idle') return null;
  return { closeness: proof.closeness, text: `${proofPercent(proof)} · ${trialsText(proof.treatment, proof.control)}` };
}

/** The capital on a log scale: 1 is nothing yet, the threshold is the alarm. */
function sequentialText({ sequential, phase }: TriggerStatus): TriggerRow['sequential'] {
  if (sequential === null || phase.kind === 'idle') return null;
  const { capital, threshold } = sequential;
  const closeness = Math.min(1, Math.max(0, Math.log(Math.max(1, capital)) / Math.log(threshold)));
  return { closeness, text: t('{0} × of {1} ×', factor(capital), factor(threshold)) };
}

function factor(value: number): string {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : grouped(Math.round(value));
}
