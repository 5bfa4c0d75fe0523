import type { ConditionVerdict, TriggerStatus } from '../protocol/domain/verdict.ts';
import { shownText } from '../protocol/secrets/redactRecord.ts';
import type { RolloutView, SoakView, SourceView, StageView, WorkspaceView } from '../protocol/wire/view.ts';
import { approvalText } from '../protocol/words/approvalWords.ts';
import { english } from '../protocol/words/factWords.ts';
import { conditionText, percentText } from '../protocol/words/figureText.ts';
import { isolatedText } from '../protocol/words/isolatedText.ts';
import { partTitle } from '../protocol/words/partTitle.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { recurredText } from '../protocol/words/recurredText.ts';
import { sentence } from '../protocol/words/sentence.ts';
import { soakProgress, soakWords } from '../protocol/words/soakWords.ts';
import { teamWords } from '../protocol/words/teamWords.ts';
import { evidenceOf, standingWords } from '../protocol/words/verdictWords.ts';
import { characters, styles } from './factStyle.ts';
import type { Output, Style } from './output.ts';
import { proofLines } from './statusProof.ts';

const barWidth = 30;

/** A rollout as a block of lines: name and sentence, the stage rail, soak, gate and what fires. */
function statusLines(view: RolloutView, now: number, output: Output): readonly string[] {
  const { paint } = output;
  const { standing, stages, plan } = view;
  const current = stages.find(({ state }) => state === 'current');
  return [
    `${paint('bold', isolatedText(plainText(plan.name)))}  ${paint(healthStyle(view), standing.exposure === undefined ? standing.phase.kind : 'EXPOSED')}`,
    `${trafficBar(standing.percent, output)}  ${rail(stages, output)}`,
    ...(current === undefined ? [] : soakLines(standing.soak, now)),
    ...(current?.gate ?? []).map((condition) => `  ${conditionLine(condition, output)}`),
    ...view.triggers.filter(isNotable).map((trigger) => `  ${triggerLine(trigger, plan.timezone, now, output)}`),
    ...approvalLines(view, output),
    ...(view.team === undefined ? [] : [paint('dim', `  ${teamWords(view.team, english).short}`)]),
    sentence(view, now),
  ];
}

function approvalLines({ standing }: RolloutView, { paint }: Output): readonly string[] {
  const isOpen = standing.phase.kind === 'soaking' || standing.phase.kind === 'ready';
  const text = isOpen ? approvalText(standing, english) : null;
  return text === null ? [] : [paint('dim', `  ${text}`)];
}

/** Every rollout in its block, and what is wrong with the workspace; as it is shown while it changes. */
export function workspaceLines(view: WorkspaceView, now: number, output: Output): readonly string[] {
  return blocks(view, output, (rollout) => statusLines(rollout, now, output));
}

/** Everything that `rampwatch status` shows, the evidence of each rollout and its open items included. */
export function workspaceDetails(view: WorkspaceView, now: number, output: Output): readonly string[] {
  return blocks(view, output, (rollout) => [
    ...statusLines(rollout, now, output),
    ...rollout.sources.flatMap((source) => sourceLines(source, output)),
    ...flagLines(rollout, output),
    ...proofLines(rollout, now, output),
  ]);
}

/** The JSON of a workspace, as `status --json` and other commands print it. */
export function withSentences(view: WorkspaceView, now: number): object {
  return { ...view, rollouts: view.rollouts.map((rollout) => ({ sentence: sentence(rollout, now), ...rollout })) };
}

function blocks(view: WorkspaceView, { paint }: Output, block: (view: RolloutView) => readonly string[]): string[] {
  const lines = view.rollouts.flatMap((rollout) => [...block(rollout).map(shownText), '']);
  const told = [...view.problems.map(({ message }) => message), ...view.faults];
  for (const line of told) lines.push(paint('red', shownText(plainText(line))));
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Only the facts that may need a person. */
function sourceLines({ glob, health, rejected, gaps }: SourceView, { paint }: Output): readonly string[] {
  const parts: string[] = [];
  if (health.state === 'waiting') parts.push(health.detail ?? 'no such file yet');
  else if (health.state === 'reading') parts.push(...(health.detail === null ? [] : [health.detail]));
  else parts.push(`${health.state}: ${health.detail ?? 'no reason given'}`);
  const refused = Object.entries(rejected).map(([reason, count]) => `${count} ${reason}`);
  if (refused.length > 0) parts.push(`rejected ${refused.join(', ')}`);
  if (gaps.length > 0) parts.push(`${gaps.length} declared ${gaps.length === 1 ? 'loss' : 'losses'}, see the journal`);
  return parts.length === 0 ? [] : [`  ${paint('yellow', '○')} ${plainText(`${glob}: ${parts.join('; ')}`)}`];
}

function flagLines({ flag }: RolloutView, { paint }: Output): readonly string[] {
  if (flag === null) return [];
  const values = Object.entries(flag.values).map(([key, value]) =>
    value === null ? `${key} unset` : `${key}=${value}`,
  );
  return [paint('dim', `  ${plainText(`${flag.target}: ${values.join(', ')}`)}`)];
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
  return stages.map((stage) => names[stage.state](partTitle(stage))).join(' › ');
}

function soakLines(soak: SoakView, now: number): readonly string[] {
  const progress = soakProgress(soak, now);
  return progress.state === 'none' ? [] : [`  ${soakWords(progress, english).sentence}`];
}

function conditionLine(condition: ConditionVerdict, { paint }: Output): string {
  const { tone, symbol } = standingWords(condition, english);
  const evidence = evidenceOf(condition, english);
  const label = evidence === null ? '' : paint('dim', `  ${evidence.short}`);
  const mark = paint(styles[tone], characters[symbol]);
  return `${mark} ${condition.condition}  ${paint('dim', '—')} ${conditionText(condition)}${label}`;
}

function isNotable({ phase }: TriggerStatus): boolean {
  return phase.kind === 'pending' || phase.kind === 'firing';
}

function triggerLine(trigger: TriggerStatus, zone: string, now: number, { paint }: Output): string {
  const isCrossed = trigger.phase.kind === 'firing' && trigger.rule === 'proven';
  const word = isCrossed
    ? paint('yellow', 'crossed, not proven')
    : trigger.phase.kind === 'firing'
      ? paint('red', 'fires')
      : paint('yellow', 'pending');
  const often = recurredText(trigger, now, zone);
  return `${word} ${trigger.id}: ${plainText(trigger.when)}${often === '' ? '' : paint('dim', `  ${often}`)}`;
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
