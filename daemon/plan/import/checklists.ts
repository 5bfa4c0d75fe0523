import { readClaims } from './claims.ts';
import type { Criterion } from './criterion.ts';
import { criterionText } from './criterionTexts.ts';
import { daysAfter } from './dates.ts';
import { type Place, quoted } from './findings.ts';
import type { Guides } from './guides.ts';
import { daysIn, stagesOf, weekIn, weekOfHeadings } from './ladder.ts';
import type { Above, Passage } from './passages.ts';
import { isRule } from './rules.ts';
import type { Scopes } from './scopes.ts';
import { withoutStages } from './stageMentions.ts';
import type { DraftSuite } from './suites.ts';
import { plain, sameWording, slug, withoutSectionNumber } from './text.ts';
import { type Recurrence, recurrenceOf, timeOfDayOf, topicOf } from './topics.ts';

/** All suites, or the one that the item names. */
export type ItemEvidence = 'tests' | { readonly tests: string };

export interface DraftItem {
  readonly title: string;
  readonly evidence: ItemEvidence | undefined;
  readonly places: readonly Place[];
}

export interface DraftChecklist {
  readonly id: string;
  readonly title: string;
  readonly places: readonly Place[];
  readonly every: Recurrence | undefined;
  readonly at: string | undefined;
  readonly atAssumed: boolean;
  /** The percentage of the stage it belongs to. */
  readonly stage: number | undefined;
  readonly due: string | undefined;
  readonly items: readonly DraftItem[];
}

interface Growing {
  title: string;
  every: Recurrence | undefined;
  at: string | undefined;
  stage: number | undefined;
  due: string | undefined;
  places: Place[];
  items: Map<string, { title: string; evidence: ItemEvidence | undefined; places: Place[] }>;
}

/** What an item begins with when it tells people to do something. */
export const imperative =
  /^(?:please\s+)?(?:re-?)?(?:add|adjust|agree|analy[sz]e|announce|approve|archive|ask|assign|back up|backup|begin|book|brief|build|call|capture|check|clean|clear|close|collect|communicate|compare|complete|conduct|configure|confirm|contact|copy|create|cut|decide|define|delete|deploy|disable|discuss|document|draft|drain|email|enable|ensure|escalate|establish|evaluate|execute|explain|export|file|finali[sz]e|fix|flip|follow|freeze|generate|get|give|go|grant|hand|have|hold|identify|import|increase|inform|initiali[sz]e|inspect|install|invite|investigate|keep|kick|label|launch|list|load|lock|log|look|make|mark|measure|merge|migrate|monitor|move|name|note|notify|observe|open|page|plan|post|prepare|present|promote|publish|pull|purge|push|put|raise|ramp|read|record|refresh|rehearse|release|remind|remove|repeat|replay|report|request|reset|restart|restore|retire|revert|review|roll|rotate|run|save|scale|schedule|send|set|share|ship|sign|smoke|snapshot|start|stop|store|submit|switch|sync|tag|take|tell|test|toggle|track|train|trigger|turn|unblock|update|upgrade|upload|use|validate|verify|wait|walk|warm|watch|write)\b/i;
const testsPass =
  /\btests\b.*\b(?:pass\w*|green|succeed\w*)\b|\b(?:pass\w*|green)\b.*\btests\b|\btests\b[^\d]{0,20}\d+\s*\/\s*\d+/i;
/** Topics whose items are something else than things to do. */
const elsewhere = new Set(['documents', 'deliverables', 'targets', 'milestones']);

/** Things to do, grouped as the guide groups them: every box, and every list of steps, that is nothing else. */
export function readChecklists(
  guides: Guides,
  scopes: Scopes,
  criteria: readonly Criterion[],
  start: string | undefined,
  suites: readonly DraftSuite[],
): readonly DraftChecklist[] {
  const lists = new Map<string, Growing>();
  const byPassage = new Map<Passage, Criterion[]>();
  for (const criterion of criteria)
    byPassage.set(criterion.passage, [...(byPassage.get(criterion.passage) ?? []), criterion]);
  for (const passage of guides.passages) {
    const own = byPassage.get(passage);
    if (own !== undefined) {
      for (const criterion of own)
        addItem(listFor(lists, passage, scopes, start, true), criterion.text, passage, suites);
      continue;
    }
    if (!isTask(guides, passage)) continue;
    tellLimit(guides, passage);
    addItem(listFor(lists, passage, scopes, start, false), taskText(passage), passage, suites);
    if (passage.checkbox === 'ticked') {
      guides.findings.add(
        'assumed',
        passage,
        'an item ticked in the guide: it starts unticked, a tick needs a person or evidence',
      );
    }
    guides.use(passage);
  }
  return named([...lists.values()]);
}

