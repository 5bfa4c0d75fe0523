import { UserError } from '../domain/userError.ts';
import {
  closeCodes,
  type Method,
  type Params,
  protocolVersion,
  type Results,
  resultSchemas,
  type ServerMessage,
  serverMessage,
  silentAfter,
} from './messages.ts';
import type { RolloutView, RolloutViewPart, WorkspaceView } from './view.ts';

/** The session's link to its daemon. The held view is the daemon's own only while the link is `live`. */
export type Link =
  | { readonly kind: 'disconnected'; readonly reason: string }
  /** Connected; the daemon has not identified itself yet. */
  | { readonly kind: 'greeting' }
  | { readonly kind: 'catching-up'; readonly version: string }
  | { readonly kind: 'live'; readonly version: string }
  /** One line for people: which of the two needs an update. */
  | { readonly kind: 'incompatible'; readonly version: string; readonly message: string };

export type SessionEvent =
  | { readonly kind: 'link'; readonly link: Link }
  | {
      readonly kind: 'view';
      readonly view: WorkspaceView;
      readonly changed: 'everything' | { readonly rollout: string; readonly parts: readonly RolloutViewPart[] };
    };

/** The connection that carries texts to the daemon. */
export interface Wire {
  send(text: string): void;
  close(code: number, reason: string): void;
}

/** One connection's way into the session. After a newer one was opened, messages of an older one are ignored. */
export interface Connection {
  receive(text: string): void;
  closed(reason: string): void;
}

interface Pending {
  readonly method: Method;
  readonly resolve: (result: unknown) => void;
  readonly reject: (code: string, message: string) => void;
}

/** The session's progress in following the daemon's state. */
type Following =
  | { readonly kind: 'no' }
  /** A subscription has been sent: messages before its answer belong to the earlier one. */
  | { readonly kind: 'asked'; readonly id: number }
  | { readonly kind: 'awaiting-snapshot' }
  /** Live once the view includes `target`, the state at the time of the answer. */
  | { readonly kind: 'yes'; readonly target: number };

interface SessionOptions {
  /** A clock in milliseconds, monotonic if there is one. */
  readonly now: () => number;
  /** What was known before this session, shown as old until the daemon is heard. */
  readonly known?: WorkspaceView | undefined;
  /** `false`: the session only makes requests and does not follow the workspace's view. */
  readonly subscribe?: boolean;
}

/**
 * The client's end of the protocol, without sockets or timers: it outlives connections and keeps the newest known view
 * across them.
 */
export class Session {
  readonly #now: () => number;
  readonly #follows: boolean;
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  #pending = new Map<number, Pending>();
  #link: Link = { kind: 'disconnected', reason: 'not connected yet' };
  #wire: Wire | null = null;
  #nextId = 1;
  #heardAt: number | null = null;
  #following: Following = { kind: 'no' };
  /** The newest known state, and its epoch; `null`: of a daemon that is not known. */
  #held: { readonly view: WorkspaceView; readonly epoch: string | null; readonly seq: number } | null = null;

  constructor({ now, subscribe, known }: SessionOptions) {
    this.#now = now;
    if (known !== undefined) this.#held = { view: known, epoch: null, seq: 0 };
    this.#follows = subscribe ?? true;
  }

  get link(): Link {
    return this.#link;
  }

  /** The last view that arrived, however old. */
  get view(): WorkspaceView | null {
    return this.#held?.view ?? null;
  }

