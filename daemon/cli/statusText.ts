import { formatDuration } from '../protocol/duration.ts';
import { conditionText, percentText } from '../protocol/figureText.ts';
import { plainText } from '../protocol/plainText.ts';
import { sentence } from '../protocol/sentence.ts';
import type { ConditionVerdict, TriggerStatus } from '../protocol/verdict.ts';
import type { RolloutView, SoakView, StageView, WorkspaceView } from '../protocol/view.ts';
import type { Output, Style } from './output.ts';

const barWidth = 30;

/** A rollout as a block of lines: name and sentence, the stage rail, soak, gate and what fires. */
function statusLines(view: RolloutView, now: number, output: Output): readonly string[] {
  const { paint } = output;
  const { standing, stages, plan } = view;
  const current = stages.find(({ state }) => state === 'current');
  return [
    `${paint('bold', plainText(plan.name))}  ${paint(healthStyle(view), standing.phase.kind)}`,
    `${trafficBar(standing.percent, output)}  ${rail(stages, output)}`,
    ...(current === undefined ? [] : soakLines(standing.soak, now)),
    ...(current?.gate ?? []).map((condition) => `  ${conditionLine(condition, output)}`),
    ...view.triggers.filter(isNotable).map((trigger) => `  ${triggerLine(trigger, output)}`),
    sentence(view, now),
  ];
}

/** Everything a person asks of `rampwatch status`. */
export function workspaceLines(view: WorkspaceView, now: number, output: Output): readonly string[] {
  const lines = view.rollouts.flatMap((rollout) => [...statusLines(rollout, now, output), '']);
  for (const { message } of view.problems) lines.push(output.paint('red', plainText(message)));
  for (const fault of view.faults) lines.push(output.paint('red', plainText(fault)));
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

function trafficBar(share: number, { paint }: Output): string {
  const filled = share === 0 ? 0 : Math.max(1, Math.round((share / 100) * barWidth));
  return `${paint('blue', '█'.repeat(filled))}${paint('dim', '░'.repeat(barWidth - filled))} ${percentText(share)}`;
}

function rail(stages: readonly StageView[], { paint }: Output): string {
  const names = {
    current: (id: string) => paint('bold', `[${id}]`),
    passed: (id: string) => `✓${id}`,
    left: (id: string) => paint('dim', id),
    ahead: (id: string) => paint('dim', id),
  } as const;
  return stages.map(({ id, state }) => names[state](id)).join(' › ');
}

function soakLines({ required, soaked, countingSince }: SoakView, now: number): readonly string[] {
  if (required === 0) return [];
  const elapsed = soaked + (countingSince === null ? 0 : Math.max(0, now - countingSince));
  if (elapsed >= required) return [`  soaked ${formatDuration(required)}`];
  const standing = countingSince === null ? ', standing still' : '';
  return [`  soaked ${formatDuration(elapsed)} of ${formatDuration(required)}${standing}`];
}

function conditionLine(condition: ConditionVerdict, { paint }: Output): string {
  const [mark, style] = conditionMark(condition);
  const label = condition.label === null ? '' : paint('dim', `  ${labelText(condition.label)}`);
  return `${paint(style, mark)} ${condition.condition}  ${paint('dim', '—')} ${conditionText(condition)}${label}`;
}

function conditionMark({ verdict }: ConditionVerdict): [string, Style] {
  switch (verdict) {
    case 'met':
      return ['✓', 'green'];
    case 'unmet':
      return ['✗', 'red'];
    case 'insufficient':
    case 'no-data':
      return ['○', 'yellow'];
    case 'error':
      return ['!', 'red'];
  }
}

function labelText(label: NonNullable<ConditionVerdict['label']>): string {
  if (label.kind !== 'insufficient') return label.kind;
  return label.needed === null ? 'not proven' : `not proven: needs ${label.needed} more`;
}

function isNotable({ phase }: TriggerStatus): boolean {
  return phase.kind === 'pending' || phase.kind === 'firing';
}

function triggerLine(trigger: TriggerStatus, { paint }: Output): string {
  const word = trigger.phase.kind === 'firing' ? paint('red', 'fires') : paint('yellow', 'pending');
  return `${word} ${trigger.id}: ${plainText(trigger.when)}`;
}

function healthStyle({ standing }: RolloutView): Style {
  switch (standing.health.kind) {
    case 'ok':
      return 'green';
    case 'stale':
    case 'degraded':
      return 'yellow';
    case 'alarm':
      return 'red';
  }
}