/** A figure that no gate and no trigger took is judged by nobody. */
function tellLimit(guides: Guides, passage: Passage): void {
  if (passage.kind !== 'item' || guides.isUsed(passage) || guides.findings.about(passage).length > 0) return;
  if (readClaims(passage.text, 'gate', 'named').claims.length === 0) return;
  guides.findings.add(
    'assumed',
    passage,
    `${quoted(passage.text)} names a limit, but not what it is a condition of: it is an item to tick`,
  );
}

function isTask(guides: Guides, passage: Passage): boolean {
  if (passage.kind !== 'item' || (passage.parent && passage.checkbox === undefined)) {
    if (passage.kind === 'item' && passage.parent) guides.use(passage);
    return passage.kind === 'row' && taskRow(guides, passage);
  }
  if (guides.isAccounted(passage) && passage.checkbox === undefined) return false;
  if (guides.isUsed(passage) && passage.checkbox === undefined && isOnlyClaims(passage)) return false;
  const { topic, topics } = guides.contextOf(passage);
  // A box that is a criterion or a suite's count is in the plan already, unless people are also told to see to it.
  if (guides.isUsed(passage) && passage.checkbox === undefined && (topic === 'tests' || !imperative.test(passage.text)))
    return false;
  if (guides.isUsed(passage) && topic === 'criteria') return false;
  if (guides.isUsed(passage) && (topic === 'rollback' || topic === 'review')) return false;
  if (passage.checkbox !== undefined) return true;
  if (ownRecurrence(passage) && topic !== 'documents') return true;
  if (topic !== undefined && elsewhere.has(topic)) return false;
  if (isLadder(passage)) return false;
  if (imperative.test(plain(nounLabel.test(passage.label ?? '') ? passage.body : passage.text))) return true;
  // Numbered or not, what stands under `Abort when` is a condition.
  if (topic === 'rollback' || topic === 'review')
    return passage.ordered && !/\b(?:if|when|as soon as)\s*:?$/i.test(passage.trail.at(-1)?.text ?? '');
  if (topic === 'checklist' || passage.ordered) return true;
  // `Ask legal before 50 %`, `No rollout during the sale`: what people must heed is ticked by them.
  if (topic !== 'criteria' && !guides.isUsed(passage) && (isRule(passage.text) || isForbidden(passage))) return true;
  if (topic === 'tests' || topic === 'escalation') return false;
  return topics.includes('stages') || recurrenceOf(passage.trail) !== undefined;
}

/** `Ramp: 1 % → 10 % → 100 %` names stages, and nothing to do. */
function isLadder(passage: Passage): boolean {
  return stagesOf(passage).length > 1 && withoutStages(passage.body).length <= 3;
}

/** Nouns before a colon that could be verbs. */
const nounLabel =
  /^(?:switch|track|plan|document|report|release|log|contact|page|share|record|name|file|build|store|schedule|measure|label|name|watch|look)s?$/i;

