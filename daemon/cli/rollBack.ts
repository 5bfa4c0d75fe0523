import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { type Client, connectClient } from '../serve/client.ts';
import { readDiscovery } from '../serve/discovery.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { type DirectRollback, rollBackDirectly, tellDirectRollback } from './directRollback.ts';
import { actor, type CommandWorkspace, commandWorkspace, connectedClient, rolloutOf } from './workspace.ts';

/** How long a rollback waits for the flag, in milliseconds; then the flag is set without the daemon. */
const patience = 1000;
const firstLook = 250;
/** How long the daemon is still asked, so that it journals the rollback; a stopped daemon is not asked. */
const longestAnswer = 10_000;

interface Answer {
  readonly client: Client;
  readonly rollout: string;
  readonly outcome: CommandOutcome;
}

type Report = (outcome: CommandOutcome, client: Client, rollout: string, call: Call) => Promise<ExitCode>;

/**
 * Asks the daemon, which is started when none runs. When it does not answer at once the flag is set directly, and the
 * daemon takes that over under the same key. A rollback waits neither for the data nor for a daemon that hangs.
 */
export async function rollBack(call: Call, report: Report): Promise<ExitCode> {
  const key = textOption(call, 'key') ?? randomUUID();
  const directly = () => rollBackDirectly(call, { key, by: actor(), reason: textOption(call, 'reason') });
  if (flagOption(call, 'direct')) return tellDirectRollback(call, await directly(), null);
  const asking = new Asking(call, key);
  let direct: DirectRollback | null = null;
  let answer: Answer;
  try {
    if (!(await asking.isAnswered())) {
      direct = await directly();
      if (asking.isDaemonStopped()) throw new UserError('daemon-silent', 'the daemon of this workspace is stopped');
      if (!(await isSettledWithin(asking.answer, longestAnswer))) {
        throw new UserError('daemon-silent', 'the daemon does not answer; see `rampwatch logs`');
      }
    }
    answer = await asking.answer;
  } catch (error) {
    asking.giveUp();
    if (error instanceof UserError && error.code === 'not-permitted') throw error;
    return tellDirectRollback(call, direct ?? (await directly()), error);
  }
  direct?.forget();
  try {
    return await report(answer.outcome, answer.client, answer.rollout, call);
  } finally {
    await answer.client.close();
  }
}

/** One rollback request to the daemon. */
class Asking {
  readonly answer: Promise<Answer>;
  readonly #call: Call;
  readonly #key: string;
  #directory: string | null = null;
  #client: Client | null = null;

  constructor(call: Call, key: string) {
    this.#call = call;
    this.#key = key;
    this.answer = this.#ask();
    // The caller that awaits it is told; the rejection must not end the process before.
    this.answer.catch(() => undefined);
  }

  async #ask(): Promise<Answer> {
    const workspace = await commandWorkspace(this.#call);
    this.#directory = workspace.directory;
    const client = await this.#connect(workspace);
    this.#client = client;
    const { rollout } = rolloutOf(client.view, workspace.plan);
    const command = { kind: 'rollback', reason: textOption(this.#call, 'reason') } as const;
    const outcome = await client.request('command', { rollout, key: this.#key, by: actor(), command });
    return { client, rollout, outcome };
  }

  async #connect(workspace: CommandWorkspace): Promise<Client> {
    try {
      return await connectClient(workspace.directory, { patience });
    } catch (error) {
      const code = error instanceof UserError ? error.code : '';
      if (code === 'daemon-silent' && !this.isDaemonStopped()) {
        return await connectClient(workspace.directory, { patience: longestAnswer });
      }
      if (code !== 'no-daemon') throw error;
    }
    const { client } = await connectedClient(this.#call, workspace, { within: longestAnswer });
    return client;
  }

  /** `false`: the daemon does not answer in time, or its process is stopped. */
  async isAnswered(): Promise<boolean> {
    if (await isSettledWithin(this.answer, firstLook)) return true;
    return !this.isDaemonStopped() && (await isSettledWithin(this.answer, patience - firstLook));
  }

  /** A process that the system reports as stopped (proc(5)) does not answer before somebody continues it. */
  isDaemonStopped(): boolean {
    try {
      const pid = this.#directory === null ? undefined : readDiscovery(this.#directory)?.pid;
      const [state] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
      return state === 'T' || state === 't';
    } catch {
      return false;
    }
  }

  giveUp(): void {
    this.#client?.abandon();
  }
}

async function isSettledWithin(promise: Promise<unknown>, limit: number): Promise<boolean> {
  const over = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const tooLate = pause(limit, false, { signal: over.signal }).catch(() => false);
  const result = await Promise.race([settled, tooLate]);
  over.abort();
  return result;
}
