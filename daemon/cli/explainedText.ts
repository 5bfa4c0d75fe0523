import type { ExplainedGate, SeenTraffic } from '../plan/lint/gatePower.ts';
import { formatDuration } from '../protocol/domain/duration.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { duration } from '../protocol/domain/units.ts';
import type { RuleFigures } from '../protocol/wire/planReading.ts';
import { grouped, shareText } from '../protocol/words/figureText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { ExplainedTrigger } from './explainTriggers.ts';

export interface ExplainedRules {
  readonly triggers: readonly ExplainedTrigger[];
  readonly gates: readonly ExplainedGate[];
}

const minute = 60_000;

/** Some lines for each rule of the plan, for a terminal. */
export function explainedLines(
  plan: Plan,
  traffic: SeenTraffic,
  { triggers, gates }: ExplainedRules,
): readonly string[] {
  const lines = [`${trafficText(traffic)}:`];
  for (const each of triggers) {
    const { trigger, when, stage, perMinute } = each;
    lines.push(`${trigger}: ${plainText(when)}, ${ruleText(each)}; ${stage} has ${rateText(perMinute)} a minute`);
    lines.push(...triggerFigures(plan, each).map((line) => `  ${line}`));
  }
  for (const gate of gates) lines.push(`${gate.stage} asks for ${shareText(gate.share)}: ${gateFigures(gate)}`);
  return lines;
}

/** The same by the place of each rule in the plan, for a hover. */
export function figuresByPlace(
  plan: Plan,
  traffic: SeenTraffic,
  { triggers, gates }: ExplainedRules,
): readonly RuleFigures[] {
  const ofTriggers = triggers.map((each) => ({
    path: `triggers.${plan.triggers.findIndex(({ id }) => id === each.trigger)}.when`,
    lines: [`${trafficText(traffic)}, ${ruleText(each)}:`, ...triggerFigures(plan, each)],
  }));
  const ofGates = gates.map((gate) => ({
    path: gate.path,
    lines: [`${trafficText(traffic)}: ${gateFigures(gate)}`],
  }));
  return [...ofTriggers, ...ofGates];
}

function trafficText({ from, batch, perMinute }: SeenTraffic): string {
  const of = { sample: 'as in the sample', gates: 'as the gates expect', assumed: 'assumed' }[from];
  const batches = batch > 2 ? `, in batches of about ${batch.toPrecision(2)}` : '';
  return `at ${rateText(perMinute)} a minute of both arms (${of}${batches})`;
}

function ruleText({ rule }: ExplainedTrigger): string {
  return rule === 'proven' ? 'by a proof' : 'by its letter';
}

function triggerFigures(plan: Plan, explained: ExplainedTrigger): readonly string[] {
  const { rule, healthy, falseAlarms, minimum, drops, better } = explained;
  const length = plan.stages.reduce((sum, { soak, percent }) => sum + (percent > 0 ? soak : 0), 0);
  const wrong =
    'expected' in falseAlarms
      ? `about ${alarmsText(falseAlarms.expected)} in ${formatDuration(duration(length))} at ${shareText(healthy)}`
      : `a wrong rollback in 1 of ${grouped(falseAlarms.oneInRollouts)} rollouts at most`;
  const time = `${Math.round(100 * minimum.time)} %`;
  return [
    `wrong: ${wrong}`,
    ...(rule === 'literal'
      ? [`its window holds the minimum ${time} of the time, first after about ${minutesText(minimum.minutes)}`]
      : []),
    ...drops.map(({ to, records, minutes, missed, runs }) => {
      const found =
        records === null || minutes === null
          ? `not found in ${missed} of ${runs} simulated rollouts`
          : `found after ${grouped(records.median)} records (95 %: ${grouped(records.late)}), about ${minutesText(minutes)}`;
      return `a drop to ${shareText(to)}: ${found}`;
    }),
    ...(better === null ? [] : [`better: \`${better}\``]),
  ];
}

function gateFigures({ withoutFailure, needed, healthy, minutes, isHopeless }: ExplainedGate): string {
  const proof =
    needed === null || minutes === null
      ? 'no number of records proves it'
      : `a proof takes about ${grouped(needed)} records of the treatment at ${shareText(healthy)} (${grouped(withoutFailure)} without a failure), about ${minutesText(minutes)}`;
  return `${proof}${isHopeless ? ': its traffic can hardly ever prove it within the soak' : ''}`;
}

function rateText(perMinute: number): string {
  return `${Number(perMinute.toPrecision(2))}`;
}

function alarmsText(expected: number): string {
  if (expected < 0.01) return 'no alarm';
  return `${expected < 10 ? Number(expected.toPrecision(2)) : grouped(Math.round(expected))} alarms`;
}

function minutesText(minutes: number): string {
  const rounded = Number(Math.max(0.25, minutes).toPrecision(2));
  return formatDuration(duration(rounded < 10 ? Math.round(rounded * 4) * 15_000 : Math.round(rounded) * minute));
}
