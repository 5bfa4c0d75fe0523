import { randomUUID } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { environmentDigest } from '../daemonProcess.ts';
import { findPlans, loadPlan } from '../plan/load.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { RolloutView, WorkspaceView } from '../protocol/wire/view.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type Client, connectClient } from '../serve/client.ts';
import { readDiscovery } from '../serve/discovery.ts';
import { type Launched, startOrJoin } from '../serve/launch.ts';
import { claimHolderOf, otherDaemon } from '../serve/workspaceClaim.ts';
import { knownStateDirectory, stateDirectory } from '../store/stateDirectory.ts';
import { version } from '../version.ts';
import type { Call, ExitCode } from './command.ts';
import { choosePlan } from './planOption.ts';

/** The workspace that a command is about: the plans' folder and its private state. */
export interface CommandWorkspace {
  /** `null`: the command is about all of several plans, or the only plan is gone. */
  readonly plan: string | null;
  readonly root: string;
  readonly directory: string;
}

/** The workspace of the one plan that a command is about. The plan may be gone, because its rollout outlives it. */
export function commandWorkspace(call: Call): Promise<CommandWorkspace> {
  const choice = choosePlan(call);
  if (choice.kind === 'several') return Promise.reject(choice.error);
  return folderWorkspace(call);
}

/**
 * For a command about the daemon, not about one of its rollouts. A daemon that watches the folder with its state
 * elsewhere (another home directory) is the one meant: two daemons never act on one flag.
 */
