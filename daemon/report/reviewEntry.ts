import type { ChecklistItemView, TickView } from '../protocol/domain/checklistView.ts';
import type { ReviewCounts, ReviewFacts, ReviewFigures } from '../protocol/domain/dailyReview.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import {
  countsText,
  exposureText,
  goodText,
  lineText,
  measureText,
  overviewLines,
  sinceText,
  triggerText,
} from '../protocol/words/reviewText.ts';
import { momentText } from './moment.ts';
import { cellText, lineText as escapedLine } from './renderMarkdown.ts';

/** The parts of an entry of the review log. */
export interface ReviewEntry {
  /** Its mark: an entry that stands in the log is not appended again. */
  readonly mark: string;
  readonly by: string;
  readonly facts: ReviewFacts;
  readonly summary: string;
  readonly counts: ReviewCounts;
  readonly note: string | null;
  readonly lists: readonly { readonly title: string; readonly items: readonly ChecklistItemView[] }[];
}

/** How a review log begins. */
export function reviewLogHeading(name: string): string {
  return `# Reviews of ${markdownText(name)}\n\nAppended by Rampwatch at the end of each daily review, the newest last.\n`;
}

/** A line by which the entry is found again; it is not shown. */
export function reviewMark(mark: string): string {
  return `<!-- rampwatch review ${mark} -->`;
}

/** The entry as Markdown, with an empty line before it. Texts of people, plans and logs are escaped. */
export function reviewEntry(entry: ReviewEntry): string {
  const { mark, by, facts, summary, counts, note, lists } = entry;
  const { period, zone } = facts;
  const sections = [
    `## ${momentText(period.to, zone)} · ${markdownText(by, 80)}`,
    reviewMark(mark),
    `> ${markdownText(summary, 1600)}`,
    `Looked at: since ${sinceText(facts)}, until ${clockText(period.to, period.to, zone)} (${markdownText(zone)}).`,
    ...(note === null || note === '' ? [] : [markdownText(note, 2000)]),
    figuresTable(facts),
    section('Worth a look', lookLines(facts)),
    section('Errors', errorLines(facts)),
    section('Triggers', triggerLines(facts)),
    section('What happened', eventLines(facts)),
    ...lists.map(({ title, items }) =>
      section(
        markdownText(title, 120),
        items.flatMap((item) => itemLines(item, period.to, zone)),
      ),
    ),
    `Checklists: ${countsText(counts)}.`,
  ];
  return `\n${sections.filter((part) => part !== '').join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `### ${title}\n\n${lines.join('\n')}`;
}

function figuresTable(facts: ReviewFacts): string {
  const columns: readonly (readonly [string, ReviewFigures])[] = [
    ['This period', facts.figures],
    ['As long before', facts.figuresBefore],
    ['Overnight', facts.overnight],
    ['Night before', facts.overnightBefore],
    ...facts.stays.map(({ stage, figures }) => [cellText([`In ${plainText(stage, 60)}`]), figures] as const),
  ];
  const row = (name: string, cell: (figures: ReviewFigures) => string) =>
    `| ${[name, ...columns.map(([, figures]) => cellText([cell(figures)]))].join(' | ')} |`;
  const names = facts.figures.measures.map(({ name }) => name);
  return [
    `| ${['', ...columns.map(([title]) => title)].join(' | ')} |`,
    `| ${['---', ...columns.map(() => '---')].join(' | ')} |`,
    row('Success, treatment', ({ arms }) => goodText(arms.treatment) ?? 'no records'),
    row('Success, control', ({ arms }) => goodText(arms.control) ?? 'no records'),
    row('Exposed', exposureText),
    ...names.map((name) =>
      row(cellText([name]), ({ measures }) => {
        const measure = measures.find((each) => each.name === name);
        return measure === undefined ? '' : measureText(measure);
      }),
    ),
  ].join('\n');
}

function lookLines(facts: ReviewFacts): readonly string[] {
  return overviewLines(facts)
    .filter(({ stirs }) => stirs)
    .map(({ label, text }) => `- ${markdownText(label, 120)}: ${markdownText(text, 600)}`);
}

function errorLines({ errors }: ReviewFacts): readonly string[] {
  return [
    ...errors.lines.map((line) => `- ${markdownText(line.measure)}: ${markdownText(lineText(line))}`),
    ...errors.rejected.map(
      ({ glob, n, since }) =>
        `- Rejected lines of ${markdownText(glob)}: ${n}${since === 'ever' ? ' since its first reading' : ''}`,
    ),
    ...errors.firstSeen.map(
      ({ field, value, n }) => `- First seen: ${markdownText(`${field} = ${value}`, 200)} (${n} records)`,
    ),
  ];
}

function triggerLines(facts: ReviewFacts): readonly string[] {
  return facts.triggers.map(
    (trigger) =>
      `- ${markdownText(trigger.title ?? trigger.id)} (${markdownText(trigger.when)}): ${markdownText(triggerText(trigger, facts))}`,
  );
}

function eventLines({ events, eventsLeftOut, unticked, sources, period, zone }: ReviewFacts): readonly string[] {
  const clock = (at: number) => clockText(at, period.to, zone);
  return [
    ...(eventsLeftOut > 0 ? [`- ${eventsLeftOut} earlier entries are in the journal`] : []),
    ...events.map(({ at, text }) => `- ${clock(at)}: ${markdownText(text)}`),
    ...sources.silences.map(
      ({ from, to }) => `- No records from ${clock(from)} ${to === null ? 'on' : `to ${clock(to)}`}`,
    ),
    ...sources.losses.map(({ at, glob, detail }) => `- ${clock(at)}: ${markdownText(`${glob}: ${detail}`)}`),
    ...unticked.map(({ item, at, detail }) => `- ${clock(at)}: ${markdownText(`${item} lost its tick: ${detail}`)}`),
  ];
}

function itemLines(item: ChecklistItemView, now: number, zone: string): readonly string[] {
  const { title, ticked, from, skipped, evidence, phase, notes } = item;
  const told = (tick: TickView) => `${markdownText(tick.by, 80)}, ${clockText(tick.at, now, zone)}`;
  const note = (tick: TickView) => (tick.note === null || tick.note === '' ? '' : `: ${markdownText(tick.note)}`);
  const said = notes?.filter(({ note: text }) => text !== ticked?.note && text !== skipped?.note) ?? [];
  let state = '';
  if (ticked !== null && from === 'evidence')
    state = ` — proven: ${markdownText(ticked.note ?? evidence?.detail ?? '')}`;
  else if (ticked !== null) state = ` — ${told(ticked)}${note(ticked)}`;
  else if (skipped != null) state = ` — skipped by ${told(skipped)}${note(skipped)}`;
  else
    state = ` — ${phase === 'overdue' ? 'overdue' : 'open'}${evidence === undefined ? '' : `: ${markdownText(evidence.detail)}`}`;
  return [
    `- [${ticked === null ? ' ' : 'x'}] ${markdownText(title, 200)}${state}`,
    ...said.map((each) => `  - ${told(each)}${note(each)}`),
  ];
}

/** Untrusted text as Markdown that shows it and nothing else. */
function markdownText(text: string, longest = 600): string {
  return escapedLine([plainText(text, longest)]);
}
