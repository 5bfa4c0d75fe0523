import { type Place, placeNames, type Sourced } from './findings.ts';
import type { Guides } from './guides.ts';
import type { Passage } from './passages.ts';
import { insidePath } from './sources.ts';
import { plain, sameWording, slug } from './text.ts';

export interface DraftSuite {
  readonly name: string;
  readonly junit: string;
  readonly junitAssumed: boolean;
  readonly expect: Sourced<number> | undefined;
  readonly groups: readonly (readonly [string, number])[];
}

interface Suite {
  readonly name: string;
  counts: { count: number; place: Place }[];
  groups: Map<string, { count: number; place: Place }>;
  readonly place: Place;
}

const nameBefore =
  /(?:^|[\s(:])((?:[\p{Lu}\d][\w+-]*|unit|integration|e2e|end-to-end|smoke|regression|contract|load|acceptance|api|ui|performance)(?:[ -](?:[\p{Lu}\d][\w+-]*|testing))*)\s+tests?\b/u;
const generic =
  /^(?:all|the|total|run|execute|verify|test|tests|these|new|more|no|failing|passing|our|any|re-?run|add|fix|phase|stage|suite)$/i;

/** Test suites with their counts and groups; counts that disagree are told. */
export function readSuites(guides: Guides): readonly DraftSuite[] {
  const suites = new Map<string, Suite>();
  const totals: { count: number; place: Passage }[] = [];
  const suiteOf = (name: string, place: Place): Suite => {
    const key = sameWording(name);
    const known = suites.get(key) ?? { name, counts: [], groups: new Map(), place };
    suites.set(key, known);
    return known;
  };
  for (const passage of guides.passages) {
    if (passage.kind === 'code' || passage.text.length > 300) continue;
    readPassage(guides, passage, suiteOf, totals);
  }
  settleTotals(guides, suites, totals);
  return [...suites.values()]
    .map((suite) => finish(guides, suite))
    .filter((suite) => suite.expect !== undefined || suite.groups.length > 0);
}

function readPassage(
  guides: Guides,
  passage: Passage,
  suiteOf: (name: string, place: Place) => Suite,
  totals: { count: number; place: Passage }[],
): void {
  const text = plain(passage.text);
  const inTests = guides.contextOf(passage).topic === 'tests';
  // The 1 of `Phase 1 tests` counts nothing.
  const unnumbered = text.replaceAll(/\b(?:phase|stage|part|level|tier|week|day)\s+\d+\b/gi, ' ');
  const ratio = /(\d{1,6})\s*\/\s*(\d{1,6})\b/.exec(unnumbered);
  const whole = ratio === null ? undefined : Number(ratio[2]);
  const counted =
    /\b(\d{1,6})\s+(?:[\w+-]+\s+){0,3}?tests?\b/i.exec(unnumbered) ??
    /\btests?\b[^\d%<>≥≤]{0,12}(\d{1,6})\b(?!\s*(?:[%/.\d]|min|h\b|hours?|days?|sec|times))/i.exec(unnumbered);
  const count = whole ?? (counted === null ? undefined : Number(counted[1]));
  if (passage.kind === 'row') {
    readRow(guides, passage, inTests, suiteOf, totals);
    return;
  }
  if (count === undefined) return;
  const saysTests = /\btests?\b/i.test(text);
  const label = passage.label ?? '';
  if (/^(?:grand |overall )?total\b/i.test(text) && (saysTests || inTests || whole !== undefined)) {
    if (!saysTests && !inTests) return;
    totals.push({ count, place: passage });
    guides.use(passage);
    return;
  }
  const several = /^tests?$/i.test(label) ? listedIn(passage.body) : eachNamed(unnumbered);
  if (several.length > 1) {
    for (const [name, number] of several) suiteOf(name, passage).counts.push({ count: number, place: passage });
    guides.use(passage);
    return;
  }
  const name = saysTests ? suiteName(text) : undefined;
  if (name !== undefined) {
    suiteOf(name, passage).counts.push({ count, place: passage });
    if (passage.kind !== 'heading') guides.use(passage);
    return;
  }
  const parts = saysTests && counted !== null ? groupsIn(text.slice(counted.index)) : [];
  if (parts.length > 0 && label === '') {
    for (const [name, number] of parts) suiteOf(name, passage).counts.push({ count: number, place: passage });
    totals.push({ count, place: passage });
    guides.use(passage);
    return;
  }
  if (saysTests && /\ball\b|\bfull\b|\btotal\b|\btests?\b.*\bpass/i.test(text)) {
    totals.push({ count, place: passage });
    if (/^we have\b|\bin total\b/i.test(text) || passage.kind === 'sentence') guides.use(passage);
    return;
  }
  const listed = inTests && passage.kind === 'item' && label !== '' ? groupsIn(passage.body) : [];
  if (listed.length > 0) {
    const suite = suiteOf(label.replace(/\s+tests?$/i, ''), passage);
    suite.counts.push({ count, place: passage });
    for (const [name, number] of listed) suite.groups.set(name, { count: number, place: passage });
    guides.use(passage);
    return;
  }
  const above = passage.trail.map((each) => suiteName(plain(each.text))).findLast((each) => each !== undefined);
  if (
    inTests &&
    passage.kind === 'item' &&
    label !== '' &&
    above !== undefined &&
    (whole !== undefined || /^\d+(?:\s+tests?)?$/i.test(passage.body))
  ) {
    suiteOf(above, passage).groups.set(label, { count, place: passage });
    guides.use(passage);
    return;
  }
  if (
    inTests &&
    passage.kind === 'item' &&
    label !== '' &&
    above === undefined &&
    /^\d+(?:\/\d+)?(?:\s+tests?)?(?:\s+\w+)?$/i.test(passage.body)
  ) {
    suiteOf(label, passage).counts.push({ count, place: passage });
    guides.use(passage);
  }
}

/** `the 88 snapshot tests and the 23 contract tests`: every suite with its own count. */
function eachNamed(text: string): readonly (readonly [string, number])[] {
  return [...text.matchAll(/\b(\d{1,6})\s+([\p{L}][\p{L}\d-]{1,30})\s+tests?\b/gu)]
    .map(([, count, name = '']) => [name, Number(count)] as const)
    .filter(([name]) => !generic.test(name));
}

/** `Tests: 212 unit, 48 UI, 9 smoke - all green before day 1` */
function listedIn(text: string): readonly (readonly [string, number])[] {
  const list =
    /^(?:\d{1,6}\s+[\p{L}\d][\p{L}\d-]*(?:\s+tests?)?(?:\s*(?:,|;|\+|and|&)\s*)?)+/u.exec(plain(text))?.[0] ?? '';
  return [...list.matchAll(/(\d{1,6})\s+([\p{L}\d][\p{L}\d-]*)/gu)]
    .map(([, count, name = '']) => [name, Number(count)] as const)
    .filter(([name]) => !generic.test(name) && !/^\d+$/.test(name));
}

/** `41 tests (12 unit + 29 integration)`, `(unit: 12, integration: 29)`. */
function groupsIn(text: string): readonly (readonly [string, number])[] {
  const inside = /\(([^)]*)\)/.exec(text)?.[1];
  if (inside === undefined) return [];
  const parts = inside.split(/\s*(?:\+|,|;|&|\band\b)\s*/);
  const groups = parts.flatMap((part) => {
    const match = /^(\d{1,6})\s+([\p{L}][\p{L}\d -]{1,40}?)(?:\s+tests?)?$/u.exec(part) ?? undefined;
    const other = /^([\p{L}][\p{L}\d -]{1,40}?)(?:\s+tests?)?\s*:?\s+(\d{1,6})$/u.exec(part) ?? undefined;
    if (match !== undefined) return [[match[2] ?? '', Number(match[1])] as const];
    return other === undefined ? [] : [[other[1] ?? '', Number(other[2])] as const];
  });
  return groups.length === parts.length && groups.length > 1 ? groups : [];
}

