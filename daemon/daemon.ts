import { performance } from 'node:perf_hooks';
import { HandedCredentials } from './approval/handedCredentials.ts';
import { credentialStandings, sourceOf } from './live/askedFor.ts';
import { ClockWatch } from './live/clockGap.ts';
import { Escalations } from './live/liveEscalation.ts';

import { PlannedRollouts } from './live/plannedRollouts.ts';
import { PlanShelf } from './live/planShelf.ts';
import type { RunningRollout } from './live/runningRollout.ts';
import { saidText } from './live/saidText.ts';
import { changedParts, losesPart } from './live/viewParts.ts';
import type { Log } from './log.ts';
import { OpenTeams } from './openTeams.ts';
import { watchPlans } from './plan/watchPlans.ts';
import { type Duration, type WallTime, wallTime } from './protocol/domain/units.ts';
import { UserError } from './protocol/domain/userError.ts';
import type { Method, Params, Results } from './protocol/wire/messages.ts';
import type { PlanProblem, RolloutView, WorkspaceView } from './protocol/wire/view.ts';
import { type Hub, startHub } from './serve/hub.ts';
import { IdleRule } from './serve/idle.ts';
import { type Claim, claimWorkspace } from './serve/workspaceClaim.ts';
import { openStore } from './store/sqlite/sqliteStore.ts';
import type { Store } from './store/store.ts';
import { version } from './version.ts';

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
  /** The present time; the machine's clocks unless a test has its own. */
  readonly clock?: DaemonClock;
  /** Left out: this daemon shares its process with no other. */
  readonly neighbours?: Neighbours;
  /** Called with each new view (the foreground's live status). */
  onView?(view: WorkspaceView): void;
}

/** The other folders of a daemon's process. */
export interface Neighbours {
  readonly count: number;
  /** Watches one more folder in this process. */
  watchAlso(asked: Params<'watchFolder'>): Promise<Results['watchFolder']>;
}

export interface DaemonClock {
  wall(): WallTime;
  /** Milliseconds; runs on when the wall clock is set, and stops while the machine sleeps. */
  monotonic(): number;
}

export interface Daemon {
  readonly port: number;
  view(): WorkspaceView;
  stop(): Promise<void>;
  /** Resolves when the daemon has ended, by `stop` or because nobody needed it. */
  readonly finished: Promise<void>;
}

const tickInterval = 1000;
/** Twenty views a second on average. */
const publishInterval = 50;
/** The number of views in a row after a quiet moment: the changes of a tick must not delay the next record. */
const publishedInRow = 5;

/**
 * The composition root: claims the workspace and opens the store (one daemon per workspace), executes every plan of the
 * workspace, ticks once a second, and serves clients.
 *
 * @throws UserError `second-daemon`, `other-daemon` and the store's others, `port-busy`, `no-plan`.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const claim = await claimWorkspace(options.root, options.directory);
  let workspace: Workspace;
  try {
    workspace = new Workspace(options, openStore(options.directory), claim);
  } catch (error) {
    await claim?.release();
    throw error;
  }
  try {
    await workspace.readPlans();
    const hub = await startHub({
      directory: options.directory,
      root: options.root,
      version,
      ...(options.port !== undefined && { port: options.port }),
      now: (options.clock ?? machineClock).wall,
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

/** The answer to each request, by its method. */
type Answers = { readonly [M in Method]: (asked: Params<M>) => Results[M] | Promise<Results[M]> };

