import { basename, dirname } from 'node:path';
import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import { type ExplainedSubject, explanationOf } from '../../daemon/protocol/domain/explanation.ts';
import { isoTime } from '../../daemon/protocol/domain/units.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { ConditionVerdict, Firing, TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { comparedText, explanationLines } from '../../daemon/protocol/words/explanationWords.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import { conditionText, figureText, firedText, valueText } from '../../daemon/protocol/words/figureText.ts';
import { identity } from '../../daemon/protocol/words/modelStatus.ts';
import { named, quoted } from '../../daemon/protocol/words/modelText.ts';
import { placeText } from '../../daemon/protocol/words/placeText.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { baselineWords, evidenceWords } from '../../daemon/protocol/words/verdictWords.ts';
import { questionsOf } from '../commands/whyCommand.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { findRecord } from '../evidence/logPlace.ts';
import { latchedFiring, newestFiring } from '../views/firings.ts';
import type { PresentAbout } from '../views/row.ts';
import { knownRollout } from './toolSubject.ts';

/** Records whose very line is given; the places of the others are named. */
const mostLines = 3;
const mostPlaces = 10;
const mostExplained = 6;
const longestLine = 300;

/**
 * The reasons of the verdicts: of the thing that `about` names (a trigger, a measure, a condition, `rollback`), or of
 * everything that is unmet, fires, or was rolled back.
 * @throws UserError when nothing of that name is known, with the known names
 */
export async function verdictFacts(
  known: ConnectedRollout,
  about: string | undefined,
  now: number,
): Promise<readonly string[]> {
  const questions = about === undefined ? openQuestions(known) : askedAbout(known.rollout, about);
  if (questions.length === 0) {
    return [
      ...identity(knownRollout(known), now),
      'Every condition of the gate is met and no trigger fires: nothing to explain.',
    ];
  }
  const explained = await Promise.all(
    questions.slice(0, mostExplained).map((question) => explain(known, question, now)),
  );
  const left = questions.length - mostExplained;
  return [
    ...identity(knownRollout(known), now),
    ...explained.flat(),
    ...(left > 0 ? [`${left} more are left out; ask about them by name.`] : []),
  ];
}

function openQuestions(known: ConnectedRollout): readonly PresentAbout[] {
  return questionsOf(known, { t: english }).map(({ about }) => about);
}

function askedAbout(rollout: RolloutView, about: string): readonly PresentAbout[] {
  if (about === 'rollback') return [{ kind: 'rollback' }];
  if (rollout.triggers.some(({ id }) => id === about)) return [{ kind: 'trigger', trigger: about }];
  const stage = rollout.stages[rollout.standing.stageIndex];
  const gate = stage?.gate ?? [];
  const meant = gate.filter(({ condition, measure }) => condition === about || measure === about);
  if (stage !== undefined && meant.length > 0) {
    return meant.map(({ condition }) => ({ kind: 'condition', stage: stage.id, condition }));
  }
  const names = [...gate.map(({ measure }) => measure), ...rollout.triggers.map(({ id }) => id)];
  throw new UserError(
    'unknown-subject',
    `Neither the gate nor the triggers know ${named(about)}; "about" may be ${[...new Set(names)].map((name) => named(name)).join(', ')} or "rollback".`,
  );
}

async function explain(known: ConnectedRollout, about: PresentAbout, now: number): Promise<readonly string[]> {
  const { rollout } = known;
  switch (about.kind) {
    case 'condition': {
      const index = rollout.stages.findIndex(({ id }) => id === about.stage);
      const gate = rollout.stages[index]?.gate ?? [];
      const position = gate.findIndex(({ condition }) => condition === about.condition);
      const verdict = gate[position];
      if (verdict === undefined) return [];
      return [
        '',
        `Condition of the gate of stage ${named(about.stage)}: ${quoted(conditionText(verdict))}`,
        ruleFact(rollout, verdict.condition, `stages.${index}.gate.${position}`),
        ...verdictLines(verdict),
        ...explanationFacts(rollout, { kind: 'gate', stage: about.stage, condition: about.condition }),
      ];
    }
    case 'trigger': {
      const index = rollout.triggers.findIndex(({ id }) => id === about.trigger);
      const trigger = rollout.triggers[index];
      if (trigger === undefined) return [];
      const firing = latchedFiring(rollout, trigger.id) ?? newestFiring(rollout, trigger.id);
      return [
        '',
        `Trigger ${named(trigger.id)}, now ${trigger.phase.kind}; consequence ${trigger.consequence}.`,
        ruleFact(rollout, trigger.when, `triggers.${index}`),
        triggerTerms(trigger),
        ...verdictLines(trigger.verdict),
        ...(firing === null ? [] : await firingFacts(rollout, firing)),
      ];
    }
    case 'firing':
      return ['', ...(await firingFacts(rollout, about.firing))];
    case 'rollback': {
      const { phase } = rollout.standing;
      if (phase.kind !== 'rolling-back' && phase.kind !== 'rolled-back' && phase.kind !== 'rollback-failed') {
        return ['', 'There is no rollback in this attempt.'];
      }
      const told = ['', `Rollback: ${quoted(sentence(rollout, now), 1000)}`];
      if (phase.cause.kind === 'trigger') return [...told, ...(await firingFacts(rollout, phase.cause.firing))];
      const { by, reason } = phase.cause;
      return [...told, `Asked for by ${quoted(by)}, reason: ${reason === null ? 'none given' : quoted(reason, 1000)}`];
    }
  }
}

