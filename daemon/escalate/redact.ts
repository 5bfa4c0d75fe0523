import { type Separator, separatorOf } from '../protocol/domain/separator.ts';
import type { Steps } from '../protocol/domain/steps.ts';
import { isCount, isNamingName, isSecretName, redactedMark } from '../protocol/secrets/secretShapes.ts';
import { type Redacted, redactionSteps, redactSecrets } from '../protocol/secrets/secrets.ts';
import { visibleText } from '../protocol/words/plainText.ts';

/** Text that people or a plan wrote. */
export function redactText(text: string, known: readonly string[]): Redacted {
  return redactSecrets(text, { known });
}

/** A deeper record is no record; it is redacted as text. */
const deepest = 32;

/** A value of JSON: every text in it, every key, and whole what stands under a secret's name. */
export function redactValue(
  value: unknown,
  known: readonly string[],
): { readonly value: unknown; readonly count: number } {
  return redactJson(value, { known, random: false, seen: new Map() }, 0);
}

interface Options {
  readonly known: readonly string[];
  readonly random: boolean;
  /** The short texts that were looked at: all records have the same keys, and many the same values. */
  readonly seen: Map<string, Redacted>;
}

/**
 * Records of a log. Lines of JSON are taken apart first, so that no way of writing a key or a text hides it; the rest,
 * and all of it once more, goes by what stands there. Control characters become visible: who reads the file in a
 * terminal is not steered by it.
 */
export function* redactLines(
  text: string,
  format: 'jsonl' | 'csv' | 'text',
  known: readonly string[],
): Steps<Redacted> {
  let count = 0;
  const options = { known, random: true, seen: new Map<string, Redacted>() };
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const parsed = format === 'jsonl' || line.startsWith('{') ? parsedLine(line) : undefined;
    const redacted = parsed === undefined ? null : redactJson(parsed, options, 0);
    count += redacted?.count ?? 0;
    lines.push(redacted === null || redacted.count === 0 ? line : JSON.stringify(redacted.value));
    yield;
  }
  const columns = format === 'csv' ? redactColumns(lines) : { lines, count: 0 };
  const left = yield* redactionSteps(columns.lines.map(visible).join('\n'), { known, random: true });
  return { text: left.text, count: count + columns.count + left.count };
}

function parsedLine(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function redactJson(
  value: unknown,
  options: Options,
  depth: number,
): { readonly value: unknown; readonly count: number } {
  if (typeof value === 'string') {
    const nested = /^\s*[{[]/.test(value) && depth < deepest ? parsedLine(value) : undefined;
    const within = nested === undefined ? null : redactJson(nested, options, depth + 1);
    const { text, count } = redactOnce(
      within === null || within.count === 0 ? value : JSON.stringify(within.value),
      options,
    );
    return { value: text, count: count + (within?.count ?? 0) };
  }
  if (typeof value !== 'object' || value === null) return { value, count: 0 };
  if (depth >= deepest) return { value: redactedMark, count: 1 };
  let count = 0;
  const inner = (each: unknown): unknown => {
    const redacted = redactJson(each, options, depth + 1);
    count += redacted.count;
    return redacted.value;
  };
  if (Array.isArray(value)) return { value: value.map(inner), count };
  const entries = Object.entries(value).map(([key, each]) => {
    const shown = inner(key);
    const isSecret = isSecretName(key) && each !== null && typeof each !== 'boolean' && !isCount(key, String(each));
    if (!isSecret) {
      if (typeof each !== 'string' || !isNamingName(key)) return [shown, inner(each)];
      const named = redactSecrets(each, { ...options, random: false });
      count += named.count;
      return [shown, named.text];
    }
    count += 1;
    return [shown, redactedMark];
  });
  return { value: Object.fromEntries(entries), count };
}

const longestSeen = 40;
const mostSeen = 10_000;

function redactOnce(text: string, options: Options): Redacted {
  if (text.length > longestSeen) return redactSecrets(text, options);
  const found = options.seen.get(text) ?? redactSecrets(text, options);
  if (options.seen.size < mostSeen) options.seen.set(text, found);
  return found;
}

/** The cells below a heading that is a secret's name; a line that does not fit the heading is left out whole. */
function redactColumns(lines: readonly string[]): { readonly lines: readonly string[]; readonly count: number } {
  const [heading = ''] = lines;
  const separator = separatorOf(heading);
  const secret = csvCells(heading, separator).map((cell) => isSecretName(cell));
  if (!secret.includes(true)) return { lines, count: 0 };
  let count = 0;
  const mark = (): string => {
    count += 1;
    return redactedMark;
  };
  const redacted = lines.map((line, row) => {
    if (row === 0 || line === '') return line;
    const cells = csvCells(line, separator);
    if (cells.length !== secret.length) return mark();
    return cells.map((cell, column) => (secret[column] === true && cell !== '' ? mark() : cell)).join(separator);
  });
  return { lines: redacted, count };
}

/** The cells of one line as they are written, quotes included. */
function csvCells(line: string, separator: Separator): readonly string[] {
  const cells: string[] = [];
  let from = 0;
  let quoted = false;
  const text = line.replace(/\r$/, '');
  for (const [at, character] of [...text.split('').entries(), [text.length, separator] as const]) {
    if (character === '"') quoted = !quoted;
    if (character !== separator || (quoted && at < text.length)) continue;
    cells.push(text.slice(from, at));
    from = at + 1;
  }
  return cells;
}

function visible(line: string): string {
  return visibleText(line.endsWith('\r') ? line.slice(0, -1) : line, asTheyAre);
}

const asTheyAre = { '\t': '\t', '\n': '\n' };