export async function folderWorkspace(call: Call): Promise<CommandWorkspace> {
  const own = ownWorkspace(call);
  if (isAlive(readDiscovery(own.directory)?.pid)) return own;
  const holder = await claimHolderOf(own.root);
  if (holder === null || holder.stateDirectory === own.directory) return own;
  if (!mayUse(holder.stateDirectory)) throw otherDaemon(holder);
  call.output.note(`rampwatch: the daemon of this folder keeps its state in ${holder.stateDirectory}`);
  return { ...own, directory: holder.stateDirectory };
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** The token is readable by this user and by nobody else. */
function mayUse(directory: string): boolean {
  try {
    return readDiscovery(directory) !== null;
  } catch {
    return false;
  }
}

/** The workspace with the state that this environment names, whoever watches it. */
export function ownWorkspace(call: Call): CommandWorkspace {
  const choice = choosePlan(call);
  if (choice.kind !== 'none') {
    const plan = choice.kind === 'one' ? choice.file : null;
    return { plan, root: choice.folder, directory: stateDirectory(choice.folder, call.environment) };
  }
  const directory = knownStateDirectory(choice.folder, call.environment);
  if (directory === null) throw choice.error;
  const root = realpathSync(choice.folder);
  return { plan: choice.file === null ? null : join(root, basename(choice.file)), root, directory };
}

/** A plan whose name the folder's search would not find. */
export function plansBeside({ root, plan }: CommandWorkspace): readonly string[] {
  return plan === null || findPlans(root).includes(plan) ? [] : [plan];
}

interface StartOptions {
  /** How long to wait for the daemon, in milliseconds. */
  readonly within?: number;
  /** A folder whose daemon's process takes this workspace in as well, where it can. */
  readonly beside?: string | undefined;
}

/** The workspace's daemon, started when none runs. */
async function ensureDaemon(
  call: Call,
  workspace: CommandWorkspace,
  { within, beside }: StartOptions,
): Promise<Pick<Launched, 'kind'>> {
  const { plan, root, directory } = workspace;
  if (beside !== undefined && (await isWatchedBeside(call, workspace, beside))) return { kind: 'started' };
  const program = process.argv[1];
  if (program === undefined)
    throw new UserError('no-cli', 'the daemon can only be started through the rampwatch command');
  return startOrJoin({
    directory,
    command: [
      process.execPath,
      youngSpace,
      program,
      'watch',
      '--background',
      ...(plan === null ? [] : ['--plan', plan]),
    ],
    workingDirectory: root,
    environment: call.environment,
    ...(within !== undefined && { within }),
  });
}

/**
 * True when the process of that folder's daemon has begun to watch the workspace. Whatever stands against it (no such
 * daemon, another version, other variables, a daemon of the workspace that runs already) leaves it to a process of its
 * own, which has the words for what is wrong.
 */
async function isWatchedBeside(call: Call, workspace: CommandWorkspace, beside: string): Promise<boolean> {
  const neighbour = knownStateDirectory(resolve(call.folder, beside), call.environment);
  if (neighbour === null || neighbour === workspace.directory) return false;
  if (readDiscovery(neighbour)?.version !== version) return false;
  try {
    const client = await connectClient(neighbour, { follow: false });
    try {
      const environment = environmentDigest(call.environment);
      const answer = await client.request('watchFolder', {
        root: workspace.root,
        plans: [...plansBeside(workspace)],
        environment,
      });
      return answer.kind === 'watching';
    } finally {
      await client.close();
    }
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/**
 * The heap's space for what is young, in MiB. V8's own limit lets it grow by a hundred megabytes while a backlog is read,
 * and saves no time.
 */
const youngSpace = '--max-semi-space-size=16';

/** A client of the workspace's daemon, which is started when none runs. */
export async function connectedClient(
  call: Call,
  workspace: CommandWorkspace,
  options: StartOptions = {},
): Promise<{ readonly client: Client; readonly kind: Launched['kind'] }> {
  const { kind } = await ensureDaemon(call, workspace, options);
  const client = await connectClient(workspace.directory, { waitFor: 5000 });
  if (client.view === null || client.view.rollouts.length > 0) return { client, kind };
  const nothing = nothingToWatch(client.view, workspace);
  // A daemon without work would only stay until its idle time ends.
  if (kind === 'started') await client.request('shutdown', { force: false });
  await client.close();
  throw nothing;
}

/** The fields that every request about a rollout carries. */
interface Asked {
  readonly rollout: string;
  readonly key: string;
  readonly by: string;
}

/**
 * Sends one request about the command's rollout and returns its outcome.
 * @throws UserError as the outcome has it, when it is refused
 */
export async function askDaemon(
  call: Call,
  request: (client: Client, asked: Asked) => Promise<CommandOutcome>,
): Promise<ExitCode> {
  const workspace = await commandWorkspace(call);
  const { client } = await connectedClient(call, workspace);
  try {
    const { rollout } = rolloutOf(client.view, workspace.plan);
    const outcome = await request(client, { rollout, key: randomUUID(), by: actor() });
    if (outcome.kind === 'refused') throw new UserError(outcome.code, outcome.message);
    call.output.line(outcome.message);
    call.output.document({ outcome });
    return 0;
  } finally {
    await client.close();
  }
}

/** Why a workspace has no rollout at all. */
export function nothingToWatch(view: WorkspaceView, { plan }: CommandWorkspace): UserError {
  try {
    if (plan !== null) loadPlan(plan);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  const [first] = view.problems;
  if (first !== undefined) return new UserError('plan-invalid', first.message);
  return new UserError(
    'no-plan',
    'no rampwatch.yaml or *.rampwatch.yaml here, and no rollout is under way: write one with `rampwatch init METRICS` or `rampwatch import GUIDE.md`',
  );
}

/** The rollout of the plan file, as the daemon shows it. */
export function rolloutOf(view: WorkspaceView | null, plan: string | null): RolloutView {
  const rollouts = view?.rollouts ?? [];
  const [only] = rollouts;
  if (plan === null && only !== undefined) {
    if (rollouts.length === 1) return only;
    const names = rollouts.map(({ plan: { file } }) => basename(file)).join(', ');
    throw new UserError(
      'several-plans',
      `there are ${rollouts.length} rollouts (${names}): choose one with --plan FILE`,
    );
  }
  const found = rollouts.find((rollout) => rollout.plan.file === plan);
  if (found !== undefined) return found;
  const problem = view?.problems.find(({ file }) => file === plan);
  if (problem !== undefined) throw new UserError('plan-invalid', problem.message);
  if (plan !== null && !existsSync(plan)) {
    throw new UserError('no-plan', `${basename(plan)}: there is no such plan; check the path after --plan`);
  }
  throw new UserError(
    'plan-not-watched',
    `the daemon does not watch ${basename(plan ?? '')}: stop it with \`rampwatch stop\` and start again`,
  );
}

/** The name of the person, for the journal; and of the assistant through which the person acted. */
export function actor(): string {
  const through = process.env[agentVariable];
  return through === undefined ? person() : `${person()} through ${plainText(through, 60)}`;
}

/** Set for the commands that an assistant runs for a person: its name. */
export const agentVariable = 'RAMPWATCH_AGENT';

function person(): string {
  try {
    return userInfo().username;
  } catch {
    return 'someone';
  }
}
