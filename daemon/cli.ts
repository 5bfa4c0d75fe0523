#!/usr/bin/env node
import { parseArgs } from 'node:util';
import type { Command, ExitCode } from './cli/command.ts';
import { commands } from './cli/commands.ts';
import { type Output, processOutput, reportError } from './cli/output.ts';
import { nearest } from './plan/nearest.ts';
import { UserError } from './protocol/domain/userError.ts';
import { plainText } from './protocol/words/plainText.ts';
import { version } from './version.ts';

/** `node:sqlite` without a flag: Node 22.13. */
const oldestNode = [22, 13] as const;

async function main(words: readonly string[], output: Output): Promise<ExitCode> {
  const unsupported = unsupportedNode();
  if (unsupported !== undefined) return wrong(output, 'node-too-old', unsupported, 1);

  const [name, ...rest] = words;
  if (name === undefined) {
    for (const line of help()) output.note(line);
    return 2;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    for (const line of help()) output.line(line);
    output.document({ commands: commands.map((command) => ({ usage: usageOf(command), summary: command.summary })) });
    return 0;
  }
  if (name === '--version' || name === '-v') {
    output.line(version);
    output.document({ version });
    return 0;
  }
  if (name.startsWith('-')) {
    return wrong(
      output,
      'usage',
      `the command comes first: rampwatch COMMAND ${plainText(name)} …; \`rampwatch help\` lists them`,
      2,
    );
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const meant = nearest(
      name,
      commands.map((candidate) => candidate.name),
    );
    const hint = meant === undefined ? '' : `, did you mean \`${meant}\`?`;
    return wrong(output, 'usage', `unknown command \`${plainText(name)}\`${hint}; \`rampwatch help\` lists them`, 2);
  }
  return await runCommand(command, rest, output);
}

async function runCommand(command: Command, words: readonly string[], output: Output): Promise<ExitCode> {
  const usage = `usage: ${usageOf(command)}`;
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        ...command.options,
        plan: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s/);
    return wrong(output, 'usage', `${reason}; ${usage}`, 2);
  }
  if (parsed.values.help === true) {
    output.line(usage);
    output.line(`  ${command.summary}`);
    output.document({ usage: usageOf(command), summary: command.summary });
    return 0;
  }
  const count = parsed.positionals.length;
  // An empty word comes from a variable that was not set.
  const isBlank = parsed.positionals.some((word) => word.trim() === '');
  if (isBlank || count < command.words.least || count > command.words.most) return wrong(output, 'usage', usage, 2);
  try {
    const { run } = await command.load();
    return await run({
      words: parsed.positionals,
      options: parsed.values,
      output,
      folder: presentFolder(),
      environment: process.env,
    });
  } catch (error) {
    return reportError(error, output, process.env);
  }
}

function presentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new UserError('no-folder', 'the folder that you are in was removed: change to another one');
  }
}

function wrong(output: Output, code: string, message: string, exit: 1 | 2): ExitCode {
  if (output.json) output.document({ error: { code, message } });
  else output.note(`rampwatch: ${message}`);
  return exit;
}

function unsupportedNode(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `Node ${oldestMajor}.${oldestMinor} or newer is needed and this is ${process.versions.node}; \`npm i -g node@24\` brings one`;
}

function usageOf({ name, arguments: words }: Command): string {
  return `rampwatch ${name} ${words}`.trimEnd();
}

function help(): readonly string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Rampwatch watches a gradual rollout: rampwatch COMMAND [--plan FILE] [--json]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '`rampwatch COMMAND --help` shows how a command is used. Without --plan it is about the only plan, rampwatch.yaml or',
    '*.rampwatch.yaml, of this folder or of the nearest one above that has any.',
  ];
}

// A reader that has seen enough (`| head`) is not an error. Any other failed write is one: a report sent to a full disk
// does not exist, and the caller goes by the exit code.
let unwritten = false;
process.stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  if (!unwritten) output.note(`rampwatch: the output cannot be written (${code}); check the disk that it goes to`);
  unwritten = true;
  process.exitCode = 1;
});
process.stderr.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
});

const words = process.argv.slice(2);
const output = processOutput(words.includes('--json'));
process.on('uncaughtException', (error) => process.exit(reportError(error, output, process.env)));
const exit = await main(words, output);
process.exitCode = unwritten && exit === 0 ? 1 : exit;
