import { daysBetween, readDates } from './dates.ts';
import type { Place } from './findings.ts';
import type { Guides } from './guides.ts';
import { readMeasure } from './measureWords.ts';
import type { Passage } from './passages.ts';
import { readBarePercent, readStageMentions } from './stageMentions.ts';
import { plain } from './text.ts';

/** A stage as the guides tell of it. */
export interface LadderStage {
  readonly percent: number;
  readonly places: readonly Place[];
  /** The guide's own word for it: `Canary`, `Early adopters`. */
  readonly name: string | undefined;
  /** First and last day, counted from the plan's start, which is day 1. */
  readonly days: { readonly from: number; readonly to: number; readonly places: readonly Place[] } | undefined;
}

export interface Ladder {
  /** Ascending. */
  readonly stages: readonly LadderStage[];
  /** Week → the percentages it speaks of, ascending. */
  readonly weeks: ReadonlyMap<number, readonly number[]>;
  /** `stage 2`, `canary` → percentage. */
  readonly names: ReadonlyMap<string, number>;
}

/** Topics whose percentages are no stages. */
const notStages = new Set(['tests', 'targets', 'rollback', 'review', 'documents', 'escalation']);

/** Finds the ladder: every stage a guide speaks of, its name, and the days it is planned for. `start`: day 1. */
export function readLadder(guides: Guides, start: string | undefined, anchor: string | undefined): Ladder {
  const places = new Map<number, Place[]>();
  const days = new Map<number, { from: number; to: number; places: Place[] }>();
  const weeks = new Map<number, Set<number>>();
  const names = new Map<string, { percent: number; place: Place }>();
  const titles = new Map<number, string>();
  for (const passage of guides.passages) {
    if (notStages.has(guides.contextOf(passage).topic ?? '')) continue;
    const percents = passage.kind === 'code' ? drawn(passage) : stagesOf(passage);
    if (passage.kind === 'code' && percents.length === 0) continue;
    if (passage.kind === 'code') guides.use(passage);
    if (percents.length === 0) addDays(guides, days, passage, start, anchor);
    const place = { file: passage.file, line: passage.stageLine };
    for (const percent of percents) push(places, percent, place);
    const week = weekOf(passage);
    if (week !== undefined) for (const percent of percents) addTo(weeks, week, percent);
    for (const [name, percent] of namedIn(passage, percents)) names.set(name, { percent, place: passage });
    const [only] = percents;
    if (only === undefined || percents.length !== 1) continue;
    const title = titleOf(passage);
    if (title !== undefined) {
      guides.use(passage);
      const known = names.get(title.toLowerCase());
      const twin = [...titles].find(([percent, other]) => percent === only && other !== title.toLowerCase());
      if (twin !== undefined && passage.kind !== 'sentence') tellTwin(guides, passage, title, twin[1], only);
      if (known === undefined) names.set(title.toLowerCase(), { percent: only, place: passage });
      if (!titles.has(only)) titles.set(only, title.toLowerCase());
    }
    const range =
      isPlan(passage) && countsAnew(guides, passage) === undefined ? daysOf(passage, start, anchor) : undefined;
    if (range !== undefined) {
      const known = days.get(only);
      days.set(only, {
        from: Math.min(range.from, known?.from ?? range.from),
        to: Math.max(range.to, known?.to ?? range.to),
        places: [...(known?.places ?? []), passage],
      });
    }
  }
  const stages = [...places.keys()]
    .sort((a, b) => a - b)
    .map((percent) => ({
      percent,
      places: places.get(percent) ?? [],
      name: properName(titles.get(percent)),
      days: days.get(percent),
    }))
    .map((stage, index, all) => ({ ...stage, days: untilNext(stage.days, all[index + 1]?.days) }));
  return {
    stages,
    weeks: new Map([...weeks].map(([week, percents]) => [week, [...percents].sort((a, b) => a - b)])),
    names: new Map([...names].map(([name, { percent }]) => [name, percent])),
  };
}

