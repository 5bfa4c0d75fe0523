import type {
  ChecklistItemView,
  ChecklistView,
  ItemPhase,
  PastItem,
} from '../../daemon/protocol/domain/checklistView.ts';

import { clockText, dueText } from '../../daemon/protocol/words/clockText.ts';
import { comesAgain, isDone, isSettled, isSkipped } from '../../daemon/protocol/words/openItems.ts';

import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { isLive, type RolloutStanding, type Standing } from '../connection/standing.ts';
import type { Translate } from '../vscodeApi.ts';
import { planWords } from './conditionRow.ts';
import { markdownText } from './escapedText.ts';
import { rolloutGroups, rolloutSubject, rowId } from './rolloutGroups.ts';
import type { Row, RowIcon } from './row.ts';

/** The number of earlier rounds in a tooltip. */
const mostHistory = 7;

/** The Checklists tree. Items have checkboxes; a list's progress is computed from them. */
export function checklistRows(standings: readonly Standing[], now: number, t: Translate): readonly Row[] {
  return rolloutGroups(standings, t, (shown) => {
    const { checklists, deliverables } = shown.rollout;
    return [
      ...checklists.map((list, index) => checklistRow(shown, list, `checklists.${index}`, now, t)),
      ...(deliverables === undefined ? [] : [checklistRow(shown, deliverables, 'deliverables', now, t)]),
    ];
  });
}

function checklistRow(shown: RolloutStanding, list: ChecklistView, part: string, now: number, t: Translate): Row {
  const { timezone } = shown.rollout.plan;
  const label = plainText(list.title, 120);
  const done = list.items.filter((item) => isDone(item)).length;
  const skipped = list.items.filter((item) => isSkipped(item)).length;
  const complete = list.items.length > 0 && done + skipped === list.items.length;
  const nextDue = complete ? (list.occurrence?.nextDue ?? null) : comesAgain(list, now);
  const due = nextDue === null || complete ? (list.occurrence?.due ?? null) : null;
  const facts = [
    t('{0} of {1}', done, list.items.length),
    skipped === 0 ? '' : t('{0} skipped', skipped),
    complete ? '' : whenText(list.phase, due === null ? null : dueText(due, now, timezone), t),
    nextDue === null ? '' : t('next due {0}', dueText(nextDue, now, timezone)),
  ];
  const description = facts.filter((fact) => fact !== '').join(' · ');
  const subject = rolloutSubject(shown, part);
  const itemsPart = part === 'deliverables' ? part : `${part}.items`;
  // The editor keeps by the id whether a row is open: a list whose time comes opens by being another row.
  const ahead = list.phase === 'waiting';
  return {
    id: rowId(shown, `checklist:${list.id}${ahead ? ':ahead' : ''}`),
    label,
    description,
    icon: complete ? completeIcon(skipped) : listIcon(list.phase),
    context: ['checklist', ...planWords(shown.rollout, subject)],
    tooltip: listTooltip(list, done, skipped, now, timezone, t),
    spoken: `${label}, ${description}`,
    expansion: complete || ahead ? 'collapsed' : 'expanded',
    subject,
    children: list.items.map((item, index) => itemRow(shown, item, due, `${itemsPart}.${index}`, now, t)),
  };
}

function itemRow(
  shown: RolloutStanding,
  item: ChecklistItemView,
  due: number | null,
  part: string,
  now: number,
  t: Translate,
): Row {
  const { timezone } = shown.rollout.plan;
  const label = plainText(item.title, 200);
  const description = itemFacts(item, now, timezone, t)
    .filter((fact) => fact !== '')
    .join(' · ');
  const checked = item.ticked !== null;
  const subject = { ...rolloutSubject(shown, part), item: item.id };
  return {
    id: rowId(shown, `item:${item.id}`),
    label,
    description,
    icon: itemIcon(item),
    context: ['item', ...(isLive(shown.standing) ? ['canTick'] : []), ...planWords(shown.rollout, subject)],
    tooltip: itemTooltip(item, due, now, timezone, t),
    spoken: [label, checked ? t('done') : isSkipped(item) ? t('skipped') : t('open'), description]
      .filter((part) => part !== '')
      .join(', '),
    expansion: 'leaf',
    subject,
    checkbox: { checked, tooltip: checked ? t('Untick: {0}', label) : t('Tick: {0}', label) },
    children: [],
  };
}

function itemFacts(item: ChecklistItemView, now: number, zone: string, t: Translate): readonly string[] {
  const { ticked, skipped, evidence, from } = item;
  if (ticked !== null) {
    if (from === 'evidence') return [evidence === undefined ? t('by evidence') : plainText(evidence.detail, 200)];
    return [
      t('{0}, {1}', plainText(ticked.by, 60), clockText(ticked.at, now, zone)),
      plainText(ticked.note ?? '', 120),
    ];
  }
  if (skipped !== null && skipped !== undefined) {
    return [t('skipped by {0}', plainText(skipped.by, 60)), plainText(skipped.note ?? '', 120)];
  }
  return [phaseText(item.phase, t), evidence === undefined ? '' : plainText(evidence.detail, 200)];
}

/** `overdue since yesterday 09:00`, `due today`: the time once, with what it means now. */
function whenText(phase: ItemPhase | undefined, due: string | null, t: Translate): string {
  if (due === null) return phaseText(phase, t);
  return phase === 'overdue' ? t('overdue since {0}', due) : t('due {0}', due);
}

