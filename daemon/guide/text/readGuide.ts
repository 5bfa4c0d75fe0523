import { UserError } from '../../protocol/domain/userError.ts';
import type { Findings } from './findings.ts';
import { repairMojibake } from './mojibake.ts';

export interface GuideFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface GuideText {
  readonly file: string;
  readonly text: string;
}

const mostBytes = 5 * 1024 * 1024;
/** More containers, brackets or columns than any guide has; the parser's time grows with their square. */
const deepest = 40;
const mostBrackets = 2000;
const mostColumns = 200;
const longestLine = 50_000;
const mostLines = 20_000;

/** Bytes → text with damaged characters repaired. Throws `UserError` for what no guide can be. */
export function readGuide(guide: GuideFile, findings: Findings): GuideText {
  const { name: file, bytes } = guide;
  if (bytes.length > mostBytes) {
    const size = (bytes.length / 1024 / 1024).toFixed(1);
    throw new UserError(
      'guide-too-large',
      `${file}: ${size} MB is too large for a guide, the most is 5 MB; is it a log?`,
    );
  }
  const decoded = decode(file, bytes, findings);
  if (decoded.trim() === '') throw new UserError('guide-empty', `${file}: the file is empty; name a Markdown guide`);
  const repair = repairMojibake(decoded.replaceAll(/\r\n?/g, '\n'));
  if (repair.readAs !== undefined) {
    const lost = repair.lost === 0 ? '' : `; ${repair.lost} had lost bytes and stay as they are`;
    findings.add(
      'repaired',
      { file, line: repair.line },
      `UTF-8 had been read as ${repair.readAs}: ${repair.repaired} characters restored${lost}`,
    );
  }
  refuseDepth(file, repair.text);
  return { file, text: withoutFrontMatter(repair.text) };
}

/**
 * Front matter would be a heading to Markdown. Its fields become lines of their own, ended by hard breaks, so that they
 * are read as fields; blank lines keep the numbers of the rest.
 */
function withoutFrontMatter(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line, index) => index > 0 && index < 100 && /^(?:---|\.\.\.)\s*$/.test(line));
  if (lines[0]?.trimEnd() !== '---' || end < 2) return text;
  const inside = lines.slice(1, end);
  if (
    !inside.every((line) => /^(?:[\w-]+\s*:.*|\s+\S.*|-\s.*|#.*|\s*)$/.test(line)) ||
    inside.some((line) => line === '')
  )
    return text;
  return lines
    .map((line, index) => {
      if (index > end) return line;
      return index > 0 && index < end ? frontMatterField(line, lines.slice(index + 1, end)) : '';
    })
    .join('\n');
}

/** `owner: "@team"` without its quotes, and `reviewers:` with the list below it on one line. */
function frontMatterField(line: string, below: readonly string[]): string {
  const [, key = '', value = ''] = /^([\w-]+)\s*:\s*(.*)$/.exec(line) ?? [];
  if (key === '') return '';
  const nested = below.slice(
    0,
    Math.max(
      0,
      below.findIndex((each) => /^[^\s-]/.test(each)),
    ) || below.length,
  );
  const parts = below.findIndex((each) => /^[^\s-]/.test(each)) === 0 ? [] : nested;
  const listed = parts.map((each) => each.replace(/^\s*(?:-\s+)?/, '').trim()).filter((each) => each !== '');
  const shown = [value.replace(/^[|>&*][-+\w]*\s*/, '').trim(), listed.join(', ')]
    .filter((each) => each !== '')
    .join(' ');
  const plainValue = shown.replace(/^(["'])(.*)\1$/, '$2').replace(/^\[(.*)\]$/, '$1');
  return plainValue === '' ? '' : `${key.replaceAll('_', ' ')}: ${plainValue}  `;
}

function decode(file: string, bytes: Uint8Array, findings: Findings): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return textOf(file, new TextDecoder('utf-16le').decode(bytes));
  if (first === 0xfe && second === 0xff) return textOf(file, new TextDecoder('utf-16be').decode(bytes));
  try {
    return textOf(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const text = textOf(file, new TextDecoder('windows-1252').decode(bytes));
    findings.add('repaired', { file, line: 1 }, 'not UTF-8: read as windows-1252');
    return text;
  }
}

function textOf(file: string, text: string): string {
  // UTF-8 read as ISO 8859-1 is full of control characters too; what a repair makes of it is text.
  if (text.includes('\u0000') || (hasControls(text) && hasControls(repairMojibake(text).text))) {
    throw new UserError('guide-binary', `${file}: binary data, not text; name a Markdown guide`);
  }
  return text;
}

function hasControls(text: string): boolean {
  const controls = text.match(/(?!\s)\p{Cc}|\ufffd/gu)?.length ?? 0;
  return controls > 8 + text.length / 200;
}

/** A look at the text before the parser sees it, so that no input makes it slow. */
function refuseDepth(file: string, text: string): void {
  const refuse = (line: number, what: string) => {
    throw new UserError('guide-too-deep', `${file}:${line}: ${what}; no guide is written like that`);
  };
  const lines = text.split('\n');
  if (lines.length > mostLines) {
    throw new UserError(
      'guide-too-large',
      `${file}: ${lines.length} lines are too many for a guide, the most is ${mostLines}; is it a log?`,
    );
  }
  let brackets = 0;
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (line.length > longestLine) refuse(number, `a line of ${line.length} characters`);
    if (line.trim() === '') brackets = 0;
    if (containerDepth(line) > deepest) refuse(number, `nested more than ${deepest} deep`);
    brackets += count(line, '[') + count(line, ']') - (/^[\s>]*(?:[-*+]|\d+[.)])\s+\[[ xX]\]/.test(line) ? 2 : 0);
    if (brackets > mostBrackets) refuse(number, `more than ${mostBrackets} brackets in one block`);
    if (count(line, '|') > mostColumns) refuse(number, `a table of more than ${mostColumns} columns`);
  }
}

/** An upper bound of how many quotes and lists are open at a line that opens one: two blanks of indentation each. */
function containerDepth(line: string): number {
  let [depth, blanks] = [0, 0];
  for (let index = 0; index < line.length && index < 1000; index += 1) {
    const character = line[index] ?? '';
    if (character === ' ') blanks += 1;
    else if (character === '\t') blanks += 4;
    else if (character === '>') depth += 1;
    else if (/[-*+]/.test(character) && /[ \t]/.test(line[index + 1] ?? '')) depth += 1;
    else if (/[0-9]/.test(character) && /^\d{1,9}[.)][ \t]/.test(line.slice(index, index + 12))) {
      depth += 1;
      index += line.slice(index).search(/[.)]/);
    } else break;
  }
  return depth === 0 ? 0 : depth + Math.max(0, Math.floor(blanks / 2) - depth);
}

function count(line: string, character: string): number {
  let found = 0;
  for (let index = line.indexOf(character); index !== -1; index = line.indexOf(character, index + 1)) found += 1;
  return found;
}
