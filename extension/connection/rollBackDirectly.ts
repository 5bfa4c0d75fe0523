import * as z from 'zod';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { Actions } from '../commands/actions.ts';
import { answerOf, type DaemonProgram, type RunCommandLine, reasonOf, refusalOf } from './commandLine.ts';

const answer = z.object({ outcome: z.object({ message: z.string() }) });

/** The rollback without a daemon that answers: the command line sets the flag itself, with the stored credentials. */
export function rollBackDirectly(
  run: RunCommandLine,
  program: () => DaemonProgram,
  variablesOf: (folder: string) => Readonly<Record<string, string>>,
): Actions['rollBackDirectly'] {
  return async ({ standing, rollout }, key, reason) => {
    const said = reason === undefined ? [] : ['--reason', reason];
    const words = ['rollback', '--direct', '--json', '--key', key, '--plan', rollout.plan.file, ...said];
    const outcome = await run(program(), { words, folder: standing.folder, variables: variablesOf(standing.folder) });
    const told = answer.safeParse(answerOf(outcome));
    if (told.success) return told.data.outcome.message;
    throw refusalOf(answerOf(outcome)) ?? new UserError('rollback-failed', reasonOf(outcome));
  };
}