/** Nothing for an item that simply waits, or when the daemon does not say. */
function phaseText(phase: ItemPhase | undefined, t: Translate): string {
  switch (phase) {
    case 'overdue':
      return t('overdue');
    case 'due':
      return t('due');
    case 'waiting':
    case 'done':
    case undefined:
      return '';
  }
}

/** Green is for what was done. */
function completeIcon(skipped: number): RowIcon {
  if (skipped === 0) return { id: 'pass-filled', color: 'testing.iconPassed' };
  return { id: 'debug-step-over', color: 'disabledForeground' };
}

function listIcon(phase: ItemPhase | undefined): RowIcon {
  return phase === 'overdue' ? { id: 'warning', color: 'list.warningForeground' } : { id: 'checklist' };
}

function itemIcon({ ticked, from, skipped, phase, evidence }: ChecklistItemView): RowIcon {
  if (ticked !== null && from === 'evidence') return { id: 'verified', color: 'testing.iconPassed' };
  if (ticked !== null) return { id: 'person', color: 'testing.iconPassed' };
  if (skipped !== null && skipped !== undefined) return { id: 'debug-step-over', color: 'disabledForeground' };
  if (phase === 'overdue') return { id: 'warning', color: 'list.warningForeground' };
  if (evidence?.state === 'fails') return { id: 'circle-slash', color: 'testing.iconFailed' };
  if (phase === 'due') return { id: 'clock', color: 'testing.iconQueued' };
  return { id: 'circle-outline', color: 'disabledForeground' };
}

function listTooltip(
  list: ChecklistView,
  done: number,
  skipped: number,
  now: number,
  zone: string,
  t: Translate,
): string {
  const { occurrence } = list;
  const again = comesAgain(list, now);
  const facts = [
    t('{0} of {1} done', done, list.items.length),
    ...(skipped === 0 ? [] : [t('{0} skipped', skipped)]),
    ...(occurrence === null ? [t('It begins with its stage.')] : []),
    ...(again === null ? dueFacts(occurrence, now, zone, t) : [t('Next due {0}', dueText(again, now, zone))]),
    ...(list.history ?? [])
      .slice(0, mostHistory)
      .map((past) =>
        past.skipped === 0
          ? t('{0}: {1} of {2}', clockText(past.from, now, zone), past.done, past.total)
          : t('{0}: {1} of {2}, {3} skipped', clockText(past.from, now, zone), past.done, past.total, past.skipped),
      ),
  ];
  return [`**${markdownText(list.title)}**`, facts.map((fact) => `- ${fact}`).join('\n')].join('\n\n');
}

function dueFacts(occurrence: ChecklistView['occurrence'], now: number, zone: string, t: Translate): readonly string[] {
  if (occurrence === null || occurrence === undefined) return [];
  const { due, overdueAt } = occurrence;
  return [
    ...(due === null ? [] : [t('Due {0}', dueText(due, now, zone))]),
    ...(overdueAt === null ? [] : [t('Overdue from {0}', clockText(overdueAt, now, zone))]),
  ];
}

function itemTooltip(item: ChecklistItemView, due: number | null, now: number, zone: string, t: Translate): string {
  const { ticked, ticks, skipped, notes, evidence, history } = item;
  const at = (when: number) => clockText(when, now, zone);
  const said = (note: string | null) => (note === null ? '' : `: ${markdownText(note)}`);
  const open = isSettled(item) || due === null ? '' : whenText(item.phase, dueText(due, now, zone), t);
  const people = ticks ?? (ticked === null || item.from === 'evidence' ? [] : [ticked]);
  const facts = [
    ...(open === '' ? [] : [open]),
    ...people.map((tick) => `${t('Ticked by {0}, {1}', markdownText(tick.by), at(tick.at))}${said(tick.note)}`),
    ...(skipped === null || skipped === undefined
      ? []
      : [`${t('Skipped by {0}, {1}', markdownText(skipped.by), at(skipped.at))}${said(skipped.note)}`]),
    ...(evidence === undefined ? [] : [`${evidenceText(evidence.state, t)}: ${markdownText(evidence.detail)}`]),
    ...(notes ?? []).map((note) => `${t('Note by {0}, {1}', markdownText(note.by), at(note.at))}${said(note.note)}`),
    ...(history ?? []).slice(0, mostHistory).map((past) => pastText(past, t)),
  ];
  return [`**${markdownText(item.title)}**`, facts.map((fact) => `- ${fact}`).join('\n')]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

function evidenceText(state: NonNullable<ChecklistItemView['evidence']>['state'], t: Translate): string {
  switch (state) {
    case 'holds':
      return t('Evidence holds');
    case 'fails':
      return t('Evidence does not hold');
    case 'unknown':
      return t('Evidence cannot be judged');
  }
}

function pastText({ occurrence, outcome, tick }: PastItem, t: Translate): string {
  const name = markdownText(occurrence);
  const by = markdownText(tick?.by ?? '');
  switch (outcome) {
    case 'ticked':
      return t('{0}: ticked by {1}', name, by);
    case 'evidence':
      return t('{0}: by evidence', name);
    case 'skipped':
      return t('{0}: skipped by {1}', name, by);
    case 'missed':
      return t('{0}: missed', name);
  }
}
