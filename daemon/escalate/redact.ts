import { type Separator, separatorOf } from '../protocol/domain/separator.ts';
import type { Steps } from '../protocol/domain/steps.ts';
import { redactJson, redactJsonLine } from '../protocol/secrets/redactRecord.ts';
import { isSecretName, redactedMark } from '../protocol/secrets/secretNames.ts';
import { type Redacted, redactionSteps, redactSecrets } from '../protocol/secrets/secrets.ts';
import { visibleText } from '../protocol/words/plainText.ts';

/** Text that people or a plan wrote. */
export function redactText(text: string, known: readonly string[]): Redacted {
  return redactSecrets(text, { known });
}

/**
 * A value of JSON: every text in it, every key, and whole what stands under a secret's name. `random`: what was written
 * in a log is in it, so long random-looking runs go too.
 */
export function redactValue(
  value: unknown,
  known: readonly string[],
  random = false,
): { readonly value: unknown; readonly count: number } {
  return redactJson(value, { known, random, seen: new Map() });
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
    const redacted = redactJsonLine(line, options);
    count += redacted.count;
    lines.push(redacted.text);
    yield;
  }
  const columns = format === 'csv' ? redactColumns(lines) : { lines, count: 0 };
  const left = yield* redactionSteps(columns.lines.map(visible).join('\n'), { known, random: true });
  return { text: left.text, count: count + columns.count + left.count };
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
