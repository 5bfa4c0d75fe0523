import { undecorated } from './text.ts';

/**
 * Where a block ends for the people who write guides, though not for Markdown: a label or a heading directly below a
 * list or a table is a new block, and `>=` at the start of a line compares and quotes nobody.
 */

export interface SeparatedText {
  readonly text: string;
  /** Line of `text` (0-based index) → line of the guide (1-based). */
  readonly lines: readonly number[];
}

const item = /^\s*(?:[-*+]|\d{1,9}[.)])\s+\S/;
const fence = /^\s{0,3}(?:(?:[-*+]|\d{1,9}[.)])\s+)?(`{3,}|~{3,})/;
const row = /^\s{0,3}\|.*\|\s*$/;
const otherBlock = /^\s{0,3}(?:#{1,6}\s|>|<|\||`{3}|~{3}|(?:[-*_]\s*){3,}$)/;

/** Adds the blank lines that an author left out, and keeps count of the guide's own lines. */
export function separateBlocks(text: string): SeparatedText {
  const separated: string[] = [];
  const lines: number[] = [];
  const guide = text.split('\n');
  let [open, above] = ['', 'none' as 'none' | 'list' | 'table' | 'text'];
  for (const [index, line] of guide.entries()) {
    const mark = fence.exec(line)?.[1];
    if (open !== '') {
      if (mark?.startsWith(open) === true && /^[\s`~]*$/.test(line)) open = '';
    } else if (mark !== undefined) {
      open = mark;
    } else {
      if (startsNewBlock(line, guide, index, above)) {
        separated.push('');
        lines.push(index + 1);
      }
      above = aboveNext(line, above);
    }
    const shown = open === '' ? lettered(line, guide[index - 1] ?? '') : line;
    separated.push(open === '' ? withoutFalseQuote(definition(shown, guide[index + 1] ?? '')) : shown);
    lines.push(index + 1);
  }
  return { text: separated.join('\n'), lines };
}

function aboveNext(line: string, above: 'none' | 'list' | 'table' | 'text'): 'none' | 'list' | 'table' | 'text' {
  if (line.trim() === '') return 'none';
  if (item.test(line)) return 'list';
  if (row.test(line)) return 'table';
  if (isLabel(line)) return 'text';
  return above === 'list' || /^\s/.test(line) ? above : 'text';
}

function startsNewBlock(
  line: string,
  guide: readonly string[],
  index: number,
  above: 'none' | 'list' | 'table' | 'text',
): boolean {
  if (above === 'none' || line.trim() === '') return false;
  const next = guide[index + 1] ?? '';
  const before = (guide[index - 1] ?? '').trim();
  // A list that does not start at 1 cannot interrupt a paragraph.
  if (above === 'text') {
    if (/^\s{0,3}\d{1,9}[.)]\s+\S/.test(line)) return isLabel(guide[index - 1] ?? '');
    return isLabel(line) && /[.:;!?*]$/.test(before) && item.test(next);
  }
  if (item.test(line) || otherBlock.test(line)) return false;
  if (above === 'table') return !line.includes('|');
  if (/^\s/.test(line)) return false;
  return isLabel(line) || /^(?:-{3,}|={3,})\s*$/.test(next) || /^\S+:\s*$/.test(line);
}

/** Bold words, capitals, or `Label:` at the start of a line: no author continues an item like this. */
function isLabel(line: string): boolean {
  const shown = undecorated(line);
  if (/^\s{4,}/.test(line) || shown === '') return false;
  return (
    /^(?:\*\*|__)[^*_]{1,100}(?:\*\*|__)\s*(?:[:([–—-].*)?$/.test(shown) ||
    /^[\p{Lu}][\p{Lu}\d &/-]{2,30}(?:\s*\([^)]{1,60}\))?\s*:?$/u.test(shown) ||
    /^\p{Lu}[^:.!?|`]{0,60}(?:\([^)]{1,60}\))?:(?:\s|$)/u.test(shown)
  );
}

/** `Halt when` above `: crashes > 1 %` is a term and its definitions: a label and its list. */
function definition(line: string, next: string): string {
  if (/^\s{0,3}:\s+\S/.test(line)) return line.replace(/^\s*:\s+/, '+ ');
  return /^\s{0,3}:\s+\S/.test(next) && /^\s{0,3}[^\s:|>-].*[^:.]$/.test(line) ? `${line}:` : line;
}

const letter = /^\s{0,3}[a-z][.)]\s+(?=\S)/;

/** `a. errors`, `b. latency` below a line that ends in a colon: a list whose marks Markdown does not know. */
function lettered(line: string, before: string): string {
  return letter.test(line) && (letter.test(before) || before.trimEnd().endsWith(':'))
    ? line.replace(letter, '- ')
    : line;
}

/** `- >= 3 tickets` and `- > 5 % errors` compare; Markdown would read a quotation and lose the sign. */
function withoutFalseQuote(line: string): string {
  return line
    .replace(/^(\s*(?:(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?)?)>=\s?(?=[\d.])/, '$1≥ ')
    .replace(/^(\s*(?:[-*+]|\d{1,9}[.)])\s+)>(?=\s?\d)/, '$1\\>');
}
