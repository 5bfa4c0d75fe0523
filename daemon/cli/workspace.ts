import { userInfo } from 'node:os';
import { basename, dirname } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import type { RolloutView, WorkspaceView } from '../protocol/view.ts';
import { type Client, connectClient } from '../serve/client.ts';
import { type Launched, startOrJoin } from '../serve/launch.ts';
import { stateDirectory } from '../store/stateDirectory.ts';
import type { Call } from './command.ts';
import { planFile } from './planOption.ts';

/** The workspace that a command is about: the plan's folder and its private state. */
export interface CommandWorkspace {
  readonly plan: string;
  readonly root: string;
  readonly directory: string;
}

export function commandWorkspace(call: Call): CommandWorkspace {
  const plan = planFile(call);
  const root = dirname(plan);
  return { plan, root, directory: stateDirectory(root, call.environment) };
}

/** The workspace's daemon, started when none runs. */
export function ensureDaemon(call: Call, { plan, root, directory }: CommandWorkspace): Promise<Launched> {
  const program = process.argv[1];
  if (program === undefined)
    throw new UserError('no-cli', 'the daemon can only be started through the rampwatch command');
  return startOrJoin({
    directory,
    command: [process.execPath, program, 'watch', '--background', '--plan', plan],
    workingDirectory: root,
    environment: call.environment,
  });
}

export async function connectedClient(call: Call, workspace: CommandWorkspace): Promise<Client> {
  await ensureDaemon(call, workspace);
  return await connectClient(workspace.directory, { waitFor: 5000 });
}

/** The rollout of the plan file, as the daemon shows it. */
export function rolloutOf(view: WorkspaceView | null, plan: string): RolloutView {
  const found = view?.rollouts.find((rollout) => rollout.plan.file === plan);
  if (found !== undefined) return found;
  const problem = view?.problems.find(({ file }) => file === plan);
  if (problem !== undefined) throw new UserError('plan-invalid', problem.message);
  throw new UserError(
    'plan-not-watched',
    `the daemon does not watch ${basename(plan)}: stop it with \`rampwatch stop\` and start again`,
  );
}

/** Who asks, for the journal. */
export function actor(): string {
  try {
    return userInfo().username;
  } catch {
    return 'someone';
  }
}
