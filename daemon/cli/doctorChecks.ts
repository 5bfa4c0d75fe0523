import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { targetOf } from '../flag/kinds.ts';
import { unapprovedMessage } from '../message/sendMessage.ts';
import { findPlans, loadPlan } from '../plan/load.ts';
import { askedCredentials } from '../protocol/domain/askedCredentials.ts';
import { placeName } from '../protocol/domain/credentialText.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { flagFiles } from '../protocol/domain/flagKinds.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { RolloutView, WorkspaceView } from '../protocol/wire/view.ts';
import { driftText } from '../protocol/words/driftText.ts';
import { english } from '../protocol/words/factWords.ts';
import { type Client, connectClient } from '../serve/client.ts';
import { claimHolderOf } from '../serve/workspaceClaim.ts';
import { stateDirectory } from '../store/stateDirectory.ts';
import { version } from '../version.ts';
import type { Call } from './command.ts';
import { type Check, doubtful, fine, wrong } from './doctorCheck.ts';
import { kindOf, logChecks } from './doctorFiles.ts';
import {
  clockChecks,
  clockTolerance,
  editorChecks,
  isFull,
  lengthText,
  stateChecks,
  watchChecks,
} from './doctorMachine.ts';
import { choosePlan } from './planOption.ts';

export async function checkWorkspace(call: Call): Promise<readonly Check[]> {
  const choice = choosePlan(call);
  const { folder } = choice;
  const plans = choice.kind === 'one' ? [choice.file] : findPlans(folder);
  const loaded = plans.flatMap((file) => planOf(file));
  const directory = directoryOf(folder, call);
  const { client, checks: daemon } = await daemonChecks(folder, typeof directory === 'string' ? directory : null);
  try {
    return [
      fine(
        'Version',
        `Rampwatch ${version}, Node ${process.versions.node}, SQLite ${process.versions.sqlite ?? 'none'}`,
      ),
      ...editorChecks(call.environment),
      ...(plans.length === 0 ? [wrong('Plan', 'no plan here or in a folder above', noPlan)] : loaded.map(planCheck)),
      ...(typeof directory === 'string' ? stateChecks(directory, call.environment) : [directory]),
      ...daemon,
      ...(client === null ? [] : await connectionChecks(client)),
      ...clockChecks(client?.view ?? null, Date.now()),
      ...watchChecks(folder),
      ...(client?.view?.rollouts.flatMap((rollout) => sourceChecks(rollout, Date.now())) ??
        loaded.flatMap(({ plan }) => (plan instanceof UserError ? [] : logChecks(plan)))),
      ...loaded.flatMap(({ plan }) =>
        plan instanceof UserError || typeof directory !== 'string'
          ? []
          : messageChecks(plan, { directory, environment: call.environment }, client?.view ?? null),
      ),
      ...(await flagChecks(loaded, typeof directory === 'string' ? directory : null, call.environment, client)),
    ];
  } finally {
    await client?.close();
  }
}

const noPlan = 'Write one with `rampwatch init METRICS` or `rampwatch import GUIDE.md`.';

type Read = { readonly file: string; readonly plan: LoadedPlan | UserError };

function planOf(file: string): readonly Read[] {
  try {
    return [{ file, plan: loadPlan(file) }];
  } catch (error) {
    if (error instanceof UserError) return [{ file, plan: error }];
    throw error;
  }
}

/** A UserError says what is wrong and what to do in one line. */
function planCheck({ file, plan }: Read): Check {
  if (plan instanceof UserError) return wrong('Plan', plan.message, null);
  const { stages, sources } = plan.plan;
  return fine('Plan', `${basename(file)}: ${stages.length} stages, ${sources.length} sources`);
}

/** The state directory, or why there can be none. */
function directoryOf(folder: string, call: Call): string | Check {
  try {
    return stateDirectory(folder, call.environment);
  } catch (error) {
    if (error instanceof UserError) return wrong('State', error.message, null);
    throw error;
  }
}

