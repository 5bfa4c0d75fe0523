import { sep } from 'node:path';
import { pathWithin } from '../protocol/domain/pathWithin.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { plainText } from '../protocol/words/plainText.ts';

/** The destination of a command's words: a person's terminal, a pipe, or one JSON document. */
export interface Output {
  /** `--json` was given: stdout carries one JSON document and nothing else. */
  readonly json: boolean;
  /** stdout is a terminal and shows text: progress may be used. */
  readonly terminal: boolean;
  readonly columns: number;
  readonly rows: number;
  /** A line for people; dropped under `--json`. */
  line(text?: string): void;
  /** A line for people on stderr, also under `--json`. */
  note(text: string): void;
  /** The one JSON document; nothing without `--json`. */
  document(value: unknown): void;
  /** Text exactly as it is: a file's content, a terminal's control sequences. */
  raw(text: string): void;
  paint(style: Style, text: string): string;
  /** Text as `line` writes it: without terminal control characters other than our own colours. */
  shown(text: string): string;
}

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'blue';
const codes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 };

export function processOutput(json: boolean): Output {
  const terminal = process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  // https://no-color.org: set to anything but the empty string.
  const colour = terminal && !process.env.NO_COLOR;
  const shown = (text: string): string =>
    colour ? plainBetweenPaint(text) : plainText(text, Number.POSITIVE_INFINITY);
  return {
    json,
    terminal: terminal && !json,
    // Read each time: a window may be resized.
    get columns() {
      return process.stdout.columns ?? 80;
    },
    get rows() {
      return process.stdout.rows ?? 24;
    },
    line: (text = '') => {
      if (!json) process.stdout.write(`${shown(text)}\n`);
    },
    note: (text) => {
      process.stderr.write(`${plainText(text, Number.POSITIVE_INFINITY)}\n`);
    },
    document: (value) => {
      if (json) process.stdout.write(`${jsonText(value)}\n`);
    },
    raw: (text) => {
      process.stdout.write(text);
    },
    paint: (style, text) => (colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text),
    shown,
  };
}

/** The same JSON without terminal control characters: JSON escapes only ASCII's own. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => plainText(line, Number.POSITIVE_INFINITY))
    .join('\n');
}

/** The last guard: no line controls the terminal except through our own colours. */
function plainBetweenPaint(text: string): string {
  return text
    .split(ourPaint)
    .map((part, index) => (index % 2 === 1 ? part : plainText(part, Number.POSITIVE_INFINITY)))
    .join('');
}

/** How many characters a painted line shows. */
export function shownLength(text: string): number {
  return text.split(ourPaint).reduce((length, part, index) => length + (index % 2 === 1 ? 0 : part.length), 0);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences that `paint` makes
const ourPaint = /(\u001b\[(?:[012]|3[1-4])m)/;

/** One line that says what is wrong and what to do; JSON under `--json`. Returns the exit code. */
export function reportError(error: unknown, output: Output, environment: NodeJS.ProcessEnv): 1 | 2 {
  if (error instanceof UserError) {
    const { code, place } = error;
    const message = located(error);
    if (output.json) output.document({ error: { code, message, ...(place && { place }) } });
    else output.note(`rampwatch: ${plainText(message, 2000)}`);
    return code === 'usage' ? 2 : 1;
  }
  const message = `internal error: ${error instanceof Error ? error.message : String(error)}`;
  if (output.json) output.document({ error: { code: 'internal', message } });
  else output.note(`rampwatch: ${plainText(message)}. This is a defect; RAMPWATCH_DEBUG=1 shows where.`);
  if (environment.RAMPWATCH_DEBUG !== undefined && error instanceof Error) output.note(error.stack ?? '');
  return 1;
}

/** The line with its place before it; a file below the present folder is named from there. */
function located({ message, place }: UserError): string {
  if (place === undefined) return message;
  const full = `${place.file}:${place.line}:${place.column}: `;
  const near = pathWithin(process.cwd(), place.file, sep) ?? place.file;
  const told = message.startsWith(full) ? message.slice(full.length) : message;
  return `${near}:${place.line}:${place.column}: ${told}`;
}
