import { dirname } from 'node:path';
import type { Event, EventEmitter, LogOutputChannel } from 'vscode';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { type Discovery, type Params, type Results, silentAfter } from '../../daemon/protocol/wire/messages.ts';
import { firstReconnect, nextReconnect, type ReconnectState } from '../../daemon/protocol/wire/reconnect.ts';
import { Session, type SessionEvent } from '../../daemon/protocol/wire/session.ts';
import type { Clock } from '../clock.ts';
import { Disposables } from '../disposables.ts';
import type { Translate, Vscode } from '../vscodeApi.ts';
import type { DaemonProgram } from './commandLine.ts';
import type { DaemonSocket, OpenSocket } from './daemonSocket.ts';
import type { DaemonStarts, StartDaemon } from './daemonStarts.ts';
import { readDiscovery } from './discoveryFile.ts';
import type { LastKnown } from './lastKnown.ts';
import type { PlanFolder } from './planFolders.ts';
import type { Change, Link, PlanPlace, Standing, StopCause } from './standing.ts';

/** The outside world of a connection. */
export interface ConnectionPorts {
  readonly vscode: Vscode;
  readonly clock: Clock;
  readonly log: LogOutputChannel;
  readonly openSocket: OpenSocket;
  readonly start: StartDaemon;
  program(): DaemonProgram;
  readonly lastKnown: Pick<LastKnown, 'of' | 'heard'>;
  /** Uniform in [0, 1). */
  chance(): number;
}

/** The number of failed starts in a row after which a person is asked. */
const mostStartFailures = 4;
/** An open connection that says nothing for this long is given up. */
const abandonAfter = 15_000;
/** While stopped: how often to look for a daemon that somebody else started. */
const lookEvery = 2000;

/** Requests that change nothing, or nothing that a repetition would do twice. */
type Question =
  | 'journal'
  | 'series'
  | 'records'
  | 'failures'
  | 'review'
  | 'report'
  | 'escalation'
  | 'writeEscalation'
  | 'credentials'
  | 'handCredential';

/** Requests that carry a key, under which the daemon does them once. */
type Order = 'command' | 'tick' | 'closeReview' | 'runEscalation';

type Ending =
  | { readonly kind: 'lost'; readonly lasted: number; readonly detail: string }
  | { readonly kind: 'ended' }
  | { readonly kind: 'cannot-start'; readonly detail: string; readonly place: PlanPlace | null }
  | { readonly kind: 'incompatible'; readonly detail: string };

interface Reached {
  /** Resolves with the reason when the connection is over. */
  readonly ended: Promise<string>;
}

/**
 * Keeps one plan folder in touch with its daemon: starts or joins it, follows its view, notices when it falls silent or
 * dies, and reconnects. A daemon that was stopped on purpose removes its discovery file and is left alone.
 */
export class PlanConnection extends Disposables {
  readonly onDidChange: Event<Change>;
  readonly #ports: ConnectionPorts;
  readonly #starts: DaemonStarts;
  readonly #t: Translate;
  readonly #changed: EventEmitter<Change>;
  readonly #session: Session;
  #folder: PlanFolder;
  #link: Link;
  #heardAt: number | null = null;
  #socket: DaemonSocket | null = null;
  /** A connection is wanted: it is made again when it is lost. */
  #wanted = false;
  /** A person, or the opening of the folder, asked for a daemon since the last connection. */
  #asked = false;
  #running = false;
  /** A person knows about the plan's fault and is mending it: a save is not answered with a message each time. */
  #faultTold = false;
  #stateDirectory: string | null = null;
  #instance: string | null = null;
  #wake: () => void = () => {};
  readonly #waiting = new Set<Disposables>();