/** `1% -> 10% -> 50% -> 100%`: a block of code that is nothing but the ladder. */
function drawn(passage: Passage): readonly number[] {
  const shares = passage.text.length > 200 ? [] : passage.text.trim().split(/\s*(?:[-=]?>|→|,|\/|\n)\s*/);
  if (shares.length < 2 || !shares.every((share) => /^\d+(?:\.\d+)?\s*%?$/.test(share))) return [];
  return stagesOf({ ...passage, text: shares.join(' → ') });
}

/** `canary (1 percent), small (10 %) and half (50 %)`: what each of several stages is called. */
function namedIn({ kind, text }: Passage, percents: readonly number[]): readonly (readonly [string, number])[] {
  if ((kind !== 'sentence' && kind !== 'item') || percents.length < 2 || text.length > 600) return [];
  return [...plain(text).matchAll(/(?<!\p{L})(\p{L}[\p{L}-]{2,24})\s*\((\d+(?:\.\d+)?)\s*(?:%|percent)\)/gu)]
    .map(([, name = '', percent]) => [name.toLowerCase(), Number(percent)] as const)
    .filter(([, percent]) => percents.includes(percent));
}

/** A stage that is planned to begin on a day goes on until the next begins. */
function untilNext(own: LadderStage['days'], next: LadderStage['days']): LadderStage['days'] {
  if (own === undefined || next === undefined || own.from !== own.to || next.from <= own.to + 1) return own;
  return { ...own, to: next.from - 1 };
}

/** `from 0 to 100 % over two weeks, starting on 12 January` plans the whole, not the stage it names. */
function isPlan(passage: Passage): boolean {
  if (passage.kind !== 'sentence') return true;
  return !/\bfrom\b[^.]*\bto\b[^.]*\b(?:starting|over)\b|\bfrom 0\b/i.test(plain(passage.text));
}

/** `Days 3-5.` below the heading of a stage. */
function addDays(
  guides: Guides,
  days: Map<number, { from: number; to: number; places: Place[] }>,
  passage: Passage,
  start: string | undefined,
  anchor: string | undefined,
): void {
  if ((passage.kind !== 'sentence' && passage.kind !== 'item') || passage.text.length > 80) return;
  if (
    !/^(?:days?\s*\d|(?:days?|dates?|when|planned|schedule|starts?|starting|begins?|beginning|from|on|kick-?off|launch)\b)/i.test(
      passage.label ?? passage.text,
    )
  )
    return;
  const heading = passage.trail.findLast(
    (above) => above.level > 1 && (above.kind !== 'item' || readStageMentions(above.text, '').length > 0),
  );
  const [percent, second] =
    heading === undefined ? [] : readStageMentions(heading.text, '').map((each) => each.percent);
  const range = daysOf(passage, start, anchor);
  if (percent === undefined || second !== undefined || range === undefined || days.has(percent)) return;
  guides.use(passage);
  days.set(percent, { ...range, places: [passage] });
}

function tellTwin(guides: Guides, place: Place, title: string, other: string, percent: number): void {
  guides.findings.add(
    'conflict',
    place,
    `two stages have the same percentage: “${title}” and “${other}” are both at ${percent} %; they became one stage, give one of them another percentage`,
  );
}

/** The stages a passage speaks of: of a row, its percentage column. */
export function stagesOf(passage: Passage): readonly number[] {
  if (passage.kind === 'row') {
    const percent = percentCell(passage);
    if (percent !== undefined) return [percent];
    return readStageMentions(passage.cells.map((cell) => cell.text).join('; '), '').map((mention) => mention.percent);
  }
  const context = passage.trail.map((above) => above.text).join(' ');
  return readStageMentions(passage.text, context).map((mention) => mention.percent);
}

const percentHeader =
  /%|\b(?:percent\w*|traffic|rollout|exposure|share|audience|users|ramp|weight|cohort|population)\b/i;

