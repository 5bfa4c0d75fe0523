import type { ChecklistView } from '../protocol/domain/checklistView.ts';
import type { TargetView } from '../protocol/domain/targetView.ts';
import type { TestSuiteView } from '../protocol/domain/testReport.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { isDone, isSettled, isSkipped } from '../protocol/words/openItems.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { Output, Style } from './output.ts';

/** The number of open items shown of a checklist; the others are counted. */
const openShown = 5;

/** The open items, the state of the tests and of the targets; a checklist whose time has not come is left out. */
export function proofLines(view: RolloutView, now: number, output: Output): readonly string[] {
  const { checklists, deliverables, tests = [], targets = [], plan } = view;
  return [
    ...tests.map((suite) => testLine(suite, output)),
    ...targets.map((target) => targetLine(target, output)),
    ...checklists.filter(isAskedFor).flatMap((list) => checklistLines(list, now, plan.timezone, output)),
    ...(deliverables === undefined ? [] : [headLine(deliverables, now, plan.timezone, output)]),
  ];
}

/** A checklist that recurs, or belongs to a stage, is not shown before its time. */
function isAskedFor({ phase, every, stage }: ChecklistView): boolean {
  return phase !== 'waiting' || (every === undefined && stage === undefined);
}

function testLine({ name, state, detail }: TestSuiteView, { paint }: Output): string {
  const [mark, style]: [string, Style] =
    state === 'passing' ? ['✓', 'green'] : state === 'failing' ? ['✗', 'red'] : ['○', 'yellow'];
  return `  ${paint(style, mark)} tests ${plainText(name)}: ${plainText(detail)}`;
}

function targetLine({ measure, wanted, outcome, detail }: TargetView, { paint }: Output): string {
  const marks = { achieved: ['✓', 'green'], missed: ['✗', 'red'], 'not-measurable': ['○', 'yellow'] } as const;
  const [mark, style] = marks[outcome];
  const word = outcome === 'not-measurable' ? 'not measurable' : outcome;
  return `  ${paint(style, mark)} target ${measure} ${plainText(wanted)}: ${word}${paint('dim', ` — ${plainText(detail)}`)}`;
}

function checklistLines(list: ChecklistView, now: number, zone: string, output: Output): readonly string[] {
  const { paint } = output;
  const open = list.items.filter((item) => !isSettled(item));
  const more = open.length - openShown;
  return [
    headLine(list, now, zone, output),
    ...open.slice(0, openShown).map(({ id, title, evidence }) => {
      const why = evidence === undefined ? '' : `: ${evidence.detail}`;
      return `      ${plainText(id)}  ${paint('dim', plainText(`${title}${why}`))}`;
    }),
    ...(more > 0 ? [paint('dim', `      and ${more} more`)] : []),
  ];
}

function headLine(
  { title, items, phase, occurrence }: ChecklistView,
  now: number,
  zone: string,
  output: Output,
): string {
  const { paint } = output;
  const done = items.filter(isDone);
  const skipped = items.filter(isSkipped).length;
  const proven = done.filter(({ from }) => from === 'evidence').length;
  const mark = done.length === items.length ? paint('green', '✓') : phase === 'overdue' ? paint('red', '!') : '☐';
  const basis = [proven === 0 ? '' : `, ${proven} on evidence`, skipped === 0 ? '' : `, ${skipped} skipped`].join('');
  const due = occurrence?.due == null ? '' : ` ${clockText(occurrence.due, now, zone)}`;
  const when = phase === 'overdue' ? paint('red', `, overdue since${due}`) : phase === 'due' ? `, due${due}` : '';
  return `  ${mark} ${plainText(title)}: ${done.length} of ${items.length} done${basis}${when}`;
}
