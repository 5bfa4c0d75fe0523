import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a request is answered in place of the series. */
export type Instead = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that speaks Prometheus' `query_range`, with the samples that a test gives it by the text of the query. */
export class MetricsEngine {
  /** By query: the value of each series at a time in seconds; `null` where it has none. */
  readonly series = new Map<
    string,
    readonly { labels: Readonly<Record<string, string>>; at: (seconds: number) => number | null }[]
  >();
  readonly asked: {
    readonly query: string;
    readonly start: number;
    readonly end: number;
    readonly headers: IncomingMessage['headers'];
  }[] = [];
  instead: Instead | null = null;
  url = '';

  static async start(): Promise<MetricsEngine> {
    const engine = new MetricsEngine();
    const server = createServer((request, response) => engine.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    engine.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return engine;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const query = searchParams.get('query') ?? '';
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(searchParams.get(name))) as [
      number,
      number,
      number,
    ];
    this.asked.push({ query, start, end, headers: request.headers });
    if (this.instead !== null) {
      this.instead(request, response);
      return;
    }
    if (!pathname.endsWith('/api/v1/query_range')) {
      response.writeHead(404).end('404 page not found');
      return;
    }
    if ((end - start) / step > 11_000) {
      json(response, 400, {
        status: 'error',
        errorType: 'bad_data',
        error: 'exceeded maximum resolution of 11,000 points',
      });
      return;
    }
    const result = (this.series.get(query) ?? []).flatMap(({ labels, at }) => {
      const values: [number, string][] = [];
      for (let time = start; time <= end; time += step) {
        const value = at(time);
        if (value !== null) values.push([time, String(value)]);
      }
      return values.length === 0 ? [] : [{ metric: labels, values }];
    });
    json(response, 200, { status: 'success', data: { resultType: 'matrix', result } });
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
