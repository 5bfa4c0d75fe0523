import type {
  ChecklistItemView,
  ChecklistView,
  EvidenceView,
  ItemPhase,
  OccurrenceView,
  PastItem,
  TickView,
} from '../protocol/domain/checklistView.ts';
import type { JournalBody } from '../protocol/domain/journalEntry.ts';
import type { Checklist, ChecklistItem, Evidence, Plan } from '../protocol/domain/plan.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { type EvidenceFacts, judgeEvidence } from './checklistEvidence.ts';
import {
  type Course,
  courseOf,
  currentOccurrence,
  earlierOccurrences,
  type Occurrence,
} from './checklistOccurrences.ts';
import { type ChecklistRecord, type ItemRecord, recordOf } from './checklistRecord.ts';

/** The present state of evidence, by item id. */
export type EvidenceFound = ReadonlyMap<string, EvidenceView>;

interface Moment {
  readonly state: RolloutState;
  readonly now: WallTime;
}

export const noEvidence: EvidenceFound = new Map();
const daysShown = 7;
/**
 * Evidence that has just stopped must hold this long before it ticks again, so that a figure near its limit makes no
 * noise.
 */
const settling = 60_000;

/** The deliverables at the end are a list like any other, done once. */
const deliverablesId = 'deliverables';

/** `earlier`: the most past rounds to list. */
export function checklistViews(
  plan: Plan,
  record: ChecklistRecord,
  moment: Moment,
  found: EvidenceFound = noEvidence,
  earlier = daysShown,
): readonly ChecklistView[] {
  return plan.checklists.map((checklist) => checklistView(checklist, plan, record, moment, found, earlier));
}

/** `undefined` when the plan names none. */
export function deliverablesView(
  plan: Plan,
  record: ChecklistRecord,
  moment: Moment,
  found: EvidenceFound = noEvidence,
): ChecklistView | undefined {
  const list = deliverableList(plan);
  return list === null ? undefined : checklistView(list, plan, record, moment, found);
}

/** Judges the evidence of every item that has a current round. */
export function findEvidence(plan: Plan, { state, now }: Moment, facts: EvidenceFacts): EvidenceFound {
  return new Map(
    evidencedItems(plan, courseOf(plan, state), now).map(({ id, evidence, occurrence }) => [
      id,
      judgeEvidence(evidence, occurrence, facts),
    ]),
  );
}

/** The entries for the journal: items whose evidence began to hold, or stopped. Unknown evidence does not hold. */
export function evidenceChanges(
  plan: Plan,
  record: ChecklistRecord,
  { state, now }: Moment,
  found: EvidenceFound,
): readonly JournalBody[] {
  return evidencedItems(plan, courseOf(plan, state), now).flatMap(({ id, occurrence }): JournalBody[] => {
    const said = found.get(id);
    if (said === undefined) return [];
    const known = recordOf(record, id, occurrence.key).evidence;
    const holds = said.state === 'holds';
    if (holds === (known?.holds ?? false)) return [];
    if (holds && known !== null && now - known.at < settling) return [];
    return [{ kind: 'evidence', item: id, occurrence: occurrence.key, holds, detail: said.detail }];
  });
}

/** The named item: by its whole id, or by the part behind the slash when only one checklist has it. */
export function findItem(views: readonly ChecklistView[], named: string): string | null {
  const ids = views.flatMap(({ items }) => items.map(({ id }) => id));
  if (ids.includes(named)) return named;
  const matching = ids.filter((id) => id.slice(id.indexOf('/') + 1) === named);
  if (matching.length > 0) return matching.length === 1 ? (matching[0] ?? null) : null;
  const titled = views.flatMap(({ items }) => items.filter(({ title }) => sameTitle(title, named)));
  return titled.length === 1 ? (titled[0]?.id ?? null) : null;
}

