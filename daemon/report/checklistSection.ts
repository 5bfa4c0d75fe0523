import type { ChecklistItemView, ChecklistView, PastItem, TickView } from '../protocol/domain/checklistView.ts';
import type { ReportFacts } from './facts.ts';
import { momentText } from './moment.ts';
import { type Block, mark, type Section, type Span, type Text } from './reportDocument.ts';
import { isInSpan } from './timeline.ts';

const mostRounds = 40;

/** Each tick as what it is: a person's claim, or evidence. */
export function checklistsSection(facts: ReportFacts): Section | null {
  const { checklists } = facts.view;
  if (checklists.length === 0) return null;
  const sections = checklists.map((checklist) => checklistSection(facts, checklist));
  return {
    id: 'checklists',
    title: ['Checklists'],
    blocks: [
      {
        kind: 'paragraph',
        text: [
          'A tick by a person is a claim, and is shown as one. A tick by evidence holds only as long as the evidence does.',
        ],
      },
    ],
    sections: sections.filter((section) => section !== null),
  };
}

export function deliverablesSection(facts: ReportFacts): Section | null {
  const { deliverables } = facts.view;
  if (deliverables === undefined || facts.period.kind !== 'whole') return null;
  return { id: 'deliverables', title: ['Deliverables'], blocks: [itemTable(facts, deliverables.items)], sections: [] };
}

function checklistSection(facts: ReportFacts, checklist: ChecklistView): Section | null {
  const { id, title, items, every, occurrence = null, history = [] } = checklist;
  const current = occurrence !== null && (every === undefined || isRoundOf(facts, occurrence.from));
  const rounds = history.flatMap((round, index) => (isRoundOf(facts, round.from) ? [{ round, index }] : []));
  const shown = rounds.slice(0, mostRounds);
  const worded = shown.filter(({ round }) => round.done + round.skipped > 0);
  const sections = worded.toReversed().map(({ round, index }): Section => {
    const rest = round.skipped > 0 ? `, ${round.skipped} skipped` : '';
    return {
      id: `checklist-${slug(round.id)}`,
      title: [`${roundName(round.id)}: ${round.done} of ${round.total} done${rest}`],
      blocks: [pastTable(facts, items, index)],
      sections: [],
    };
  });
  const silent = shown.filter((each) => !worded.includes(each)).toReversed();
  const blocks: Block[] = [];
  if (occurrence === null) blocks.push({ kind: 'paragraph', text: ['Its time has not come.'] });
  else if (current && (every === undefined || isRunning(facts) || hasWord(items))) {
    if (every !== undefined) blocks.push({ kind: 'paragraph', text: [roundName(occurrence.id)] });
    blocks.push(itemTable(facts, items));
  }
  if (silent.length > 0) {
    const names = silent.map(({ round }) => roundName(round.id)).join(', ');
    blocks.push({ kind: 'paragraph', text: [mark('Missed', 'warning'), `, nothing was ticked: ${names}.`] });
  }
  if (rounds.length > shown.length) {
    blocks.push({ kind: 'paragraph', text: [`${rounds.length - shown.length} earlier rounds, see the journal.`] });
  }
  if (blocks.length === 0 && sections.length === 0) return null;
  return { id: `checklist-${slug(id)}`, title: [title], blocks, sections };
}

function isRunning({ view }: ReportFacts): boolean {
  const { kind } = view.standing.phase;
  return kind !== 'planned' && kind !== 'rolled-back' && kind !== 'completed';
}

function hasWord(items: readonly ChecklistItemView[]): boolean {
  return items.some(
    ({ ticked, skipped, notes }) => ticked !== null || (skipped ?? null) !== null || notes !== undefined,
  );
}

/** A round belongs to the period in which it begins; one without a beginning to all. */
function isRoundOf(facts: ReportFacts, from: number | null): boolean {
  return from === null || isInSpan(facts, from);
}

