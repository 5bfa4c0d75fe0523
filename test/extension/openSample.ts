import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { readPlanText } from '../../daemon/plan/readPlanText.ts';
import type { ClosedReview, ReviewFacts } from '../../daemon/protocol/domain/dailyReview.ts';
import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { CommandOutcome as Answer } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { Params } from '../../daemon/protocol/wire/messages.ts';
import type { ReportResult } from '../../daemon/protocol/wire/reportRequest.ts';
import type { RolloutView, WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { type Hub, startHub } from '../../daemon/serve/hub.ts';
import { configurationDefaults } from '../../extension/configuration.ts';
import type { CommandCall, CommandOutcome } from '../../extension/connection/commandLine.ts';
import { openSocket } from '../../extension/connection/daemonSocket.ts';
import { Rampwatch } from '../../extension/rampwatch.ts';
import { type HandClock, handClock } from '../support/handClock.ts';
import { type MockVscode, mockVscode } from '../support/mockVscode.ts';
import { sampleReview } from './sampleReview.ts';
import { lookedAt, sampleRollout, sampleWorkspace } from './sampleViews.ts';

/** The extension over a stand-in editor, a clock turned by hand, and a daemon's real hub that shows what a test wants. */
export interface Sample {
  readonly mock: MockVscode;
  readonly clock: HandClock;
  readonly daemon: SampleDaemon;
  readonly rampwatch: Rampwatch;
  /** Waits until the screen satisfies the check, and turns the clock a little each time. */
  until(what: string, check: () => boolean): Promise<void>;
}

export class SampleDaemon {
  readonly directory = mkdtempSync(join(tmpdir(), 'rampwatch-extension-'));
  view: WorkspaceView = sampleWorkspace([sampleRollout()]);
  /** Commands as they came, and what each is answered with. */
  readonly commands: Params<'command'>[] = [];
  answer: (params: Params<'command'>) => Answer | Promise<Answer> = () => ({
    kind: 'done',
    revision: 7,
    message: 'done',
  });
  /** Ticks as they came, and what each is answered with. */
  readonly ticks: Params<'tick'>[] = [];
  answerTick: (params: Params<'tick'>) => Answer = () => ({ kind: 'done', revision: 7, message: 'ticked' });
  journal: (params: Params<'journal'>) => readonly JournalEntry[] = () => [];
  /** The requested reports, and their answers. */
  readonly reports: Params<'report'>[] = [];
  answerReport: (params: Params<'report'>) => ReportResult = ({ format, period }) => ({
    text: `<!-- rampwatch report: async-upload -->\n\n# ${format} ${period.kind}\n\n<!-- yours: lessons -->\n\n<!-- end -->\n`,
    format,
    name: `async-upload-report-${period.kind}`,
    asOf: 0,
    head: null,
  });
  /** The facts of a daily review, and the answer to its end. */
  review: ReviewFacts = sampleReview;
  readonly closings: Params<'closeReview'>[] = [];
  answerClosing: ClosedReview = {
    kind: 'done',
    summary: 'Async upload rollout: all calm.',
    log: 'async-upload.review.md',
    counts: { ticked: 1, proven: 0, skipped: 0, open: 0 },
  };
  /** A real daemon's methods, where a test has one. */
  forward: ((method: string, params: unknown) => Promise<unknown>) | null = null;
  refuseShutdown: string | null = null;
  readonly shutdowns: boolean[] = [];
  starts = 0;
  /** The folder whose process was to take this one in, of each start. */
  readonly besides: (string | null)[] = [];
  /** While set, `start` fails with this line, for a fault of the plan at this place. */
  startFailure: string | null = null;
  startFault: UserError['place'];
  #hub: Hub | null = null;

  async start(): Promise<void> {
    this.#hub ??= await startHub({
      directory: this.directory,
      root: '/workspace',
      version: '0.1.0',
      now: () => wallTime(Date.now()),
      log: { info: () => {}, warn: () => {}, error: () => {} },
      handlers: {
        view: () => this.view,
        request: (method, params) => this.#request(method, params) as never,
      },
    });
  }

  #request(method: string, params: unknown): unknown {
    if (method === 'command') {
      this.commands.push(params as Params<'command'>);
      return this.answer(params as Params<'command'>);
    }
    if (method === 'tick') {
      this.ticks.push(params as Params<'tick'>);
      return this.answerTick(params as Params<'tick'>);
    }
    if (method === 'review') return this.review;
    if (method === 'closeReview') {
      this.closings.push(params as Params<'closeReview'>);
      return this.answerClosing;
    }
    if (method === 'journal') return { entries: this.journal(params as Params<'journal'>) };
    if (method === 'report') {
      this.reports.push(params as Params<'report'>);
      return this.answerReport(params as Params<'report'>);
    }
    if (method === 'shutdown') {
      const { force } = params as Params<'shutdown'>;
      this.shutdowns.push(force);
      if (this.refuseShutdown !== null && !force) return { kind: 'refused', message: this.refuseShutdown };
      setImmediate(() => void this.stop());
      return { kind: 'stopping' };
    }
    if (this.forward !== null) return this.forward(method, params);
    throw new UserError('bad-request', method);
  }

  /** Replaces the first rollout and tells the clients. */
  show(rollout: RolloutView): void {
    this.view = { ...this.view, rollouts: [rollout, ...this.view.rollouts.slice(1)] };
    this.#hub?.publishSnapshot();
  }

  /** An end on purpose: the discovery file goes with it. */
  async stop(): Promise<void> {
    const hub = this.#hub;
    this.#hub = null;
    await hub?.close();
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** `rampwatch lint --stdin` in this process, and nothing else. */
const lintInProcess = async ({ words, input = '' }: CommandCall): Promise<CommandOutcome> => {
  if (words[1] === '--data') return { output: '[{"findings":[],"checked":[]}]', errors: '', failure: null };
  const output = words[0] === 'lint' ? JSON.stringify(readPlanText(input, words.at(-1) ?? '')) : '';
  return { output, errors: '', failure: null };
};

export function openSample(
  prepare: (mock: MockVscode, daemon: SampleDaemon) => void = () => {},
  runs: (call: CommandCall) => Promise<CommandOutcome> = lintInProcess,
  root = '/workspace',
  /** Further folders of the workspace, each with a plan and a daemon of its own. */
  others: Readonly<Record<string, SampleDaemon>> = {},
): Sample {
  const mock = mockVscode(root);
  mock.folders = [root, ...Object.keys(others)];
  mock.files = mock.folders.map((folder) => `${folder}/rampwatch.yaml`);
  // Notifications are one test's matter and would be in the way of all others.
  for (const key of Object.keys(configurationDefaults)) {
    if (key.startsWith('rampwatch.notify.')) mock.configuration.set(key, false);
  }
  const clock = handClock(lookedAt);
  const daemon = new SampleDaemon();
  prepare(mock, daemon);
  let keys = 0;
  const rampwatch = new Rampwatch(
    mock.vscode,
    {
      extensionPath: resolve(import.meta.dirname, '../..'),
      extensionUri: mock.vscode.Uri.file('/extension'),
      globalState: mock.workspaceState,
      secrets: mock.secrets,
      workspaceState: mock.workspaceState,
    },
    {
      clock,
      openSocket,
      start: async (_program, planFile, beside) => {
        const started = others[dirname(planFile)] ?? daemon;
        started.starts += 1;
        started.besides.push(beside);
        if (started.startFailure !== null) {
          throw new UserError('daemon-not-started', started.startFailure, started.startFault);
        }
        await started.start();
        return { kind: 'started', stateDirectory: started.directory };
      },
      runCommandLine: (_program, call) => runs(call),
      runProgram: async () => undefined,
      runGit: async () => '',
      chance: () => 0.5,
      newKey: () => {
        keys += 1;
        return `key-number-${keys}`;
      },
    },
  );
  rampwatch.activate();
  onTestFinished(async () => {
    rampwatch.dispose();
    for (const each of [daemon, ...Object.values(others)]) await each.dispose();
  });
  const until = async (what: string, check: () => boolean): Promise<void> => {
    for (const end = Date.now() + 120_000; Date.now() < end; ) {
      if (check()) return;
      await new Promise((next) => setTimeout(next, 2));
      clock.advance(2);
    }
    throw new Error(`still waiting for ${what}; on screen: ${mock.statusBar.text}\n${mock.tree('rampwatch.stages')}`);
  };
  return { mock, clock, daemon, rampwatch, until };
}

/** The same, once the daemon's view is on screen. */
export async function connected(prepare: (daemon: SampleDaemon) => void = () => {}): Promise<Sample> {
  const sample = openSample((_mock, daemon) => prepare(daemon));
  await sample.until('the connection', () => sample.mock.contextKeys.get('rampwatch.running') === true);
  await sample.until('the tree', () => sample.mock.tree('rampwatch.stages') !== '');
  return sample;
}
