import { createHmac, randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { WebSocket } from 'ws';
import { type Discovery, wirePath } from '../../daemon/protocol/wire/messages.ts';
import { authorizationFor, challengeHeader, type Sign } from '../../daemon/protocol/wire/mutualProof.ts';
import type { Wire } from '../../daemon/protocol/wire/session.ts';

/** One open connection to a daemon. */
export interface DaemonSocket extends Wire {
  /** From now on; what has come before is told at once. */
  listen(events: SocketEvents): void;
  /** Ends it at once, without waiting for the other side. */
  abandon(): void;
}

export interface SocketEvents {
  message(text: string): void;
  /** Told once. */
  closed(reason: string): void;
}

/** How a socket is opened; a test may bring its own. */
export type OpenSocket = (discovery: Discovery) => Promise<DaemonSocket>;

const handshakeLimit = 5000;
/** A snapshot of many rollouts with their newest journal is far below this. */
const longestMessage = 32 * 1024 * 1024;

/** @throws Error (as a rejection) when nobody answers there, or not as a daemon. */
export const openSocket: OpenSocket = async (discovery) => {
  const authorization = await provenAuthorization(discovery);
  return await new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${discovery.port}${wirePath}`, {
      headers: { authorization },
      handshakeTimeout: handshakeLimit,
      perMessageDeflate: false,
      maxPayload: longestMessage,
    });
    // The first words may come before anybody listens.
    let early: ((events: SocketEvents) => void)[] = [];
    let events: SocketEvents | null = null;
    const tell = (what: (events: SocketEvents) => void): void => {
      if (events === null) early.push(what);
      else what(events);
    };
    let failure = '';
    let opened = false;
    socket.on('open', () => {
      opened = true;
      resolve({
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code, reason),
        abandon: () => socket.terminate(),
        listen(listener) {
          events = listener;
          for (const what of early) what(listener);
          early = [];
        },
      });
    });
    socket.on('message', (data, binary) => {
      if (!binary) tell(({ message }) => message(data.toString()));
    });
    socket.on('error', (error) => {
      failure = error.message;
    });
    socket.on('close', (code, reason) => {
      const detail = failure || reason.toString() || `closed with code ${code}`;
      if (opened) tell(({ closed }) => closed(detail));
      else reject(new Error(detail));
    });
  });
};

const sign: Sign = (token, text) => createHmac('sha256', token).update(text).digest('base64url');

/** The server proves first that it holds the token: another program may listen on a dead daemon's port. */
function provenAuthorization({ port, token }: Discovery): Promise<string> {
  const challenge = randomBytes(32).toString('base64url');
  return new Promise((resolve, reject) => {
    const request = get(
      { host: '127.0.0.1', port, path: wirePath, agent: false, headers: { [challengeHeader]: challenge } },
      (response) => {
        clearTimeout(silent);
        response.destroy();
        const authorization = authorizationFor(sign, token, challenge, response.headers['www-authenticate'] ?? '');
        if (authorization === null) reject(new Error(`another program listens on port ${port}`));
        else resolve(authorization);
      },
    );
    const silent = setTimeout(() => request.destroy(new Error(`no answer on port ${port}`)), handshakeLimit);
    request.once('error', (error) => {
      clearTimeout(silent);
      reject(error);
    });
  });
}
