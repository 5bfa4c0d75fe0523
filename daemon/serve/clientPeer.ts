import type { RawData, WebSocket } from 'ws';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import {
  closeCodes,
  type ErrorCode,
  type Method,
  type Params,
  type Results,
  type Role,
  requestEnvelope,
  requestParams,
  type ServerMessage,
  viewerMethods,
} from '../protocol/wire/messages.ts';
import { createRequestAllowance } from './requestAllowance.ts';
import type { StateStream } from './stateStream.ts';

/** One connected client, as the hub holds it. */
export interface ClientPeer {
  send(message: Buffer): void;
  /** Only to those who follow the state. A client that does not keep up is dropped. */
  sendState(message: Buffer, kind?: 'snapshot'): void;
  close(): Promise<void>;
}

export interface PeerOptions {
  /** By the token that the client has proved. */
  readonly role: Role;
  readonly version: string;
  readonly stream: StateStream;
  readonly limits: { readonly requestsPerSecond: number; readonly buffered: number };
  readonly handlers: { request<M extends Method>(method: M, params: Params<M>): Promise<Results[M]> | Results[M] };
  readonly log: { warn(detail: string): void; error(detail: string): void };
  now(): WallTime;
  stopping(): boolean;
  /** The number of connections. */
  clients(): number;
  closed(): void;
}

interface Request {
  readonly id: number;
  readonly method: Method;
  readonly params: Params<Method>;
}

/** Greets an authenticated client, answers its requests and sends it the state once it subscribed. */
export function servePeer(socket: WebSocket, options: PeerOptions): ClientPeer {
  const { stream, limits, log } = options;
  const allowed = createRequestAllowance(limits.requestsPerSecond);
  const left = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let following = false;
  /** A snapshot may be larger than the allowed backlog of a client, so it does not count until it was read. */
  let snapshotBytes = 0;

  const send = (message: Buffer): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount === 0) snapshotBytes = 0;
    if (socket.bufferedAmount > limits.buffered + snapshotBytes) {
      log.warn(`dropped a client that does not keep up: ${socket.bufferedAmount} bytes unread`);
      socket.close(closeCodes.tooSlow, 'too slow; reconnect for a snapshot');
      return;
    }
    socket.send(message, { binary: false });
  };
  const sendSnapshot = (message: Buffer): void => {
    send(message);
    snapshotBytes = message.length;
  };
  const say = (message: ServerMessage): void => send(Buffer.from(JSON.stringify(message)));
  const refuse = (id: number | null, code: ErrorCode | string, message: string): void =>
    say({ type: 'error', id, error: { code, message } });

  const subscribe = (id: number, { epoch, since }: Params<'subscribe'>): void => {
    const { answer, messages } = stream.resume(epoch, since);
    following = true;
    say({ type: 'answer', id, result: answer });
    for (const message of messages) {
      if (answer.kind === 'snapshot') sendSnapshot(message);
      else send(message);
    }
  };

  const answer = async ({ id, method, params }: Request): Promise<void> => {
    try {
      say({ type: 'answer', id, result: await options.handlers.request(method, params) });
    } catch (error) {
      if (error instanceof UserError) {
        refuse(id, error.code, error.message);
        return;
      }
      log.error(`${method} failed by a defect: ${error instanceof Error ? error.stack : String(error)}`);
      refuse(id, 'internal', `the daemon could not answer ${method}: see its log`);
    }
  };

  socket.on('message', (data: RawData, isBinary) => {
    const request = isBinary ? malformed(null, 'a request is text') : parseRequest(String(data));
    // A rollback is never made to wait behind anything.
    if (!isRollback(request) && !allowed(performance.now())) {
      refuse(request.id, 'rate-limited', `more than ${limits.requestsPerSecond} requests in a second; slow down`);
    } else if ('problem' in request) refuse(request.id, 'bad-request', request.problem);
    else if (options.role === 'viewer' && !viewerMethods.has(request.method))
      refuse(request.id, 'not-permitted', `this token only views: ${request.method} needs that of an operator`);
    else if (options.stopping()) refuse(request.id, 'stopping', 'the daemon is stopping');
    else if (request.method === 'ping')
      say({ type: 'answer', id: request.id, result: { now: options.now(), clients: options.clients() } });
    else if (request.method === 'subscribe') subscribe(request.id, request.params as Params<'subscribe'>);
    else void answer(request);
  });
  // A frame that breaks the limits or the protocol: `ws` closes the connection itself.
  socket.on('error', (error) => log.warn(`a client broke the protocol: ${error.message}`));
  socket.once('close', () => options.closed());

  send(stream.hello(options.version));
  return {
    send,
    sendState(message, kind) {
      if (!following) return;
      if (kind === 'snapshot') sendSnapshot(message);
      else send(message);
    },
    close() {
      socket.close(1001, 'the daemon is stopping');
      return left;
    },
  };
}

interface Malformed {
  readonly id: number | null;
  readonly problem: string;
}

function malformed(id: number | null, problem: string): Malformed {
  return { id, problem };
}

function parseRequest(text: string): Request | Malformed {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return malformed(null, 'a request is JSON');
  }
  const envelope = requestEnvelope.safeParse(raw);
  if (!envelope.success) return malformed(idOf(raw), 'a request is {id, method, params} with a known method');
  const { id, method } = envelope.data;
  const params = requestParams[method].safeParse(envelope.data.params);
  if (params.success) return { id, method, params: params.data };
  const [issue] = params.error.issues;
  return malformed(
    id,
    `${method}: ${issue?.path.join('.') || 'params'}: ${issue?.message ?? 'not as the protocol says'}`,
  );
}

function idOf(raw: unknown): number | null {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : null;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : null;
}

function isRollback(request: Request | Malformed): boolean {
  if ('problem' in request || request.method !== 'command') return false;
  return (request.params as Params<'command'>).command.kind === 'rollback';
}
