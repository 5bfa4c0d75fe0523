import { isApproved } from '../../approval/approvals.ts';
import { commandEnvironment } from '../../approval/commandEnvironment.ts';
import { SupervisedProcess, type SupervisedRun } from '../../approval/supervisedProcess.ts';
import { boundUse } from '../../approval/useApproval.ts';
import { type CommandSource, type SinceForm, withSince } from '../../protocol/domain/commandSource.ts';
import { useOfSource } from '../../protocol/domain/plannedUses.ts';
import { isoTime, type WallTime, wallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { plainText } from '../../protocol/words/plainText.ts';
import type { SourceRun } from '../source.ts';

/** How a run is started: as a process of its own, unless a test has another way. */
export type Launch = (run: SupervisedRun) => Pick<SupervisedProcess, 'take' | 'end' | 'errors' | 'close'>;
export const launched: Launch = (run) => new SupervisedProcess(run);

/** A program that may run, with its words and variables. */
export type ApprovedStart = Pick<SupervisedRun, 'program' | 'words' | 'environment'>;

/** In one line, the reason why a command may not run. */
interface NoStart {
  readonly fault: string;
  readonly unapproved: boolean;
}

/**
 * The program of a source's command, or why it may not run.
 * @param since from when on it is to write, where it takes that
 */
export function approvedStart(
  { root, outside }: SourceRun<CommandSource>,
  { index, source }: { readonly index: number; readonly source: CommandSource },
  since: WallTime,
  now: WallTime,
): ApprovedStart | NoStart {
  const use = useOfSource(source, index);
  if (use === null) throw new Error('a command needs an approval');
  try {
    const { sha256, command } = boundUse(outside.rollout, use, root, outside.environment);
    const [word = '', ...words] = source.command;
    if (command?.program == null)
      return {
        fault: `the program ${plainText(word, 100)} is not found: install it, or correct the plan`,
        unapproved: false,
      };
    if (!isApproved(outside.directory, sha256)) {
      return {
        fault: 'nobody has approved this command on this machine: look at it with `rampwatch approve`',
        unapproved: true,
      };
    }
    return {
      program: command.program,
      words: words.map((each) => withSince(each, (form) => sinceText(form, since, now))),
      environment: commandEnvironment(outside, root, source.environment),
    };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message, unapproved: false };
    throw error;
  }
}

function sinceText(form: SinceForm, since: WallTime, now: WallTime): string {
  switch (form) {
    case 'iso':
      return isoTime(wallTime(Math.floor(since)));
    case 's':
      return String(Math.floor(since / 1000));
    case 'ms':
      return String(Math.floor(since));
    case 'ago':
      return `${Math.ceil((now - since) / 1000)}s`;
  }
}
