import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import type { Firing, TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { clockText, spanTexts } from '../../daemon/protocol/words/clockText.ts';
import { consequenceText, idleText } from '../../daemon/protocol/words/consequenceText.ts';
import { firedText, grouped, proofPercent, trialsText, valueText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { boundedList } from '../../daemon/protocol/words/listText.ts';
import { partTitle } from '../../daemon/protocol/words/partTitle.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { recurredText } from '../../daemon/protocol/words/recurredText.ts';
import { calmDuration } from '../../daemon/protocol/words/soakWords.ts';
import { triggerDistance } from '../../daemon/protocol/words/triggerDistance.ts';
import { baselineWords, verdictWords } from '../../daemon/protocol/words/verdictWords.ts';
import { isLive, type RolloutStanding, type Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { planWords } from './conditionRow.ts';
import { markdownText } from './escapedText.ts';
import { latchedFiring } from './firings.ts';
import { triggerWindow } from './judgedWindow.ts';
import { rolloutGroups, rolloutSubject, rowId } from './rolloutGroups.ts';
import type { LensFace, Row, RowIcon } from './row.ts';
import { figureFact, limitFact } from './verdictText.ts';

/** The Triggers tree, in the plan's order, so that a row stays where it is when it fires. */
export function triggerRows(standings: readonly Standing[], now: number, t: Translate): readonly Row[] {
  return rolloutGroups(standings, t, (shown) =>
    shown.rollout.triggers.map((trigger, index) => triggerRow(shown, trigger, index, now, t)),
  );
}

function triggerRow(shown: RolloutStanding, trigger: TriggerStatus, index: number, now: number, t: Translate): Row {
  const { standing, rollout } = shown;
  const live = isLive(standing);
  const latched = latchedFiring(rollout, trigger.id);
  const subject = {
    ...rolloutSubject(shown, `triggers.${index}`),
    why: { kind: 'trigger', trigger: trigger.id },
    places: latched?.evidence ?? [],
  } as const;
  const label = partTitle(trigger, 80);
  const description = triggerFacts(shown, trigger, latched, now, t);
  const inReview = latched !== null && rollout.standing.phase.kind === 'review';
  return {
    id: rowId(shown, `trigger:${trigger.id}`),
    label,
    description,
    icon: triggerIcon(trigger, latched, live),
    context: [
      'trigger',
      trigger.phase.kind,
      ...(inReview && live && rollout.standing.may.includes('acknowledge') ? ['canAcknowledge'] : []),
      ...(latched !== null && latched.evidence.length > 0 ? ['hasRecords'] : []),
      ...(latched !== null || trigger.phase.kind === 'firing' || trigger.phase.kind === 'pending' ? ['hasWhy'] : []),
      ...planWords(rollout, subject),
    ],
    tooltip: triggerTooltip(rollout, trigger, latched, now, t),
    spoken: `${label}, ${description}`,
    expansion: 'leaf',
    subject,
    children: [],
  };
}

/** The plan's word beside a trigger: the text behind its name in the tree. */
export function triggerLens(
  shown: RolloutStanding,
  trigger: TriggerStatus,
  now: number,
  t: Translate,
): LensFace | null {
  if (shown.standing.link.kind === 'stopped') return null;
  const latched = latchedFiring(shown.rollout, trigger.id);
  const icon = triggerIcon(trigger, latched, isLive(shown.standing)).id;
  return { icon, text: triggerFacts(shown, trigger, latched, now, t) };
}

function triggerFacts(
  { standing, rollout }: RolloutStanding,
  trigger: TriggerStatus,
  latched: Firing | null,
  now: number,
  t: Translate,
): string {
  const lastKnown = isLive(standing) ? '' : t('last known');
  const often = recurredText(trigger, now, rollout.plan.timezone, t);
  const facts = [lastKnown, stateText(rollout, trigger, latched, now, t), often, ...nearness(trigger, t)];
  return facts.filter((fact) => fact !== '').join(' · ');
}

function stateText(
  { plan, standing }: RolloutView,
  { phase, for: length, rule, stages }: TriggerStatus,
  latched: Firing | null,
  now: number,
  t: Translate,
): string {
  switch (phase.kind) {
    case 'firing':
      return rule === 'proven' && latched === null
        ? t('crossed since {0}, not proven', clockText(phase.since, now, plan.timezone))
        : t('firing since {0}', clockText(phase.since, now, plan.timezone));
    case 'pending': {
      if (latched !== null) break;
      // By event time: a watermark that stands still does not let `for` run out.
      const held = phase.observed ?? Math.max(0, (standing.watermark ?? phase.since) - phase.since);
      const since = clockText(phase.since, now, plan.timezone);
      return t('holds since {0}, {1} of {2}', since, calmDuration(held), formatDuration(length));
    }
    case 'idle':
      if (latched === null) {
        return stages === undefined ? t('idle, nobody is exposed') : t('idle, judged in {0}', boundedList(stages, 3));
      }
      break;
    case 'armed':
      if (latched === null) return t('armed');
  }
  return latched === null ? '' : t('fired {0}, latched', clockText(latched.at, now, plan.timezone));
}

/** Figure against limit, the minimum sample while it is not reached, and how far the sequential test's evidence has grown. */
function nearness({ phase, verdict, min, sequential, proof }: TriggerStatus, t: Translate): readonly string[] {
  if (phase.kind === 'idle') return [];
  const { figure } = verdict;
  const fires = t('fires {0}', limitFact(verdict, t));
  return [
    verdict.verdict === 'error' ? t('cannot be judged') : figure.value === null ? t('no data') : figureFact(verdict, t),
    fires,
    min > 1 && figure.n < min
      ? t('{0} of {1} records', grouped(figure.n), grouped(min))
      : verdict.verdict === 'insufficient'
        ? verdictWords(verdict.verdict, t).word
        : '',
    proof == null ? '' : t('proof {0}', proofPercent(proof)),
    sequential === null ? '' : t('sequential {0} × of {1} ×', factor(sequential.capital), factor(sequential.threshold)),
  ];
}

function factor(value: number): string {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : grouped(Math.round(value));
}

function triggerIcon({ phase, verdict, min, rule }: TriggerStatus, latched: Firing | null, live: boolean): RowIcon {
  const isCrossed = phase.kind === 'firing' && rule === 'proven' && latched === null;
  const icon = isCrossed
    ? crossedIcon
    : liveIcon(phase.kind, latched !== null, verdict.verdict, min > 1 && verdict.figure.n < min);
  return live ? icon : { id: icon.id, color: 'disabledForeground' };
}

const crossedIcon: RowIcon = { id: 'warning', color: 'list.warningForeground' };

function liveIcon(
  phase: TriggerStatus['phase']['kind'],
  latched: boolean,
  verdict: TriggerStatus['verdict']['verdict'],
  tooFew: boolean,
): RowIcon {
  if (phase === 'firing') return { id: 'error', color: 'testing.iconFailed' };
  if (latched) return { id: 'bell-dot', color: 'list.warningForeground' };
  if (phase === 'pending') return { id: 'watch', color: 'list.warningForeground' };
  if (phase === 'idle') return { id: 'circle-outline', color: 'disabledForeground' };
  if (verdict === 'error') return { id: 'warning', color: 'list.warningForeground' };
  if (verdict === 'no-data') return { id: 'question', color: 'disabledForeground' };
  // Armed, but blind until the minimum sample is there: no green for that.
  return { id: 'shield', color: tooFew || verdict === 'insufficient' ? 'disabledForeground' : 'testing.iconPassed' };
}

function triggerTooltip(
  { plan, ...view }: RolloutView,
  trigger: TriggerStatus,
  latched: Firing | null,
  now: number,
  t: Translate,
): string {
  const { verdict, min, sequential, over, proof } = trigger;
  const { figure, limit, baseline } = verdict;
  const window = triggerWindow(view.standing, trigger);
  const length = trigger.for > 0 ? t('{0}, for {1}', formatDuration(over), formatDuration(trigger.for)) : null;
  const rule = t('`{0}` over {1}', codeText(trigger.when), length ?? formatDuration(over));
  const paragraphs = [
    `**${isolatedText(markdownText(trigger.title ?? trigger.id))}** · ${consequenceText(trigger, t)}`,
    rule,
  ];
  if (latched !== null) {
    const told = markdownText(firedText(latched, [trigger]));
    paragraphs.push(t('Fired {0}: {1}', clockText(latched.at, now, plan.timezone), told));
  }
  const distance = triggerDistance(trigger, t).text;
  const reached = figure.n >= min ? t('reached') : t('not reached');
  const facts = [
    ...(trigger.phase.kind === 'idle' ? [idleText(trigger, t)] : []),
    ...(figure.value === null
      ? []
      : [t('Figure: {0}', markdownText(`${valueText(figure.value, figure.unit, limit)} (n ${grouped(figure.n)})`))]),
    ...(limit === null ? [] : [t('Limit: {0}', markdownText(valueText(limit, figure.unit, figure.value)))]),
    ...(baseline === null || baseline.value === null
      ? []
      : [
          t(
            'Baseline: {0} (n {1}, {2})',
            markdownText(valueText(baseline.value, baseline.unit)),
            grouped(baseline.n),
            markdownText(baselineWords(baseline, t)),
          ),
        ]),
    ...(distance === '' ? [] : [t('From firing: {0}', markdownText(distance))]),
    ...(min > 1 ? [t('Minimum sample: {0} of {1}, {2}', grouped(figure.n), grouped(min), reached)] : []),
    ...(window.from === null || window.to === null
      ? []
      : [t('Window: {0} to {1}', ...spanTexts(window.from, window.to, now, plan.timezone))]),
    ...(proof == null
      ? []
      : [
          t(
            'Proof: {0} of the evidence it needs ({1})',
            proofPercent(proof),
            trialsText(proof.treatment, proof.control),
          ),
        ]),
    ...(sequential === null
      ? []
      : [t('Sequential evidence: {0} ×, fires at {1} ×', factor(sequential.capital), factor(sequential.threshold))]),
    ...(verdict.reason === '' ? [] : [markdownText(verdict.reason)]),
  ];
  if (facts.length > 0) paragraphs.push(facts.map((fact) => `- ${fact}`).join('\n'));
  if (latched !== null && view.standing.phase.kind === 'review') {
    paragraphs.push(t('Acknowledge with a reason to continue, or roll back.'));
  }
  return paragraphs.join('\n\n');
}

/** The plan's own words between back-ticks, where nothing but a back-tick has a meaning. */
function codeText(text: string): string {
  return plainText(text, 300).replaceAll('`', "'");
}
