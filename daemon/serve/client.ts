import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { UserError } from '../protocol/domain/userError.ts';
import {
  type Discovery,
  type Method,
  type Params,
  protocolVersion,
  type Results,
  type Role,
  wirePath,
} from '../protocol/wire/messages.ts';
import { authorizationFor, challengeHeader, challengeOf } from '../protocol/wire/mutualProof.ts';
import { Session } from '../protocol/wire/session.ts';
import type { WorkspaceView } from '../protocol/wire/view.ts';
import { sign } from './credentials.ts';
import { readDiscovery } from './discovery.ts';

/** A connection of the command line to the daemon of a workspace. A lost connection is not opened again. */
export interface Client {
  readonly discovery: Discovery;
  /** `null` only when the connection was made without `follow`. */
  readonly view: WorkspaceView | null;
  /** Gives the function that ends the listening. */
  onView(listener: (view: WorkspaceView) => void): () => void;
  /** @throws UserError (as a rejection) with the daemon's code, or `disconnected`. */
  request<M extends Method>(method: M, params: Params<M>): Promise<Results[M]>;
  /** The connection is down: the view may be out of date. */
  stale(): boolean;
  /** Resolves with the reason once the connection has ended. */
  readonly closed: Promise<string>;
  close(): Promise<void>;
  /** Ends the connection without a closing handshake: a daemon that hangs would not answer. */
  abandon(): void;
}

export interface ClientOptions {
  /** How long to wait, in milliseconds, for a daemon to appear; at once by default. */
  readonly waitFor?: number;
  /** True (default) follows the view; false only makes requests. */
  readonly follow?: boolean;
  /** How long to wait for a daemon that is there to greet, in milliseconds; 3 s by default. */
  readonly patience?: number;
  /** The token to use; that of an operator by default. */
  readonly role?: Role;
}

const handshakeTimeout = 3000;
/** A daemon that is silent for this long is given up, so that no request waits for ever. */
const longestSilence = 10_000;
const longestSnapshot = 64 * 1024 * 1024;
const retryEvery = 50;

/**
 * Connects to the daemon that the state directory's discovery file names, and resolves when it has greeted us and, if
 * followed, its view has come. Only this proves that a daemon lives.
 *
 * @throws UserError `no-daemon`, `daemon-silent`, `protocol-mismatch`, `discovery-unsafe`.
 */
export async function connectClient(directory: string, options: ClientOptions = {}): Promise<Client> {
  const deadline = performance.now() + (options.waitFor ?? 0);
  for (;;) {
    try {
      return await connectOnce(directory, options);
    } catch (error) {
      const mayCome = error instanceof UserError && (error.code === 'no-daemon' || error.code === 'daemon-silent');
      if (!mayCome || performance.now() >= deadline) throw error;
    }
    await pause(retryEvery);
  }
}

async function connectOnce(
  directory: string,
  { follow = true, patience = handshakeTimeout, role = roleOf(process.env) }: ClientOptions,
): Promise<Client> {
  const discovery = readDiscovery(directory, role);
  if (discovery === null) throw noDaemon();
  const socket = new WebSocket(`ws://127.0.0.1:${discovery.port}${wirePath}`, {
    headers: { Authorization: await provenAuthorization(discovery, patience) },
    handshakeTimeout: patience,
    perMessageDeflate: false,
    maxPayload: longestSnapshot,
  });
  const session = new Session({ now: () => performance.now(), subscribe: follow });
  const closed = attach(socket, session);
  try {
    await greeting(socket, session, discovery, patience);
  } catch (error) {
    socket.terminate();
    throw error;
  }
  return {
    discovery,
    get view() {
      return session.view;
    },
    onView: (listener) =>
      session.listen((event) => {
        if (event.kind === 'view') listener(event.view);
      }),
    request: (method, params) => patiently(() => session.request(method, params)),
    stale: () => session.stale(),
    closed,
    async close() {
      socket.close(1000);
      await closed;
    },
    abandon: () => socket.terminate(),
  };
}