function readRow(
  guides: Guides,
  row: Passage,
  inTests: boolean,
  suiteOf: (name: string, place: Place) => Suite,
  totals: { count: number; place: Passage }[],
): void {
  const countCell = row.cells.find(
    (cell) =>
      /\b(?:count|tests?|expected|number|total|cases)\b/i.test(cell.header) &&
      /^(?:\d{1,6}(?:\s*\/\s*\d{1,6})?|\d{1,3}(?:[, ]\d{3})+)$/.test(cell.text),
  );
  const name = row.cells.find((cell) => cell !== countCell && /[a-z]{2}/i.test(cell.text));
  if (countCell === undefined || name === undefined || !(inTests || /\btests?\b/i.test(countCell.header))) {
    const all = /\ball\s+(\d{1,6})\s+tests?\b/i.exec(row.text);
    if (all !== null) totals.push({ count: Number(all[1]), place: row });
    return;
  }
  const count = Number(countCell.text.split('/').at(-1)?.replaceAll(/[, ]/g, ''));
  guides.use(row);
  if (/^(?:grand |overall )?total$/i.test(name.text)) totals.push({ count, place: row });
  else suiteOf(name.text.replace(/\s+tests?$/i, ''), row).counts.push({ count, place: row });
}

/** `Phase 1` of `Execute 16 Phase 1 tests`; `undefined` when the tests have no name. */
function suiteName(text: string): string | undefined {
  const numbered = /\b((?:phase|stage|part|level|tier)\s+\d+)\s+tests?\b/i.exec(text)?.[1];
  // `Unit (40 tests)`, as a heading.
  const counted = /^(\p{Lu}[\p{L}\d +-]{1,30}?) \(\d{1,6} tests?\)$/u.exec(text)?.[1];
  const found = numbered ?? counted ?? nameBefore.exec(text)?.[1];
  if (found === undefined) return undefined;
  const words = found.split(/\s+/);
  while (words.length > 0 && (generic.test(words[0] ?? '') || /^\d+$/.test(words[0] ?? '')) && numbered === undefined)
    words.shift();
  const name = words.join(' ');
  return name === '' || generic.test(name) || /^\d+$/.test(name) ? undefined : name;
}

