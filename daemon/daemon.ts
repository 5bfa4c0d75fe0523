import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import { LiveRollout } from './liveRollout.ts';
import type { Log } from './log.ts';
import { findPlans, parsePlan } from './plan/load.ts';
import { watchPlans } from './plan/watchPlans.ts';
import type { Method, Params, Results } from './protocol/messages.ts';
import type { LoadedPlan } from './protocol/plan.ts';
import { type Duration, type WallTime, wallTime } from './protocol/units.ts';
import { UserError } from './protocol/userError.ts';
import type { PlanProblem, RolloutView, WorkspaceView } from './protocol/view.ts';
import { type Hub, startHub } from './serve/hub.ts';
import { IdleRule } from './serve/idle.ts';
import { openStore, type Store } from './store/store.ts';
import { version } from './version.ts';
import { changedParts } from './viewParts.ts';

export interface DaemonOptions {
  /** The workspace: the folder of the plans. */
  readonly root: string;
  /** The private folder of this workspace's state. */
  readonly directory: string;
  /** Plans to execute beside those that the folder's names show. */
  readonly plans: readonly string[];
  readonly port?: number;
  /** With no client and nobody exposed, the daemon ends after this long; `null`: never. */
  readonly idle: Duration | null;
  readonly log: Log;
  /** Called with each new view (the foreground's live status). */
  onView?(view: WorkspaceView): void;
}

export interface Daemon {
  readonly port: number;
  view(): WorkspaceView;
  stop(): Promise<void>;
  /** Resolves when the daemon has ended, by `stop` or because nobody needed it. */
  readonly finished: Promise<void>;
}

const tickInterval = 1000;
/** A longer gap than this between two ticks is a suspend, a stopped process or a moved clock (design.md, Judging). */
const clockGapLimit = 5000;
const publishInterval = 50;