/** `2025-11-03` of `daily@2025-11-03`, `ten` of `stage@ten#3`. */
function roundName(id: string): string {
  return id.slice(id.indexOf('@') + 1).replace(/#\d+$/, '');
}

function itemTable(facts: ReportFacts, items: readonly ChecklistItemView[]): Block {
  return {
    kind: 'table',
    columns,
    rows: items.map((item) => {
      const { title, ticked, from, skipped = null, ticks = [], notes = [], lost, phase } = item;
      const others = ticks.filter((tick) => tick !== ticked);
      const more = notes.filter(({ at }) => at !== ticked?.at && at !== skipped?.at);
      return [
        [stateMark(ticked, from ?? 'claim', skipped, phase === 'overdue' ? 'overdue' : 'open')],
        [title],
        inOneLine([
          ...(ticked !== null ? [tickText(facts, ticked)] : skipped !== null ? [tickText(facts, skipped)] : []),
          // Lost evidence stands beside the person's claim that remains, if any.
          ...(lost === undefined ? [] : [lostText(facts, lost)]),
          ...others.map((tick): Text => ['also ', ...tickText(facts, tick)]),
          ...more.map((note): Text => ['note ', ...tickText(facts, note)]),
        ]),
      ];
    }),
  };
}

const columns = [{ title: 'State' }, { title: 'Item' }, { title: 'By whom, when, on what evidence' }] as const;

function pastTable(facts: ReportFacts, items: readonly ChecklistItemView[], index: number): Block {
  return {
    kind: 'table',
    columns,
    rows: items.map(({ id, title, history = [] }) => {
      const past = history[index];
      if (past === undefined) return [[mark('missed', 'warning')], [title], []];
      const notes = notesOf(facts, id, past);
      return [
        [pastMark(past.outcome)],
        [title],
        [
          ...(past.tick === null ? [] : tickText(facts, past.tick)),
          ...notes.flatMap((note): Text => ['; note ', ...tickText(facts, note)]),
        ],
      ];
    }),
  };
}

/** Notes that are no tick's own. */
function notesOf({ entries }: ReportFacts, item: string, { occurrence }: PastItem): readonly TickView[] {
  return entries.flatMap(({ at, body }): TickView[] =>
    body.kind === 'tick' &&
    body.as === 'note' &&
    body.item === item &&
    occurrence.endsWith(`@${body.occurrence ?? 'once'}`)
      ? [{ by: body.by, at, note: body.note }]
      : [],
  );
}

function stateMark(
  ticked: TickView | null,
  from: 'claim' | 'evidence',
  skipped: TickView | null,
  open: 'open' | 'overdue',
): Span {
  if (ticked !== null) return from === 'evidence' ? mark('evidence', 'good') : mark('claim', 'quiet');
  if (skipped !== null) return mark('skipped', 'warning');
  return open === 'overdue' ? mark('overdue', 'warning') : mark('open', 'quiet');
}

function pastMark(outcome: PastItem['outcome']): Span {
  switch (outcome) {
    case 'evidence':
      return mark('evidence', 'good');
    case 'ticked':
      return mark('claim', 'quiet');
    case 'skipped':
      return mark('skipped', 'warning');
    case 'missed':
      return mark('missed', 'warning');
  }
}

function tickText({ loaded }: ReportFacts, { by, at, note }: TickView): Text {
  const when = momentText(at, loaded.plan.timezone);
  return by === 'evidence'
    ? [`${note ?? ''} since ${when}`]
    : [note === null ? `${by}, ${when}` : `${by}, ${when}: ${note}`];
}

function lostText({ loaded }: ReportFacts, { at, note }: TickView): Text {
  return [mark('lost its tick', 'warning'), ` ${momentText(at, loaded.plan.timezone)}: ${note ?? ''}`];
}

function inOneLine(parts: readonly Text[]): Text {
  return parts.flatMap((part, index): Text => (index === 0 ? part : ['; ', ...part]));
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
