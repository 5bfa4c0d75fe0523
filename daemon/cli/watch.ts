import { join } from 'node:path';
import { startDaemon } from '../daemon.ts';
import { fileLog } from '../log.ts';
import { findPlans, loadPlan } from '../plan/load.ts';
import { parseDuration } from '../protocol/duration.ts';
import { type Duration, duration } from '../protocol/units.ts';
import { UserError } from '../protocol/userError.ts';
import { reportStart } from '../serve/startReport.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { liveStatus } from './liveStatus.ts';
import { logName } from './logs.ts';
import { type CommandWorkspace, commandWorkspace } from './workspace.ts';

const defaultIdle = duration(10 * 60_000);

/** The daemon itself. In the foreground it shows live status and stays; in the background it ends when nobody needs it. */
export async function run(call: Call): Promise<ExitCode> {
  // VS Code starts it on its own Node; what the daemon starts must not inherit that.
  delete process.env.ELECTRON_RUN_AS_NODE;
  const background = flagOption(call, 'background');
  try {
    return await watch(call, background);
  } catch (error) {
    await reportStart(error);
    throw error;
  }
}

async function watch(call: Call, background: boolean): Promise<ExitCode> {
  const workspace = commandWorkspace(call);
  // In the foreground a person is there to mend the plan; in the background the other plans are watched all the same.
  if (!background) loadPlan(workspace.plan);
  const log = fileLog(join(workspace.directory, logName));
  const status = background ? null : liveStatus(call.output, Date.now);
  process.on('uncaughtException', (error) => {
    log.error(`internal error: ${error.stack ?? error.message}`);
    process.exit(1);
  });
  const daemon = await startDaemon({
    root: workspace.root,
    directory: workspace.directory,
    plans: plansBeside(workspace),
    ...portOption(call),
    idle: idleOption(call, background),
    log,
    ...(status !== null && { onView: (view) => status.show(view) }),
  });
  log.info(`watching ${workspace.root} on port ${daemon.port}`);
  await reportStart(null);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void daemon.stop());
  await daemon.finished;
  status?.end();
  log.info('ended');
  return 0;
}

/** A plan whose name the folder's search would not find. */
function plansBeside({ root, plan }: CommandWorkspace): readonly string[] {
  return findPlans(root).includes(plan) ? [] : [plan];
}

function portOption(call: Call): { port?: number } {
  const text = textOption(call, 'port');
  if (text === undefined) return {};
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UserError('usage', '--port takes a number from 1 to 65535');
  return { port };
}

function idleOption(call: Call, background: boolean): Duration | null {
  const text = textOption(call, 'idle');
  if (text === undefined) return background ? defaultIdle : null;
  const length = parseDuration(text);
  if (length === undefined) throw new UserError('usage', '--idle takes a duration such as `10m`');
  return length;
}
