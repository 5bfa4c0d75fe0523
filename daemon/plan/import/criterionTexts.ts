import { readClaims } from './claims.ts';
import { percentCell } from './ladder.ts';
import { readCount, readMeasure } from './measureWords.ts';
import type { Cell, Passage } from './passages.ts';
import { plain } from './text.ts';

/** `Stage | Exit | Rollback`: what stands in that column is no gate. */
export const rollbackColumn =
  /^(?:(?:auto(?:matic)?[ -])?roll-?back|abort|revert|kill)\b(?! (?:to|time|plan|steps?|procedure|owner))/i;

/** The texts of a passage to read claims from: of a row, its cells, each with the words that say what it is. */
export function textsOf(passage: Passage): readonly string[] {
  if (passage.kind !== 'row') return [isCriteriaLabel(passage.label) ? passage.body : passage.text];
  const first = passage.cells[0]?.text ?? '';
  const subject = readMeasure(plain(first)) ?? readCount(plain(first));
  const percent = percentCell(passage);
  const window = windowOf(passage);
  const lasting = percent === undefined ? lastingOf(passage) : '';
  const texts = passage.cells.flatMap((cell, index) => {
    if (cell === window || cell.text === '' || ignoredColumn.test(cell.header) || rollbackColumn.test(cell.header))
      return [];
    const own = readMeasure(plain(cell.text)) ?? readCount(plain(cell.text));
    if (index > 0 && subject !== undefined && /^(?:any|none|no|zero|0)$/i.test(cell.text))
      return [`${cell.text} ${first}${lasting}`];
    if (own !== undefined) return /\d|\bno\b|\bany\b|\bzero\b/i.test(cell.text) ? [`${cell.text}${lasting}`] : [];
    if (!/\d/.test(cell.text)) return [];
    const named = readMeasure(plain(cell.header)) ?? readCount(plain(cell.header));
    // `Min. postings`, whatever is counted.
    const bare = named === undefined && /^min/i.test(cell.header) && /^\d[\d.,]*\s?[kM]?$/.test(plain(cell.text));
    if (bare && percent !== undefined) return [`${cell.header}: ${inMillions(cell.text)}`];
    if (named !== undefined) return [`${minimum(cell.header)}${cell.header}: ${inMillions(cell.text)}${lasting}`];
    if (subject !== undefined && index > 0 && percent === undefined)
      return [`${minimum(cell.header)}${first}: ${cell.text}${lasting}`];
    // `Hang-ups | < 12 %` of a stage, `Revenue | < 95% of control` of a trigger.
    if (comparing.test(plain(cell.text)) && cell.header !== '' && (percent !== undefined || index > 0))
      return [`${percent === undefined ? first : cell.header}: ${cell.text}${lasting}`];
    return readClaims(cell.text, 'gate').claims.length > 0 ? [cell.text] : [];
  });
  return texts.length === 0 && subject !== undefined ? [`${first}${lasting}`] : texts;
}

function windowOf(row: Passage): Cell | undefined {
  return row.cells.find(
    (cell) => /\b(?:window|duration|how long|lasting|period|over)\b|^for$/i.test(cell.header) && cell !== row.cells[0],
  );
}

/** The window that a row's column names, as words behind its conditions. */
export function lastingOf(row: Passage): string {
  const window = windowOf(row)?.text ?? '';
  return window === '' ? '' : ` for ${window.replace(/^(?:for|over)\s+/i, '')}`;
}

/** `1M` below a count. */
function inMillions(text: string): string {
  const count = /^(\d+(?:\.\d+)?)\s?M$/.exec(text.trim())?.[1];
  return count === undefined ? text : String(Number(count) * 1_000_000);
}

const comparing = /^(?:[<>≥≤]|(?:at (?:least|most)|no (?:more|less|fewer) than|under|below|above|over|max|min)\b)/i;
const ignoredColumn = /\b(?:actions?|response(?!s? times?)|status|owners?|results?|notes?|actual)\b/i;

function minimum(header: string): string {
  return /\bmin|\b(?:seen|processed|served|handled)$/i.test(header) ? 'minimum ' : '';
}

export function isCriteriaLabel(label: string | undefined): boolean {
  return label !== undefined && /criteria|gate|must|proceed|advance|exit/i.test(label);
}

/** A row or item as an item to tick: `Phase 1 validation: all 16 tests passing`, without its status column. */
export function criterionText(passage: Passage): string {
  if (passage.kind !== 'row') return passage.text;
  const cells = passage.cells
    .filter((cell) => cell.text !== '' && !/\b(?:status|state|done|owner|result|actual)\b/i.test(cell.header))
    .map((cell) => cell.text);
  const [first, ...rest] = cells;
  return rest.length === 0 ? (first ?? '') : `${first}: ${rest.join(', ')}`;
}