function ruleFact({ plan }: RolloutView, rule: string, part: string): string {
  const line = plan.lines[part];
  return `Rule: ${named(rule)}${line === undefined ? '' : ` at ${basename(plan.file)}:${line}`}`;
}

function triggerTerms({ over, for: length, min }: TriggerStatus): string {
  const lasting = length > 0 ? `, must hold for ${formatDuration(length)}` : '';
  return `Judged over ${formatDuration(over)}${lasting}, minimum sample ${min}.`;
}

function verdictLines({
  verdict,
  figure,
  limit,
  baseline,
  window,
  label,
  reason,
}: ConditionVerdict): readonly string[] {
  const counted = figure.good === null ? '' : `, counted ${figure.good}, others ${figure.n - figure.good}`;
  return [
    `Verdict: ${verdict}${reason === '' ? '' : ` (${quoted(reason)})`}. Figure: ${figureText(figure, limit)}, sample ${figure.n}${counted}.`,
    ...(limit === null ? [] : [`Limit: ${valueText(limit, figure.unit, figure.value)}.`]),
    ...(baseline === null
      ? []
      : [
          `Baseline: ${baseline.value === null ? 'no data' : valueText(baseline.value, baseline.unit)}, sample ${baseline.n}, ${baseline.why === undefined ? 'from ' : ''}${baselineWords(baseline, english)}.`,
        ]),
    ...(window.from === null || window.to === null
      ? []
      : [`Window: ${isoTime(window.from)} to ${isoTime(window.to)}.`]),
    ...(label === null ? [] : [`Evidence: ${evidenceWords(label, figure.n, english).sentence}.`]),
  ];
}

const ruleWords: Readonly<Record<Firing['rule'], string>> = {
  literal: "plan's literal rule",
  proven: 'proof: the data carry it',
  sequential: 'sequential test beside the rule',
  missing: "plan's `missing`, because nothing was known of its measure",
};

async function firingFacts(rollout: RolloutView, firing: Firing): Promise<readonly string[]> {
  const { n, good, window, rule, evidence } = firing;
  const [from, to] = [isoTime(firing.at), isoTime(firing.until)];
  return [
    `Fired ${from === to ? `at ${from}` : `from ${from} to ${to}`}: ${quoted(firedText(firing, rollout.triggers))}`,
    `By the ${ruleWords[rule]}; window ${isoTime(window.from)} to ${isoTime(window.to)}, sample ${n}${good === null ? '' : `, counted ${good}, others ${n - good}`}.`,
    ...explanationFacts(rollout, { kind: 'trigger', trigger: firing.trigger, firedAt: firing.at }),
    ...(await recordFacts(rollout, evidence)),
  ];
}

/** What is different about the failures; texts of logs among it. */
function explanationFacts({ explanations }: RolloutView, subject: ExplainedSubject): readonly string[] {
  const explanation = explanationOf(explanations, subject);
  if (explanation === null) return [];
  return [
    `What explains the failures (${comparedText(explanation, english)}):`,
    ...explanationLines(explanation, english).map(({ text }) => `- ${quoted(text, 1000)}`),
  ];
}

/** The newest records in their own words, redacted; the places of the rest. */
async function recordFacts(rollout: RolloutView, places: Firing['evidence']): Promise<readonly string[]> {
  if (places.length === 0) return ['No record is kept for this.'];
  const newest = places.toReversed().slice(0, mostPlaces);
  const root = dirname(rollout.plan.file);
  const lines = newest.map(async (place, index) => {
    const where = `- ${named(placeText(place), 400)}`;
    if (index >= mostLines) return where;
    if (!('file' in place)) return where;
    const found = await findRecord(root, place, english).catch(() => null);
    const text = found?.around[found.line - found.from];
    return text === undefined ? `${where} (not there any more)` : `${where}: ${quoted(text, longestLine)}`;
  });
  return [`Failing records, newest first (${places.length} are kept):`, ...(await Promise.all(lines))];
}