/**
 * A client that asks for page after page may be too fast for the daemon. Such a request did nothing, and is sent again.
 */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'rate-limited') throw error;
    }
    await pause(retryEvery);
  }
}

/** `RAMPWATCH_ROLE=viewer` gives a process that is not trusted to act the token that only views. */
function roleOf(environment: NodeJS.ProcessEnv): Role {
  return environment.RAMPWATCH_ROLE === 'viewer' ? 'viewer' : 'operator';
}

/** Joins socket and session; resolves with the reason when the socket has closed. */
function attach(socket: WebSocket, session: Session): Promise<string> {
  const connection = session.open({
    send: (text) => socket.send(text),
    close: (code, reason) => socket.close(code, reason),
  });
  const watch = setInterval(() => {
    if ((session.silence() ?? 0) > longestSilence) socket.terminate();
  }, 1000);
  watch.unref();
  socket.on('message', (data) => connection.receive(String(data)));
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => {
      clearInterval(watch);
      const why = String(reason) || `the daemon closed the connection (${code})`;
      connection.closed(why);
      resolve(why);
    });
  });
}

/**
 * Makes the server prove that it holds the token, which is never sent: a discovery file may outlive its daemon, and
 * another program may listen on that port then.
 */
function provenAuthorization(discovery: Discovery, patience: number): Promise<string> {
  const { port, token } = discovery;
  const challenge = challengeOf(randomBytes(32).toString('base64url'), discovery.role === 'viewer');
  return new Promise((resolve, reject) => {
    const request = get(
      { host: '127.0.0.1', port, path: wirePath, agent: false, headers: { [challengeHeader]: challenge } },
      (response) => {
        clearTimeout(silent);
        response.destroy();
        const authorization = authorizationFor(sign, token, challenge, response.headers['www-authenticate'] ?? '');
        if (authorization === null) reject(notTheDaemon(discovery));
        else resolve(authorization);
      },
    );
    const silent = setTimeout(() => {
      reject(daemonSilent(discovery));
      request.destroy();
    }, patience);
    request.once('error', () => {
      clearTimeout(silent);
      reject(noDaemon());
    });
  });
}

/** Resolves when the session is live; an unreachable, foreign or silent other end rejects. */
function greeting(socket: WebSocket, session: Session, discovery: Discovery, patience: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const silent = setTimeout(() => reject(daemonSilent(discovery)), patience);
    const done = (): void => {
      clearTimeout(silent);
      stop();
    };
    const stop = session.listen((event) => {
      if (event.kind !== 'link') return;
      if (event.link.kind === 'live') resolve();
      else if (event.link.kind === 'incompatible') reject(new UserError('protocol-mismatch', event.link.message));
      else return;
      done();
    });
    socket.once('error', (error) => {
      done();
      // `ws` gives its own time limit no code, only this message.
      reject(error.message.includes('handshake has timed out') ? daemonSilent(discovery) : noDaemon());
    });
    socket.once('close', () => {
      done();
      reject(noDaemon());
    });
  });
}

function noDaemon(): UserError {
  return new UserError('no-daemon', 'no daemon runs for this workspace; start one with `rampwatch start`');
}

function notTheDaemon({ pid, port, protocol, version }: Discovery): UserError {
  if (protocol !== protocolVersion) {
    return new UserError(
      'protocol-mismatch',
      `the daemon of this workspace (process ${pid}, version ${version}) speaks protocol ${protocol}, this client ${protocolVersion}; ${
        protocol < protocolVersion ? 'end that process, then start again' : 'update this client'
      }`,
    );
  }
  return new UserError(
    'no-daemon',
    `no daemon runs for this workspace (another program listens on its port ${port}); start one with \`rampwatch start\``,
  );
}

function daemonSilent({ pid }: Discovery): UserError {
  return new UserError(
    'daemon-silent',
    `the daemon of this workspace (process ${pid}) does not answer; see \`rampwatch logs\`, or end that process and start again`,
  );
}
