import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wallTime } from '../daemon/protocol/domain/units.ts';
import type { RolloutView } from '../daemon/protocol/wire/view.ts';
import { type Hub, startHub } from '../daemon/serve/hub.ts';
import { stateDirectory } from '../daemon/store/stateDirectory.ts';
import { version } from '../daemon/version.ts';
import { openVsCode } from '../test/editor/launch/session.ts';
import { expandView, openViewContainer, waitForTree } from '../test/editor/workbench/views.ts';
import { uploadsPlan } from '../test/support/uploadsPlan.ts';
import { fullRollout } from '../test/webview/dashboardSamples.ts';
import { extensionHost } from './hostProcess.ts';

const seconds = 20;
const deltasPerSecond = 10;
/** Clock ticks a second of `/proc/<pid>/stat`, the same on every Linux that runs here. */
const ticksPerSecond = 100;

/** The extension host of a real VS Code, all trees open, while a daemon sends ten deltas a second; beside it at rest. */
export async function hostFigures(root: string, say: (line: string) => void): Promise<void> {
  if (process.platform !== 'linux') {
    say('CPU of the extension host: only measured on Linux');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-bench-host-'));
  const environment = { RAMPWATCH_STATE_DIRECTORY: join(folder, 'state') };
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'rampwatch.yaml'), uploadsPlan());
  const daemon = await fakeDaemon(workspace, environment);
  const session = await openVsCode({
    workspace,
    extensionPath: root,
    env: environment,
    viewport: { width: 1280, height: 1400 },
  });
  try {
    const { page } = session;
    await openViewContainer(page, 'Rampwatch');
    await waitForTree(page, 'Stages', (rows) => rows.length > 2);
    await expandView(page, 'Activity');
    const pid = extensionHost(environment.RAMPWATCH_STATE_DIRECTORY);
    // The editor's own work after its opening is over by then.
    await pause(15_000);
    const idle = await cpuShare(pid);
    const stop = daemon.flow();
    const busy = await cpuShare(pid);
    stop();
    say(
      `extension host, ${deltasPerSecond} deltas a second, ${seconds} s: ${busy.toFixed(1)} % of one core; connected and at rest ${idle.toFixed(1)} %`,
    );
  } finally {
    await session.close();
    await daemon.hub.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fakeDaemon(
  workspace: string,
  environment: { readonly RAMPWATCH_STATE_DIRECTORY: string },
): Promise<{ readonly hub: Hub; flow(): () => void }> {
  let rollout: RolloutView = live(fullRollout());
  const directory = stateDirectory(workspace, environment);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const startedAt = wallTime(Date.now());
  const hub = await startHub({
    directory,
    root: workspace,
    version,
    now: () => wallTime(Date.now()),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    handlers: {
      view: () => ({
        root: workspace,
        rollouts: [rollout],
        problems: [],
        faults: [],
        daemon: { pid: process.pid, version, startedAt },
      }),
      request: () => {
        throw new Error('nothing is asked of this daemon');
      },
    },
  });
  let turn = 0;
  return {
    hub,
    flow() {
      const timer = setInterval(() => {
        turn += 1;
        const parts = changedParts(rollout, turn);
        rollout = { ...rollout, ...parts };
        hub.publish(rollout.rollout, parts);
      }, 1000 / deltasPerSecond);
      return () => clearInterval(timer);
    },
  };
}

/** The parts that a batch of records changes: the figures of the gate and the triggers, and when data came last. */
function changedParts(
  { stages, triggers, sources }: RolloutView,
  turn: number,
): Pick<RolloutView, 'stages' | 'triggers' | 'sources'> {
  const grown = <V extends { readonly figure: { readonly n: number; readonly good: number | null } }>(
    verdict: V,
  ): V => {
    const { figure } = verdict;
    return {
      ...verdict,
      figure: { ...figure, n: figure.n + turn, good: figure.good === null ? null : figure.good + turn },
    };
  };
  return {
    stages: stages.map((stage) => ({ ...stage, gate: stage.gate.map(grown) })),
    triggers: triggers.map((trigger) => ({ ...trigger, verdict: grown(trigger.verdict) })),
    sources: sources.map((source) => ({ ...source, arrived: wallTime(Date.now()), records: source.records + turn })),
  };
}

function live(view: RolloutView): RolloutView {
  return {
    ...view,
    sources: view.sources.map((source) => ({ ...source, arrived: wallTime(Date.now()), fresh: true })),
  };
}

async function cpuShare(pid: number): Promise<number> {
  const before = cpuTicks(pid);
  const started = performance.now();
  await pause(seconds * 1000);
  return (((cpuTicks(pid) - before) / ticksPerSecond) * 1000 * 100) / (performance.now() - started);
}

/** User and system time so far; the fields after the name, which may hold spaces. */
function cpuTicks(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
