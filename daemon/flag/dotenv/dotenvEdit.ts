import { UserError } from '../../protocol/domain/userError.ts';
import { mostFlagBytes } from '../flagFile.ts';
import { type Assignment, type Quote, scanDotenv } from './dotenvScan.ts';

/**
 * The bytes with each key set, every other byte as it was. All active assignments of a key are set, so that every
 * reader sees the same whichever it takes; a missing key is added at the end. Setting what is set already gives the
 * same bytes.
 * @throws {UserError} for a value that cannot be written so that every reader sees it, and for a file that is no `.env`.
 */
export function editDotenv(bytes: Buffer, values: Readonly<Record<string, string>>): Buffer {
  if (bytes.length > mostFlagBytes)
    throw new UserError('flag-file', 'the flag file is larger than 1 MiB: not a .env file');
  if (bytes.includes(0))
    throw new UserError(
      'flag-file',
      'the flag file holds NUL bytes: not a .env file, or one in UTF-16; save it in UTF-8',
    );
  const wanted = new Map(
    Object.entries(values).map(([key, value]) => [checkedKey(key), asBytes(checkedValue(key, value))]),
  );
  const text = bytes.toString('latin1');
  const before = scanDotenv(text);
  for (const manner of ['plain', 'quoted', 'first', 'next-line'] as const) {
    const edited = withValues(text, before, wanted, manner);
    if (edited !== undefined && holds(before, scanDotenv(edited), wanted)) return Buffer.from(edited, 'latin1');
  }
  const keys = Object.keys(values).join(', ');
  throw new UserError(
    'flag-value',
    `${keys} cannot be set without changing the meaning of other lines: look for an unclosed quote`,
  );
}

/** In UTF-8, as `latin1` shows it. */
const byteOrderMark = '\u00ef\u00bb\u00bf';

/** The value of each key as a reader sees it: the last assignment; `null` without one. */
export function readDotenv(bytes: Buffer, keys: readonly string[]): Readonly<Record<string, string | null>> {
  const seen: Record<string, string | null> = Object.fromEntries(keys.map((key) => [key, null]));
  for (const { key, value } of scanDotenv(bytes.toString('latin1'))) {
    if (keys.includes(key)) seen[key] = Buffer.from(value, 'latin1').toString('utf8');
  }
  return seen;
}

/** True when every assignment of every key has its value, so that all readers agree. */
export function allSet(bytes: Buffer, values: Readonly<Record<string, string>>): boolean {
  const assignments = scanDotenv(bytes.toString('latin1'));
  return Object.entries(values).every(([key, value]) => isSet(assignments, key, asBytes(value)));
}

/** A `KEY:` whose value is on another line is not ours to change, but it must not be the assignment that counts. */
function isSet(assignments: readonly Assignment[], key: string, value: string): boolean {
  const own = assignments.filter((assignment) => assignment.key === key);
  const proper = own.filter(({ ambiguous }) => ambiguous !== 'next-key');
  if (proper.length === 0 || proper.at(-1) !== own.at(-1)) return false;
  return proper.every((assignment) => assignment.value === value && assignment.ambiguous !== 'comment');
}

/**
 * The manners tried in turn: values plain where possible; all values quoted; missing keys first instead of last, where
 * the last line would swallow them; a value below its key left in place.
 */
type Manner = 'plain' | 'quoted' | 'first' | 'next-line';

