import type { ChecklistItemView } from '../../daemon/protocol/domain/checklistView.ts';
import type { ReviewFacts } from '../../daemon/protocol/domain/dailyReview.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { clockText, dueText } from '../../daemon/protocol/words/clockText.ts';
import { isDue, isSettled, type ReviewStep } from '../../daemon/protocol/words/openItems.ts';
import { partTitle } from '../../daemon/protocol/words/partTitle.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import {
  overviewLines,
  type ReviewLine,
  sinceText,
  topicLines,
  triggerText,
} from '../../daemon/protocol/words/reviewText.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { Translate, Vscode } from '../vscodeApi.ts';
import type { Page, PageRow } from './pickPage.ts';

/** The pages of a daily review, as text: the state of the rollout, one page for each item, and the end. */

export type OverviewChoice = 'start';
export type ItemChoice = 'tick' | 'tick-with-note' | 'skip' | 'note' | 'leave' | 'untick';
export type EndChoice = 'write' | 'write-with-note';

interface Words {
  readonly vscode: Vscode;
  readonly t: Translate;
}

/** The longest fact that fits beside its name; a longer one stands below the name. */
const beside = 48;
/** The longest text on the line below a name. */
const below = 80;

export function overviewPage(
  { vscode, t }: Words,
  facts: ReviewFacts,
  view: RolloutView,
  steps: readonly ReviewStep[],
): Page<OverviewChoice> {
  const open = steps.filter(({ item }) => isDue(item)).length;
  const start =
    open === 0
      ? { label: `$(arrow-right) ${t('End the Review')}`, description: t('nothing is due') }
      : {
          label: `$(arrow-right) ${t('Go Through the Items')}`,
          description: t('{0} of {1} are open', open, steps.length),
        };
  return {
    title: t('Daily Review: {0} · times in {1}', iconlessText(facts.name, 80), facts.zone),
    placeholder: iconlessText(sentence(view, facts.period.to)),
    back: false,
    rows: [
      { ...start, choice: 'start' },
      separator(vscode, t('Since {0}', sinceText(facts))),
      ...overviewLines(facts).flatMap((line) => factRows(line)),
      separator(vscode, t('How near each trigger came')),
      ...facts.triggers.flatMap((trigger) =>
        factRows({ label: partTitle(trigger), text: triggerText(trigger, facts), stirs: trigger.fired.length > 0 }),
      ),
    ],
  };
}

export function itemPage(
  { vscode, t }: Words,
  facts: ReviewFacts,
  { list, item }: ReviewStep,
  position: { readonly index: number; readonly total: number },
  now: number,
): Page<ItemChoice> {
  const about = topicLines(facts, facts.topics[item.id], item.evidence);
  const notes = item.notes ?? [];
  const when = (at: number) => clockText(at, now, facts.zone);
  return {
    title: t('{0} of {1}: {2}', position.index + 1, position.total, iconlessText(item.title, 120)),
    placeholder: [plainText(list.title, 80), stateText(item, dueWords(list, now, facts.zone), when, t)]
      .filter((part) => part !== '')
      .join(' · '),
    back: true,
    rows: [
      ...itemChoices(item, t),
      ...(notes.length === 0 ? [] : [separator(vscode, t('Notes'))]),
      ...notes.flatMap(({ by, at, note }) =>
        factRows({ label: `${plainText(by, 60)}, ${when(at)}`, text: note ?? '', stirs: false }),
      ),
      separator(vscode, t('Figures for this item')),
      ...about.flatMap((line) => factRows(line)),
    ],
  };
}

export function endPage({ t }: Words, facts: ReviewFacts, steps: readonly ReviewStep[]): Page<EndChoice> {
  const open = steps.filter(({ item }) => isDue(item)).length;
  return {
    title: t('End the Daily Review'),
    placeholder: open === 0 ? t('Everything that was due is done.') : t('{0} of {1} stay open.', open, steps.length),
    back: true,
    rows: [
      {
        label: `$(check) ${t('Write the Entry')}`,
        description: t('appends it to {0}', iconlessText(facts.log, 120)),
        choice: 'write',
      },
      { label: `$(comment) ${t('Write the Entry with a Closing Word…')}`, choice: 'write-with-note' },
    ],
  };
}

function itemChoices(item: ChecklistItemView, t: Translate): readonly PageRow<ItemChoice>[] {
  const { ticked, from, skipped } = item;
  if (!isSettled(item)) {
    return [
      { label: `$(check) ${t('Tick')}`, choice: 'tick' },
      { label: `$(comment) ${t('Tick with a Note…')}`, choice: 'tick-with-note' },
      { label: `$(debug-step-over) ${t('Skip with a Reason…')}`, choice: 'skip' },
      { label: `$(note) ${t('Only Note…')}`, description: t('it stays open'), choice: 'note' },
      { label: `$(arrow-right) ${t('Leave Open')}`, choice: 'leave' },
    ];
  }
  const mine = ticked !== null && from !== 'evidence';
  return [
    { label: `$(arrow-right) ${t('Go On')}`, choice: 'leave' },
    ...(mine || (skipped ?? null) !== null
      ? [{ label: `$(discard) ${mine ? t('Take the Tick Back') : t('Take the Skip Back')}`, choice: 'untick' as const }]
      : []),
  ];
}

function stateText(
  { ticked, from, skipped, phase }: ChecklistItemView,
  due: string | null,
  when: (at: number) => string,
  t: Translate,
): string {
  if (ticked !== null) {
    return from === 'evidence'
      ? t('already proven by evidence')
      : t('ticked by {0}, {1}', plainText(ticked.by, 60), when(ticked.at));
  }
  if (skipped !== null && skipped !== undefined) return t('skipped by {0}', plainText(skipped.by, 60));
  if (phase === 'overdue') return due === null ? t('overdue') : t('overdue since {0}', due);
  return due === null ? t('due') : t('due {0}', due);
}

function dueWords({ occurrence }: ReviewStep['list'], now: number, zone: string): string | null {
  const due = occurrence?.due ?? null;
  return due === null ? null : dueText(due, now, zone);
}

/** A row is one line and cuts what does not fit: the parts of a long fact go on in the rows below it. */
function factRows({ label, text, stirs }: ReviewLine): readonly PageRow<never>[] {
  const name = `${stirs ? '$(warning) ' : ''}${iconlessText(label, 120)}`;
  const said = iconlessText(text, 600);
  if (said.length <= beside) return [{ label: name, description: said }];
  const [first = '', ...others] = linesOf(said.split(/ · |(?<=;) /));
  return [{ label: name, detail: first }, ...others.map((line) => ({ label: '$(blank)', description: line }))];
}

/** As many parts on a line as fit. */
function linesOf(parts: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last === undefined || last.length + part.length + 3 > below) lines.push(part);
    else lines[lines.length - 1] = last.endsWith(';') ? `${last} ${part}` : `${last} · ${part}`;
  }
  return lines;
}

function separator({ QuickPickItemKind }: Vscode, label: string): PageRow<never> {
  return { label: iconlessText(label), kind: QuickPickItemKind.Separator };
}
