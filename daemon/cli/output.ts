import { plainText } from '../protocol/plainText.ts';
import { UserError } from '../protocol/userError.ts';

/** Where a command's words go: a person's terminal, a pipe, or one JSON document. */
export interface Output {
  /** `--json` was given: stdout carries one JSON document and nothing else. */
  readonly json: boolean;
  /** stdout is a terminal: colour and progress may be used. */
  readonly terminal: boolean;
  readonly columns: number;
  /** A line for people; dropped under `--json`. */
  line(text?: string): void;
  /** A line for people on stderr, under `--json` too. */
  note(text: string): void;
  /** The one JSON document; nothing without `--json`. */
  document(value: unknown): void;
  /** Text exactly as it is: a file's content, a terminal's control sequences. */
  raw(text: string): void;
  paint(style: Style, text: string): string;
}

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'blue';
const codes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 };

export function processOutput(json: boolean): Output {
  const terminal = process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  const colour = terminal && process.env.NO_COLOR === undefined;
  return {
    json,
    terminal,
    columns: process.stdout.columns ?? 80,
    line: (text = '') => {
      if (!json) process.stdout.write(`${text}\n`);
    },
    note: (text) => {
      process.stderr.write(`${text}\n`);
    },
    document: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    raw: (text) => {
      process.stdout.write(text);
    },
    paint: (style, text) => (colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text),
  };
}

/** One line that says what is wrong and what to do; JSON under `--json`. Returns the exit code. */
export function reportError(error: unknown, output: Output, environment: NodeJS.ProcessEnv): 1 {
  if (error instanceof UserError) {
    const place = error.place === undefined ? '' : `${error.place.file}:${error.place.line}:${error.place.column}: `;
    const message = error.message.startsWith(place) ? error.message : `${place}${error.message}`;
    if (output.json)
      output.document({ error: { code: error.code, message, ...(error.place && { place: error.place }) } });
    else for (const line of message.split('\n')) output.note(`rampwatch: ${plainText(line, 2000)}`);
    return 1;
  }
  const message = `internal error: ${error instanceof Error ? error.message : String(error)}`;
  if (output.json) output.document({ error: { code: 'internal', message } });
  else output.note(`rampwatch: ${plainText(message)}. This is a defect; RAMPWATCH_DEBUG=1 shows where.`);
  if (environment.RAMPWATCH_DEBUG !== undefined && error instanceof Error) output.note(error.stack ?? '');
  return 1;
}
