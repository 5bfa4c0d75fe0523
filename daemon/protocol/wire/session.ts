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

/**
 * The client's end of the protocol, without sockets or timers: it outlives connections and keeps the newest known view
 * across them.
 */
export interface Session {
  readonly link: Link;
  /** The last view that arrived, however old. */
  readonly view: WorkspaceView | null;
  /** A new connection is open; open requests of the old one are rejected. */
  open(wire: Wire): Connection;
  /**
   * @throws UserError (as a rejection) with the daemon's code, or `disconnected`: then it is unknown whether the daemon
   * did it, and the same idempotency key will tell.
   */
  request<M extends Method>(method: M, params: Params<M>): Promise<Results[M]>;
  /** Milliseconds since the daemon was last heard, on any connection; `null` before the first word. */
  silence(): number | null;
  /** No live connection, or silent for more than 5 s: the shown state may be out of date and must say so. */
  stale(): boolean;
  /** Gives the function that ends the listening. */
  listen(listener: (event: SessionEvent) => void): () => void;
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

/**
 * @param options.now a clock in milliseconds, monotonic if there is one
 * @param options.subscribe whether the session follows the workspace's view (default), or only makes requests
 */
export function createSession(options: { readonly now: () => number; readonly subscribe?: boolean }): Session {
  const follows = options.subscribe ?? true;
  const listeners = new Set<(event: SessionEvent) => void>();
  let pending = new Map<number, Pending>();
  let link: Link = { kind: 'disconnected', reason: 'not connected yet' };
  let wire: Wire | null = null;
  let nextId = 1;
  let heardAt: number | null = null;
  let following: Following = { kind: 'no' };
  /** The newest known state, and its epoch. */
  let held: { readonly view: WorkspaceView; readonly epoch: string; readonly seq: number } | null = null;

  const tell = (event: SessionEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  const become = (next: Link): void => {
    link = next;
    tell({ kind: 'link', link });
  };
  const violation = (detail: string): void => wire?.close(closeCodes.violation, detail.slice(0, 100));

  const abandon = (reason: string): void => {
    wire = null;
    following = { kind: 'no' };
    const orphans = pending;
    pending = new Map();
    for (const { reject } of orphans.values()) reject('disconnected', `the connection to the daemon ended: ${reason}`);
  };

  const send = <M extends Method>(id: number, method: M, params: Params<M>): void => {
    wire?.send(JSON.stringify({ id, method, params }));
  };

  const request = <M extends Method>(method: M, params: Params<M>): Promise<Results[M]> => {
    // The stack of the request helps; the stack of its answer says nothing.
    const { stack } = new Error(method);
    return new Promise((resolve, reject) => {
      const fail = (code: string, message: string): void => {
        const error = new UserError(code, message);
        if (stack !== undefined) error.stack = stack.replace(/^Error: .*/, () => `UserError: ${message}`);
        reject(error);
      };
      if (link.kind === 'incompatible') {
        fail('disconnected', link.message);
      } else if (wire === null || link.kind === 'greeting') {
        fail('disconnected', 'there is no connection to the daemon');
      } else {
        const id = nextId++;
        pending.set(id, { method, resolve: (result) => resolve(result as Results[M]), reject: fail });
        send(id, method, params);
      }
    });
  };

  /** Subscribes from the held view, or anew after a gap was found. */
  const subscribe = (version: string, from: { readonly epoch: string | null; readonly since: number }): void => {
    const id = nextId++;
    following = { kind: 'asked', id };
    become({ kind: 'catching-up', version });
    send(id, 'subscribe', from);
  };
  const resynchronize = (): void => {
    if (following.kind === 'yes' && 'version' in link) subscribe(link.version, { epoch: null, since: 0 });
  };

  const subscribed = (result: unknown): void => {
    const answer = resultSchemas.subscribe.safeParse(result);
    if (!answer.success) {
      violation('not an answer to subscribe');
      return;
    }
    if (answer.data.kind === 'snapshot') following = { kind: 'awaiting-snapshot' };
    else follow(answer.data.seq);
  };
  const follow = (target: number): void => {
    following = { kind: 'yes', target };
    if (held === null) {
      violation('a resumption of nothing');
      return;
    }
    if (link.kind === 'catching-up' && held.seq >= target) become({ kind: 'live', version: link.version });
  };

  const greeted = ({ protocol, version }: MessageOf<'hello'>): void => {
    if (link.kind !== 'greeting') {
      violation('a second hello');
      return;
    }
    if (protocol !== protocolVersion) {
      const remedy =
        protocol < protocolVersion ? 'stop it with `rampwatch stop` and start again' : 'update this client';
      const message = `the running daemon (${version}) speaks protocol ${protocol}, this client ${protocolVersion}; ${remedy}`;
      become({ kind: 'incompatible', version, message });
      wire?.close(closeCodes.incompatible, `protocol ${protocolVersion} wanted`);
      return;
    }
    if (!follows) become({ kind: 'live', version });
    else subscribe(version, held === null ? { epoch: null, since: 0 } : { epoch: held.epoch, since: held.seq });
  };

  const replaced = ({ epoch, seq, view }: MessageOf<'snapshot'>): void => {
    held = { view, epoch, seq };
    tell({ kind: 'view', view, changed: 'everything' });
    if (following.kind === 'awaiting-snapshot') follow(seq);
    else if (following.kind === 'yes') follow(following.target);
  };

  const changed = ({ epoch, seq, rollout, parts }: MessageOf<'delta'>): void => {
    if (held === null || following.kind !== 'yes' || (epoch === held.epoch && seq <= held.seq)) return;
    const rollouts = withParts(held.view.rollouts, rollout, parts);
    if (epoch !== held.epoch || seq !== held.seq + 1 || rollouts === null) {
      resynchronize();
      return;
    }
    const view = { ...held.view, rollouts };
    held = { view, epoch, seq };
    tell({ kind: 'view', view, changed: { rollout, parts: Object.keys(parts) as RolloutViewPart[] } });
    follow(following.target);
  };

  const alive = ({ epoch, seq }: MessageOf<'heartbeat'>): void => {
    if (following.kind === 'yes' && (held?.epoch !== epoch || held.seq < seq)) resynchronize();
  };

  const answered = ({ id, result }: MessageOf<'answer'>): void => {
    if (following.kind === 'asked' && id === following.id) {
      subscribed(result);
      return;
    }
    const asked = pending.get(id);
    if (asked === undefined) return;
    pending.delete(id);
    const checked = resultSchemas[asked.method].safeParse(result);
    if (checked.success) asked.resolve(checked.data);
    else asked.reject('bad-answer', `the daemon's answer to ${asked.method} is not what the protocol says`);
  };

  const refused = ({ id, error }: MessageOf<'error'>): void => {
    if (following.kind === 'asked' && id === following.id) {
      violation(`subscription refused: ${error.code}`);
      return;
    }
    const asked = pending.get(id ?? -1);
    if (asked === undefined) return;
    pending.delete(id ?? -1);
    asked.reject(error.code, error.message);
  };

  const receive = (text: string): void => {
    heardAt = options.now();
    const message = parseMessage(text);
    if (message === null) {
      violation('not a message of the protocol');
      return;
    }
    if (link.kind === 'incompatible') return;
    if (link.kind === 'greeting' && message.type !== 'hello') {
      violation('the first message was not hello');
      return;
    }
    switch (message.type) {
      case 'hello':
        greeted(message);
        return;
      case 'snapshot':
        replaced(message);
        return;
      case 'delta':
        changed(message);
        return;
      case 'heartbeat':
        alive(message);
        return;
      case 'answer':
        answered(message);
        return;
      case 'error':
        refused(message);
        return;
    }
  };

  return {
    get link() {
      return link;
    },
    get view() {
      return held?.view ?? null;
    },
    open(newWire) {
      abandon('a new connection took its place');
      wire = newWire;
      become({ kind: 'greeting' });
      return {
        receive(text) {
          if (wire === newWire) receive(text);
        },
        closed(reason) {
          if (wire !== newWire) return;
          abandon(reason);
          if (link.kind !== 'incompatible') become({ kind: 'disconnected', reason });
        },
      };
    },
    request,
    silence: () => (heardAt === null ? null : Math.max(0, options.now() - heardAt)),
    stale: () => link.kind !== 'live' || heardAt === null || options.now() - heardAt > silentAfter,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
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