/**
 * The composition root: opens the store (which is the lock: one daemon per workspace), executes every plan of the
 * workspace, ticks once a second, and serves clients.
 *
 * @throws UserError `second-daemon` and the store's others, `port-busy`, `no-plan`.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const store = openStore(options.directory);
  const workspace = new Workspace(options, store);
  try {
    workspace.readPlans();
    const hub = await startHub({
      directory: options.directory,
      root: options.root,
      version,
      ...(options.port !== undefined && { port: options.port }),
      now,
      log: options.log,
      handlers: {
        view: () => workspace.view(),
        request: (method, params) => workspace.request(method, params),
      },
    });
    workspace.open(hub);
    return workspace;
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

class Workspace implements Daemon {
  readonly finished: Promise<void>;
  readonly #options: DaemonOptions;
  readonly #store: Store;
  readonly #rollouts = new Map<string, LiveRollout>();
  readonly #startedAt = now();
  readonly #shown = new Map<string, RolloutView>();
  #finish: () => void = () => undefined;
  #problems: readonly PlanProblem[] = [];
  #hub: Hub | null = null;
  #timers: NodeJS.Timeout[] = [];
  #watcher: { close(): Promise<void> } | null = null;
  #publishing: NodeJS.Timeout | null = null;
  #publishedAt = 0;
  #closing: Promise<void> | null = null;
  #clock = { wall: now(), monotonic: performance.now() };
  #readingPlans: Promise<void> = Promise.resolve();

  constructor(options: DaemonOptions, store: Store) {
    this.#options = options;
    this.#store = store;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get port(): number {
    return this.#hub?.port ?? 0;
  }

  open(hub: Hub): void {
    this.#hub = hub;
    const { idle } = this.#options;
    const rule = idle === null ? null : new IdleRule(idle, now());
    this.#resumeClock();
    this.#timers.push(
      setInterval(() => {
        this.#tick();
        const needed = this.#isNeeded();
        if (rule?.tick({ now: now(), clients: hub.clients, needed }) === 'exit') {
          this.#options.log.info('no client and nobody exposed: ending');
          void this.stop();
        }
      }, tickInterval),
    );
    this.#watcher = watchPlans(this.#options.root, this.#options.plans, () => {
      this.#readingPlans = this.#readingPlans.then(() => this.#rereadPlans());
    });
    this.#publish();
  }

  view(): WorkspaceView {
    const faults = [...this.#rollouts.values()].flatMap(({ fault }) => (fault === null ? [] : [fault]));
    return {
      root: this.#options.root,
      rollouts: [...this.#rollouts.values()].map((rollout) => rollout.view()),
      problems: this.#problems,
      faults: [...new Set(faults)],
      daemon: { pid: process.pid, version, startedAt: this.#startedAt },
    };
  }

  /** Loads every plan of the workspace; one that cannot be loaded is a problem that clients are shown. */
  readPlans(): void {
    const problems: PlanProblem[] = [];
    const files = [...new Set([...findPlans(this.#options.root), ...this.#options.plans])];
    for (const file of files) {
      const read = readPlan(file);
      if (read.kind === 'plan') this.#adopt(read.loaded, problems);
      else this.#keepLastGood(file, read.message, problems);
    }
    for (const rollout of this.#rollouts.values()) {
      if (!files.includes(rollout.loaded.file)) rollout.problem = `${basename(rollout.loaded.file)} is gone`;
    }
    this.#problems = problems;
  }

  async request<M extends Method>(method: M, params: Params<M>): Promise<Results[M]> {
    return (await this.#answer(method, params as never)) as Results[M];
  }

  stop(): Promise<void> {
    return this.close();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#publishing !== null) clearTimeout(this.#publishing);
    await this.#watcher?.close();
    await this.#readingPlans;
    await Promise.all([...this.#rollouts.values()].map((rollout) => rollout.close()));
    await this.#hub?.close();
    try {
      this.#store.saveClock(now());
    } catch {
      // The clock of the last tick stands; the gap is then a little longer than it was.
    }
    this.#store.close();
    this.#finish();
  }

  async #answer(method: Method, params: never): Promise<unknown> {
    switch (method) {
      case 'command': {
        const request: Params<'command'> = params;
        return this.#rollout(request.rollout).command(request);
      }
      case 'tick': {
        const request: Params<'tick'> = params;
        return this.#rollout(request.rollout).tickItem(request);
      }
      case 'signal': {
        const request: Params<'signal'> = params;
        return this.#rollout(request.rollout).signal(request);
      }
      case 'journal': {
        const request: Params<'journal'> = params;
        return { entries: this.#store.journal(request.rollout, request.before, request.limit) };
      }
      case 'series': {
        const request: Params<'series'> = params;
        return this.#rollout(request.rollout).series(request);
      }
      case 'shutdown': {
        const request: Params<'shutdown'> = params;
        return this.#shutdown(request.force);
      }
      case 'ping':
        return { now: now() };
      case 'subscribe':
        throw new Error('the hub answers subscriptions itself');
    }
  }

  #shutdown(force: boolean): Results['shutdown'] {
    const exposing = [...this.#rollouts.values()].filter((rollout) => rollout.exposesUsers);
    const [first] = exposing;
    if (first !== undefined && !force) {
      return {
        kind: 'refused',
        message: `${first.id} exposes users in stage ${first.stage}: without the daemon no trigger can roll it back. Stop it all the same with --force.`,
      };
    }
    setImmediate(() => void this.stop());
    return { kind: 'stopping' };
  }

  #rollout(id: string): LiveRollout {
    const rollout = this.#rollouts.get(id);
    if (rollout !== undefined) return rollout;
    throw new UserError('unknown-rollout', `no plan here has the id \`${id}\``);
  }

  #adopt(loaded: LoadedPlan, problems: PlanProblem[]): void {
    const { plan, file } = loaded;
    const running = this.#rollouts.get(plan.id);
    if (running !== undefined && running.loaded.file !== file) {
      problems.push({
        file,
        message: `${basename(file)}: the id \`${plan.id}\` is taken by ${basename(running.loaded.file)}; give it another`,
      });
      return;
    }
    if (running !== undefined) return;
    try {
      const rollout = new LiveRollout({
        loaded,
        store: this.#store,
        now,
        changed: () => this.#publishSoon(),
        log: (level, detail) => this.#options.log[level](detail),
      });
      this.#rollouts.set(plan.id, rollout);
      this.#rememberGood(loaded);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#keepLastGood(file, `${basename(file)}: ${error.message}`, problems);
    }
  }

  /** A rollout that exposes users must be watched, even when its plan file was broken while nobody ran. */
  #keepLastGood(file: string, message: string, problems: PlanProblem[]): void {
    problems.push({ file, message });
    const running = [...this.#rollouts.values()].find((rollout) => rollout.loaded.file === file);
    if (running !== undefined) {
      running.problem = message;
      return;
    }
    const good = this.#lastGood(file);
    if (good === null) return;
    try {
      const rollout = new LiveRollout({
        loaded: good,
        store: this.#store,
        now,
        changed: () => this.#publishSoon(),
        log: (level, detail) => this.#options.log[level](detail),
      });
      rollout.problem = message;
      this.#rollouts.set(good.plan.id, rollout);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }

  #rememberGood(loaded: LoadedPlan): void {
    const memory = readFileSync(loaded.file, 'utf8');
    this.#store.commit({ rollout: goodPlanKey(loaded.file), memory, durable: false });
  }

  #lastGood(file: string): LoadedPlan | null {
    const text = this.#store.load(goodPlanKey(file)).memory;
    if (text === null) return null;
    const parsed = parsePlan(text, file);
    return parsed.kind === 'plan' ? parsed.loaded : null;
  }

  async #rereadPlans(): Promise<void> {
    for (const [id, rollout] of this.#rollouts) {
      const read = readPlan(rollout.loaded.file);
      if (read.kind !== 'plan' || read.loaded.hash === rollout.loaded.hash) {
        if (read.kind === 'plan') rollout.problem = null;
        continue;
      }
      await rollout.close();
      this.#rollouts.delete(id);
      const problems: PlanProblem[] = [];
      this.#adopt(read.loaded, problems);
      this.#rollouts.get(read.loaded.plan.id)?.planChanged(read.loaded.hash);
    }
    this.readPlans();
    this.#hub?.publishSnapshot();
    this.#publish();
  }

  #isNeeded(): boolean {
    return [...this.#rollouts.values()].some((rollout) => rollout.exposesUsers || rollout.isUnderWay);
  }

  /** The time since the last tick of the daemon before this one was nobody's soak. */
  #resumeClock(): void {
    const last = this.#store.lastClock();
    const wall = now();
    this.#clock = { wall, monotonic: performance.now() };
    if (last === null || wall - last <= clockGapLimit) return;
    for (const rollout of this.#rollouts.values()) rollout.clockGap(last, wall);
  }

  #tick(): void {
    const wall = now();
    const monotonic = performance.now();
    const walked = wall - this.#clock.wall;
    const ran = monotonic - this.#clock.monotonic;
    if (Math.max(Math.abs(walked - ran), walked, ran) > clockGapLimit) {
      for (const rollout of this.#rollouts.values()) rollout.clockGap(this.#clock.wall, wall);
    }
    this.#clock = { wall, monotonic };
    for (const rollout of this.#rollouts.values()) rollout.tick();
    try {
      this.#store.saveClock(wall);
    } catch {
      // Told by the rollouts' own commits; a clock that stands still only makes the next gap longer.
    }
    this.#publish();
  }

  /** At once when it was quiet, then at most twenty times a second. */
  #publishSoon(): void {
    if (this.#publishing !== null) return;
    const wait = Math.max(0, this.#publishedAt + publishInterval - performance.now());
    this.#publishing = setTimeout(() => this.#publish(), wait);
  }

  #publish(): void {
    if (this.#publishing !== null) clearTimeout(this.#publishing);
    this.#publishing = null;
    this.#publishedAt = performance.now();
    if (this.#hub === null || this.#closing !== null) return;
    for (const rollout of this.#rollouts.values()) {
      const view = rollout.view();
      const parts = changedParts(this.#shown.get(rollout.id), view);
      this.#shown.set(rollout.id, view);
      if (parts !== null) this.#hub.publish(rollout.id, parts);
    }
    this.#options.onView?.(this.view());
  }
}

function readPlan(file: string): { kind: 'plan'; loaded: LoadedPlan } | { kind: 'unusable'; message: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return {
      kind: 'unusable',
      message: `${basename(file)} cannot be read: ${error instanceof Error ? error.message : ''}`,
    };
  }
  const parsed = parsePlan(text, file);
  if (parsed.kind === 'plan') return parsed;
  const [first] = parsed.problems;
  const more = parsed.problems.length > 1 ? ` (and ${parsed.problems.length - 1} more: \`rampwatch lint\`)` : '';
  const at = first === undefined ? '' : `${basename(file)}:${first.line}:${first.column}: ${first.message}`;
  return { kind: 'unusable', message: `${at}${more}` };
}

function goodPlanKey(file: string): string {
  return `plan:${basename(file)}`;
}

function now(): WallTime {
  return wallTime(Date.now());
}