function settleTotals(
  guides: Guides,
  suites: Map<string, Suite>,
  totals: readonly { count: number; place: Passage }[],
): void {
  const counts = [...suites.values()]
    .map((suite) => suite.counts[0]?.count ?? sum(suite))
    .filter((count) => count !== undefined);
  const first = totals.find(({ count }) => !counts.includes(count)) ?? totals[0];
  if (counts.length === 0 && first !== undefined) {
    suites.set('all', { name: 'All tests', counts: [first], groups: new Map(), place: first.place });
  }
  const total = counts.length === 0 ? first?.count : counts.reduce((a, b) => a + b, 0);
  for (const { count, place } of totals) {
    // `All 16 tests` may be one suite's.
    if (count === total || (counts.length > 1 && counts.includes(count))) continue;
    const sumText = counts.length > 1 ? `${counts.join(' + ')} = ${total}` : `${total}`;
    guides.findings.add(
      'contradiction',
      place,
      `${count} tests here, ${sumText} elsewhere${first === undefined || first.place === place ? '' : ` (${placeNames([first.place])})`}`,
    );
  }
}

function sum(suite: Suite): number | undefined {
  return suite.groups.size === 0
    ? undefined
    : [...suite.groups.values()].reduce((total, { count }) => total + count, 0);
}

function finish(guides: Guides, suite: Suite): DraftSuite {
  const first = suite.counts[0];
  for (const other of suite.counts) {
    if (first === undefined || other.count === first.count) continue;
    guides.findings.add(
      'contradiction',
      other.place,
      `${suite.name}: ${other.count} tests here, ${first.count} at ${placeNames([first.place])}; ${first.count} is kept`,
    );
  }
  const inGroups = sum(suite);
  if (first !== undefined && inGroups !== undefined && inGroups !== first.count) {
    guides.findings.add(
      'contradiction',
      first.place,
      `${suite.name}: ${first.count} tests, but its groups add up to ${inGroups}`,
    );
  }
  const report = reportNear(guides, suite);
  const expect = first?.count ?? inGroups;
  return {
    name: suite.name,
    junit: report ?? `reports/${slug(suite.name, '-').replace(/^(phase|stage|part)-(\d)/, '$1$2') || 'tests'}.xml`,
    junitAssumed: report === undefined,
    expect:
      expect === undefined
        ? undefined
        : {
            value: expect,
            places:
              first === undefined
                ? [suite.place]
                : suite.counts.filter((each) => each.count === first.count).map((each) => each.place),
          },
    groups: [...suite.groups].map(([name, { count }]) => [name, count] as const),
  };
}

/** An XML report named in the same passage as the suite. */
function reportNear(guides: Guides, suite: Suite): string | undefined {
  const key = sameWording(suite.name);
  for (const passage of guides.passages) {
    if (passage.kind === 'code' || !sameWording(`${passage.text} ${passage.trail.at(-1)?.text ?? ''}`).includes(key))
      continue;
    const xml = [...passage.codes, ...passage.cells.map((cell) => cell.text)].find((code) =>
      /^[\w./*-]+\.xml$/i.test(code),
    );
    const path = xml === undefined ? undefined : insidePath(xml);
    if (path !== undefined) return path;
  }
  return undefined;
}