  /** A new connection is open; open requests of the old one are rejected. */
  open(wire: Wire): Connection {
    this.#abandon('a new connection took its place');
    this.#wire = wire;
    this.#become({ kind: 'greeting' });
    return {
      receive: (text) => {
        if (this.#wire === wire) this.#receive(text);
      },
      closed: (reason) => {
        if (this.#wire !== wire) return;
        this.#abandon(reason);
        if (this.#link.kind !== 'incompatible') this.#become({ kind: 'disconnected', reason });
      },
    };
  }

  /**
   * @throws UserError (as a rejection) with the daemon's code, or `disconnected`: then it is unknown whether the daemon
   * did it, and the same idempotency key will tell.
   */
  request<M extends Method>(method: M, params: Params<M>): Promise<Results[M]> {
    // The stack of the request helps; the stack of its answer says nothing.
    const { stack } = new Error(method);
    return new Promise((resolve, reject) => {
      const fail = (code: string, message: string): void => {
        const error = new UserError(code, message);
        if (stack !== undefined) error.stack = stack.replace(/^Error: .*/, () => `UserError: ${message}`);
        reject(error);
      };
      if (this.#link.kind === 'incompatible') {
        fail('disconnected', this.#link.message);
      } else if (this.#wire === null || this.#link.kind === 'greeting') {
        fail('disconnected', 'there is no connection to the daemon');
      } else {
        const id = this.#nextId++;
        this.#pending.set(id, { method, resolve: (result) => resolve(result as Results[M]), reject: fail });
        this.#send(id, method, params);
      }
    });
  }

  /** Milliseconds since the daemon was last heard, on any connection; `null` before the first word. */
  silence(): number | null {
    return this.#heardAt === null ? null : Math.max(0, this.#now() - this.#heardAt);
  }

  /** No live connection, or silent for more than 5 s: the shown state may be out of date and must say so. */
  stale(): boolean {
    const heardAt = this.#heardAt;
    return this.#link.kind !== 'live' || heardAt === null || this.#now() - heardAt > silentAfter;
  }

  /** Gives the function that ends the listening. */
  listen(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(event: SessionEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #become(link: Link): void {
    this.#link = link;
    this.#tell({ kind: 'link', link });
  }

  #violation(detail: string): void {
    this.#wire?.close(closeCodes.violation, detail.slice(0, 100));
  }

  #abandon(reason: string): void {
    this.#wire = null;
    this.#following = { kind: 'no' };
    const orphans = this.#pending;
    this.#pending = new Map();
    for (const { reject } of orphans.values()) reject('disconnected', `the connection to the daemon ended: ${reason}`);
  }

  #send<M extends Method>(id: number, method: M, params: Params<M>): void {
    this.#wire?.send(JSON.stringify({ id, method, params }));
  }

  /** Subscribes from the held view, or anew after a gap was found. */
  #subscribe(version: string, from: { readonly epoch: string | null; readonly since: number }): void {
    const id = this.#nextId++;
    this.#following = { kind: 'asked', id };
    this.#become({ kind: 'catching-up', version });
    this.#send(id, 'subscribe', from);
  }

  #resynchronize(): void {
    const link = this.#link;
    if (this.#following.kind === 'yes' && 'version' in link) this.#subscribe(link.version, { epoch: null, since: 0 });
  }

  #subscribed(result: unknown): void {
    const answer = resultSchemas.subscribe.safeParse(result);
    if (!answer.success) {
      this.#violation('not an answer to subscribe');
      return;
    }
    if (answer.data.kind === 'snapshot') this.#following = { kind: 'awaiting-snapshot' };
    else this.#follow(answer.data.seq);
  }

  #follow(target: number): void {
    this.#following = { kind: 'yes', target };
    if (this.#held === null) {
      this.#violation('a resumption of nothing');
      return;
    }
    const link = this.#link;
    if (link.kind === 'catching-up' && this.#held.seq >= target) this.#become({ kind: 'live', version: link.version });
  }

  #greeted({ protocol, version }: MessageOf<'hello'>): void {
    if (this.#link.kind !== 'greeting') {
      this.#violation('a second hello');
      return;
    }
    if (protocol !== protocolVersion) {
      const remedy =
        protocol < protocolVersion ? 'stop it with `rampwatch stop` and start again' : 'update this client';
      const message = `the running daemon (${version}) speaks protocol ${protocol}, this client ${protocolVersion}; ${remedy}`;
      this.#become({ kind: 'incompatible', version, message });
      this.#wire?.close(closeCodes.incompatible, `protocol ${protocolVersion} wanted`);
      return;
    }
    const held = this.#held;
    if (!this.#follows) this.#become({ kind: 'live', version });
    else this.#subscribe(version, held === null ? { epoch: null, since: 0 } : { epoch: held.epoch, since: held.seq });
  }

