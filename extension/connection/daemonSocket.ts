import { WebSocket } from 'ws';
import { type Discovery, wirePath } from '../../daemon/protocol/wire/messages.ts';
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
export const openSocket: OpenSocket = (discovery) => {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${discovery.port}${wirePath}`, {
      headers: { authorization: `Bearer ${discovery.token}` },
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
