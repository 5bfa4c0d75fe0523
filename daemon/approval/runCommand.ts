import { redactSecrets } from '../protocol/secrets/secrets.ts';
import type { EscalationAnswer } from '../protocol/wire/escalation.ts';
import { type BoundedOutput, type ProgramRun, runProgram } from './runProgram.ts';

export interface CommandRun extends Omit<ProgramRun, 'longest' | 'signal'> {
  /** Values that must not come back in its output. */
  readonly known: readonly string[];
}

/** The number of bytes kept of each of its outputs. */
const longest = 4096;

/** Runs a command of an escalation, whose outputs are told to people. Never throws. */
export async function runCommand({ known, ...run }: CommandRun): Promise<EscalationAnswer> {
  const { exit, failure, stdout, stderr, took } = await runProgram({ ...run, longest });
  const shown = ({ text, dropped }: BoundedOutput): string =>
    redactSecrets(dropped === 0 ? text : `${text}\n[${dropped} more bytes]`, { known }).text;
  return { exit, failure, stdout: shown(stdout), stderr: shown(stderr), took };
}