  #replaced({ epoch, seq, view }: MessageOf<'snapshot'>): void {
    this.#held = { view, epoch, seq };
    this.#tell({ kind: 'view', view, changed: 'everything' });
    if (this.#following.kind === 'awaiting-snapshot') this.#follow(seq);
    else if (this.#following.kind === 'yes') this.#follow(this.#following.target);
  }

  #changed({ epoch, seq, rollout, parts }: MessageOf<'delta'>): void {
    const held = this.#held;
    const following = this.#following;
    if (held === null || following.kind !== 'yes' || (epoch === held.epoch && seq <= held.seq)) return;
    const rollouts = withParts(held.view.rollouts, rollout, parts);
    if (epoch !== held.epoch || seq !== held.seq + 1 || rollouts === null) {
      this.#resynchronize();
      return;
    }
    const view = { ...held.view, rollouts };
    this.#held = { view, epoch, seq };
    this.#tell({ kind: 'view', view, changed: { rollout, parts: Object.keys(parts) as RolloutViewPart[] } });
    this.#follow(following.target);
  }

  #alive({ epoch, seq }: MessageOf<'heartbeat'>): void {
    const held = this.#held;
    if (this.#following.kind === 'yes' && (held?.epoch !== epoch || held.seq < seq)) this.#resynchronize();
  }

  #answered({ id, result }: MessageOf<'answer'>): void {
    if (this.#following.kind === 'asked' && id === this.#following.id) {
      this.#subscribed(result);
      return;
    }
    const asked = this.#pending.get(id);
    if (asked === undefined) return;
    this.#pending.delete(id);
    const checked = resultSchemas[asked.method].safeParse(result);
    if (checked.success) asked.resolve(checked.data);
    else asked.reject('bad-answer', `the daemon's answer to ${asked.method} is not what the protocol says`);
  }

  #refused({ id, error }: MessageOf<'error'>): void {
    if (this.#following.kind === 'asked' && id === this.#following.id) {
      this.#violation(`subscription refused: ${error.code}`);
      return;
    }
    const asked = this.#pending.get(id ?? -1);
    if (asked === undefined) return;
    this.#pending.delete(id ?? -1);
    asked.reject(error.code, error.message);
  }

  #receive(text: string): void {
    this.#heardAt = this.#now();
    const message = parseMessage(text);
    if (message === null) {
      this.#violation('not a message of the protocol');
      return;
    }
    if (this.#link.kind === 'incompatible') return;
    if (this.#link.kind === 'greeting' && message.type !== 'hello') {
      this.#violation('the first message was not hello');
      return;
    }
    switch (message.type) {
      case 'hello':
        this.#greeted(message);
        return;
      case 'snapshot':
        this.#replaced(message);
        return;
      case 'delta':
        this.#changed(message);
        return;
      case 'heartbeat':
        this.#alive(message);
        return;
      case 'answer':
        this.#answered(message);
        return;
      case 'error':
        this.#refused(message);
        return;
    }
  }
}

type MessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: T }>;

function parseMessage(text: string): ServerMessage | null {
  try {
    const parsed = serverMessage.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** The rollouts with some parts of one replaced; `null` when that one is not known. */
function withParts(
  rollouts: readonly RolloutView[],
  rollout: string,
  parts: Partial<RolloutView>,
): readonly RolloutView[] | null {
  if (!rollouts.some((view) => view.rollout === rollout)) return null;
  return rollouts.map((view) => (view.rollout === rollout ? { ...view, ...parts } : view));
}
