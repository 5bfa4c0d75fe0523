import { daysAfter, daysBetween, readDates, withWholeRanges } from './dates.ts';
import { assumed, quoted, type Sourced, said } from './findings.ts';
import type { Guides } from './guides.ts';
import { countsAnew, daysIn, percentCell, stagesOf, weekIn, weekOf } from './ladder.ts';
import type { Passage } from './passages.ts';
import { readStageMentions } from './stageMentions.ts';
import { plain, sameWording } from './text.ts';

export interface Schedule {
  /** A day near which dates lie that name no year. */
  readonly anchor: string | undefined;
  readonly start: Sourced<string> | undefined;
  readonly end: Sourced<string> | undefined;
}

export interface Milestone {
  readonly date: string;
  readonly title: string;
}

interface Candidate {
  readonly date: string;
  readonly place: Passage;
  /** 1 for a label that says start or end; 2 for a range; 3 for a milestone; 4 for a bare date. */
  readonly rank: number;
}

/** When the rollout starts and ends. A week plan's own dates count for its week. Dates that are none are told. */
export function readSchedule(guides: Guides): Schedule {
  const anchor = anchorOf(guides);
  const starts: Candidate[] = [];
  const ends: Candidate[] = [];
  for (const passage of guides.passages) {
    if (passage.kind === 'code') continue;
    const dates = readDates(dateText(passage), anchor);
    for (const mention of dates) {
      if (mention.problem !== undefined) {
        guides.findings.add('not-understood', passage, `${mention.problem}: it is left out`);
        if (passage.kind !== 'sentence') guides.use(passage);
      }
    }
    if (passage.kind !== 'sentence' && passage.kind !== 'row' && passage.kind !== 'item') continue;
    const days = dates.flatMap((mention) => (mention.date === undefined ? [] : [mention.date]));
    const [first, last] = [days[0], days.at(-1)];
    if (first === undefined || last === undefined) continue;
    const label = plain(passage.kind === 'row' ? (passage.cells[0]?.text ?? '') : (passage.label ?? '')).replaceAll(
      '_',
      ' ',
    );
    const week = titleWeek(passage);
    const offset = week === undefined ? 0 : (week - 1) * 7;
    const place = passage;
    const isStart =
      /^(?:rollout |project |planned |kick-?off )?(?:start|begin|kick-?off|launch)\w*(?: date| day)?$|^week 1 (?:start|begin)/i.test(
        label,
      );
    const ofStage = startsStage(passage);
    const isEnd =
      /^(?:rollout |project |target |planned )?(?:end|finish|completion|complete by|target)(?: date| day)?$/i.test(
        label,
      );
    const isRange =
      days.length > 1 &&
      /^(?:dates?|timeline|period|schedule|duration|when|planned|(?:\w+ )?window|rollout|weeks?)\b/i.test(label);
    if (ofStage) continue;
    if (isStart) starts.push({ date: daysAfter(first, -offset), place, rank: passage.kind === 'row' ? 3 : 1 });
    else if (isRange) starts.push({ date: daysAfter(first, -offset), place, rank: 2 });
    else if (startsOn(passage, anchor)) starts.push({ date: daysAfter(first, -offset), place, rank: 2 });
    else if (/^(?:date|start)/i.test(label)) starts.push({ date: daysAfter(first, -offset), place, rank: 4 });
    if (week !== undefined) {
      // A week's own dates say when it is, not when the rollout ends.
      if (isStart || isEnd || isRange) guides.account(passage);
      continue;
    }
    const wholeEnds = isStart || /^(?:(?:the )?rollout |it )?ends?\b/i.test(passage.text);
    if (isEnd || (wholeEnds && days.length === dates.length && endsOn(dateText(passage), dates.at(-1)?.index ?? 0)))
      ends.push({ date: last, place, rank: 1 });
    else if (isRange) ends.push({ date: last, place, rank: 2 });
  }
  const start = agree(guides, starts, 'start') ?? firstPlanned(guides, anchor);
  return { anchor, start, end: endAfter(guides, start, agree(guides, ends, 'end')) };
}

/** `Starts 8 June` below the heading of a stage. */
function startsStage(passage: Passage): boolean {
  const above = passage.trail.findLast((each) => each.level > 1);
  return above !== undefined && readStageMentions(above.text, '').length === 1;
}

