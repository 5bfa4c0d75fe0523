import { randomUUID } from 'node:crypto';
import { setFlag } from '../flag/dotenv.ts';
import { loadPlan } from '../plan/load.ts';
import type { Command, CommandKind, CommandOutcome } from '../protocol/rollout.ts';
import { sentence } from '../protocol/sentence.ts';
import { UserError } from '../protocol/userError.ts';
import type { RolloutView } from '../protocol/view.ts';
import type { Client } from '../serve/client.ts';
import { type Call, type ExitCode, textOption } from './command.ts';
import { actor, type CommandWorkspace, commandWorkspace, connectedClient, rolloutOf } from './workspace.ts';

/** The commands of the rollout itself, decided on what the daemon shows at this moment. */
export function actAs(kind: CommandKind): { run(call: Call): Promise<ExitCode> } {
  return { run: (call) => act(kind, call) };
}

async function act(kind: CommandKind, call: Call): Promise<ExitCode> {
  const workspace = commandWorkspace(call);
  const reason = textOption(call, 'reason');
  if (kind === 'acknowledge' && reason === undefined) {
    throw new UserError('reason-needed', 'say why with --reason TEXT: it stays in the journal');
  }
  let client: Client;
  try {
    client = await connectedClient(call, workspace);
  } catch (error) {
    if (kind !== 'rollback') throw error;
    return await rollBackWithoutDaemon(workspace, call, error);
  }
  try {
    const view = rolloutOf(client.view, workspace.plan);
    const command = commandOf(kind, view, reason);
    const outcome = await client.request('command', { rollout: view.rollout, key: randomUUID(), by: actor(), command });
    return report(outcome, client, workspace, call);
  } finally {
    await client.close();
  }
}

function commandOf(kind: CommandKind, { standing }: RolloutView, reason: string | undefined): Command {
  const on = { attempt: standing.attempt, stage: standing.stage, revision: standing.revision };
  switch (kind) {
    case 'rollback':
      return { kind, reason };
    case 'advance':
    case 'hold':
      return { kind, on, reason };
    case 'acknowledge':
      return { kind, on, reason: reason ?? '' };
    case 'begin':
    case 'resume':
      return { kind, on };
  }
}

function report(outcome: CommandOutcome, client: Client, workspace: CommandWorkspace, call: Call): ExitCode {
  if (outcome.kind === 'refused') throw new UserError(outcome.code, outcome.message);
  const view = rolloutOf(client.view, workspace.plan);
  call.output.line(outcome.message);
  call.output.document({ outcome, sentence: sentence(view, Date.now()) });
  return 0;
}

/** The way back stays open when the daemon cannot be started: the flag is set directly, and that is said. */
async function rollBackWithoutDaemon({ plan, root }: CommandWorkspace, call: Call, cause: unknown): Promise<ExitCode> {
  const why = cause instanceof Error ? cause.message : String(cause);
  const { flag } = loadPlan(plan).plan;
  if (flag === undefined) throw cause;
  const report = await setFlag(root, flag, { enabled: false, percent: 0 });
  if (report.kind !== 'verified') {
    throw new UserError('rollback-failed', `${report.detail}; and the daemon cannot be started: ${why}`);
  }
  const message = `${flag.dotenv} is set to 0 % and read back, without the daemon: nothing was journalled and nobody watches the traffic`;
  call.output.line(`${message}.`);
  call.output.note(`rampwatch: the daemon cannot be started: ${why}`);
  call.output.document({ outcome: { kind: 'done', message }, daemon: why });
  return 0;
}
