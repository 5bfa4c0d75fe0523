import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import {
  type Discovery,
  heartbeatEvery,
  type Method,
  type Params,
  protocolVersion,
  type Results,
  type Role,
  wirePath,
} from '../protocol/wire/messages.ts';
import { isOfViewer } from '../protocol/wire/mutualProof.ts';
import type { RolloutView, WorkspaceView } from '../protocol/wire/view.ts';
import { type ClientPeer, servePeer } from './clientPeer.ts';
import { Credentials } from './credentials.ts';
import { removeDiscovery, restoreDiscovery, writeDiscovery } from './discovery.ts';
import { createStateStream, type RingLimits } from './stateStream.ts';
import { challengeOf, judgeUpgrade } from './upgradeGate.ts';

export interface HubHandlers {
  view(): WorkspaceView;
  /** `subscribe` and `ping` never come here: the hub answers them. A UserError thrown is the client's error answer. */
  request<M extends Method>(method: M, params: Params<M>): Promise<Results[M]> | Results[M];
  /** The number of connected clients changed. */
  idleChanged?(clients: number): void;
}

export interface HubLog {
  info(detail: string): void;
  warn(detail: string): void;
  error(detail: string): void;
}

export interface HubOptions {
  /** The state directory; the discovery file is written there once the hub answers. */
  readonly directory: string;
  readonly root: string;
  readonly version: string;
  /** A fixed port; without one the system gives a free one. */
  readonly port?: number;
  readonly handlers: HubHandlers;
  readonly log: HubLog;
  now(): WallTime;
  /** For tests; otherwise those of this file. */
  readonly limits?: Partial<HubLimits>;
}

export interface HubLimits extends RingLimits {
  readonly clients: number;
  readonly requestsPerSecond: number;
  /** A client with more than this waiting to be read is dropped. */
  readonly buffered: number;
}

export interface Hub {
  readonly port: number;
  /** Names this run of the daemon: the epoch of its messages, and `instance` in its discovery file. */
  readonly instance: string;
  readonly clients: number;
  publish(rollout: string, parts: Partial<RolloutView>): void;
  /** Something beside the rollouts' parts changed: rollouts came or went, problems, faults. */
  publishSnapshot(): void;
  /** No client gets an answer any more; the discovery file is removed. */
  close(): Promise<void>;
}

const defaultLimits: HubLimits = {
  clients: 32,
  requestsPerSecond: 20,
  buffered: 1024 * 1024,
  messages: 1024,
  bytes: 512 * 1024,
};

/** How long a client may take to answer a close before its socket is destroyed. */
const closeTimeout = 2000;

/**
 * Serves the daemon's state on the loopback interface, to those who hold the token of the discovery file.
 *
 * @throws UserError `port-busy`, `port-refused`, `state-unwritable`.
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  const limits = { ...defaultLimits, ...options.limits };
  const { handlers, log } = options;
  const instance = randomUUID();
  const credentials = new Credentials(() => performance.now());
  const viewers = new Credentials(() => performance.now());
  const stream = createStateStream(instance, () => handlers.view(), limits);
  const peers = new Set<ClientPeer>();
  let closing = false;
  /** Since the last heartbeat; logged together, so that a flood of attempts is not a flood of lines. */
  let refusals = 0;

  const server = createServer({
    headersTimeout: 5000,
    requestTimeout: 5000,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 8192,
    keepAlive: false,
  });
  server.maxConnections = limits.clients + 256;
  server.on('request', (request, response) => {
    const challenge = challengeOf(request, portOf(server));
    const answer = challenge === null ? null : (isOfViewer(challenge) ? viewers : credentials).answer(challenge);
    const always = { Connection: 'close', 'Content-Length': 0 };
    if (answer === null) response.writeHead(404, always).end();
    else response.writeHead(401, { ...always, 'WWW-Authenticate': answer }).end();
  });
  server.on('clientError', (_error, socket) => socket.destroy());

  // The types of `ws` do not know `closeTimeout` yet.
  const socketOptions = {
    noServer: true,
    clientTracking: false,
    maxPayload: 64 * 1024,
    maxFragments: 64,
    perMessageDeflate: false,
    closeTimeout,
  };
  const sockets = new WebSocketServer(socketOptions);
  sockets.on('wsClientError', (_error, socket) => refuse(socket, 400));

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    let role: Role = 'operator';
    const verdict = judgeUpgrade(request, portOf(server), (sent) => {
      role = credentials.accepts(sent) ? 'operator' : 'viewer';
      return role === 'operator' || viewers.accepts(sent);
    });
    if (verdict.kind === 'refused') {
      refusals += 1;
      return refuse(socket, verdict.status);
    }
    if (closing || peers.size >= limits.clients) return refuse(socket, 503);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const peer = servePeer(webSocket, {
        ...options,
        role,
        stream,
        limits,
        stopping: () => closing,
        clients: () => peers.size,
        closed: () => {
          if (peers.delete(peer)) handlers.idleChanged?.(peers.size);
        },
      });
      peers.add(peer);
      handlers.idleChanged?.(peers.size);
    });
  });

  const port = await listen(server, options.port ?? 0);
  const discovery: Discovery = {
    pid: process.pid,
    instance,
    port,
    token: credentials.token,
    protocol: protocolVersion,
    version: options.version,
    root: options.root,
    startedAt: options.now(),
  };
  const viewing: Discovery = { ...discovery, token: viewers.token, role: 'viewer' };
  try {
    writeDiscovery(options.directory, viewing);
    writeDiscovery(options.directory, discovery);
  } catch (error) {
    server.close();
    throw error;
  }
  const heartbeat = setInterval(() => {
    const message = stream.heartbeat(options.now());
    for (const peer of peers) peer.send(message);
    if (refusals > 0) log.warn(`refused ${refusals} connections: without the token, or from a browser`);
    refusals = 0;
    restoreDiscovery(options.directory, viewing);
    if (restoreDiscovery(options.directory, discovery)) log.warn('the discovery file was lost and is written again');
  }, heartbeatEvery);
  heartbeat.unref();
  log.info(`serving ws://127.0.0.1:${port}${wirePath}`);

  return {
    port,
    instance,
    get clients() {
      return peers.size;
    },
    publish(rollout, parts) {
      if (closing || Object.keys(parts).length === 0) return;
      const message = stream.delta(rollout, parts);
      for (const peer of peers) peer.sendState(message);
    },
    publishSnapshot() {
      if (closing) return;
      const message = stream.snapshot();
      for (const peer of peers) peer.sendState(message, 'snapshot');
    },
    async close() {
      if (closing) return;
      closing = true;
      clearInterval(heartbeat);
      removeDiscovery(options.directory, instance);
      removeDiscovery(options.directory, instance, 'viewer');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.all([...peers].map((peer) => peer.close()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};

function refuse(socket: Duplex, status: number): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(
          new UserError(
            'port-busy',
            `port ${port} on 127.0.0.1 is in use; stop what uses it, or choose another port or none`,
          ),
        );
      } else if (error.code === 'EACCES') {
        reject(
          new UserError('port-refused', `port ${port} may not be opened by this user; choose one above 1023, or none`),
        );
      } else reject(error);
    });
    server.listen({ host: '127.0.0.1', port }, () => resolve(portOf(server)));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo | null)?.port ?? 0;
}