  /** @param starts those of the window's folders */
  constructor(ports: ConnectionPorts, folder: PlanFolder, starts: DaemonStarts) {
    super();
    this.#ports = ports;
    this.#starts = starts;
    this.#t = ports.vscode.l10n.t;
    this.#folder = folder;
    this.#changed = this.add(new ports.vscode.EventEmitter<Change>());
    this.onDidChange = this.#changed.event;
    this.#link = { kind: 'stopped', cause: { kind: 'manual' } };
    const known = ports.lastKnown.of(folder.folder);
    this.#heardAt = known?.heardAt ?? null;
    this.#session = new Session({ now: () => ports.clock.now(), known: known?.view });
    this.add({ dispose: this.#session.listen((event) => this.#heard(event)) });
    this.add(ports.clock.every(1000, () => this.#watchSilence()));
    this.add(ports.clock.every(lookEvery, () => void this.#lookForAnother()));
    this.add({ dispose: () => this.#giveUp() });
  }

  get standing(): Standing {
    return {
      folder: this.#folder.folder,
      planFiles: this.#folder.files,
      link: this.#link,
      view: this.#session.view,
      heardAt: this.#heardAt,
    };
  }

  /** The same folder, with other plan files in it. */
  replaceFolder(folder: PlanFolder): void {
    this.#folder = folder;
    this.#changed.fire('link');
  }

  /** Starts or joins the daemon, and keeps the connection from now on. Harmless when this is already running. */
  start(): void {
    this.#wanted = true;
    this.#asked = true;
    this.#wake();
    if (!this.#running) void this.#keep();
  }

  /** A person has seen why the daemon could not be started. */
  failureTold(): void {
    if (this.#link.kind !== 'stopped' || this.#link.cause.kind !== 'failed') return;
    this.#faultTold = this.#link.cause.place !== null;
    this.#link = { kind: 'stopped', cause: { ...this.#link.cause, told: true } };
  }

  /** A plan of this folder was edited: what could not be started may now be. */
  planEdited(file: string): void {
    if (dirname(file) !== this.#folder.folder) return;
    if (this.#link.kind === 'stopped' && this.#link.cause.kind === 'failed') this.start();
  }

  /** Asks the daemon to end. It refuses while it watches exposed users, unless forced. */
  async stop(force: boolean): Promise<Results['shutdown']> {
    const answer = await this.#session.request('shutdown', { force });
    if (answer.kind === 'stopping') {
      this.#wanted = false;
      this.#ports.log.info(`${this.#folder.folder}: the daemon was asked to stop`);
    }
    return answer;
  }

  /**
   * Asks the daemon for something it knows or makes now. @throws UserError when there is no connection, or the daemon
   * refuses
   */
  ask<M extends Question>(method: M, params: Params<M>): Promise<Results[M]> {
    return this.#session.request(method, params);
  }

  /**
   * Sends a request that must be carried out once, across losses of the connection: a request whose answer was lost is
   * sent again under the same key, and the daemon returns the first outcome.
   * @throws UserError when the daemon is not reached within `limit` milliseconds or cannot be started
   */
  async order<M extends Order>(method: M, params: Params<M>, limit: number): Promise<Results[M]> {
    const until = this.#ports.clock.now() + limit;
    for (;;) {
      await this.#untilLive(until);
      try {
        return await this.#session.request(method, params);
      } catch (error) {
        if (!(error instanceof UserError) || error.code !== 'disconnected') throw error;
        this.#ports.log.info(`the answer to ${method} was lost; asking again under the same key`);
      }
    }
  }

  /** Resolves when `settled` holds for what is known; `false` when time ran out or the connection was disposed. */
  until(settled: (standing: Standing) => boolean, limit: number): Promise<boolean> {
    if (settled(this.standing)) return Promise.resolve(true);
    if (this.disposed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const finish = (outcome: boolean) => {
        resolve(outcome);
        this.#waiting.delete(waiting);
        waiting.dispose();
      };
      const waiting = new Disposables();
      this.#waiting.add(waiting);
      waiting.add(
        this.onDidChange(() => {
          if (settled(this.standing)) finish(true);
        }),
      );
      waiting.add(this.#ports.clock.after(limit, () => finish(false)));
      waiting.add({ dispose: () => resolve(false) });
    });
  }

  async #untilLive(until: number): Promise<void> {
    const over = (standing: Standing) => standing.link.kind === 'live' || standing.link.kind === 'stopped';
    const settled = await this.until(over, Math.max(0, until - this.#ports.clock.now()));
    const { link } = this.standing;
    if (settled && link.kind === 'live') return;
    const detail = link.kind === 'stopped' && link.cause.kind === 'failed' ? `: ${link.cause.detail}` : '';
    throw new UserError('daemon-unreachable', `${this.#t('The daemon cannot be reached')}${detail}`);
  }

  async #keep(): Promise<void> {
    this.#running = true;
    let retry: ReconnectState = firstReconnect;
    let startFailures = 0;
    this.#become({ kind: 'starting', since: this.#ports.clock.now() });
    try {
      while (this.#wanted && !this.disposed) {
        const ending = await this.#visit();
        if (this.disposed) return;
        if (!this.#wanted || ending.kind === 'ended') return this.#stopAs({ kind: 'ended' });
        const { detail } = ending;
        if (ending.kind === 'incompatible') return this.#stopAs({ kind: 'failed', detail, place: null, told: false });
        startFailures = ending.kind === 'cannot-start' ? startFailures + 1 : 0;
        // A fault of the plan does not go away by trying again, only by an edit: see `planEdited`.
        if (ending.kind === 'cannot-start' && (ending.place !== null || startFailures >= mostStartFailures)) {
          const told = ending.place !== null && this.#faultTold;
          return this.#stopAs({ kind: 'failed', detail, place: ending.place, told });
        }
        const next = nextReconnect(retry, ending.kind === 'lost' ? ending.lasted : 0, this.#ports.chance());
        retry = next.state;
        this.#lose(detail, next.wait);
        await this.#pause(next.wait);
      }
      if (!this.disposed) this.#stopAs({ kind: 'ended' });
    } finally {
      this.#running = false;
    }
  }

  /** One connection from its opening to its end. */
  async #visit(): Promise<Ending> {
    const { clock, log } = this.#ports;
    let reached: Reached | null;
    try {
      reached = await this.#reach();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      log.error(`${this.#folder.folder}: ${detail}`);
      const place = (error instanceof UserError && error.place) || null;
      return { kind: 'cannot-start', detail, place };
    }
    if (reached === null) return { kind: 'ended' };
    const openedAt = clock.now();
    const detail = await reached.ended;
    this.#socket = null;
    this.#starts.ended(this.#folder.folder, this.#wanted && !(await this.#wasRemoved()));
    log.warn(`${this.#folder.folder}: the connection to the daemon ended: ${detail}`);
    const { link } = this.#session;
    if (link.kind === 'incompatible') return { kind: 'incompatible', detail: link.message };
    return { kind: 'lost', lasted: clock.now() - openedAt, detail };
  }

  /** A daemon that ends on purpose removes its discovery file; one that is killed leaves it. */
  async #wasRemoved(): Promise<boolean> {
    return this.#stateDirectory === null || (await readDiscovery(this.#stateDirectory)) === null;
  }

  /** The daemon that the discovery file names, or the one that `rampwatch start` starts or finds. */
  async #reach(): Promise<Reached | null> {
    const known = this.#stateDirectory === null ? null : await readDiscovery(this.#stateDirectory);
    if (known !== null) {
      try {
        return await this.#open(known);
      } catch (error) {
        this.#ports.log.info(`${this.#folder.folder}: nobody answers at port ${known.port} (${String(error)})`);
      }
    }
    // The daemon removed its discovery file: it was stopped on purpose, and nobody has asked for it since.
    if (known === null && this.#stateDirectory !== null && !this.#asked) return null;
    const [planFile] = this.#folder.files;
    if (planFile === undefined) throw new UserError('no-plan', this.#t('There is no plan in this folder any more'));
    const started = await this.#starts.start(this.#ports.program(), planFile);
    this.#stateDirectory = started.stateDirectory;
    this.#ports.log.info(`${this.#folder.folder}: ${started.kind} the daemon, state in ${started.stateDirectory}`);
    const discovery = await readDiscovery(started.stateDirectory);
    if (discovery === null) {
      throw new UserError(
        'no-discovery',
        this.#t('The daemon was started, and then could not be found in {0}', started.stateDirectory),
      );
    }
    return await this.#open(discovery);
  }

  async #open(discovery: Discovery): Promise<Reached> {
    const socket = await this.#ports.openSocket(discovery);
    if (this.disposed) {
      socket.abandon();
      throw new UserError('disposed', this.#t('The window is closing'));
    }
    this.#socket = socket;
    this.#instance = discovery.instance;
    this.#asked = false;
    this.#heardAt = this.#ports.clock.now();
    const connection = this.#session.open(socket);
    const ended = new Promise<string>((end) => {
      socket.listen({
        message: (text) => {
          this.#heardAt = this.#ports.clock.now();
          connection.receive(text);
        },
        closed: (reason) => {
          connection.closed(reason);
          end(reason);
        },
      });
    });
    return { ended };
  }

  #heard(event: SessionEvent): void {
    switch (event.kind) {
      case 'view':
        this.#ports.lastKnown.heard(this.#folder.folder, event.view);
        this.#changed.fire('view');
        return;
      case 'link':
        if (event.link.kind === 'live') {
          this.#faultTold = false;
          this.#become({ kind: 'live' });
        } else if (event.link.kind === 'disconnected' && this.#link.kind === 'live') this.#lose(event.link.reason, 0);
        return;
    }
  }

  #watchSilence(): void {
    if (this.#socket === null || this.#heardAt === null) return;
    const silence = this.#ports.clock.now() - this.#heardAt;
    if (silence > abandonAfter) {
      this.#socket.abandon();
      return;
    }
    if (this.#link.kind === 'live' && silence > silentAfter) this.#become({ kind: 'silent', since: this.#heardAt });
    else if (this.#link.kind === 'silent' && silence <= silentAfter) this.#become({ kind: 'live' });
  }

  /** While stopped, `rampwatch start` in a terminal or in another window reconnects this one too. */
  async #lookForAnother(): Promise<void> {
    if (this.#running || this.#link.kind !== 'stopped' || this.#stateDirectory === null) return;
    const discovery = await readDiscovery(this.#stateDirectory);
    if (discovery !== null && discovery.instance !== this.#instance && !this.disposed) this.start();
  }

  #lose(detail: string, wait: number): void {
    const now = this.#ports.clock.now();
    // What is known from before the window was loaded says nothing of a daemon that went away.
    if (this.#session.view === null || this.#instance === null) {
      this.#become({ kind: 'starting', since: this.#link.kind === 'starting' ? this.#link.since : now });
      return;
    }
    const since = this.#link.kind === 'lost' || this.#link.kind === 'silent' ? this.#link.since : now;
    this.#become({ kind: 'lost', since, retryAt: now + wait, detail });
  }

  #stopAs(cause: StopCause): void {
    this.#wanted = false;
    this.#become({ kind: 'stopped', cause });
  }

  #become(link: Link): void {
    this.#link = link;
    this.#changed.fire('link');
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#ports.clock.after(milliseconds, () => resolve());
      this.#wake = () => {
        timer.dispose();
        resolve();
      };
    });
  }

  #giveUp(): void {
    this.#wanted = false;
    this.#wake();
    this.#socket?.abandon();
    this.#socket = null;
    for (const waiting of this.#waiting) waiting.dispose();
  }
}