const forbidding =
  /^(?:do not|don'?ts?|never|must not|forbidden|not allowed|what we (?:will|do) not do|we (?:will|do) not)\s*:?$/i;

/** An item below `Do not`, which says half of what it means. */
function isForbidden(passage: Passage): boolean {
  const above = passage.trail.at(-1);
  return above !== undefined && forbidding.test(plain(withoutSectionNumber(above.text)));
}

/** `open rate >= 98 % of control` begins with a verb by chance. */
function isOnlyClaims(passage: Passage): boolean {
  const { claims, rest } = readClaims(passage.text, 'gate');
  return claims.length > 0 && rest.length === 0;
}

/** The action of a table of signals is what follows from them, no task. */
const signal = /\b(?:signals?|thresholds?|triggers?|conditions?|symptoms?|metrics?|alerts?)\b/i;

/** A row of a table of tasks: `Task | Owner | When`. */
function taskRow(guides: Guides, row: Passage): boolean {
  const none = row.cells.some(
    // `Item | Value` holds fields, and `Task | Responsible | Accountable` people.
    (cell) => signal.test(cell.header) || /^(?:values?|settings?|accountable|consulted|a|r\/a)$/i.test(cell.header),
  );
  if (guides.isUsed(row) || none) return false;
  return (
    row.cells.some(
      (cell) => /^(?:task|action|step|item|activity|what|check)s?$/i.test(cell.header) && cell.text !== '',
    ) || guides.contextOf(row).topic === 'checklist'
  );
}

/** `Weekly: send the summary`. */
function ownRecurrence(passage: Passage): boolean {
  if (passage.label === undefined) return false;
  return recurrenceOf([{ kind: 'label', level: 7, text: passage.label, line: passage.line }]) !== undefined;
}

function taskText(passage: Passage): string {
  if (passage.kind === 'row') {
    const task = passage.cells.find((cell) =>
      /^(?:task|action|step|item|activity|what|check)s?$/i.test(cell.header),
    )?.text;
    return task === undefined || task === '' ? criterionText(passage) : task;
  }
  if (isForbidden(passage) && passage.checkbox === undefined && !/^(?:do not|don't|never|no|not)\b/i.test(passage.text))
    return `Do not ${passage.text.charAt(0).toLowerCase()}${passage.text.slice(1)}`;
  const parent = passage.trail.at(-1)?.kind === 'item' ? passage.trail.at(-1) : undefined;
  if (parent === undefined) return ownRecurrence(passage) ? passage.body : passage.text;
  return recurrenceOf([parent]) === undefined ? `${parent.text}: ${passage.text}` : passage.text;
}

/** The list an item belongs to: one for each heading; recurring ones and a stage's criteria are one across guides. */
function listFor(
  lists: Map<string, Growing>,
  passage: Passage,
  scopes: Scopes,
  start: string | undefined,
  criterion: boolean,
): Growing {
  const heading = groupOf(passage.trail);
  const own: Above | undefined =
    passage.label === undefined ? undefined : { kind: 'label', level: 7, text: passage.label, line: passage.line };
  const every = criterion ? undefined : recurrenceOf(own === undefined ? passage.trail : [...passage.trail, own]);
  const about = heading?.text ?? 'To do';
  const scope = scopes.of(passage);
  const before = /\b(?:before|prior to|pre-?flight|pre-?launch|pre-?rollout)\b/i.test(about);
  const stage = scope.kind === 'stage' && every === undefined && !before ? scopes.ofHeadings(passage) : undefined;
  const week = weekOfHeadings(passage);
  const criteriaList =
    criterion &&
    (heading === undefined ||
      /criteria|success|gate|requirement|exit|must|done/i.test(heading.text) ||
      topicOf(heading.text) === 'criteria');
  const repeats = own !== undefined && recurrenceOf([own]) !== undefined;
  const at =
    every === undefined
      ? undefined
      : [...(repeats ? [own] : passage.trail)]
          .reverse()
          .map((above) => timeOfDayOf(above.text))
          .find((time) => time !== undefined);
  const key = keyOf(every, criteriaList, week, stage, about, heading?.kind === 'label', at);
  const known = lists.get(key);
  if (known !== undefined) {
    if (!known.places.some((place) => place.file === passage.file))
      known.places.push({ file: passage.file, line: heading?.line ?? passage.line });
    return known;
  }
  const created: Growing = {
    title: repeats && every !== undefined ? recurringTitles[every] : titleFor(every, about, passage),
    every,
    at,
    stage,
    due: every === undefined ? dueOf(passage, heading, start) : undefined,
    places: [{ file: passage.file, line: heading?.line ?? passage.line }],
    items: new Map(),
  };
  lists.set(key, created);
  return created;
}

function keyOf(
  every: Recurrence | undefined,
  criteriaList: boolean,
  week: number | undefined,
  stage: number | undefined,
  about: string,
  labelled: boolean,
  at: string | undefined,
): string {
  if (every !== undefined) return `every ${every} ${at ?? ''}`;
  if (criteriaList && (week !== undefined || stage !== undefined))
    return `criteria ${week === undefined ? `at ${stage}` : `week ${week}`}`;
  // `Day 1` is another day in another week.
  // … and `Tasks` of one stage are not another's.
  const whose = /\bday\b/i.test(about) ? week : plainLabel.test(about) || labelled ? stage : undefined;
  return `${whose ?? ''} ${sameWording(about)}`;
}

/** What an item is grouped by: the nearest label or heading that says more than `Tasks` or `Success criteria`. */
function groupOf(trail: readonly Above[]): Above | undefined {
  const named = trail.filter((above) => above.kind !== 'item' && !(above.kind === 'heading' && above.level === 1));
  return (
    named.findLast((above) => above.kind === 'heading' || !plainLabel.test(above.text)) ??
    trail.findLast((above) => above.kind === 'heading') ??
    named.at(-1)
  );
}
const plainLabel =
  /^(?:the )?(?:tasks?|actions?|action items|steps|items|to-?dos?|checklist|document|objectives?|goals?|notes?|(?:success|exit|acceptance|completion) criteria)$|\bmust\b|\ball of the following\b/i;

function titleFor(every: Recurrence | undefined, about: string, passage: Passage): string {
  const above = every === undefined ? [] : [...passage.trail].reverse();
  const repeated = above.find((each) => recurrenceOf([each]) !== undefined);
  // `Daily checks` above `Morning (09:00)`: both say which list it is.
  const [nearest] = above.filter((each) => each.kind !== 'item');
  const part =
    nearest !== undefined && nearest !== repeated && timeOfDayOf(nearest.text) !== undefined ? `: ${nearest.text}` : '';
  const recurring = repeated === undefined ? undefined : `${repeated.text.replace(/\s*[:.]$/, '')}${part}`;
  const title = withoutSectionNumber(recurring ?? (every === undefined ? about : recurringTitles[every])).replace(
    /\s*[:.]$/,
    '',
  );
  return title === '' ? 'To do' : title.slice(0, 120);
}
const recurringTitles: Readonly<Record<Recurrence, string>> = {
  day: 'Each day',
  evening: 'Each evening',
  weekday: 'Each weekday',
  week: 'Each week',
  stage: 'At each stage',
};

/** The day a list is due: the last of the days, or the start or end of the week, that its heading names. */
function dueOf(passage: Passage, heading: Above | undefined, start: string | undefined): string | undefined {
  if (start === undefined || heading === undefined) return undefined;
  const week = weekOfHeadings(passage);
  const range = daysIn(heading.text, week);
  if (range !== undefined) return daysAfter(start, range.to - 1);
  const ofWeek = weekIn(heading.text);
  if (ofWeek === undefined) return undefined;
  const first = daysAfter(start, (ofWeek - 1) * 7);
  return /\bbefore\b|\b(?:start|begin)s?$/i.test(heading.text) ? first : daysAfter(first, 6);
}

function addItem(list: Growing, text: string, passage: Passage, suites: readonly DraftSuite[]): void {
  const title = text.slice(0, 300);
  const key = sameWording(title);
  if (title === '' || key === '') return;
  const known = list.items.get(key);
  if (known !== undefined) {
    known.places.push(passage);
    return;
  }
  list.items.set(key, {
    title,
    evidence: testsPass.test(plain(title)) ? evidenceOf(title, suites) : undefined,
    places: [passage],
  });
}

/** `Phase 1 tests: 16/16` rests on that suite's report alone; so do `All 16 tests passing`, if only one suite has 16. */
function evidenceOf(title: string, suites: readonly DraftSuite[]): ItemEvidence | undefined {
  if (suites.length === 0) return undefined;
  const words = ` ${sameWording(title)} `;
  const named = suites.filter(({ name }) => words.includes(` ${sameWording(name)} `));
  const counted = suites.filter((suite) => words.includes(` ${suite.expect?.value} `));
  const [only, ...others] = named.length > 0 ? named : counted;
  return only === undefined || others.length > 0 || suites.length === 1 ? 'tests' : { tests: only.name };
}

const usualTimes: Readonly<Partial<Record<Recurrence, string>>> = {
  day: '09:00',
  weekday: '09:00',
  evening: '18:00',
  week: '09:00',
};
const recurringIds: Readonly<Record<Recurrence, string>> = {
  day: 'daily',
  evening: 'evening',
  weekday: 'weekdays',
  week: 'weekly',
  stage: 'each-stage',
};

function named(lists: readonly Growing[]): readonly DraftChecklist[] {
  const ids = new Set<string>();
  return lists
    .filter((list) => list.items.size > 0)
    .map((list) => {
      const wanted = list.every === undefined ? slug(list.title, '-') || 'checklist' : recurringIds[list.every];
      let id = wanted;
      for (let count = 2; ids.has(id); count += 1) id = `${wanted}-${count}`;
      ids.add(id);
      const usual = list.every === undefined ? undefined : usualTimes[list.every];
      return {
        ...list,
        id,
        at: list.at ?? usual,
        atAssumed: list.at === undefined && usual !== undefined,
        items: [...list.items.values()],
      };
    });
}