/** The percentage a table row is about, if one of its columns says so. */
export function percentCell(row: Passage): number | undefined {
  // `Success rate | ≥ 99 %`: a row about a measure is about no stage.
  if (readMeasure(plain(row.cells[0]?.text ?? '')) !== undefined) return undefined;
  const named = row.cells.find(
    (cell) =>
      percentHeader.test(cell.header) &&
      readMeasure(cell.header) === undefined &&
      /^\D{0,12}\d/.test(cell.text) &&
      // What is compared is a criterion.
      !/^\s*[<>≥≤]/.test(plain(cell.text)),
  );
  if (named !== undefined && !/improvement|reduction|change/i.test(named.header)) {
    const percent = readBarePercent(named.text);
    if (
      percent !== undefined &&
      (/%|percent/i.test(named.text) || /%|percent|traffic|exposure|rollout|weight/i.test(named.header))
    )
      return percent;
  }
  const [first, second] = row.cells;
  // `Discount | 5 % | 15 %`: of several that say no more, none is a stage's.
  const bare = row.cells.slice(1).filter((cell) => /^\d+(?:[.,]\d+)?\s*%$/.test(cell.text)).length;
  for (const cell of [first, second]) {
    if (cell === undefined || readMeasure(cell.header) !== undefined || (cell === second && bare > 1)) continue;
    if (/^\d+(?:[.,]\d+)?\s*%$/.test(cell.text) && !/improvement|reduction|change|actual|status/i.test(cell.header)) {
      const neighbour = readMeasure(plain(first?.text ?? ''));
      if (neighbour === undefined || cell === first) return readBarePercent(cell.text);
    }
  }
  return undefined;
}

const numbered = /^(?:rollout )?(stage|step|phase|wave|ring|tranche|batch)\s*#?(\d+)\b/i;
const proper =
  /^(canary|pilot|dogfood(?:ing)?|internal(?: users)?|beta|early (?:access|adopters)|general availability|ga|friends (?:and|&) family|half|majority|everyone|full(?: rollout| launch)?|baseline|dark launch)\b/i;

/** What a heading or a row calls its stage: `Stage 2`, `Canary`, the first cell of a stage table. */
function titleOf(passage: Passage): string | undefined {
  if (passage.kind === 'row') {
    if (percentCell(passage) === undefined) return undefined;
    const cell = passage.cells.find((each) => /stage|step|phase|wave|ring|name/i.test(each.header)) ?? passage.cells[0];
    const text = plain(cell?.text ?? '')
      .replace(/\s*\(.*\)$/, '')
      .trim();
    if (/^\d+$/.test(text)) return `stage ${text}`;
    return /^[\p{L}][\p{L}\d -]{1,30}$/u.test(text) && !/^week|^day/i.test(text) ? text : undefined;
  }
  if (passage.kind === 'code') return undefined;
  const words = plain(passage.text);
  // `Day 1-3: Stage 2 (10%)`, `Week 2 - Canary (5%)`.
  const unprefixed = words.replace(/^(?:days?|weeks?)\s*[\d-]+\s*(?::|-)\s*/i, '');
  const stage = numbered.exec(unprefixed);
  if (stage !== null && passage.kind !== 'sentence') return `${stage[1]?.toLowerCase()} ${stage[2]}`;
  return proper.exec(unprefixed)?.[1]?.toLowerCase();
}

function properName(title: string | undefined): string | undefined {
  return title === undefined || /^(?:stage|step|phase|wave|ring|tranche|batch) \d+$/.test(title) ? undefined : title;
}

/** The week a passage is about: its own words, then the nearest above it, the guide's title last. */
export function weekOf(passage: Passage): number | undefined {
  for (const text of [
    passage.kind === 'code' ? '' : passage.text,
    ...[...passage.trail].reverse().map((above) => above.text),
  ]) {
    const week = weekIn(text);
    if (week !== undefined) return week;
  }
  return undefined;
}

