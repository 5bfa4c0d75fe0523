import type { Interruptible } from '../protocol/domain/interruptibleSum.ts';
import { redactJson, redactJsonLine } from '../protocol/secrets/redactRecord.ts';
import { isSecretName, redactedMark } from '../protocol/secrets/secretNames.ts';
import { type Redacted, redactionSteps, redactSecrets } from '../protocol/secrets/secrets.ts';
import { visibleText } from '../protocol/words/plainText.ts';

/** Text that people or a plan wrote. */
export function redactText(text: string, known: readonly string[]): Redacted {
  return redactSecrets(text, { known });
}

/**
 * A value of JSON: redacts every text and key, and removes any value under a secret's name. `random`: the value comes
 * from a log, so long random-looking runs are removed too.
 */
export function redactValue(
  value: unknown,
  known: readonly string[],
  random = false,
): { readonly value: unknown; readonly count: number } {
  return redactJson(value, { known, random, seen: new Map() });
}

/** The columns of a file whose first line names them. */
export interface RedactedColumns {
  readonly names: readonly string[];
  readonly separator: string;
  /** The cells of a line as they are written; `null` when it does not fit the header. */
  cells(line: string): readonly string[] | null;
}

/**
 * Records of a log. Lines of JSON are parsed first, so that no escape of a key or a text hides a secret; everything is
 * then redacted once more as plain text. Control characters become visible: they cannot steer the terminal of a reader.
 */
export function* redactLines(
  text: string,
  columns: RedactedColumns | null,
  known: readonly string[],
): Interruptible<Redacted> {
  let count = 0;
  const options = { known, random: true, seen: new Map<string, Redacted>() };
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const redacted = redactJsonLine(line, options);
    count += redacted.count;
    lines.push(redacted.text);
    yield;
  }
  const beneath = redactColumns(lines, columns);
  const left = yield* redactionSteps(beneath.lines.map(visible).join('\n'), { known, random: true });
  return { text: left.text, count: count + beneath.count + left.count };
}

/** The cells below a heading that is a secret's name; a line that does not fit the heading is left out whole. */
function redactColumns(
  lines: readonly string[],
  columns: RedactedColumns | null,
): { readonly lines: readonly string[]; readonly count: number } {
  const secret = columns?.names.map((name) => isSecretName(name)) ?? [];
  if (columns === null || !secret.includes(true)) return { lines, count: 0 };
  let count = 0;
  const mark = (): string => {
    count += 1;
    return redactedMark;
  };
  const redacted = lines.map((line, row) => {
    if (row === 0 || line === '') return line;
    const cells = columns.cells(line);
    if (cells === null) return mark();
    return cells
      .map((cell, column) => (secret[column] === true && cell !== '' ? mark() : cell))
      .join(columns.separator);
  });
  return { lines: redacted, count };
}

function visible(line: string): string {
  return visibleText(line.endsWith('\r') ? line.slice(0, -1) : line, asTheyAre);
}

const asTheyAre = { '\t': '\t', '\n': '\n' };
