import { join } from 'node:path';
import { startDaemon } from '../daemon.ts';
import { DaemonProcess } from '../daemonProcess.ts';
import { fileLog, type Log } from '../log.ts';
import { parseDuration } from '../protocol/domain/duration.ts';
import { type Duration, duration } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { WorkspaceView } from '../protocol/wire/view.ts';
import { percentText } from '../protocol/words/figureText.ts';
import { reportStart } from '../serve/startReport.ts';
import { stateLoss } from '../store/lastingState.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { liveStatus } from './liveStatus.ts';
import { logName } from './logs.ts';
import { withSentences } from './statusText.ts';
import { nothingToWatch, ownWorkspace, plansBeside } from './workspace.ts';

const defaultIdle = duration(10 * 60_000);

/** The daemon itself. In the foreground it shows live status and stays; in the background it ends when nobody needs it. */
export async function run(call: Call): Promise<ExitCode> {
  // VS Code starts the daemon on its own Node; the daemon's child processes must not inherit that.
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
  const port = portOption(call);
  const idle = idleOption(call, background);
  const workspace = ownWorkspace(call);
  const logs = new Map<string, Log>();
  // Registered before the command line's own listener, which prints one line and ends the process.
  process.prependListener('uncaughtException', (error) => {
    for (const log of logs.values()) log.error(`internal error: ${error.stack ?? error.message}`);
  });
  const status = background ? null : liveStatus(call.output, Date.now);
  let shown = false;
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => asked.abort());
  const daemons = new DaemonProcess(async ({ root, directory, plans }) => {
    const log = fileLog(join(directory, logName));
    logs.set(directory, log);
    const daemon = await startDaemon({
      root,
      directory,
      plans,
      ...(root === workspace.root && port),
      idle,
      log,
      // Who ends a daemon in the foreground by Ctrl-C means the folder that they see.
      ...(background && { neighbours: daemons.neighboursOf(directory) }),
      onView: (view) => {
        if (shown && root === workspace.root) status?.show(view);
      },
    });
    log.info(`watching ${root} on port ${daemon.port}`);
    const lost = stateLoss(directory, call.environment);
    if (lost !== null) log.warn(lost);
    void daemon.finished.then(() => {
      log.info('ended');
      logs.delete(directory);
    });
    return daemon;
  }, process.env);
  const daemon = await daemons.watch({ ...workspace, plans: plansBeside(workspace) });
  if (asked.signal.aborted) void daemons.stop();
  else asked.signal.addEventListener('abort', () => void daemons.stop());
  const first = daemon.view();
  // In the foreground a person can mend the plan; in the background the plan is watched until it is mended.
  if (!background && first.rollouts.length === 0) {
    await daemon.stop();
    throw nothingToWatch(first, workspace);
  }
  await reportStart(null);
  shown = true;
  status?.show(first);
  await daemons.finished;
  status?.end();
  const last = daemon.view();
  if (!background) for (const line of leftBehind(last)) call.output.note(`rampwatch: ${line}`);
  call.output.document(withSentences(last, Date.now()));
  return 0;
}

/** A rollout without a daemon is unguarded; the person who ends the daemon should know. */
function leftBehind({ rollouts }: WorkspaceView): readonly string[] {
  return rollouts
    .filter(({ standing }) => standing.percent > 0)
    .map(
      ({ rollout, standing }) =>
        `${rollout} is left at ${percentText(standing.percent)}: no trigger rolls it back until \`rampwatch start\``,
    );
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