/** The week of the headings and labels above a passage. */
export function weekOfHeadings(passage: Passage): number | undefined {
  return [...passage.trail]
    .reverse()
    .map((above) => weekIn(above.text))
    .find((week) => week !== undefined);
}

export function weekIn(text: string): number | undefined {
  const match = /\bweek\s*#?(\d{1,2})\b(?!\s*(?:results?|review))/i.exec(text);
  return match === null ? undefined : Number(match[1]);
}

export interface DayRange {
  readonly from: number;
  readonly to: number;
}

/** The days in a text, counted from the plan's start; `week` is the one they are counted in. */
export function daysIn(text: string, week: number | undefined): DayRange | undefined {
  const match = /\bdays?\s*(\d{1,3})(?:\s*(?:-|to|and|&|\/)\s*(?:day\s*)?(\d{1,3}))?\b/i.exec(plain(text));
  if (match === null) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  if (from < 1 || to < from || to > 730) return undefined;
  // Inside a week, days are counted from its start; beyond 7 they can only be counted from the plan's.
  const offset = week === undefined || to > 7 ? 0 : (week - 1) * 7;
  return { from: from + offset, to: to + offset };
}

/** Above it a sprint or phase, not the first, whose days begin at 1 again: its own date is not known. */
export function countsAnew(guides: Guides, passage: Passage): string | undefined {
  if (!/\bdays?\s*\d/i.test(passage.text) || weekOf(passage) !== undefined) return undefined;
  const part = passage.trail.findLast(({ text }) => later.test(text));
  if (part === undefined) return undefined;
  const again = guides.passages.some(
    (each) =>
      each.file === passage.file &&
      daysIn(each.text, undefined)?.from === 1 &&
      each.trail.some(({ line }) => line === part.line),
  );
  return again ? part.text : undefined;
}
const later = /\b(?:sprint|iteration|phase|wave|stage|step|ring|cycle)\s*#?(?!1\b)\d{1,2}\b/i;

/** The days a passage itself is planned for: `Day 5-7`, a day column, or dates. */
function daysOf(passage: Passage, start: string | undefined, anchor: string | undefined): DayRange | undefined {
  const week = weekOf(passage);
  if (passage.kind === 'row') {
    const cell = passage.cells.find(
      (each) =>
        /^days?$|\bdays?\b.*(?:planned|range)?/i.test(each.header) &&
        !/soak|duration|min|hold|bake|length|how long/i.test(each.header),
    );
    const bare = /^\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*$/.exec(plain(cell?.text ?? ''));
    if (bare !== null) return daysIn(`Day ${bare[1]}-${bare[2] ?? bare[1]}`, week);
  }
  const said =
    passage.kind === 'row'
      ? passage.cells.map((cell) => daysIn(cell.text, week)).find((range) => range !== undefined)
      : daysIn(passage.text, week);
  if (said !== undefined) return said;
  const weekly =
    passage.kind === 'row'
      ? passage.cells.map((cell) => weekIn(cell.text)).find((each) => each !== undefined)
      : undefined;
  const dates = readDates(passage.text, anchor).flatMap((mention) =>
    mention.date === undefined ? [] : [mention.date],
  );
  const [first, last] = [dates[0], dates.at(-1)];
  if (start !== undefined && first !== undefined && last !== undefined) {
    const range = { from: daysBetween(start, first) + 1, to: daysBetween(start, last) + 1 };
    return range.from >= 1 && range.to >= range.from && range.to <= 730 ? range : undefined;
  }
  return weekly === undefined ? undefined : { from: (weekly - 1) * 7 + 1, to: weekly * 7 };
}

function push(map: Map<number, Place[]>, key: number, place: Place): void {
  const known = map.get(key) ?? [];
  if (known.some(({ file, line }) => file === place.file && line === place.line)) return;
  map.set(key, [...known, place]);
}

function addTo(map: Map<number, Set<number>>, key: number, value: number): void {
  const known = map.get(key) ?? new Set<number>();
  known.add(value);
  map.set(key, known);
}