/** `starting on Monday, 12 January 2026` in a sentence. */
function startsOn(passage: Passage, anchor: string | undefined): boolean {
  if ((passage.kind !== 'sentence' && passage.kind !== 'item') || stagesOf(passage).length === 1) return false;
  const text = dateText(passage);
  const [first] = readDates(text, anchor);
  if (
    first?.index === 0 &&
    /^\s*:?\s*(?:we )?(?:start|begin|kick-?off|launch)\w*\b/i.test(text.slice(first.text.length))
  )
    return true;
  return (
    first !== undefined &&
    /\b(?:start(?:s|ing)?|begin(?:s|ning)?|kick(?:s|ing)?[ -]?off)\s+(?:is\s+)?(?:on\s+)?(?:\w+day,?\s+)?(?:the\s+)?$/i.test(
      dateText(passage).slice(0, first.index),
    )
  );
}

/** `Start: 2 February End: 27 February`, `it ends on Friday, 27 February`. */
function endsOn(text: string, at: number): boolean {
  return /(?:^|[\s,;(])(?:ends?|ending|finish(?:es)?|ende)\b\W{0,3}(?:on\s+)?(?:\w+day,?\s+)?(?:the\s+)?$/i.test(
    text.slice(0, at),
  );
}

/** An end before the start is no end: it is told and left out. */
function endAfter(
  guides: Guides,
  start: Sourced<string> | undefined,
  end: Sourced<string> | undefined,
): Sourced<string> | undefined {
  const [place] = end?.places ?? [];
  if (start === undefined || end === undefined || place === undefined || end.value >= start.value) return end;
  const message = `the end, ${end.value}, lies before the start, ${start.value}: it is left out`;
  guides.findings.add('contradiction', place, message);
  return undefined;
}

/** The first day any stage is planned for, where no guide says when it starts. */
function firstPlanned(guides: Guides, anchor: string | undefined): Sourced<string> | undefined {
  const planned = guides.passages
    .filter((passage) =>
      passage.kind === 'row'
        ? percentCell(passage) !== undefined
        : passage.kind !== 'code' && (stagesOf(passage).length === 1 || startsStage(passage)),
    )
    .flatMap((place) =>
      readDates(dateText(place), anchor).flatMap(({ date }) => (date === undefined ? [] : [{ date, place }])),
    )
    .sort((a, b) => a.date.localeCompare(b.date))[0];
  if (planned === undefined) return undefined;
  return assumed(planned.date, 'the first day a stage is planned for', planned.place);
}

/** Only cells and text, never code: a date in a file name is none. */
function dateText(passage: Passage): string {
  return withWholeRanges(passage.codes.reduce((text, code) => text.replace(code, ' '), passage.text));
}

function anchorOf(guides: Guides): string | undefined {
  for (const passage of guides.passages) {
    if (passage.kind === 'code') continue;
    const dated = readDates(dateText(passage), undefined).find((mention) => mention.date !== undefined);
    if (dated?.date !== undefined) return dated.date;
  }
  return undefined;
}

/** The week in the title of the passage's guide, if it is a week's plan. */
function titleWeek(passage: Passage): number | undefined {
  const title = passage.trail[0];
  return title?.kind === 'heading' ? weekIn(title.text) : undefined;
}

function agree(guides: Guides, candidates: readonly Candidate[], what: 'start' | 'end'): Sourced<string> | undefined {
  const best = [...candidates].sort((a, b) => a.rank - b.rank)[0];
  if (best === undefined) return undefined;
  for (const { place } of candidates) guides.use(place);
  // `start 2026-09-01` in a list is no task.
  for (const { place } of candidates) if (place.kind === 'item' && place.text.length <= 40) guides.account(place);
  const others = candidates.filter((each) => each.date !== best.date && each.rank < 4);
  for (const other of others) {
    guides.findings.add(
      'conflict',
      other.place,
      `the ${what} is ${other.date} here and ${best.date} at ${best.place.file}:${best.place.line}: ${best.date} is kept`,
    );
  }
  return said(best.date, ...candidates.filter((each) => each.date === best.date).map((each) => each.place));
}

const datedHeader = /\b(?:date|when|due|deadline|by|day|target|eta)\b/i;
const statusHeader = /\b(?:status|state|done|progress|owner|responsible|who)\b/i;

/** `Dates: 2 Feb to 12 Mar` is the schedule itself. */
function isWhole(passage: Passage, { start, end }: Schedule): boolean {
  const dated = [...(start?.places ?? []), ...(end?.places ?? [])];
  return dated.includes(passage) && readDates(dateText(passage), start?.value).length > 1;
}

/** Milestones: rows and items with a date, and days of a week whose dates are known. */
export function readMilestones(guides: Guides, schedule: Schedule): readonly Sourced<Milestone>[] {
  const found = new Map<string, Sourced<Milestone>>();
  const add = (date: string, title: string, passage: Passage) => {
    const wording = sameWording(title);
    const key = `${date} ${wording}`;
    const known = found.get(key);
    const other = [...found.values()].find(
      (each) => sameWording(each.value.title) === wording && each.value.date !== date,
    );
    if (other !== undefined && passage.kind === 'row') {
      guides.findings.add(
        'conflict',
        passage,
        `“${title}” is on ${date} here and on ${other.value.date} elsewhere: both are kept`,
      );
    }
    found.set(key, said({ date, title: known?.value.title ?? title }, ...(known?.places ?? []), passage));
    guides.use(passage);
  };
  for (const passage of guides.passages) {
    const { topic } = guides.contextOf(passage);
    if (topic === 'documents' || topic === 'tests' || topic === 'targets') continue;
    if (passage.kind === 'row') {
      const cell = passage.cells.find((each) => readDates(each.text, schedule.anchor)[0]?.date !== undefined);
      const date = cell === undefined ? undefined : readDates(cell.text, schedule.anchor)[0]?.date;
      if (cell === undefined || date === undefined || (topic !== 'milestones' && !datedHeader.test(cell.header)))
        continue;
      if (percentCell(passage) !== undefined && topic !== 'milestones') continue;
      const title = passage.cells.filter(
        (each) =>
          each !== cell &&
          !statusHeader.test(each.header) &&
          each.text !== '' &&
          readDates(each.text, schedule.anchor).length === 0,
      )[0]?.text;
      if (title !== undefined) add(date, title, passage);
      continue;
    }
    if (passage.kind !== 'item' || passage.parent || isWhole(passage, schedule)) continue;
    const dated = readDates(dateText(passage), schedule.anchor)[0];
    if (
      dated?.date !== undefined &&
      (topic === 'milestones' || dated.index < 4 || readDates(passage.label ?? '', schedule.anchor).length > 0)
    ) {
      const title = plain(passage.text)
        .replace(dated.text, ' ')
        .replace(/^[\s:.,()-]+|[\s:,(-]+$|\(\s*\)/g, '')
        .replaceAll(/\s+/g, ' ');
      if (title !== '') add(dated.date, title, passage);
      continue;
    }
    const range =
      passage.checkbox === undefined && /^days?\b/i.test(passage.text)
        ? daysIn(passage.text, weekOf(passage))
        : undefined;
    if (range === undefined || schedule.start === undefined || passage.label === undefined) continue;
    const part = countsAnew(guides, passage);
    if (part !== undefined) {
      const message = `${quoted(passage.text)} counts the days of ${quoted(part)}, which has no date: no milestone`;
      guides.findings.add('not-understood', passage, message);
      continue;
    }
    // What begins on some of the days is there on the first; what else they hold is done on the last.
    const day = /^(?:begin|start|kick[ -]?off|launch)\b/i.test(passage.body) ? range.from : range.to;
    add(daysAfter(schedule.start.value, day - 1), passage.body, passage);
  }
  return [...found.values()].sort((a, b) => a.value.date.localeCompare(b.value.date));
}

/** What the guides say of the whole length against what their dates say. */
export function checkLength(guides: Guides, schedule: Schedule): void {
  const { start, end } = schedule;
  if (start === undefined || end === undefined) return;
  const days = daysBetween(start.value, end.value) + 1;
  for (const passage of guides.passages) {
    if (passage.kind !== 'sentence' || titleWeek(passage) !== undefined || stagesOf(passage).length > 0) continue;
    const match = /^(?:total )?(?:duration|length)$/i.test(passage.label ?? '')
      ? /(\d+)\s*days?\b/i.exec(passage.body)
      : null;
    const weeks = /^(?:total )?(?:duration|length)$/i.test(passage.label ?? '')
      ? /(\d+)\s*weeks?\b/i.exec(passage.body)
      : null;
    const saidDays = match !== null ? Number(match[1]) : weeks !== null ? Number(weeks[1]) * 7 : undefined;
    if (saidDays !== undefined && Math.abs(saidDays - days) > 1) {
      guides.findings.add(
        'contradiction',
        passage,
        `${saidDays} days here, but ${start.value} to ${end.value} are ${days}`,
      );
    }
  }
}
