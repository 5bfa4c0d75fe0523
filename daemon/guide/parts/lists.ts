import type { Guide } from '../guide.ts';
import { readClaims } from '../rules/claims.ts';
import type { Situated } from '../rules/ladder.ts';
import { anyMeans, means, saysMore } from '../tag.ts';
import { type Place, type Sourced, said } from '../text/findings.ts';
import type { Above, Passage } from '../text/passages.ts';
import { sameWording, slug, withoutSectionNumber } from '../text/text.ts';

/** All suites, or the one that the item names. */
export type ItemEvidence = 'tests' | { readonly tests: string };

export interface DraftItem {
  readonly title: string;
  readonly evidence: ItemEvidence | undefined;
  readonly places: readonly Place[];
}

export type Recurrence = 'day' | 'evening' | 'week';

export interface DraftChecklist {
  readonly id: string;
  readonly title: string;
  readonly places: readonly Place[];
  readonly every: Recurrence | undefined;
  readonly at: string | undefined;
  /** The percentage of the stage it belongs to. */
  readonly stage: number | undefined;
  readonly items: readonly DraftItem[];
}

interface Growing {
  readonly title: string;
  readonly every: Recurrence | undefined;
  readonly at: string | undefined;
  readonly stage: number | undefined;
  readonly places: Place[];
  readonly items: Map<string, { title: string; evidence: ItemEvidence | undefined; places: Place[] }>;
}

/** Things to do, grouped as the guide groups them: every box, and what begins with a verb or stands in a list of tasks. */
export function readChecklists(context: Situated, suites: readonly string[]): readonly DraftChecklist[] {
  const { guide } = context;
  const lists = new Map<string, Growing>();
  for (const passage of guide.passages) {
    if (!isTask(context, passage)) continue;
    const list = listFor(lists, passage, context);
    const title = titleOf(guide, passage).slice(0, 500);
    const known = list.items.get(sameWording(title));
    if (known === undefined)
      list.items.set(sameWording(title), { title, evidence: evidenceOf(guide, passage, suites), places: [passage] });
    else known.places.push(passage);
    if (passage.checkbox === 'ticked')
      guide.findings.add(
        'assumed',
        passage,
        'an item ticked in the guide: it starts unticked, a tick needs a person or evidence',
      );
    guide.use(passage);
  }
  const taken = new Set<string>();
  return [...lists.values()].map((list) => {
    let id = idOf(list);
    for (let next = 2; taken.has(id); next += 1) id = `${idOf(list)}-${next}`;
    taken.add(id);
    return { ...list, id, items: [...list.items.values()] };
  });
}

function idOf({ every, title }: Growing): string {
  return every === 'day' ? 'daily' : every === 'evening' ? 'evening' : slug(title, '-') || 'tasks';
}

function isTask({ guide, ladder }: Situated, passage: Passage): boolean {
  if (passage.coded || passage.text.length > 600) return false;
  if (passage.kind === 'row') return isTaskRow(guide, passage);
  if (passage.kind !== 'item' || guide.under(passage, 'documents', 'deliverables', 'targets', 'measured') !== undefined)
    return false;
  if (passage.checkbox !== undefined)
    return !(passage.parent && passage.checkbox === 'open' && passage.text.endsWith(':'));
  if (passage.parent || guide.isUsed(passage) || guide.isTold(passage)) return false;
  const tokens = guide.tokens(passage.text);
  // `Users: ten shops` is a field; a figure that is compared is a condition.
  if (passage.label !== undefined && !anyMeans(guide.tokens(passage.label), 'task', 'daily', 'weekly', 'evening'))
    return false;
  if (readClaims(tokens).found.length > 0) return false;
  const [nearest] = guide.above(passage);
  const about = nearest === undefined ? [] : guide.tokens(nearest.text);
  // An item under the conditions of a rollback is one, with figures or without.
  const conditional = anyMeans(about, 'rollback', 'ask', 'alert', 'abort') && !anyMeans(about, 'procedure', 'tasks');
  const verb = means(tokens[0], 'task') && !means(tokens[0], 'rollback');
  // A person ticks a demand without a figure.
  const criteria =
    anyMeans(about, 'gate') &&
    !anyMeans(about, 'procedure') &&
    passage.codes[0] !== passage.text &&
    !tokens.some(({ number }) => number?.unit === '%');
  const tasks = anyMeans(about, 'tasks', 'daily', 'evening', 'weekly');
  const listed = criteria || tasks || recurrenceOf(guide, passage) !== undefined;
  const rule = anyMeans(tokens, 'rule') && saysMore(tokens.slice(2)) && !conditional;
  // A stage of the ladder is no task because a verb leads to it.
  if (ladder.named.has(passage) && !listed) return false;
  return conditional ? verb && passage.ordered : verb || listed || rule;
}

const taskHeader =
  /^(?:tasks?|actions?|steps?|items?|activit(?:y|ies)|checks?|aufgaben?|tâches?|tareas?|tarefas?|任务|タスク)$/i;

function isTaskRow(guide: Guide, row: Passage): boolean {
  if (guide.isUsed(row)) return false;
  const fields = row.cells.some(({ header }) => anyMeans(guide.tokens(header), 'condition', 'alert', 'rate', 'gate'));
  return !fields && row.cells.some(({ header, text }) => taskHeader.test(header) && text !== '');
}

