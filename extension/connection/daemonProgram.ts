import { dirname } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { answerOf, type DaemonProgram, reasonOf, refusalOf, runCommandLine } from './commandLine.ts';

export interface StartedDaemon {
  readonly kind: 'started' | 'joined';
  readonly stateDirectory: string;
}

const startAnswer = z.object({ kind: z.enum(['started', 'joined']), stateDirectory: z.string().min(1) });

/**
 * `rampwatch start`: finds the folder's daemon or starts one, in the process of the folder `beside` where it can, and says where its state is.
 * @throws UserError when the command line refuses (its own line), cannot be run, or does not answer in time.
 */
export async function startDaemon(
  program: DaemonProgram,
  planFile: string,
  beside: string | null = null,
): Promise<StartedDaemon> {
  const words = ['start', '--plan', planFile, ...(beside === null ? [] : ['--beside', beside]), '--json'];
  const outcome = await runCommandLine(program, { words, folder: dirname(planFile) });
  const answer = answerOf(outcome);
  const started = startAnswer.safeParse(answer);
  if (started.success) return started.data;
  const refusal = refusalOf(answer);
  if (refusal !== undefined) throw refusal;
  throw new UserError(
    'daemon-not-started',
    `the daemon could not be started with ${program.node}: ${reasonOf(outcome)}; the setting rampwatch.nodePath names another Node (22.13 or newer)`,
  );
}
