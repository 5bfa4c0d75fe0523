import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../protocol/domain/userError.ts';
import type { RolloutView, WorkspaceView } from '../protocol/wire/view.ts';
import { type Client, connectClient } from '../serve/client.ts';
import { stateDirectory } from '../store/stateDirectory.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { startDemoApplication } from './demoApplication.ts';
import { nextLines, summaryLines } from './demoSummary.ts';
import { liveStatus } from './liveStatus.ts';
import { connectedClient, folderWorkspace } from './workspace.ts';
import { writeLine } from './wrapped.ts';

const demoPlan = `# The demo's rollout. Every stage lasts seconds where yours will last days.
version: 1
id: async-upload-demo
name: Async upload (demo)
sources:
  - file: metrics.jsonl
    fresh: 15s
arms:
  treatment: { execution_type: [async, sync_fallback] }
  control: { execution_type: sync }
measures:
  # An upload that the old way had to rescue is not a success of the new way.
  success_rate: { share: { success: true, fallback_used: false } }
  uploads: { count: treatment }
  latency: { quantile: 0.95, field: duration_ms, unit: ms }
baseline: { control: concurrent }
stages:
  - { id: one, percent: 1, soak: 5s, gate: ["success_rate >= 99%", "uploads >= 5"] }
  - { id: ten, percent: 10, soak: 5s, gate: ["success_rate >= 99%", "uploads >= 50", "latency <= 110% of baseline"] }
  - { id: fifty, percent: 50, soak: 5s, gate: ["success_rate >= 98.5%", "uploads >= 200", "latency <= 110% of baseline"] }
  - { id: full, percent: 100, soak: 1h, gate: ["success_rate >= 98%", "uploads >= 500"] }
advance: { mode: auto }
rollback: { to: off }
triggers:
  - { id: low-success, when: "success_rate < 95%", over: 5s, min: 20, then: rollback, rule: proven, within: 30s }
flag:
  dotenv: .env
  set: { ASYNC_UPLOAD_ENABLED: "\${enabled}", ASYNC_UPLOAD_ROLLOUT: "\${percent}" }
  proof: { share: treatment, within: 30s }
checklists:
  - { id: after, title: After a rollback, items: [Read the failing uploads, Tell the team] }
`;

const demoEnvironment = `# The demo application reads this file as it goes.
ASYNC_UPLOAD_ENABLED=false
ASYNC_UPLOAD_ROLLOUT=0   # percent
`;

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const rollout = 'async-upload-demo';
const longest = 110_000;
/** How long the last stage goes well before the application breaks. */
const calm = 4000;

/** A whole rollout in half a minute: a simulated application, the real daemon, a failure that rolls itself back. */
export async function run(call: Call): Promise<ExitCode> {
  const given = textOption(call, 'in');
  if (given !== undefined) return await playIn(resolve(call.folder, given), call);
  const { output } = call;
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-demo-'));
  writeDemo(folder);
  const environment = { ...call.environment, RAMPWATCH_STATE_DIRECTORY: join(folder, '.rampwatch-state') };
  writeLine(
    `A rollout of seconds in ${folder}: a simulated application, its flag in .env, the daemon watching.`,
    output,
  );

  const application = startDemoApplication(folder);
  const daemon = spawnDaemon(folder, environment);
  const status = liveStatus(output, Date.now);
  const signals = new Signals();
  try {
    const client = await signals.before(connectClient(stateDirectory(folder, environment), { waitFor: 15_000 }));
    const story = new Story(client, application, status.say);
    const ended = await signals.before(story.play((view) => status.show(view)));
    status.end();
    output.document({ folder, phase: ended.standing.phase, stages: ended.stages, flag: ended.flag });
    output.line();
    const flag = readFileSync(join(folder, '.env'), 'utf8');
    for (const line of summaryLines(ended, flag, output)) writeLine(line, output);
    output.line();
    for (const line of nextLines(folder, process.argv[1] ?? 'dist/cli.mjs')) writeLine(line, output);
    await client.request('shutdown', { force: true });
    await client.close();
    await daemon.ended;
    if (!flagOption(call, 'keep') && output.json) rmSync(folder, { recursive: true, force: true });
    return ended.standing.phase.kind === 'rolled-back' ? 0 : 1;
  } finally {
    application.stop();
    daemon.kill();
    // Nobody else would end it.
    await daemon.ended;
    signals.close();
  }
}

/**
 * The same rollout for an editor that looks on: in an empty folder, with the daemon and the state that every command of
 * the folder uses. The daemon stays, so that the reasons and the report can be read.
 */
