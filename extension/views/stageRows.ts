import type { Phase } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { RolloutView, StageView, StandingView } from '../../daemon/protocol/wire/view.ts';
import { clockText } from '../../daemon/protocol/words/clockText.ts';
import { grouped, percentText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { partTitle, triggerTitle } from '../../daemon/protocol/words/partTitle.ts';
import { phaseFace, phaseWords, standingFace } from '../../daemon/protocol/words/phaseWords.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { calmDuration, soakProgress } from '../../daemon/protocol/words/soakWords.ts';
import { teamWords } from '../../daemon/protocol/words/teamWords.ts';
import {
  faultOf,
  isLive,
  planFault,
  type RolloutStanding,
  rolloutsOf,
  type Standing,
  unwatchedPlans,
} from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { conditionRow, planWords, type Tense } from './conditionRow.ts';
import { credentialRows } from './credentialRows.ts';
import { markdownText } from './escapedText.ts';
import { approvalRow, flagRow, soakRow, troubledSourceRows } from './gateRows.ts';
import { gateWindow } from './judgedWindow.ts';
import { linkText } from './linkText.ts';
import { standingIcon } from './phaseIcon.ts';
import { isRunning, runningFirst } from './rolloutGroups.ts';
import { rolloutName } from './rolloutName.ts';
import type { LensFace, Row, RowIcon, Subject } from './row.ts';
import { ownZoneText } from './zoneText.ts';

/** The Stages tree. Rollouts stand above their stages only where there are several. */
export function stageRows(standings: readonly Standing[], now: number, t: Translate): readonly Row[] {
  const rollouts = rolloutsOf(standings.filter(isShown));
  const several = rollouts.length > 1 || standings.length > 1;
  const troubles = standings.filter(isShown).flatMap((standing) => troubleRows(standing, t));
  const others = several ? standings.filter((standing) => !isShown(standing)).map((each) => folderRow(each, t)) : [];
  const rows = runningFirst(rollouts).flatMap((shown) =>
    several
      ? [rolloutRow(shown, rolloutName(shown, rollouts), ownZoneText(shown, rollouts, t), now, t)]
      : rowsOfRollout(shown, now, t),
  );
  return [...troubles, ...rows, ...others];
}

/** A stopped daemon's state is not shown; a daemon that is being restarted shows the last known state. */
function isShown(standing: Standing): boolean {
  return standing.view !== null && standing.link.kind !== 'stopped';
}

function rowsOfRollout(shown: RolloutStanding, now: number, t: Translate): readonly Row[] {
  const { standing, rollout } = shown;
  return [
    ...planProblemRows(standing, rollout, t),
    ...teamRows(standing, rollout, t),
    ...credentialRows(shown, t),
    ...rollout.stages.map((stage, index) => stageRow(shown, stage, index, now, t)),
  ];
}

function rolloutRow(shown: RolloutStanding, name: string, zone: string, now: number, t: Translate): Row {
  const { standing, rollout } = shown;
  const { percent, may } = rollout.standing;
  const label = isolatedText(plainText(name, 120));
  const trouble = isLive(standing) ? '' : linkText(standing.link, t);
  const { word } = standingFace(rollout.standing, t);
  const description = [percentText(percent), word, trouble, zone].filter((part) => part !== '').join(' · ');
  return {
    id: `${standing.folder}|${rollout.rollout}${isRunning(shown) ? '' : ':rest'}`,
    label,
    description,
    icon: isLive(standing) ? standingIcon(rollout.standing) : { id: 'debug-disconnect' },
    context: ['rollout', ...(may.includes('rollback') ? ['canRollBack'] : [])],
    tooltip: `**${isolatedText(markdownText(name))}**\n\n${markdownText(rollout.plan.file)}`,
    spoken: `${label}, ${description}`,
    expansion: isRunning(shown) ? 'expanded' : 'collapsed',
    subject: subjectOf(shown, null),
    children: rowsOfRollout(shown, now, t),
  };
}

function stageRow(shown: RolloutStanding, stage: StageView, index: number, now: number, t: Translate): Row {
  const { standing, rollout } = shown;
  const current = index === rollout.standing.stageIndex;
  // The editor keeps by the id whether a row is open: a stage that becomes the current one opens by being another row.
  const id = `${standing.folder}|${rollout.rollout}|stage:${stage.id}${current ? ':current' : ''}`;
  const isRollback = current && isRolledBack(rollout.standing.phase);
  const subject: Subject = {
    ...subjectOf(shown, `stages.${index}`),
    ...(isRollback && { why: { kind: 'rollback' } as const }),
  };
  const live = isLive(standing);
  const label = percentText(stage.percent);
  const description = [partTitle(stage), ...stageFacts(shown, stage, current, now, t)].join(' · ');
  const tense: Tense = current ? (live ? 'now' : 'last-known') : stage.state === 'ahead' ? 'ahead' : 'then';
  const conditions = stage.gate.map((condition, position) =>
    conditionRow(
      `${id}|gate:${position}`,
      { ...condition, window: gateWindow(stage) },
      rollout.standing.phase.kind === 'planned' ? 'ahead' : tense,
      rollout,
      {
        ...subjectOf(shown, `stages.${index}.gate.${position}`),
        ...(stage.state !== 'ahead' &&
          rollout.standing.phase.kind !== 'planned' && {
            why: { kind: 'condition', stage: stage.id, condition: condition.condition } as const,
          }),
      },
      now,
      t,
    ),
  );
  const extra = current ? currentRows(shown, id, subject, now, t) : [];
  const children = [...(isRolledBack(rollout.standing.phase) ? conditions.map(greyTick) : conditions), ...extra];
  return {
    id,
    label,
    description,
    icon: stageIcon(stage, current, rollout.standing, live),
    context: [
      'stage',
      stage.state,
      ...(current ? actionWords(shown) : []),
      ...(isRollback ? ['hasWhy'] : []),
      ...planWords(rollout, subject),
    ],
    tooltip: stageTooltip(shown, stage, current, now, t),
    spoken: `${label}, ${description}, ${stageStateText(stage, current, t)}`,
    expansion: children.length === 0 ? 'leaf' : current ? 'expanded' : 'collapsed',
    subject,
    children,
  };
}

/** What a rolled-back attempt had met counts no more. */
function greyTick(row: Row): Row {
  return row.icon.color === 'testing.iconPassed' ? { ...row, icon: { ...row.icon, color: 'disabledForeground' } } : row;
}

function isRolledBack({ kind }: Phase): boolean {
  return kind === 'rolling-back' || kind === 'rolled-back' || kind === 'rollback-failed';
}

function currentRows(shown: RolloutStanding, id: string, subject: Subject, now: number, t: Translate): readonly Row[] {
  const { standing, rollout } = shown;
  // A source that cannot be read is best seen before anything begins.
  if (rollout.standing.phase.kind === 'planned') return troubledSourceRows(id, rollout, subject, now, t);
  return [
    ...soakRow(id, rollout, subject, isLive(standing), now, t),
    ...approvalRow(id, rollout, subject, isLive(standing), t),
    ...flagRow(id, rollout, subject, isLive(standing), t),
    ...troubledSourceRows(id, rollout, subject, now, t),
  ];
}

/** The commands that the daemon would not refuse now. Without a live connection only a rollback can be asked for: it waits for one. */
function actionWords({ standing, rollout }: RolloutStanding): readonly string[] {
  const { may } = rollout.standing;
  const words = may.includes('rollback') ? ['canRollBack'] : [];
  if (!isLive(standing)) return words;
  if (may.includes('begin')) words.push('canBegin');
  if (may.includes('adopt')) words.push('canAdopt');
  if (may.includes('advance') || may.includes('override')) words.push('canAdvance');
  if (may.includes('hold')) words.push('canHold');
  if (may.includes('resume')) words.push('canResume');
  if (may.includes('acknowledge')) words.push('canAcknowledge');
  if (may.includes('rejudge')) words.push('canRejudge');
  if (may.includes('restore')) words.push('canRestore');
  return words;
}

/** The plan's text beside a stage: its facts behind the name in the tree, and which stage is next. */
export function stageLens(shown: RolloutStanding, index: number, now: number, t: Translate): LensFace | null {
  const { standing, rollout } = shown;
  const stage = rollout.stages[index];
  if (stage === undefined || !isShown(standing)) return null;
  const { stageIndex, phase } = rollout.standing;
  const current = index === stageIndex;
  const facts = stageFacts(shown, stage, current, now, t);
  const begun = phase.kind !== 'planned';
  // After a rollback nothing is next: another attempt begins at the first stage.
  const goesOn = begun && !isRolledBack(phase);
  const place = current && begun ? [t('current stage')] : goesOn && index === stageIndex + 1 ? [t('next')] : [];
  const text = [...place, ...facts].join(' · ');
  return text === '' ? null : { icon: stageIcon(stage, current, rollout.standing, isLive(standing)).id, text };
}

/** The facts behind a stage's name: the most telling first, since a narrow side bar cuts the rest. */
function stageFacts(
  { standing, rollout }: RolloutStanding,
  stage: StageView,
  current: boolean,
  now: number,
  t: Translate,
): readonly string[] {
  if (!current) {
    if (stage.state === 'passed') return stage.visit?.override ? [t('passed by override')] : [t('passed')];
    return stage.state === 'left' ? [t('left')] : [];
  }
  const { phase, gateMet, gateTotal, exposure } = rollout.standing;
  const lastKnown = isLive(standing) ? [] : [t('last known')];
  if (exposure !== undefined) return [...lastKnown, exposedText(rollout.standing, t)];
  const met = gateTotal === 0 ? [] : [t('{0}/{1} met', gateMet, gateTotal)];
  switch (phase.kind) {
    case 'soaking': {
      const { left } = soakProgress(rollout.standing.soak, now);
      return [...lastKnown, ...met, ...(left > 0 ? [t('soak {0}', calmDuration(left))] : [])];
    }
    case 'held':
    case 'review':
      return [...lastKnown, phaseFace(phase.kind, t).word, ...met];
    case 'rolled-back':
      return [...lastKnown, rolledBackBy(rollout, phase, t)];
    case 'planned':
    case 'ready':
    case 'rolling-back':
    case 'rollback-failed':
    case 'completed':
      return [...lastKnown, phaseFace(phase.kind, t).word];
  }
}

/** `exposed at 10 % without an attempt`. */
function exposedText({ exposure }: StandingView, t: Translate): string {
  const share = exposure?.percent ?? null;
  return share === null ? t('exposed without an attempt') : t('exposed at {0} without an attempt', percentText(share));
}

function rolledBackBy(rollout: RolloutView, { cause }: Extract<Phase, { kind: 'rolled-back' }>, t: Translate): string {
  const by = cause.kind === 'trigger' ? triggerTitle(rollout, cause.firing.trigger) : plainText(cause.by, 60);
  return t('rolled back by {0}', by);
}

/** The exposure of the flag without an attempt comes before the remembered state of an attempt. */
function stageIcon(stage: StageView, current: boolean, standing: StandingView, live: boolean): RowIcon {
  if (current) return live ? standingIcon(standing) : { id: 'debug-disconnect' };
  switch (stage.state) {
    case 'passed':
      return { id: 'pass-filled', color: isRolledBack(standing.phase) ? 'disabledForeground' : 'testing.iconPassed' };
    case 'left':
      return { id: 'circle-slash', color: 'disabledForeground' };
    case 'current':
    case 'ahead':
      return { id: 'circle-outline', color: 'disabledForeground' };
  }
}

function stageStateText(stage: StageView, current: boolean, t: Translate): string {
  if (current) return t('current stage');
  switch (stage.state) {
    case 'passed':
      return t('passed');
    case 'left':
      return t('left');
    case 'current':
    case 'ahead':
      return t('ahead');
  }
}

function stageTooltip(
  { rollout }: RolloutStanding,
  stage: StageView,
  current: boolean,
  now: number,
  t: Translate,
): string {
  const { phase, missing, frozenUntil } = rollout.standing;
  const zone = rollout.plan.timezone;
  const paragraphs = [`**${isolatedText(markdownText(stage.title ?? stage.id))}** · ${percentText(stage.percent)}`];
  if (current) paragraphs.push(markdownText(phaseWords(phase, rollout.triggers, t).sentence));
  const facts: string[] = [];
  if (stage.visit !== null) {
    const { from, to } = stage.visit;
    facts.push(
      to === null
        ? t('Entered {0} ({1} ago)', clockText(from, now, zone), calmDuration(now - from))
        : t('From {0} to {1}', clockText(from, now, zone), clockText(to, now, zone)),
    );
  }
  if (stage.soak > 0) facts.push(t('Soak at least {0}', calmDuration(stage.soak)));
  if (stage.visit !== null) {
    const { treatment, control } = stage.arms;
    facts.push(t('Treatment {0}, control {1} records', grouped(treatment), grouped(control)));
  }
  const override = stage.visit?.override;
  if (override) {
    facts.push(t('Passed by override of {0}: {1}', markdownText(override.by), markdownText(override.reason)));
  }
  if (facts.length > 0) paragraphs.push(facts.map((fact) => `- ${fact}`).join('\n'));
  if (current && missing.length > 0) {
    paragraphs.push(
      `${t('Missing before an advance:')}\n${missing.map((line) => `- ${markdownText(line)}`).join('\n')}`,
    );
  }
  if (current && frozenUntil !== null) {
    paragraphs.push(t('The plan forbids an advance before {0}', clockText(frozenUntil, now, zone)));
  }
  return paragraphs.join('\n\n');
}

function folderRow(standing: Standing, t: Translate): Row {
  const label = plainText(standing.folder.split(/[\\/]/).at(-1) ?? standing.folder, 80);
  const description = linkText(standing.link, t);
  const stopped = standing.link.kind === 'stopped';
  return {
    id: standing.folder,
    label,
    description,
    icon: folderIcon(standing),
    context: ['folder', ...(planFault(standing) !== null ? ['problem'] : []), ...(stopped ? ['canStart'] : [])],
    tooltip: `**${markdownText(standing.folder)}**\n\n${markdownText(description)}`,
    spoken: `${label}, ${description}`,
    expansion: 'leaf',
    subject: { folder: standing.folder, rollout: '', planPart: null },
    children: [],
  };
}

function folderIcon(standing: Standing): RowIcon {
  if (planFault(standing) !== null) return { id: 'error', color: 'list.errorForeground' };
  return { id: standing.link.kind === 'starting' ? 'loading~spin' : 'debug-disconnect' };
}

/** Plans that cannot be used at all, and the daemon's own trouble. */
function troubleRows(standing: Standing, t: Translate): readonly Row[] {
  const subject: Subject = { folder: standing.folder, rollout: '', planPart: null };
  const problems = unwatchedPlans(standing).map((fault) =>
    messageRow({ ...subject, fault }, `problem:${fault.file}`, t('Plan cannot be used'), fault.message, 'error'),
  );
  const faults = (standing.view?.faults ?? []).map((fault, index) =>
    messageRow(subject, `fault:${index}`, t('Daemon in trouble'), fault, 'warning'),
  );
  return [...problems, ...faults];
}

function planProblemRows({ folder }: Standing, { rollout, plan }: RolloutView, t: Translate): readonly Row[] {
  if (plan.problem === null) return [];
  const subject: Subject = { folder, rollout, planPart: null, fault: faultOf(plan.file, plan.problem) };
  const label = t('The plan file cannot be used; the last good one stays in use');
  return [messageRow(subject, 'plan', label, plan.problem, 'warning')];
}

/** Who judges a shared rollout; the trouble with that is its detail. */
function teamRows({ folder }: Standing, { rollout, team }: RolloutView, t: Translate): readonly Row[] {
  if (team === undefined) return [];
  const { sentence, tone } = teamWords(team, t);
  const description = plainText(team.trouble ?? '');
  return [
    {
      id: `${folder}|${rollout}|team`,
      label: sentence,
      description,
      icon: tone === 'quiet' ? { id: 'organization' } : { id: 'warning', color: 'list.warningForeground' },
      context: ['team'],
      tooltip: `**${markdownText(sentence)}**\n\n${markdownText(team.trouble ?? '', 2000)}`,
      spoken: [sentence, description].filter((part) => part !== '').join(', '),
      expansion: 'leaf',
      subject: { folder, rollout, planPart: null },
      children: [],
    },
  ];
}

function messageRow(subject: Subject, name: string, label: string, message: string, kind: 'error' | 'warning'): Row {
  const description = plainText(message);
  return {
    id: `${subject.folder}|${subject.rollout}|${name}`,
    label,
    description,
    icon: { id: kind, color: kind === 'error' ? 'list.errorForeground' : 'list.warningForeground' },
    context: [subject.fault === undefined ? 'trouble' : 'problem'],
    tooltip: `**${label}**\n\n${markdownText(message, 2000)}`,
    spoken: `${label}, ${description}`,
    expansion: 'leaf',
    subject,
    children: [],
  };
}

function subjectOf({ standing, rollout }: RolloutStanding, planPart: string | null): Subject {
  return { folder: standing.folder, rollout: rollout.rollout, planPart };
}
