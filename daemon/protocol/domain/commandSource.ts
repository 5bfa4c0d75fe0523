import * as z from 'zod';
import { formatNames } from './formatNames.ts';
import { type KeyDescription, length } from './planTexts.ts';
import { sourceCommon } from './sourceCommon.ts';
import { duration } from './units.ts';

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable is letters, digits and `_`');

const since = '$' + '{since}';
/** A file of it is read as a whole. */
const documentFormat = 'json';

/** The lines that a command writes for as long as it runs. */
export const commandSource = z.strictObject({
  /** The program and its words; no shell reads them. */
  command: z.array(z.string().min(1).max(4000)).min(1).max(200),
  format: z.enum(formatNames).optional(),
  /** Names of variables that it gets beside the usual ones. */
  environment: z.array(variable).min(1).max(50).optional(),
  /** How far before its first start it is to read. */
  first: length.optional(),
  /** How far before the newest record a new run begins. */
  overlap: length.optional(),
  ...sourceCommon,
});
export type CommandSource = z.output<typeof commandSource>;

export const defaultOverlap = duration(10_000);

/** The forms of the time from which a run is to read: `${since}`, `${since:s}`. */
export const sinceForms = ['iso', 's', 'ms', 'ago'] as const;
export type SinceForm = (typeof sinceForms)[number];
const sincePlaceholder = /\$\{since(?::([a-z]*))?\}/g;

/** Calls `text` for each placeholder of a word; a form that is not known is left as it stands. */
export function withSince(word: string, text: (form: SinceForm) => string): string {
  return word.replaceAll(sincePlaceholder, (whole, form = 'iso') => {
    const known = sinceForms.find((each) => each === form);
    return known === undefined ? whole : text(known);
  });
}

/** Whether the command is told from when on it is to read. */
export function takesSince({ command }: CommandSource): boolean {
  return command.slice(1).some((word) => withSince(word, () => '') !== word);
}

/** What of it cannot be meant, each with its place. */
export function commandProblems({
  command,
  format,
}: CommandSource): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  const forms = command.flatMap((word, index) =>
    [...word.matchAll(sincePlaceholder)].flatMap(([whole, form = 'iso']) => {
      const path = ['command', index];
      if (index === 0) return [{ path, message: `\`${whole}\` cannot be the program: write it into one of its words` }];
      if (sinceForms.some((each) => each === form)) return [];
      const message = `\`${whole}\` is no form of the time: write \`${since}\`, \`$\{since:s}\`, \`$\{since:ms}\` or \`$\{since:ago}\``;
      return [{ path, message }];
    }),
  );
  if (format !== documentFormat) return forms;
  const message = `a command's output has no end, and a \`${documentFormat}\` file is read as a whole: let it write one record a line`;
  return [...forms, { path: ['format'], message }];
}

export function commandName({ command }: CommandSource): string {
  return command.join(' ');
}

export const commandKeys: Readonly<
  Record<'command' | 'command.*' | 'format' | 'environment' | 'environment.*' | 'first' | 'overlap', KeyDescription>
> = {
  command: {
    description: `A program and its words, whose output is read for as long as it runs, without a shell. A person must have approved exactly it on this machine (\`rampwatch approve\`). It is started again when it ends; \`${since}\` is then the time from which on it is to read, so that nothing is lost.`,
    examples: [
      ['kubectl', 'logs', '-f', 'deploy/upload', `--since-time=${since}`],
      ['ssh', 'app.example.com', 'tail', '-n', '+1', '-F', '/var/log/upload.jsonl'],
      ['journalctl', '-f', '-o', 'json', '-u', 'upload', '--since=@$' + '{since:s}'],
    ],
  },
  'command.*': {
    description: `A word of it. \`${since}\` is a time as \`2026-01-05T10:00:00.000Z\`, \`$\{since:s}\` and \`$\{since:ms}\` count since 1970, \`$\{since:ago}\` is a length up to now, \`42s\`.`,
    examples: ['-f'],
  },
  format: {
    description:
      'How the lines that it writes are read: one JSON object a line unless said, or one of the formats of docs/sources.md.',
    examples: ['journald', 'text'],
  },
  environment: {
    description:
      'Names of variables of the daemon that the command gets, beside PATH, HOME, USER, LANG, TZ and the like.',
    examples: [['KUBECONFIG', 'SSH_AUTH_SOCK']],
  },
  'environment.*': { description: 'The name of a variable.', examples: ['KUBECONFIG'] },
  first: {
    description: `How far before its first start it is to read, by \`${since}\`. Nothing by default.`,
    examples: ['1h'],
  },
  overlap: {
    description: `How far before the newest record a new run begins, by \`${since}\`: what it writes again is known by its content and not counted again. Longer than records come out of order. 10s by default.`,
    examples: ['10s', '1m'],
  },
};