function sameTitle(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

function checklistView(
  checklist: Checklist,
  plan: Plan,
  record: ChecklistRecord,
  { state, now }: Moment,
  found: EvidenceFound,
  earlier = daysShown,
): ChecklistView {
  const course = courseOf(plan, state);
  const occurrence = currentOccurrence(checklist, course, now);
  const past = earlierOccurrences(checklist, course, now, earlier);
  const open = openPhase(checklist, occurrence, state, now);
  const items = identified(checklist).map(({ id, title }): ChecklistItemView => {
    const item = itemView(id, title, occurrence === null ? null : recordOf(record, id, occurrence.key), open);
    const evidence = found.get(id);
    return {
      ...item,
      ...(evidence !== undefined && { evidence }),
      ...(past.length > 0 && { history: past.map(({ key }) => pastItem(checklist, key, recordOf(record, id, key))) }),
    };
  });
  return {
    id: checklist.id,
    title: checklist.title,
    items,
    ...(checklist.every !== undefined && { every: checklist.every }),
    ...(checklist.stage !== undefined && { stage: checklist.stage }),
    occurrence: occurrence === null ? null : occurrenceView(checklist, occurrence),
    phase: items.every(({ phase }) => phase === 'done') ? 'done' : open,
    ...(past.length > 0 && {
      history: past.map(({ key, from }, index) => {
        const outcomes = items.map(({ history }) => history?.[index]?.outcome);
        const skipped = outcomes.filter((outcome) => outcome === 'skipped').length;
        const missed = outcomes.filter((outcome) => outcome === 'missed').length;
        const total = items.length;
        return { id: `${checklist.id}@${key}`, from: from ?? now, done: total - skipped - missed, skipped, total };
      }),
    }),
  };
}

function itemView(id: string, title: string, record: ItemRecord | null, open: ItemPhase): ChecklistItemView {
  if (record === null) return { id, title, ticked: null, phase: open };
  const { ticks, skipped, notes, evidence } = record;
  const shown = evidence?.holds === true ? evidenceTick(evidence) : (ticks[0] ?? null);
  return {
    id,
    title,
    ticked: shown,
    ...(shown !== null && { from: evidence?.holds === true ? 'evidence' : 'claim' }),
    ...(ticks.length > 0 && { ticks }),
    skipped: shown === null ? skipped : null,
    ...(notes.length > 0 && { notes }),
    ...(evidence?.holds === false && { lost: evidenceTick(evidence) }),
    phase: shown !== null || skipped !== null ? 'done' : open,
  };
}

function evidenceTick({ at, detail }: { readonly at: WallTime; readonly detail: string }): TickView {
  return { by: 'evidence', at, note: detail };
}

function pastItem(checklist: Checklist, key: string, { ticks, skipped, evidence }: ItemRecord): PastItem {
  const occurrence = `${checklist.id}@${key}`;
  if (evidence?.holds === true) return { occurrence, outcome: 'evidence', tick: evidenceTick(evidence) };
  const [tick] = ticks;
  if (tick !== undefined) return { occurrence, outcome: 'ticked', tick };
  if (skipped !== null) return { occurrence, outcome: 'skipped', tick: skipped };
  return { occurrence, outcome: 'missed', tick: null };
}

/** The phase of an open item: a daily list asks nobody while no attempt runs. */
function openPhase(
  { every }: Checklist,
  occurrence: Occurrence | null,
  state: RolloutState,
  now: WallTime,
): Exclude<ItemPhase, 'done'> {
  if (occurrence === null) return 'waiting';
  const { asked, overdueAt } = occurrence;
  if (every !== undefined && !isRunning(state)) return 'waiting';
  const began = state.visits.find(({ attempt }) => attempt === state.attempt)?.from;
  // Its time passed before the rollout began: the next round is the first.
  if (every !== undefined && overdueAt !== null && began !== undefined && overdueAt <= began) return 'waiting';
  if (overdueAt !== null && now >= overdueAt) return 'overdue';
  return asked !== null && now >= asked ? 'due' : 'waiting';
}

function isRunning({ phase }: RolloutState): boolean {
  switch (phase.kind) {
    case 'planned':
    case 'rolled-back':
    case 'completed':
      return false;
    case 'soaking':
    case 'ready':
    case 'held':
    case 'review':
    case 'rolling-back':
    case 'rollback-failed':
      return true;
  }
}

function occurrenceView({ id }: Checklist, { key, from, due, overdueAt, nextDue }: Occurrence): OccurrenceView {
  return { id: `${id}@${key}`, from, due, overdueAt, ...(nextDue !== undefined && { nextDue }) };
}

interface EvidencedItem {
  readonly id: string;
  readonly evidence: Evidence;
  readonly occurrence: Occurrence;
}

function evidencedItems(plan: Plan, course: Course, now: WallTime): readonly EvidencedItem[] {
  const deliverables = deliverableList(plan);
  const lists = deliverables === null ? plan.checklists : [...plan.checklists, deliverables];
  return lists.flatMap((checklist) => {
    const asked = identified(checklist).flatMap(({ id, evidence }) =>
      evidence === undefined ? [] : [{ id, evidence }],
    );
    const occurrence = asked.length === 0 ? null : currentOccurrence(checklist, course, now);
    return occurrence === null ? [] : asked.map((each) => ({ ...each, occurrence }));
  });
}

function deliverableList(plan: Plan): Checklist | null {
  if (plan.deliverables.length === 0) return null;
  const id = plan.checklists.some((checklist) => checklist.id === deliverablesId) ? 'all-deliverables' : deliverablesId;
  return { id, title: 'Deliverables', items: plan.deliverables, ...(plan.end !== undefined && { due: plan.end }) };
}

/** Every item of the plan, also of the deliverables, under the id that it has everywhere. */
export function itemsOf(plan: Plan): readonly {
  readonly id: string;
  readonly title: string;
  readonly evidence: Evidence | undefined;
}[] {
  const deliverables = deliverableList(plan);
  return [...plan.checklists, ...(deliverables === null ? [] : [deliverables])].flatMap((list) => identified(list));
}

/** Items under ids of their own: an id of the plan, else one made of the title, numbered where titles are alike. */
function identified({ id: list, items }: Pick<Checklist, 'id' | 'items'>): readonly {
  readonly id: string;
  readonly title: string;
  readonly evidence: Evidence | undefined;
}[] {
  const taken = new Set<string>();
  return items.map((item: ChecklistItem) => {
    const { title, id, evidence } =
      typeof item === 'string' ? { title: item } : { id: undefined, evidence: undefined, ...item };
    const wanted = id ?? slug(title);
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}-${count}`;
    taken.add(name);
    return { id: `${list}/${name}`, title, evidence };
  });
}

function slug(title: string): string {
  const words = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return words === '' ? 'item' : words;
}
