import { spawn } from 'node:child_process';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import * as z from 'zod';
import type { AgentPorts, RunOptions } from '../agent/agentPorts.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { pathWithin } from '../protocol/domain/pathWithin.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { WorkspaceView } from '../protocol/wire/view.ts';
import { type Call, textOption } from './command.ts';
import { choosePlan } from './planOption.ts';
import { agentVariable } from './workspace.ts';

/** A replay of a large recording takes its time; nobody waits longer for an answer. */
const longestRun = 120_000;
const longestOutput = 32 * 1024 * 1024;
const refused = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * Every answer is that of a command of the command line, in a process of its own: what an assistant is told is what a
 * person would see, and a command that fails or hangs ends alone.
 */
export function agentPorts(call: Call, version: string): AgentPorts {
  const plan = textOption(call, 'plan');
  const ofPlan = plan === undefined ? [] : [`--plan=${resolve(call.folder, plan)}`];
  const run = (words: readonly string[], options: RunOptions = {}) => runCommand(call, words, options);
  return {
    version,
    now: () => Date.now(),
    // Our own command has checked what the daemon said.
    view: async () => JSON.parse(await run(['status', ...ofPlan])) as WorkspaceView,
    run: (words, options) =>
      run(words.some((word) => word.startsWith('--plan=')) ? words : [...words, ...ofPlan], options),
    text: (file) => readFile(file, 'utf8'),
    inside: (path) => inside(call, path),
  };
}

/** @throws UserError when the path leads out of the workspace, also by a symbolic link. */
async function inside(call: Call, path: string): Promise<string> {
  const choice = choosePlan(call);
  const root = await realpath(
    choice.kind === 'none' ? (choice.file === null ? call.folder : dirname(choice.file)) : choice.folder,
  );
  const file = resolve(root, path);
  const real = await realpath(file).catch((error: unknown) => {
    throw new UserError('no-file', `${path} is not there (${errorCode(error) ?? 'unknown'})`);
  });
  if (pathWithin(root, real, sep) === null) {
    throw new UserError('outside', `${path} lies outside the workspace: an assistant reads only files inside it`);
  }
  return real;
}

function runCommand(call: Call, words: readonly string[], { input, through }: RunOptions): Promise<string> {
  const program = process.argv[1];
  if (program === undefined) throw new UserError('no-cli', 'the assistant is served only by the rampwatch command');
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, ...words, '--json'], {
      cwd: call.folder,
      env: { ...call.environment, ...(through !== undefined && { [agentVariable]: through }) },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    let length = 0;
    const late = setTimeout(() => child.kill('SIGKILL'), longestRun);
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > longestOutput) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.once('error', (error) => fail(new UserError('no-command', `the command cannot be run: ${error.message}`)));
    child.once('close', (exit, signal) => {
      clearTimeout(late);
      const text = Buffer.concat(chunks).toString('utf8');
      if (signal !== null) {
        fail(
          new UserError('too-long', `\`rampwatch ${words[0] ?? ''}\` took too long or said too much, and was ended`),
        );
        return;
      }
      const error = exit === 0 ? undefined : refusalOf(text);
      if (error !== undefined) fail(error);
      else if (text === '')
        fail(new UserError('no-answer', `\`rampwatch ${words[0] ?? ''}\` gave no answer (exit ${exit})`));
      else done(text);
    });
  });
}

/** A failing exit may also come with findings, as those of `lint`: they are the answer. */
function refusalOf(text: string): UserError | undefined {
  try {
    const { error } = refused.parse(JSON.parse(text));
    return new UserError(error.code, error.message);
  } catch {
    return undefined;
  }
}