function titleOf(guide: Guide, passage: Passage): string {
  if (passage.kind === 'row') return passage.cells.find(({ header }) => taskHeader.test(header))?.text ?? passage.text;
  const parent = passage.trail.at(-1);
  if (passage.label !== undefined && recurrenceIn(guide, passage.label) !== undefined) return passage.body;
  const grouped = parent?.kind === 'item' && recurrenceIn(guide, parent.text) === undefined;
  return grouped ? `${parent.text}: ${passage.text}` : passage.text;
}

function evidenceOf(guide: Guide, passage: Passage, suites: readonly string[]): ItemEvidence | undefined {
  const tokens = guide.tokens(passage.text);
  if (
    suites.length === 0 ||
    !anyMeans(tokens, 'tests') ||
    !(anyMeans(tokens, 'passing') || /\d\s*\/\s*\d/.test(passage.text))
  )
    return undefined;
  const named = suites.filter((name) => ` ${sameWording(passage.text)} `.includes(` ${sameWording(name)} `));
  const [only] = named;
  if (named.length === 1 && only !== undefined) return suites.length === 1 ? 'tests' : { tests: only };
  return anyMeans(tokens, 'total') || /^total/i.test(passage.text) ? 'tests' : undefined;
}

function recurrenceIn(guide: Guide, text: string): Recurrence | undefined {
  const tokens = guide.tokens(text);
  if (anyMeans(tokens, 'evening')) return 'evening';
  return anyMeans(tokens, 'daily') ? 'day' : anyMeans(tokens, 'weekly') ? 'week' : undefined;
}

function recurrenceOf(guide: Guide, passage: Passage): Recurrence | undefined {
  const own = passage.label === undefined ? undefined : recurrenceIn(guide, passage.label);
  return (
    own ??
    guide
      .above(passage)
      .map(({ text }) => recurrenceIn(guide, text))
      .find((each) => each !== undefined)
  );
}

const timeOfDay = /(?<!\d)([01]?\d|2[0-3]):([0-5]\d)(?!\d)/;

/** An item's group: the nearest label or heading that says more than `Tasks`. */
function groupOf(guide: Guide, passage: Passage): Above | undefined {
  const above = [...passage.trail].reverse().filter(({ kind, line }) => kind !== 'item' && line !== passage.line);
  const telling = above.find(({ text, line }) => !guide.isTitle(passage.file, line) && !isPlain(guide, text));
  return telling ?? above.find(({ line }) => !guide.isTitle(passage.file, line)) ?? above[0];
}

function isPlain(guide: Guide, text: string): boolean {
  return guide
    .tokens(text)
    .every((token) => token.kind === 'mark' || means(token, 'tasks', 'filler', 'gate', 'total', 'goal', 'must'));
}

const recurringTitles: Readonly<Record<Recurrence, string>> = {
  day: 'Each day',
  evening: 'Each evening',
  week: 'Each week',
};

function listFor(lists: Map<string, Growing>, passage: Passage, { guide, scopes }: Situated): Growing {
  const group = groupOf(guide, passage);
  const every = recurrenceOf(guide, passage);
  const about = withoutSectionNumber(group?.text ?? '').replace(/\s*[:.]$/, '');
  const repeated = guide.above(passage).find(({ text }) => recurrenceIn(guide, text) === every)?.text;
  const title = every === undefined ? about || 'To do' : (repeated ?? recurringTitles[every]).replace(/\s*[:.]$/, '');
  const scope = group === undefined || every !== undefined ? undefined : scopes.heading(group.text);
  const at = every === undefined ? undefined : timeIn(passage, guide);
  const key = every === undefined ? `${passage.file}:${group?.line ?? 0}` : `every ${every} ${at ?? ''}`;
  const known = lists.get(key);
  if (known !== undefined) {
    if (!known.places.some(({ file }) => file === passage.file))
      known.places.push({ file: passage.file, line: group?.line ?? passage.line });
    return known;
  }
  const place = { file: passage.file, line: group?.line ?? passage.line };
  const created: Growing = { title: title.slice(0, 120), every, at, stage: scope, places: [place], items: new Map() };
  lists.set(key, created);
  return created;
}

function timeIn(passage: Passage, guide: Guide): string | undefined {
  const match = [passage.label ?? '', ...guide.above(passage).map(({ text }) => text)]
    .map((text) => timeOfDay.exec(text))
    .find((each) => each !== null);
  return match === undefined || match === null ? undefined : `${(match[1] ?? '').padStart(2, '0')}:${match[2]}`;
}

/** The list of what there is to show at the end. */
export function readDeliverables(guide: Guide): readonly Sourced<string>[] {
  const found = new Map<string, Sourced<string>>();
  for (const passage of guide.passages) {
    if ((passage.kind !== 'item' && passage.kind !== 'row') || passage.coded || guide.isUsed(passage)) continue;
    if (guide.under(passage, 'deliverables') === undefined) continue;
    const text =
      passage.kind === 'row'
        ? passage.cells
            .map((cell) => cell.text)
            .filter((cell) => cell !== '')
            .join(': ')
        : passage.text;
    const known = found.get(sameWording(text));
    found.set(sameWording(text), said(known?.value ?? text.slice(0, 500), ...(known?.places ?? []), passage));
    guide.use(passage);
  }
  return [...found.values()];
}
