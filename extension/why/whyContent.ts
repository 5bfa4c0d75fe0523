import { parseCondition } from '../../daemon/protocol/domain/condition.ts';
import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import type { Place } from '../../daemon/protocol/domain/place.ts';
import type { Firing, TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { WhyContent } from '../../daemon/protocol/wire/whyMessages.ts';
import { idleText } from '../../daemon/protocol/words/consequenceText.ts';
import { conditionText, firedText, grouped } from '../../daemon/protocol/words/figureText.ts';
import { partTitle, triggerTitle } from '../../daemon/protocol/words/partTitle.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import type { RolloutStanding } from '../connection/standing.ts';
import { latchedFiring, newestFiring } from '../views/firings.ts';
import { gateWindow, triggerWindow } from '../views/judgedWindow.ts';
import { rolloutName } from '../views/rolloutName.ts';
import type { WhyAbout } from '../views/row.ts';
import type { Translate } from '../vscodeApi.ts';
import { type MomentFacts, momentReasons } from './momentReasons.ts';
import { plain, Reasons, type Why } from './reasons.ts';

/** What the state alone does not have, as the daemon and the repository know it. */
export interface WhyKnown {
  /** The records that speak against a condition, newest last. */
  readonly against: readonly Place[];
  /** The firing of the journal that is asked about. */
  readonly firing: Firing | null;
  readonly moment: MomentFacts | null;
}

const nothingMore: WhyKnown = { against: [], firing: null, moment: null };

/**
 * The reasons why a condition is not met, a trigger fires, or a rollback came, and what was at a moment: counts, window,
 * rule, baseline, evidence, records. Plain texts, without secrets. `null`: the subject is not known any more. `all`: the
 * rollouts to tell it apart from.
 */
export function whyContent(
  shown: RolloutStanding,
  all: readonly RolloutStanding[],
  about: WhyAbout,
  now: number,
  t: Translate,
  known: WhyKnown = nothingMore,
): Why | null {
  const reasons = new Reasons(shown, rolloutName(shown, all), now, t);
  const { rollout } = shown;
  switch (about.kind) {
    case 'condition':
      return conditionReasons(reasons, rollout, about, known.against, t);
    case 'trigger':
      return triggerReasons(reasons, rollout, about.trigger, t);
    case 'firing':
      return firingReasons(reasons, rollout, about.firing, t);
    case 'fired':
      return known.firing === null ? null : firingReasons(reasons, rollout, known.firing, t);
    case 'moment':
      return momentReasons(reasons, rollout, about.at, known.moment, t);
    case 'rollback': {
      const { phase } = rollout.standing;
      if (phase.kind !== 'rolling-back' && phase.kind !== 'rolled-back' && phase.kind !== 'rollback-failed')
        return null;
      reasons.head(t('Rollback'), sentence(rollout, now), 'bad');
      if (phase.cause.kind === 'person') {
        const { by, reason } = phase.cause;
        reasons.section(t('Who'));
        reasons.fact(plain(by));
        reasons.fact(reason === null ? t('No reason was given.') : t('Reason: {0}', plain(reason, 2000)));
        return reasons.made();
      }
      reasons.firing(phase.cause.firing);
      triggerRuleOf(reasons, rollout, phase.cause.firing, t);
      return reasons.made();
    }
  }
}

function conditionReasons(
  reasons: Reasons,
  rollout: RolloutView,
  about: Extract<WhyAbout, { kind: 'condition' }>,
  against: readonly Place[],
  t: Translate,
): Why | null {
  const index = rollout.stages.findIndex(({ id }) => id === about.stage);
  const stage = rollout.stages[index];
  const position = stage?.gate.findIndex(({ condition }) => condition === about.condition) ?? -1;
  const verdict = stage?.gate[position];
  if (verdict === undefined || stage === undefined) return null;
  const title = t('{0} in the gate of {1}', plain(verdict.measure), plain(about.stage));
  reasons.head(title, conditionText(verdict), verdict.verdict === 'unmet' ? 'caution' : 'quiet');
  reasons.verdict({ ...verdict, window: gateWindow(stage) }, t('Counts'));
  reasons.about({ kind: 'gate', stage: about.stage, condition: about.condition });
  reasons.rule(verdict.condition, `stages.${index}.gate.${position}`, []);
  reasons.records(against.length > 0 ? against : recordsOf(rollout, verdict.measure));
  return reasons.made();
}

function triggerReasons(reasons: Reasons, rollout: RolloutView, name: string, t: Translate): Why | null {
  const index = rollout.triggers.findIndex(({ id }) => id === name);
  const trigger = rollout.triggers[index];
  if (trigger === undefined) {
    // Firings may be a gate's word on missing data.
    const told = latchedFiring(rollout, name) ?? newestFiring(rollout, name);
    return told === null ? null : firingReasons(reasons, rollout, told, t);
  }
  const latched = latchedFiring(rollout, trigger.id);
  const firing = latched ?? newestFiring(rollout, trigger.id);
  const tone = latched !== null || trigger.phase.kind === 'firing' ? toneOf(trigger) : 'quiet';
  reasons.head(t('Trigger {0}', partTitle(trigger)), triggerLine(trigger, firing, t), tone);
  if (firing !== null) reasons.firing(firing);
  reasons.verdict(
    { ...trigger.verdict, window: triggerWindow(rollout.standing, trigger) },
    firing === null ? t('Counts') : t('Now'),
  );
  reasons.rule(trigger.when, `triggers.${index}`, triggerRule(trigger, t));
  return reasons.made();
}

function toneOf({ consequence }: TriggerStatus): WhyContent['tone'] {
  return consequence === 'rollback' ? 'bad' : 'caution';
}

function firingReasons(reasons: Reasons, rollout: RolloutView, firing: Firing, t: Translate): Why {
  const gate = firing.missing?.gate;
  const title =
    gate === undefined ? t('Trigger {0}', triggerTitle(rollout, firing.trigger)) : t('Gate of {0}', plain(gate));
  const trigger = rollout.triggers.find(({ id }) => id === firing.trigger);
  reasons.head(title, firedText(firing, rollout.triggers), trigger === undefined ? 'caution' : toneOf(trigger));
  reasons.firing(firing);
  triggerRuleOf(reasons, rollout, firing, t);
  return reasons.made();
}

/** The rule as the plan has it now, beside the rule that fired. */
function triggerRuleOf(reasons: Reasons, { triggers }: RolloutView, firing: Firing, t: Translate): void {
  const index = triggers.findIndex(({ id }) => id === firing.trigger);
  const trigger = triggers[index];
  reasons.rule(firing.condition, `triggers.${index}`, trigger === undefined ? [] : triggerRule(trigger, t));
}

function triggerRule({ over, for: length, min, consequence, rule }: TriggerStatus, t: Translate): readonly string[] {
  return [
    t('Judged over {0}', formatDuration(over)),
    ...(length > 0 ? [t('It must hold for {0}', formatDuration(length))] : []),
    t('Minimum sample: {0}', grouped(min)),
    consequence === 'review'
      ? t('It asks for a review.')
      : consequence === 'hold'
        ? t('It holds the rollout until a person resumes.')
        : rule === 'proven'
          ? t('It rolls back when that is proven; a crossing without proof asks for a review.')
          : t('It rolls back.'),
  ];
}

function triggerLine(trigger: TriggerStatus, firing: Firing | null, t: Translate): string {
  if (firing !== null) return firedText(firing, [trigger]);
  switch (trigger.phase.kind) {
    case 'idle':
      return idleText(trigger, t);
    case 'armed':
      return t('Its condition does not hold.');
    case 'pending':
      return t('Its condition holds, but not for long enough yet.');
    case 'firing':
      return t('Its condition holds.');
  }
}

/** Where the daemon has none any more, the records of triggers on the same measure show the same failures. */
function recordsOf({ journal }: RolloutView, measure: string): Firing['evidence'] {
  for (const { body } of journal) {
    if (body.kind !== 'firing') continue;
    const condition = parseCondition(body.firing.condition);
    if ('measure' in condition && condition.measure === measure) return body.firing.evidence;
  }
  return [];
}