/** The edited text; `undefined` when a value cannot be written. */
function withValues(
  text: string,
  assignments: readonly Assignment[],
  wanted: ReadonlyMap<string, string>,
  manner: Manner,
): string | undefined {
  const quoted = manner === 'quoted';
  const parts: string[] = [];
  let copied = 0;
  for (const { key, value, from, to, quote, sign, ambiguous } of assignments) {
    const next = wanted.get(key);
    const below = ambiguous === 'next-line' && manner !== 'next-line';
    if (next === undefined || ambiguous === 'next-key' || (next === value && ambiguous !== 'comment' && !below))
      continue;
    const literal = written(next, below ? null : quote, quoted);
    if (literal === undefined) return undefined;
    // The value below stays: a reader ignores it once the key has a value.
    parts.push(text.slice(copied, below ? sign : from), literal, ambiguous === 'comment' ? ' ' : '');
    copied = below ? sign : to;
  }
  parts.push(text.slice(copied));
  const kept = parts.join('');
  const lineEnd = usualLineEnd(text);
  const added: string[] = [];
  for (const [key, value] of wanted) {
    const last = assignments.findLast((assignment) => assignment.key === key);
    if (last !== undefined && last.ambiguous !== 'next-key') continue;
    const literal = written(value, null, quoted);
    if (literal === undefined) return undefined;
    added.push(`${key}=${literal}${lineEnd}`);
  }
  if (added.length === 0) return kept;
  const mark = kept.startsWith(byteOrderMark) ? byteOrderMark : '';
  const content = kept.slice(mark.length);
  if (manner === 'first') return `${mark}${added.join('')}${content}`;
  const unfinished = content !== '' && !/[\r\n]$/.test(content);
  return `${kept}${unfinished ? lineEnd : ''}${added.join('')}`;
}

/** Our keys as wanted, and every other assignment as it was. */
function holds(
  before: readonly Assignment[],
  after: readonly Assignment[],
  wanted: ReadonlyMap<string, string>,
): boolean {
  const others = (all: readonly Assignment[]) => all.filter(({ key }) => !wanted.has(key));
  const was = others(before);
  const is = others(after);
  if (was.length !== is.length) return false;
  if (!was.every(({ key, value }, index) => key === is[index]?.key && value === is[index]?.value)) return false;
  return [...wanted].every(([key, value]) => isSet(after, key, value));
}

/** In the style the value had when that can carry it, else plainly, else in quotes. */
function written(value: string, style: Quote | null, quoted: boolean): string | undefined {
  const styles: readonly (Quote | null)[] = quoted ? [style, "'", '"', '`'] : [style, null, "'", '"', '`'];
  for (const each of styles) {
    if ((each !== null || !quoted) && carries(each, value)) return `${each ?? ''}${value}${each ?? ''}`;
  }
  return undefined;
}

/** True when readers of all kinds (dotenv, python-dotenv, a shell) read this value unchanged in this style. */
function carries(style: Quote | null, value: string): boolean {
  switch (style) {
    case null:
      return /^[A-Za-z0-9_.,:/@%+=-]*$/.test(value);
    case "'":
      return !/['\\]/.test(value);
    case '"':
      return !/["\\$`]/.test(value);
    case '`':
      return !/[`\\]/.test(value);
  }
}

function usualLineEnd(text: string): string {
  const both = text.split('\r\n').length - 1;
  const feeds = text.split('\n').length - 1 - both;
  const returns = text.split('\r').length - 1 - both;
  if (both > feeds && both >= returns) return '\r\n';
  return returns > feeds ? '\r' : '\n';
}

function checkedKey(key: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_.]*$/.test(key)) return key;
  throw new UserError('flag-value', `${JSON.stringify(key)} is not a key of .env: letters, digits and \`_\``);
}

function checkedValue(key: string, value: string): string {
  if (/[\n\r\0]/.test(value))
    throw new UserError('flag-value', `the value of ${key} holds a line end or NUL: it must be one line`);
  if (!["'", '"', '`', null].some((style) => carries(style as Quote | null, asBytes(value)))) {
    throw new UserError(
      'flag-value',
      `the value of ${key} holds a backslash or all kinds of quotes: no .env can carry it`,
    );
  }
  if (value.trim() !== value)
    throw new UserError('flag-value', `the value of ${key} begins or ends with a blank: remove it`);
  return value;
}

function asBytes(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}
