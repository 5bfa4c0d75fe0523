import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a flag system saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Takes the request and cuts the connection. */
  | 'cut'
  /** Takes the request and never answers. */
  | 'silent';

type Decide = (request: SeenRequest) => Answer | Promise<Answer>;

/** A flag system on this machine, whose answers a test decides. */
export interface FlagServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Decides each answer from now on. */
  answer(decide: Decide): void;
  /** Stops listening, and cuts what is open. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
}

export async function startFlagServer(
  decide: Decide,
  finished: (clean: () => Promise<void>) => void,
): Promise<FlagServer> {
  const seen: SeenRequest[] = [];
  let deciding = decide;
  let port = 0;
  let server: Server | null = null;
  const up = async (): Promise<void> => {
    const started = createServer(async (incoming, outgoing) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body };
      seen.push(request);
      const answer = await deciding(request);
      if (answer === 'silent') return;
      if (answer === 'cut') {
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      outgoing.end(
        answer.body === undefined ? '' : typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body),
      );
    });
    await new Promise<void>((resolve) => started.listen(port, '127.0.0.1', resolve));
    port = (started.address() as AddressInfo).port;
    server = started;
  };
  const down = async (): Promise<void> => {
    const running = server;
    if (running === null) return;
    server = null;
    running.closeAllConnections();
    await new Promise((resolve) => running.close(resolve));
  };
  await up();
  finished(down);
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    answer(next) {
      deciding = next;
    },
    down,
    up,
  };
}

/** A flag with a switch and a percentage: PUT sets it, GET reads it, and only a token opens it. */
export class ServedFlag {
  value: { enabled: boolean; percent: number } = { enabled: false, percent: 0 };
  readonly token: string;

  constructor(token: string) {
    this.token = token;
  }

  readonly answer = ({ method, headers, body }: SeenRequest): Answer => {
    if (headers.authorization !== `Bearer ${this.token}`) return { status: 401, body: { error: 'unauthorized' } };
    if (method === 'PUT') this.value = JSON.parse(body);
    return { status: 200, body: this.value };
  };
}
