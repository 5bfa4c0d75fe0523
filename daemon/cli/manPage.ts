import type { Command } from './command.ts';

/** The manual page in the language of man(7), from the same table as the help and the completion. */
export function manPage(commands: readonly Command[], version: string): string {
  return `${[
    `.TH RAMPWATCH 1 "" "rampwatch ${version}" "User Commands"`,
    '.SH NAME',
    'rampwatch \\- watch a gradual rollout, and roll it back',
    '.SH SYNOPSIS',
    '.B rampwatch',
    '.I COMMAND',
    `[${roff('--plan')} ${italic('FILE')}] [${roff('--json')}] \\&...`,
    '.SH DESCRIPTION',
    'Rampwatch watches a gradual rollout behind a feature flag: a daemon reads logs and metrics, judges the gates and triggers',
    'of a plan, and sets the flag, back to 0 % when a trigger fires. These commands do all of it without an editor.',
    '.SH COMMANDS',
    ...commands.flatMap(({ name, arguments: usage, summary }) => [
      '.TP',
      `${bold(name)} ${roff(usage)}`.trimEnd(),
      sentence(summary),
    ]),
    '.SH OPTIONS OF EVERY COMMAND',
    '.TP',
    `${bold('--plan')} ${italic('FILE')}`,
    'The plan; without it the only one, rampwatch.yaml or *.rampwatch.yaml, of this folder or of the nearest one above that has any.',
    '.TP',
    bold('--json'),
    'One JSON document on the standard output, and nothing else there.',
    '.TP',
    bold('--help'),
    'How the command is used.',
    '.SH EXIT STATUS',
    '.TP',
    '.B 0',
    'Done.',
    '.TP',
    '.B 1',
    'Refused or failed, with one line that says why and what to do.',
    '.TP',
    '.B 2',
    'Wrong use.',
    '.SH ENVIRONMENT',
    '.TP',
    bold('RAMPWATCH_STATE_DIRECTORY'),
    'The folder of the state, when it is not to be the usual one of the user.',
    '.TP',
    bold('NO_COLOR'),
    'No colours on a terminal.',
    '.SH FILES',
    '.TP',
    '.I rampwatch.yaml, *.rampwatch.yaml',
    'Plans.',
  ].join('\n')}\n`;
}

function sentence(text: string): string {
  return roff(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
}

function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${roff(text)}\\fR`;
}

/** A text without meaning for roff: a line that begins with a dot or a quote is none of its requests. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '\\&...').replaceAll('’', "'");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