async function playIn(folder: string, call: Call): Promise<ExitCode> {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UserError('demo-folder', `${folder} is not empty: name a folder that is empty or not there yet`);
  }
  mkdirSync(folder, { recursive: true });
  writeDemo(folder);
  const application = startDemoApplication(folder);
  const status = liveStatus(call.output, Date.now);
  const signals = new Signals();
  const here = { ...call, folder };
  const connecting = folderWorkspace(here).then((workspace) => connectedClient(here, workspace));
  let ended: RolloutView | null = null;
  try {
    const { client } = await signals.before(connecting);
    const story = new Story(client, application, status.say);
    ended = await signals.before(story.play((view) => status.show(view)));
    status.end();
    call.output.document({ folder, phase: ended.standing.phase, stages: ended.stages, flag: ended.flag });
    return ended.standing.phase.kind === 'rolled-back' ? 0 : 1;
  } finally {
    application.stop();
    const client = await connecting.then((connected) => connected.client).catch(() => null);
    // Half a demo exposes users that are none, and would be watched for ever.
    if (ended === null) await client?.request('shutdown', { force: true }).catch(() => undefined);
    await client?.close();
    signals.close();
  }
}

function writeDemo(folder: string): void {
  writeFileSync(join(folder, '.env'), demoEnvironment);
  writeFileSync(join(folder, 'rampwatch.yaml'), demoPlan);
}

/** The signals that end the demo, and with it the daemon that it has started. */
class Signals {
  readonly #asked = Promise.withResolvers<never>();
  readonly #end = (): void =>
    this.#asked.reject(new UserError('demo-ended', 'the demo was ended before its end, and its daemon with it'));

  constructor() {
    this.#asked.promise.catch(() => undefined);
    for (const signal of endingSignals) process.once(signal, this.#end);
  }

  /** @throws UserError `demo-ended` when a signal comes first. */
  before<Value>(work: Promise<Value>): Promise<Value> {
    return Promise.race([work, this.#asked.promise]);
  }

  close(): void {
    for (const signal of endingSignals) process.off(signal, this.#end);
  }
}

class Story {
  #begun = false;
  #broken = false;
  readonly #client: Client;
  readonly #application: { breakAsync(): void };
  readonly #say: (line: string) => void;

  constructor(client: Client, application: { breakAsync(): void }, say: (line: string) => void) {
    this.#client = client;
    this.#application = application;
    this.#say = say;
  }

  /** Plays until the rollback is in force; rejects when the rollback does not come. */
  play(show: (view: WorkspaceView) => void): Promise<RolloutView> {
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(
        () =>
          reject(
            new UserError(
              'demo-timeout',
              'the demo did not come to its end in time: run it again when the machine is less busy',
            ),
          ),
        longest,
      );
      const take = (workspace: WorkspaceView): void => {
        show(workspace);
        const view = workspace.rollouts.find((candidate) => candidate.rollout === rollout);
        if (view === undefined) return;
        this.#direct(view).catch(reject);
        if (view.standing.phase.kind !== 'rolled-back' && view.standing.phase.kind !== 'rollback-failed') return;
        clearTimeout(timeout);
        resolve(view);
      };
      this.#client.onView(take);
      if (this.#client.view !== null) take(this.#client.view);
    });
  }

  async #direct(view: RolloutView): Promise<void> {
    const { phase, attempt, stage, revision, percent } = view.standing;
    if (phase.kind === 'planned' && !this.#begun) {
      this.#begun = true;
      const command = { kind: 'begin', on: { attempt, stage, revision } } as const;
      await this.#client.request('command', { rollout, key: 'demo-begin', by: 'demo', command });
    }
    if (percent === 100 && view.flag?.effect?.progress === 'in-force' && !this.#broken) {
      this.#broken = true;
      setTimeout(() => {
        this.#say(
          'The application breaks now: most asynchronous uploads fail and are rescued, so its log calls them a success.',
        );
        this.#application.breakAsync();
      }, calm);
    }
  }
}

function spawnDaemon(folder: string, environment: NodeJS.ProcessEnv): { ended: Promise<void>; kill(): void } {
  const cli = process.argv[1];
  if (cli === undefined || !existsSync(cli))
    throw new UserError('no-cli', 'the demo must be run through the rampwatch command');
  const child = spawn(process.execPath, [cli, 'watch', '--background'], {
    cwd: folder,
    env: environment,
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
  });
  return { ended, kill: () => child.exitCode === null && child.kill() };
}
