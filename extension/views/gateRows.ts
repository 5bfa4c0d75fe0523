import type { Effect, EffectProgress } from '../../daemon/protocol/domain/flagEffect.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { approvalText } from '../../daemon/protocol/words/approvalWords.ts';
import { clockText } from '../../daemon/protocol/words/clockText.ts';
import { driftShares } from '../../daemon/protocol/words/driftText.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { silentSource } from '../../daemon/protocol/words/silentSource.ts';
import { calmDuration, soakProgress, soakWords } from '../../daemon/protocol/words/soakWords.ts';
import type { Translate } from '../vscodeApi.ts';
import { planWords } from './conditionRow.ts';
import { markdownText } from './escapedText.ts';
import { ageText } from './momentText.ts';
import type { Row, RowIcon, Subject } from './row.ts';

/** The requirements of a gate beside its conditions: the soak, the flag in force, and sources that speak. */

/** Who has approved the advance, where the plan asks for several people. */
export function approvalRow(
  id: string,
  rollout: RolloutView,
  subject: Subject,
  live: boolean,
  t: Translate,
): readonly Row[] {
  const { phase, approvals } = rollout.standing;
  const text = approvalText(rollout.standing, t);
  if (text === null || (phase.kind !== 'soaking' && phase.kind !== 'ready')) return [];
  const icon: RowIcon = { id: (approvals?.by.length ?? 0) > 0 ? 'person-add' : 'person' };
  const part = partOf(rollout, subject, 'advance.approvals');
  const about = t('An advance is carried out by the last of them; each must be another person.');
  return [leaf(`${id}|approvals`, t('Approvals'), text, paled(icon, live), 'approvals', part, [about])];
}

export function soakRow(
  id: string,
  rollout: RolloutView,
  subject: Subject,
  live: boolean,
  now: number,
  t: Translate,
): readonly Row[] {
  const { soak, phase } = rollout.standing;
  if (soak.required <= 0 || phase.kind === 'rolled-back' || phase.kind === 'completed') return [];
  const progress = soakProgress(soak, now);
  const done = progress.state === 'over';
  const still = progress.state === 'paused';
  const description = soakWords(progress, t).short;
  const { ends } = progress;
  return [
    leaf(
      `${id}|soak`,
      t('Soak'),
      description,
      paled(soakIcon(done, still), live),
      'soak',
      partOf(rollout, subject, `${subject.planPart}.soak`),
      [
        t('The least time in this stage: {0}.', calmDuration(soak.required)),
        ...(ends === null
          ? []
          : [t('The soak ends {0} if nothing holds it.', clockText(ends, now, rollout.plan.timezone))]),
        ...(still ? [t('The soak is paused: the rollout is held or in review.')] : []),
      ],
    ),
  ];
}

/** A last known figure keeps its shape and loses its colour. */
function paled(icon: RowIcon, live: boolean): RowIcon {
  return live ? icon : { id: icon.id, color: 'disabledForeground' };
}

function soakIcon(done: boolean, still: boolean): RowIcon {
  if (done) return { id: 'pass', color: 'testing.iconPassed' };
  return still ? { id: 'debug-pause', color: 'list.warningForeground' } : { id: 'watch', color: 'testing.iconQueued' };
}

export function flagRow(
  id: string,
  rollout: RolloutView,
  subject: Subject,
  live: boolean,
  t: Translate,
): readonly Row[] {
  const { flag } = rollout;
  if (flag === null) return [];
  const { effect, proof } = flag;
  const drift = driftShares(rollout, t);
  const description =
    effect === null
      ? t('not set yet')
      : (drift ?? `${percentText(effect.percent)} ${progressText(effect.progress, t)}${tail(effect.detail)}`);
  const values = Object.entries(flag.values).map(
    ([key, value]) => `- ${markdownText(key)} ${value === null ? t('is missing') : `= ${markdownText(value)}`}`,
  );
  return [
    leaf(
      `${id}|flag`,
      t('Flag in {0}', plainText(flag.target, 80)),
      description,
      paled(drift === null ? flagIcon(effect) : { id: 'error', color: 'testing.iconFailed' }, live),
      'flag',
      partOf(rollout, subject, 'flag'),
      [...(proof === null ? [] : [markdownText(proof.detail)]), values.join('\n')],
    ),
  ];
}

function tail(detail: string | null): string {
  return detail === null ? '' : ` · ${plainText(detail)}`;
}

function progressText(progress: EffectProgress, t: Translate): string {
  switch (progress) {
    case 'intended':
      return t('to be written');
    case 'written':
      return t('written');
    case 'verified':
      return t('written and read back');
    case 'in-force':
      return t('in force');
    case 'failed':
      return t('failed');
  }
}

function flagIcon(effect: Effect | null): RowIcon {
  switch (effect?.progress) {
    case undefined:
      return { id: 'circle-outline', color: 'disabledForeground' };
    case 'intended':
    case 'written':
      return { id: 'loading~spin' };
    case 'verified':
      return { id: 'watch', color: 'testing.iconQueued' };
    case 'in-force':
      return { id: 'pass', color: 'testing.iconPassed' };
    case 'failed':
      return { id: 'error', color: 'testing.iconFailed' };
  }
}

/** The source whose silence blocks the gate. */
export function troubledSourceRows(
  id: string,
  rollout: RolloutView,
  subject: Subject,
  now: number,
  t: Translate,
): readonly Row[] {
  const silent = rollout.standing.phase.kind === 'planned' ? undefined : silentSource(rollout, now);
  return rollout.sources
    .filter((source) => source === silent || source.health.state === 'error')
    .map((source) => troubledSourceRow(id, rollout, source, subject, now, t));
}

function troubledSourceRow(
  id: string,
  rollout: RolloutView,
  { source, glob, arrived, health, limit }: RolloutView['sources'][number],
  subject: Subject,
  now: number,
  t: Translate,
): Row {
  const isTalking = arrived !== null && now - arrived <= limit;
  const silence = arrived === null ? t('no record yet') : t('silent, last record {0}', ageText(arrived, now, t));
  // A source that talks, or never did, has a reason of its own.
  const reason = isTalking || arrived === null || health.state === 'error' ? health.detail : null;
  return leaf(
    `${id}|source:${source}`,
    plainText(glob, 120),
    reason === null ? silence : plainText(reason, 200),
    { id: 'history', color: 'list.warningForeground' },
    health.unapproved === true ? 'unapprovedSource' : 'source',
    partOf(rollout, subject, `sources.${source}`),
    [
      t('Silence longer than {0} counts as no data, and no data never passes a gate.', calmDuration(limit)),
      ...(health.detail === null ? [] : [markdownText(health.detail)]),
    ],
  );
}

interface Part {
  readonly subject: Subject;
  readonly words: readonly string[];
}

/** The row's place in the plan file, if any: a default has no line. */
function partOf(rollout: RolloutView, subject: Subject, part: string): Part {
  const planPart = rollout.plan.lines[part] === undefined ? null : part;
  const placed = { folder: subject.folder, rollout: subject.rollout, planPart };
  return { subject: placed, words: planWords(rollout, placed) };
}

function leaf(
  id: string,
  label: string,
  description: string,
  icon: RowIcon,
  word: string,
  { subject, words }: Part,
  paragraphs: readonly string[],
): Row {
  return {
    id,
    label,
    description,
    icon,
    context: [word, ...words],
    tooltip: [`**${markdownText(label)}**`, ...paragraphs].join('\n\n'),
    spoken: `${label}, ${description}`,
    expansion: 'leaf',
    subject,
    children: [],
  };
}