/** The daemon that watches the folder, and a connection to it where there can be one. */
async function daemonChecks(
  folder: string,
  directory: string | null,
): Promise<{ readonly client: Client | null; readonly checks: readonly Check[] }> {
  const holder = await claimHolderOf(folder);
  const elsewhere = holder !== null && holder.stateDirectory !== directory;
  try {
    if (directory === null) throw new UserError('no-daemon', 'its state directory cannot be used');
    const client = await connectClient(directory);
    const { discovery } = client;
    const told = `process ${discovery.pid}, version ${discovery.version}, on port ${discovery.port}`;
    if (discovery.version === version) return { client, checks: [fine('Daemon', told)] };
    const remedy = 'Stop it with `rampwatch stop` and start again, so that both are of one version.';
    return { client, checks: [doubtful('Daemon', `${told}; this is version ${version}`, remedy)] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (elsewhere) {
      const finding = `process ${holder.pid} of ${holder.user} watches this folder with its state in ${holder.stateDirectory}`;
      return {
        client: null,
        checks: [wrong('Daemon', finding, 'Use that state directory, or end that daemon first.')],
      };
    }
    if (error.code !== 'no-daemon') return { client: null, checks: [wrong('Daemon', error.message, null)] };
    const finding = 'none runs: nothing is judged, and no trigger rolls back';
    return { client: null, checks: [doubtful('Daemon', finding, 'Start it with `rampwatch start`.')] };
  }
}

async function connectionChecks(client: Client): Promise<readonly Check[]> {
  const { clients, now } = await client.request('ping', {});
  const others = (clients ?? 1) - 1;
  const apart = Math.abs(now - Date.now());
  const descriptors = descriptorsOf(client.discovery.pid);
  return [
    fine('Connections', others === 0 ? 'no editor is connected' : `${others} beside this one, such as editors`),
    ...(apart <= clockTolerance ? [] : [wrong('Clock', `the daemon's clock is ${lengthText(apart)} off`, null)]),
    ...(descriptors === null || descriptors.open < descriptors.limit * 0.8
      ? []
      : [
          doubtful(
            'Descriptors',
            `the daemon has ${descriptors.open} of at most ${descriptors.limit} files open`,
            'Raise the limit (`ulimit -n`) where the daemon is started, or narrow the globs of the sources.',
          ),
        ]),
    ...(client.view?.faults ?? []).map((fault) => wrong('Daemon', fault, null)),
  ];
}

/** The open files of a process on Linux; `null` elsewhere, and where they may not be seen. */
function descriptorsOf(pid: number): { readonly open: number; readonly limit: number } | null {
  try {
    const open = readdirSync(`/proc/${pid}/fd`).length;
    const limit = /Max open files\s+(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
    return limit === undefined ? null : { open, limit: Number(limit) };
  } catch {
    return null;
  }
}

function sourceChecks({ sources }: RolloutView, now: number): readonly Check[] {
  return sources.map(({ glob, health, arrived, fresh, limit, needed }) => {
    const age = arrived === null ? 'no record yet' : `newest record came ${lengthText(Math.max(0, now - arrived))} ago`;
    if (health.state === 'error') return wrong('Source', `${glob}: ${health.detail ?? 'it cannot be read'}`, null);
    if (health.state === 'degraded')
      return doubtful('Source', `${glob}: ${health.detail ?? age}`, 'See `rampwatch journal`.');
    if (health.state === 'waiting') {
      return doubtful(
        'Source',
        `${glob}: ${health.detail ?? 'no such file yet'}`,
        "Check the path in the plan's `sources`.",
      );
    }
    if (fresh || !needed) return fine('Source', `${glob}: ${age}`);
    return doubtful(
      'Source',
      `${glob}: ${age}, and ${lengthText(limit)} is the limit`,
      'Is the application running and writing?',
    );
  });
}

/** The credentials that the daemon has and this command has not; none where it may not be asked. */
async function credentialsFromEditor(client: Client | null): Promise<ReadonlySet<string>> {
  try {
    const { asked } = (await client?.request('credentials', {})) ?? { asked: [] };
    return new Set(asked.flatMap(({ place, source, refused }) => (source === 'editor' && !refused ? [place] : [])));
  } catch (error) {
    if (error instanceof UserError) return new Set();
    throw error;
  }
}

async function flagChecks(
  loaded: readonly Read[],
  directory: string | null,
  environment: NodeJS.ProcessEnv,
  client: Client | null,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const fromEditor = await credentialsFromEditor(client);
  for (const { plan } of loaded) {
    if (plan instanceof UserError) continue;
    const target = targetOf(plan, { directory, environment });
    if (target === null) {
      checks.push(fine('Flag', `${basename(plan.file)} names none: a person sets it`));
      continue;
    }
    const obstacle = target.obstacle?.() ?? null;
    if (obstacle !== null) {
      checks.push(wrong('Flag', obstacle, 'Approve it: without that no stage begins.'));
      continue;
    }
    const { values, reading, fault } = await target.look();
    const held = askedCredentials(plan.plan).find(({ place, uses }) => uses.includes('flag') && fromEditor.has(place));
    if (fault !== undefined && held !== undefined) {
      const name = placeName(held.place);
      checks.push(fine('Flag', `${target.name} is looked at by the daemon, which has ${name} from an editor`));
      continue;
    }
    if (fault !== undefined) {
      checks.push(
        wrong('Flag', `${target.name} cannot be read: ${fault}`, 'Mend it: without that no rollback is possible.'),
      );
      continue;
    }
    const told = Object.entries(values).map(([key, value]) => (value === null ? `${key} unset` : `${key}=${value}`));
    const drift = driftOf(plan, client);
    const finding = `${target.name}: ${told.join(', ')}; ${reading.detail}`;
    const files = plan.plan.flag === undefined ? [] : flagFiles(plan.plan.flag);
    const odd = files.map(({ path }) => join(plan.root, path)).find((file) => kindOf(file) === 'other');
    if (odd !== undefined) {
      const finding = `${odd} is no regular file, so that the flag cannot be read or set`;
      checks.push(wrong('Flag', finding, 'Put the file there: without it no rollback is possible.'));
      continue;
    }
    const locked = files.map(({ path }) => join(plan.root, path)).find((file) => existsSync(file) && !mayReplace(file));
    if (locked !== undefined)
      checks.push(
        wrong(
          'Flag',
          `${locked} may not be written by this user`,
          'Give this user the right: without it no rollback is possible.',
        ),
      );
    else if (files.some(({ path }) => isFull(dirname(join(plan.root, path)))))
      checks.push(
        wrong(
          'Flag',
          `the disk of ${target.name} is full`,
          'Free some space there: without it no rollback is possible.',
        ),
      );
    else if (drift !== undefined)
      checks.push(doubtful('Flag', drift, 'Put it back (`rampwatch restore`), or roll back.'));
    else if (reading.kind === 'off' || reading.kind === 'exposing') checks.push(fine('Flag', finding));
    else checks.push(doubtful('Flag', finding, 'Set it by hand to what is meant, or roll back.'));
  }
  return checks;
}

/** The line on a flag that somebody else has set, another home of the same rollout too. */
function driftOf({ plan }: LoadedPlan, client: Client | null): string | undefined {
  const view = client?.view?.rollouts.find(({ rollout }) => rollout === plan.id);
  const { flag } = view ?? {};
  if (view === undefined || flag == null) return undefined;
  const undone = flag.effect?.progress === 'written' || flag.effect?.progress === 'failed' ? flag.effect.detail : null;
  return driftText(view, english) ?? undone ?? undefined;
}

/** Each target of messages: whether a person has approved it, and whether the daemon reaches it. */
function messageChecks(
  { plan, root }: LoadedPlan,
  machine: { readonly directory: string; readonly environment: NodeJS.ProcessEnv },
  view: WorkspaceView | null,
): readonly Check[] {
  const health = view?.rollouts.find(({ rollout }) => rollout === plan.id)?.standing.health;
  return plan.messages.map((target, index) => {
    const name = `messages[${index}] (${target.to})`;
    const detail = unapprovedMessage(target, index, { rollout: plan.id, root, ...machine });
    if (detail !== null) return wrong('Messages', detail, null);
    if (health !== undefined && 'detail' in health && health.detail.startsWith(`${name}: `))
      return doubtful('Messages', health.detail, 'See `rampwatch logs`.');
    return fine('Messages', `${name}: approved`);
  });
}

/** A file is replaced by another of the same name, so its folder counts too. */
function mayReplace(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    accessSync(dirname(file), constants.W_OK);
    return true;
  } catch (error) {
    return errorCode(error) === 'ENOENT';
  }
}