class Workspace implements Daemon {
  readonly finished: Promise<void>;
  readonly #options: DaemonOptions;
  readonly #store: Store;
  readonly #claim: Claim | null;
  readonly #rollouts: PlannedRollouts;
  /** Where the credentials of the plans are looked for. */
  readonly #ground: { readonly environment: NodeJS.ProcessEnv; readonly handed: HandedCredentials };
  readonly #escalations: Escalations;
  readonly #teams: OpenTeams;
  readonly #time: DaemonClock;
  readonly #startedAt: WallTime;
  readonly #shown = new Map<string, RolloutView>();
  #finish: () => void = () => undefined;
  #hub: Hub | null = null;
  #timers: NodeJS.Timeout[] = [];
  #watcher: { close(): void } | null = null;
  #publishing: NodeJS.Timeout | null = null;
  /** The time at which the next view is due at an even pace. */
  #publishDue = 0;
  #closing: Promise<void> | null = null;
  #fault: string | null = null;
  /** The reason why the removed state could not be written again. */
  #removed: string | null = null;
  #shownFaults = '';
  /** Ids of the rollouts that needed watching at the last tick. */
  #needed: readonly string[] = [];
  readonly #clock: ClockWatch;
  #readingPlans: Promise<void> = Promise.resolve();
  /** One more request makes the compiler ask for its answer here. */
  readonly #answers: Answers = {
    command: (asked) => this.#rollout(asked.rollout).command(asked),
    tick: (asked) => this.#rollout(asked.rollout).tickItem(asked),
    signal: (asked) => this.#rollout(asked.rollout).signal(asked),
    journal: ({ rollout, before, limit }) => ({ entries: this.#store.journal(rollout, before, limit) }),
    series: (asked) => this.#rollout(asked.rollout).series(asked),
    report: (asked) => this.#rollout(asked.rollout).report(asked),
    escalation: ({ rollout, reason }) => this.#escalations.prepare(this.#rollout(rollout), saidText(reason)),
    writeEscalation: (asked) => this.#escalations.write(asked),
    runEscalation: (asked) => this.#escalations.run(this.#rollout(asked.rollout), asked),
    records: async (asked) => ({ places: await this.#rollout(asked.rollout).records(asked) }),
    failures: (asked) => this.#rollout(asked.rollout).failures(asked),
    review: (asked) => this.#rollout(asked.rollout).review(asked),
    credentials: () => ({
      asked: credentialStandings(
        this.#rollouts.all.map(({ loaded }) => loaded),
        this.#ground,
      ),
    }),
    handCredential: (asked) => this.#handCredential(asked),
    closeReview: (asked) => this.#rollout(asked.rollout).closeReview(asked),
    watchFolder: (asked) =>
      this.#options.neighbours?.watchAlso(asked) ?? { kind: 'refused', message: 'this daemon watches one folder' },
    shutdown: ({ force }) => this.#shutdown(force),
    ping: () => ({ now: this.#time.wall() }),
    subscribe: () => {
      throw new Error('the hub answers subscriptions itself');
    },
  };

  constructor(options: DaemonOptions, store: Store, claim: Claim | null) {
    this.#options = options;
    this.#time = options.clock ?? machineClock;
    this.#startedAt = this.#time.wall();
    this.#clock = new ClockWatch({ wall: this.#startedAt, monotonic: this.#time.monotonic() });
    this.#store = store;
    this.#claim = claim;
    const shelf = new PlanShelf(options.root, options.plans, options.directory, store);
    this.#teams = new OpenTeams(options.directory, process.env);
    this.#ground = { environment: process.env, handed: new HandedCredentials(() => this.#time.wall()) };
    const common = {
      store,
      directory: options.directory,
      ...this.#ground,
      noteClock: () => this.#noteClock(),
      now: () => this.#time.wall(),
      changed: () => this.#publishSoon(),
      log: (level: 'info' | 'warn' | 'error', detail: string) => options.log[level](detail),
    };
    this.#rollouts = new PlannedRollouts(shelf, store.lastClock(), common, this.#teams);
    this.#escalations = new Escalations({
      store,
      directory: options.directory,
      ...this.#ground,
      now: () => this.#time.wall(),
    });
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
    const rule = idle === null ? null : new IdleRule(idle, this.#time.wall());
    this.#tick();
    this.#timers.push(
      setInterval(() => {
        this.#tick();
        const needed = this.#isNeeded();
        if (rule?.tick({ now: this.#time.wall(), clients: hub.clients, needed }) === 'exit') {
          this.#options.log.info('no client and nobody exposed: ending');
          void this.stop();
        }
      }, tickInterval),
    );
  }

  view(): WorkspaceView {
    const views = this.#rollouts.all.map((rollout) => this.#viewOf(rollout));
    return {
      root: this.#options.root,
      rollouts: views.flatMap((view) => ('rollout' in view ? [view] : [])),
      problems: [...this.#rollouts.problems, ...views.flatMap((view) => ('rollout' in view ? [] : [view]))],
      faults: this.#faults,
      daemon: { pid: process.pid, version, startedAt: this.#startedAt },
    };
  }

  /** One line each; a line that begins with another one replaces it. */
  get #faults(): readonly string[] {
    const faults = [this.#fault, this.#removed, ...this.#rollouts.all.map(({ fault }) => fault)].filter(
      (fault) => fault !== null,
    );
    return [...new Set(faults)].filter((fault, _, all) => !all.some((one) => one !== fault && one.startsWith(fault)));
  }

  /** A rollout that cannot be shown is a problem of its plan's, not of all. */
  #viewOf(rollout: RunningRollout): RolloutView | PlanProblem {
    try {
      return rollout.view();
    } catch (error) {
      this.#options.log.error(`${rollout.id}: ${stackOf(error)}`);
      return { file: rollout.loaded.file, message: `internal error: ${rollout.id} cannot be shown; see its log` };
    }
  }

  /** Now, and from now on after each edit. */
  readPlans(): Promise<void> {
    const { root, plans } = this.#options;
    this.#watcher = watchPlans(root, plans, async () => {
      await this.#rereadPlans();
      return this.#rollouts.busyFor;
    });
    const reading = this.#rollouts.sync();
    this.#readingPlans = reading.catch(() => undefined);
    return reading;
  }

  async request<M extends Method>(method: M, params: Params<M>): Promise<Results[M]> {
    return await this.#answers[method](params);
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
    this.#watcher?.close();
    await this.#readingPlans;
    await this.#rollouts.close();
    await this.#teams.close();
    await this.#hub?.close();
    try {
      this.#store.saveClock(this.#time.wall());
    } catch {
      // The clock of the last tick stays; the gap is then a little longer than it was.
    }
    this.#store.close();
    await this.#claim?.release();
    this.#finish();
  }

  #shutdown(force: boolean): Results['shutdown'] {
    const exposing = this.#rollouts.all.filter((rollout) => rollout.exposesUsers);
    const [first] = exposing;
    if (first !== undefined && !force) {
      return {
        kind: 'refused',
        message: `${first.guarded}. End it all the same, in a script too, with \`rampwatch stop --force\`; \`rampwatch rollback\` takes the users off first.`,
      };
    }
    setImmediate(() => void this.stop());
    return { kind: 'stopping', others: this.#options.neighbours?.count ?? 0 };
  }

  /** No word of the value is logged, and none is told. */
  #handCredential({ place, value }: Params<'handCredential'>): Results['handCredential'] {
    const { handed } = this.#ground;
    const isNews = value === null ? handed.forget(place) : handed.hand(place, value);
    if (isNews) {
      for (const rollout of this.#rollouts.all) rollout.credentialChanged(place);
      this.#options.log.info(`an editor ${value === null ? 'took back' : 'handed over'} the credential ${place}`);
    }
    return { source: sourceOf(place, this.#ground).source };
  }

  #rollout(id: string): RunningRollout {
    const rollout = this.#rollouts.get(id);
    if (rollout !== undefined) return rollout;
    throw new UserError(
      'unknown-rollout',
      `no plan here has the id \`${id}\`: \`rampwatch status\` shows those that are watched`,
    );
  }

  #rereadPlans(): Promise<void> {
    const read = async (): Promise<void> => {
      await this.#rollouts.sync();
      this.#hub?.publishSnapshot();
      this.#publish();
    };
    this.#readingPlans = this.#readingPlans
      .then(read)
      .catch((error) => this.#options.log.error(`the plans could not be read again: ${stackOf(error)}`));
    return this.#readingPlans;
  }

  /**
   * An edit that waited for the end of an attempt is taken after that end. Once the rollout rolls back, the plan's
   * problem no longer asks a person to roll back.
   */
  #takeWaitingPlans(): void {
    const needed = this.#rollouts.all
      .filter(({ needsWatch }) => needsWatch)
      .map(({ id, goesBack }) => (goesBack ? `${id} goes back` : id));
    if (this.#needed.some((each) => !needed.includes(each)) && this.#rollouts.problems.length > 0)
      void this.#rereadPlans();
    this.#needed = needed;
  }

  #isNeeded(): boolean {
    return this.#rollouts.all.some(({ needsDaemon }) => needsDaemon);
  }

  /** Called before each tick, batch, command and report of the flag: each of them must see a clock that was moved. */
  #noteClock(): void {
    const gap = this.#clock.look({ wall: this.#time.wall(), monotonic: this.#time.monotonic() });
    if (gap === null) return;
    for (const rollout of this.#rollouts.all) rollout.clockGap(gap);
  }

  #tick(): void {
    this.#noteClock();
    if (!this.#keepState()) return;
    const { wall } = this.#clock.last;
    for (const rollout of this.#rollouts.all) rollout.tick();
    this.#saveClock(wall);
    this.#takeWaitingPlans();
    this.#publish();
  }

  /**
   * Writes a removed state directory again; the open database is still complete. A failure is a fault that every client
   * is shown. The daemon ends when the state is lost, or when another state lies in its place. Returns true when the
   * daemon continues.
   */
  #keepState(): boolean {
    try {
      const wasRemoved = this.#store.restore();
      this.#removed = null;
      if (wasRemoved) {
        this.#rollouts.stateRestored();
        this.#options.log.warn(`the state in ${this.#options.directory} was removed; it is written again`);
      }
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.message !== this.#removed) this.#options.log.error(error.message);
      this.#removed = error.message;
      if (error.code !== 'state-lost' && error.code !== 'state-replaced') return true;
      this.#fault = `${error.message}; this daemon ends, check the flag`;
      this.#publish();
      void this.stop();
      return false;
    }
  }

  /** A stopped clock only makes the next gap longer, and also shows that nothing else could be stored. */
  #saveClock(wall: WallTime): void {
    try {
      this.#store.saveClock(wall);
      this.#fault = null;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (this.#fault === null) this.#options.log.error(error.message);
      this.#fault = error.message;
    }
  }

  /**
   * At once after a quiet moment, then at most twenty times a second (a token bucket, kept as the time at which it is
   * full again).
   */
  #publishSoon(): void {
    if (this.#publishing !== null) return;
    const wait = Math.max(0, this.#publishDue - performance.now());
    this.#publishing = setTimeout(() => this.#publish(), wait);
  }

  #publish(): void {
    if (this.#publishing !== null) clearTimeout(this.#publishing);
    this.#publishing = null;
    if (this.#hub === null || this.#closing !== null) return;
    const faults = this.#faults.join('\n');
    // Problems and faults belong to no rollout's part: only a snapshot carries them.
    let isNews = faults !== this.#shownFaults;
    if (isNews) this.#hub.publishSnapshot();
    this.#shownFaults = faults;
    for (const id of this.#shown.keys()) if (this.#rollouts.get(id) === undefined) this.#shown.delete(id);
    for (const rollout of this.#rollouts.all) {
      const view = this.#viewOf(rollout);
      if (!('rollout' in view)) continue;
      const before = this.#shown.get(rollout.id);
      const parts = changedParts(before, view);
      this.#shown.set(rollout.id, view);
      if (losesPart(before, view)) {
        this.#hub.publishSnapshot();
        isNews = true;
        continue;
      }
      if (parts === null) continue;
      this.#hub.publish(rollout.id, parts);
      isNews = true;
    }
    if (isNews) {
      const earliest = performance.now() - publishedInRow * publishInterval;
      this.#publishDue = Math.max(this.#publishDue, earliest) + publishInterval;
    }
    this.#options.onView?.(this.view());
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const machineClock: DaemonClock = { wall: () => wallTime(Date.now()), monotonic: () => performance.now() };
