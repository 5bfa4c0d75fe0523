import { type Guide, provenance, type Rule } from '../guide.ts';
import { anyMeans, means, type Token } from '../tag.ts';
import type { Passage } from '../text/passages.ts';
import type { ValueOf } from '../values.ts';

type Test = ValueOf<'test'>;

const ratio = /(?<![\d.,/-])\d{1,6}\s?\/\s?(\d{1,6})(?![\d/])/;

function testOf(
  passage: Passage,
  name: string,
  count: number,
  context: readonly { line: number; text: string }[] = [],
): Test {
  return { kind: 'test', name, count, from: provenance(passage, passage.text, context) };
}

/** `Phase 1 tests: 16/16`, `Backend tests: 106 passing`, `41 unit tests`. */
const named: Rule<Test> = {
  name: 'a suite with its count',
  rank: 1,
  read(passage, guide) {
    if (passage.kind === 'code' || passage.kind === 'row' || passage.text.length > 300) return [];
    const tokens = guide.tokens(passage.text);
    const found: Test[] = [];
    for (const [at, token] of tokens.entries()) {
      if (!means(token, 'tests') || /^testing$/i.test(token.text)) continue;
      const before = nameBefore(tokens, at);
      const count = before.count ?? countBehind(passage.text, tokens, at);
      if (before.name === '' || count === undefined || count < 1) continue;
      found.push(testOf(passage, before.name, count));
    }
    return found;
  },
};

/** The words right before `tests`, and the number before them. */
function nameBefore(
  tokens: readonly Token[],
  at: number,
): { readonly name: string; readonly count: number | undefined } {
  let from = at;
  while (from > 0) {
    const token = tokens[from - 1];
    if (
      token === undefined ||
      token.kind === 'mark' ||
      means(token, 'filler', 'total', 'tests', 'passing', 'afterwards')
    )
      break;
    if (token.number !== undefined && !means(tokens[from - 2], 'stage')) break;
    if (means(token, 'task') && from - 1 === 0) break;
    if (at - from >= 4) break;
    from -= 1;
  }
  const words = tokens.slice(from, at);
  const counted = tokens[from - 1]?.number;
  const name = words.map(({ text }) => text).join(' ');
  const count =
    counted?.unit === '' && Number.isInteger(counted.value) && !means(tokens[from - 2], 'total')
      ? counted.value
      : undefined;
  return { name: /\p{L}/u.test(name) ? name : '', count };
}

/** The figure behind `tests`, with nothing but a colon, a bracket or `passing` around it. */
function countBehind(text: string, tokens: readonly Token[], at: number): number | undefined {
  const token = tokens[at];
  if (token === undefined) return undefined;
  const whole = ratio.exec(text.slice(token.end, token.end + 24));
  if (whole !== null && /^[\s:(=-]*$/.test(text.slice(token.end, token.end + whole.index))) return Number(whole[1]);
  for (let next = at + 1; next <= at + 3; next += 1) {
    const each = tokens[next];
    if (each?.number !== undefined) {
      const behind = tokens[next + 1];
      const ends = behind === undefined || behind.kind === 'mark' || means(behind, 'passing', 'tests', 'total');
      return each.number.unit === '' &&
        ends &&
        Number.isInteger(each.number.value) &&
        !anyMeans([tokens[next - 1] ?? each], 'above', 'below', 'atLeast')
        ? each.number.value
        : undefined;
    }
    if (each === undefined || !(/^[:(=-]$/.test(each.text) || means(each, 'passing', 'total', 'filler')))
      return undefined;
  }
  return undefined;
}

/** A table of suites, and the labels of a list below a heading about tests. */
const listed: Rule<Test> = {
  name: 'a suite in a list of suites',
  rank: 2,
  read(passage, guide) {
    if (passage.kind === 'row') return rowOf(passage, guide);
    const tokens = guide.tokens(passage.text);
    const heading =
      passage.kind === 'heading' ? /^(\p{Lu}[\p{L}\d +-]{1,30}?) \((\d{1,6}) tests?\)$/u.exec(passage.text) : null;
    if (heading !== null) return [testOf(passage, heading[1] ?? '', Number(heading[2]))];
    if (passage.kind !== 'item' || passage.label === undefined || anyMeans(tokens, 'tests') || isGroup(passage, guide))
      return [];
    const [nearest] = guide.above(passage).filter(({ line }) => line !== passage.line);
    if (nearest === undefined || !anyMeans(guide.tokens(nearest.text), 'tests') || /\d/.test(passage.label)) return [];
    const count = /^(?:\d{1,6}\s?\/\s?)?(\d{1,6})(?:\s+(?:tests?|passing|passed))?\W*$/i.exec(passage.body)?.[1];
    const total = anyMeans(guide.tokens(passage.label), 'total');
    return count === undefined || total ? [] : [testOf(passage, passage.label, Number(count), [nearest])];
  },
};

function rowOf(row: Passage, guide: Guide): readonly Test[] {
  const [first] = row.cells;
  const counted = row.cells.find(
    ({ header, text }, index) =>
      index > 0 && anyMeans(guide.tokens(header), 'tests') && /^\d{1,6}(?:\s?\/\s?\d{1,6})?$/.test(text),
  );
  if (
    first === undefined ||
    counted === undefined ||
    anyMeans(guide.tokens(first.text), 'total') ||
    !/\p{L}{2}/u.test(first.text)
  )
    return [];
  const count = Number(counted.text.split('/').at(-1));
  const name = first.text.replace(/\s+tests?$/i, '');
  return [testOf(row, name, count, [{ line: row.line, text: counted.header }])];
}

/** `Rollout logic: 5/5` below `Phase 1 Tests (16 tests)` is a part of that suite. */
function isGroup(passage: Passage, guide: Guide): boolean {
  return groupHeading(passage, guide) !== undefined;
}

export function groupHeading(passage: Passage, guide: Guide): string | undefined {
  const [nearest] = guide.above(passage).filter(({ line }) => line !== passage.line);
  if (nearest === undefined || passage.kind !== 'item' || passage.label === undefined) return undefined;
  const tokens = guide.tokens(nearest.text);
  const at = tokens.findIndex((token) => means(token, 'tests'));
  const { name } = at === -1 ? { name: '' } : nameBefore(tokens, at);
  return name !== '' && ratio.test(passage.body) ? name : undefined;
}

export function groupCount(passage: Passage): number {
  return Number(ratio.exec(passage.body)?.[1] ?? 0);
}

export const testRules: readonly Rule<Test>[] = [named, listed];
