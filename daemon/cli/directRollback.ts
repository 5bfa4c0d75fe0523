import { basename, join } from 'node:path';
import { targetOf } from '../flag/kinds.ts';
import { keptPlans } from '../live/keptPlans.ts';
import { loadPlan, parsePlan } from '../plan/load.ts';
import { actuatedBy } from '../protocol/domain/flagKinds.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type AskedRollback, askRollback, forgetRollback } from '../store/askedRollback.ts';
import { knownStateDirectory, stateDirectory } from '../store/stateDirectory.ts';
import type { Call, ExitCode } from './command.ts';
import { choosePlan } from './planOption.ts';

/** The result of a rollback without the daemon. */
export interface DirectRollback {
  readonly set: readonly string[];
  readonly failed: readonly string[];
  /** The daemon finds the request and takes it over when it answers again. */
  readonly isNoted: boolean;
  /** The daemon has done it under the same key. */
  forget(): void;
}

/**
 * A rollback stays possible when the daemon cannot be started or does not answer: the flag is set directly. The request
 * is stored first, so that a daemon that wakes up at this very moment does not set the flag forward again.
 */
export async function rollBackDirectly(call: Call, said: Omit<AskedRollback, 'rollout'>): Promise<DirectRollback> {
  const set: string[] = [];
  const failed: string[] = [];
  const noted: AskedRollback[] = [];
  const folder = folderOf(call);
  const directory = stateOf(call, folder);
  const machine = { directory: trusted(() => stateDirectory(folder, call.environment)), environment: call.environment };
  for (const { plan, root, said: by } of plansInForce(call)) {
    const target = targetOf({ plan, root }, machine);
    if (target === null) continue;
    const asked = { ...said, rollout: plan.id };
    if (directory !== null && note(directory, asked)) noted.push(asked);
    const report = await target.set({ enabled: false, percent: 0 }, { direction: 'back' });
    if (report.kind === 'verified') set.push(`${target.name} is set to 0 % and read back${by}`);
    else failed.push(`${report.detail}${by}`);
  }
  return {
    set,
    failed,
    isNoted: noted.length > 0,
    forget() {
      for (const asked of noted) if (directory !== null) forgetRollback(directory, asked);
    },
  };
}

/**
 * @param cause why the daemon was not asked; `null` when a person chose so.
 * @throws `cause` when there was no flag to set, and when it could not be set
 */
export function tellDirectRollback(call: Call, direct: DirectRollback, cause: unknown): ExitCode {
  const why = cause instanceof Error ? cause.message : String(cause);
  const { set, failed, isNoted } = direct;
  if (failed.length > 0) {
    const asked = cause === null ? '' : `; and the daemon cannot be asked: ${why}`;
    throw new UserError('rollback-failed', `${failed.join('; ')}${asked}`);
  }
  if (set.length === 0) throw cause ?? new UserError('no-flag', 'the plan names no flag: set it by hand');
  const next = isNoted
    ? 'nothing is journalled and nobody watches the traffic until the daemon answers and takes it over'
    : 'nothing is journalled and nobody watches the traffic; run `rampwatch rollback` again when the daemon answers';
  const message = `${set.join('; ')}, without the daemon: ${next}`;
  call.output.line(`${message}.`);
  if (cause !== null) call.output.note(`rampwatch: the daemon cannot be asked: ${plainText(why)}`);
  call.output.document({ outcome: { kind: 'done', message }, daemon: cause === null ? null : why });
  return 0;
}

function note(directory: string, asked: AskedRollback): boolean {
  try {
    askRollback(directory, asked);
    return true;
  } catch {
    // The flag is set all the same; only the daemon does not learn of it.
    return false;
  }
}

function folderOf(call: Call): string {
  return choosePlan(call).folder;
}

interface PlanInForce extends Pick<LoadedPlan, 'plan' | 'root'> {
  /** The origin of the plan, when that is not the file as it is now. */
  readonly said: string;
}

/**
 * The plan as its file says it, and the plan that the daemon last used. Only the latter while the file is broken or
 * gone. Both when they name different flags: an edit that the daemon has not taken yet moves no user.
 * @throws UserError why there is none
 */
function plansInForce(call: Call): readonly PlanInForce[] {
  const choice = choosePlan(call);
  if (choice.kind === 'several') throw choice.error;
  const kept = lastGoodPlans(call, choice.folder);
  if (choice.kind === 'none') {
    const named =
      choice.file === null ? kept : kept.filter(({ file }) => basename(file) === basename(choice.file ?? ''));
    const [only] = named;
    if (only === undefined) throw choice.error;
    if (named.length === 1) return [asLastSaid(only)];
    const names = named.map(({ file }) => basename(file)).join(', ');
    throw new UserError('several-plans', `there are ${named.length} rollouts (${names}): choose one with --plan FILE`);
  }
  const last = kept.find(({ file }) => basename(file) === basename(choice.file));
  try {
    const now = loadPlan(choice.file);
    const isOther = last !== undefined && actuatedBy(last.plan.flag) !== actuatedBy(now.plan.flag);
    return [{ ...now, said: '' }, ...(isOther ? [asLastSaid(last)] : [])];
  } catch (error) {
    if (last === undefined || !(error instanceof UserError)) throw error;
    return [asLastSaid(last)];
  }
}

function asLastSaid(loaded: LoadedPlan): PlanInForce {
  return { ...loaded, said: `, by the last good text of ${plainText(basename(loaded.file))}` };
}

function lastGoodPlans(call: Call, folder: string): readonly LoadedPlan[] {
  return [...keptPlans(stateOf(call, folder) ?? '')].flatMap(([name, text]) => {
    const parsed = parsePlan(text, join(folder, basename(name)));
    return parsed.kind === 'plan' ? [parsed.loaded] : [];
  });
}

function stateOf(call: Call, folder: string): string | null {
  return trusted(() => knownStateDirectory(folder, call.environment));
}

/** An untrusted or unreachable state directory is not used. */
function trusted(directory: () => string | null): string | null {
  try {
    return directory();
  } catch {
    return null;
  }
}
