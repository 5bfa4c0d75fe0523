import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HandedCredentials } from '../../../daemon/approval/handedCredentials.ts';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import { Ledger } from '../../../daemon/measure/ledger.ts';
import { resolveMeasure } from '../../../daemon/measure/resolvedMeasure.ts';
import { parsePlan } from '../../../daemon/plan/load.ts';
import type { Batch, Observation, PositionRecord, SourceGap } from '../../../daemon/protocol/domain/observation.ts';
import type { PrometheusSource } from '../../../daemon/protocol/domain/prometheusSource.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';
import { engines } from '../../../daemon/sources/prometheus/engines.ts';
import type { RunningSource } from '../../../daemon/sources/source.ts';
import { approveUse, noApprovals } from '../../support/approvedUse.ts';
import { json, MetricsEngine } from '../../support/metricsEngine.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const prometheus = ['/usr/bin/prometheus', '/usr/local/bin/prometheus'].find((file) => existsSync(file));

function planText(url: string, settings = '', step = '1s'): string {
  return `version: 1
id: engine
sources:
  - prometheus:
      url: ${url}
      step: ${step}
      settle: 3s
${settings}      arms:
        treatment: { total: 'requests_total{arm="new"}', bad: 'requests_total{arm="new",code="500"}', latency: 'seconds_bucket{arm="new"}' }
        control: { total: 'requests_total{arm="old"}', bad: 'requests_total{arm="old",code="500"}', latency: 'seconds_bucket{arm="old"}' }
measures:
  success_rate: { share: { bad: bad, total: total } }
  latency: { quantile: 0.5, field: latency, histogram: le, unit: s }
stages: [{ id: off, percent: 0 }]
`;
}

/** A plan's engine under a store in memory, and what it has counted. */
class EngineBench {
  clock = Date.UTC(2026, 0, 5, 10);
  readonly gaps: SourceGap[] = [];
  readonly root = temporaryDirectory();
  readonly terms;
  readonly #plan;
  readonly #instrument;
  readonly ledger: Ledger;
  readonly #positions = new Map<string, PositionRecord>();
  readonly #real: boolean;
  running: RunningSource;

  constructor(
    text: string,
    {
      real = false,
      approved = true,
      environment = {},
    }: { real?: boolean; approved?: boolean; environment?: NodeJS.ProcessEnv } = {},
  ) {
    const parsed = parsePlan(text, 'rampwatch.yaml');
    if (parsed.kind !== 'plan') throw new Error(JSON.stringify(parsed.problems));
    this.#plan = parsed.loaded.plan;
    this.#instrument = compileInstrument(this.#plan);
    this.ledger = new Ledger(this.#plan, this.#instrument);
    this.#real = real;
    this.terms = noApprovals(environment);
    if (approved) this.approve();
    this.running = this.#start();
    onTestFinished(() => this.running.close());
  }

  get #source(): PrometheusSource {
    return this.#plan.sources[0] as PrometheusSource;
  }

  approve(): void {
    approveUse(this.#source, 0, this.root, this.terms);
  }

  /** The time passes, and the engine is asked again. */
  async after(seconds: number): Promise<void> {
    this.clock += seconds * 1000;
    await this.running.poll();
  }

  async restart(): Promise<void> {
    await this.running.close();
    this.running = this.#start();
  }

  counts(arm: 'treatment' | 'control') {
    const { n, good } = this.ledger.totals(arm, null, null);
    return { n, bad: n - (good[0] ?? 0) };
  }

  median(arm: 'treatment' | 'control'): number {
    const measure = resolveMeasure(this.#plan, this.#instrument, 'latency');
    if (measure.kind !== 'quantile') throw new Error(measure.kind);
    return this.ledger.totals(arm, null, null).sketchOf(measure.field).quantile(0.5) ?? Number.NaN;
  }

  get detail(): string | null {
    return this.running.health()[0]?.detail ?? null;
  }

  /** Milliseconds of the newest look that was answered. */
  get readTo(): number {
    return this.running.progress()[0]?.readToEnd ?? Number.NEGATIVE_INFINITY;
  }

  get state(): string | undefined {
    return this.running.health()[0]?.state;
  }

  #start(): RunningSource {
    return engines.start({
      root: this.root,
      sources: [{ index: 0, source: this.#source }],
      instrument: this.#instrument,
      positions: [...this.#positions.values()],
      gaps: this.gaps,
      outside: this.terms,
      now: () => wallTime(this.#real ? Date.now() : this.clock),
      commit: (batches) => this.#commit(batches),
    });
  }

  #commit(batches: readonly Batch[]): void {
    for (const { observations, positions, gaps, rejected } of batches) {
      expect(rejected).toEqual({});
      for (const observation of observations) this.ledger.add(observation);
      for (const position of positions) this.#positions.set(position.generation, position);
      this.gaps.push(...gaps);
      this.lastPlace = observations.at(-1)?.place ?? this.lastPlace;
    }
  }

  lastPlace: Observation['place'] | null = null;
}

const total = (arm: string) => `requests_total{arm="${arm}"}`;
const bad = (arm: string) => `requests_total{arm="${arm}",code="500"}`;
const start = Date.UTC(2026, 0, 5, 10) / 1000;

describe('a metrics engine as a source', () => {
  it('connects only once a person has approved it, and counts what has grown since then, exactly', async () => {
    const engine = await MetricsEngine.start();
    engine.series.set(total('new'), [{ labels: {}, at: (time) => 1000 + 3 * (time - start) }]);
    engine.series.set(bad('new'), [{ labels: {}, at: (time) => 7 + (time - start) }]);
    const bench = new EngineBench(planText(engine.url), { approved: false });
    await bench.running.poll();
    expect([bench.state, engine.asked.length]).toEqual(['error', 0]);
    expect(bench.detail).toContain('rampwatch approve');
    bench.approve();
    await bench.after(0);
    expect(bench.counts('treatment')).toEqual({ n: 0, bad: 0 });
    await bench.after(10);
    expect(bench.counts('treatment')).toEqual({ n: 30, bad: 10 });
    // Over a restart of the daemon, and a long silence of it.
    await bench.restart();
    await bench.after(2000);
    expect(bench.counts('treatment')).toEqual({ n: 6030, bad: 2010 });
    expect(bench.gaps).toEqual([]);
  });

  it('shows the samples behind a figure, which is the evidence of a query', async () => {
    const engine = await MetricsEngine.start();
    engine.series.set(total('new'), [{ labels: {}, at: (time) => 3 * (time - start) }]);
    engine.series.set(bad('new'), [{ labels: {}, at: (time) => time - start }]);
    const bench = new EngineBench(planText(engine.url));
    await bench.after(0);
    await bench.after(1);
    const place = bench.lastPlace;
    expect(place).toEqual({ query: total('new'), at: (start + 1) * 1000 });
    expect(place === null ? null : bench.running.textAt?.(place)).toBe(
      `treatment, 2026-01-05T10:00:00.000Z to 2026-01-05T10:00:01.000Z: total +3 in 1 series, bad +1; ${engine.url}/graph?g0.expr=requests_total%7Barm%3D%22new%22%7D&g0.tab=0&g0.range_input=1h&g0.end_input=2026-01-05+10%3A00%3A01`,
    );
  });

  it('reads late samples again, and counts each once', async () => {
    const engine = await MetricsEngine.start();
    let arrived = start;
    engine.series.set(total('new'), [{ labels: {}, at: (time) => (time > arrived ? null : 5 * (time - start)) }]);
    const bench = new EngineBench(planText(engine.url));
    await bench.after(0);
    await bench.after(2);
    expect(bench.counts('treatment').n).toBe(0);
    arrived = start + 3;
    await bench.after(1);
    arrived = start + 5;
    await bench.after(2);
    await bench.after(2);
    expect(bench.counts('treatment').n).toBe(25);
  });

  it('declares a counter that began anew, and counts what it has counted since', async () => {
    const engine = await MetricsEngine.start();
    engine.series.set(total('new'), [
      { labels: {}, at: (time) => (time < start + 10 ? 100 + time - start : time - start - 8) },
    ]);
    const bench = new EngineBench(planText(engine.url));
    await bench.after(0);
    await bench.after(20);
    expect(bench.counts('treatment').n).toBe(9 + 12);
    expect(bench.gaps.length).toBe(1);
    expect(bench.gaps[0]?.reason).toContain('began anew');
  });

  it('says that a query has no series, and counts nothing', async () => {
    const engine = await MetricsEngine.start();
    const bench = new EngineBench(planText(engine.url));
    await bench.after(0);
    await bench.after(10);
    expect(bench.counts('treatment').n).toBe(0);
    expect(bench.detail).toContain('no series for `total` of treatment');
  });

  it('sends the credential that the plan names, and shows it nowhere', async () => {
    const engine = await MetricsEngine.start();
    const headers = `      headers: { Authorization: "Bearer $\{env:ENGINE_TOKEN}" }\n`;
    const bench = new EngineBench(planText(engine.url, headers), {
      environment: { ENGINE_TOKEN: 'a-very-secret-token' },
    });
    await bench.after(0);
    expect(engine.asked[0]?.headers.authorization).toBe('Bearer a-very-secret-token');
    engine.instead = (request, response) => {
      json(response, 400, {
        status: 'error',
        errorType: 'bad_data',
        error: `what is ${request.headers.authorization}`,
      });
    };
    await bench.after(2);
    expect(bench.detail).toContain('refuses the query (400): what is');
    expect(bench.detail).not.toContain('a-very-secret-token');
    const without = new EngineBench(planText(engine.url, headers));
    await without.after(0);
    expect(without.detail).toContain('the credential ENGINE_TOKEN is missing');
  });

  it('asks again by itself as soon as an editor has handed the credential over, and says which one is not accepted', async () => {
    const engine = await MetricsEngine.start();
    engine.series.set(total('new'), [{ labels: {}, at: (time) => time }]);
    engine.instead = (request, response) => {
      if (request.headers.authorization === 'Bearer the-right-words') engine.instead = null;
      json(response, 401, { status: 'error', error: 'unauthorized' });
    };
    const headers = `      headers: { Authorization: "Bearer $\{env:ENGINE_TOKEN}" }\n`;
    const bench = new EngineBench(planText(engine.url, headers));
    const handed = new HandedCredentials(() => wallTime(bench.clock));
    Object.assign(bench.terms, { handed });
    const { rollout } = bench.terms;
    const hand = (value: string) => {
      handed.hand('env:ENGINE_TOKEN', value);
      bench.running.credentialChanged?.('env:ENGINE_TOKEN');
    };
    await expect.poll(() => handed.wantOf(rollout, 'env:ENGINE_TOKEN')?.want).toBe('missing');
    expect(engine.asked).toEqual([]);
    hand('some-other-words');
    await expect.poll(() => handed.wantOf(rollout, 'env:ENGINE_TOKEN')?.want).toBe('refused');
    await expect.poll(() => bench.detail).toContain('refuses the credential (401)');
    hand('the-right-words');
    await expect.poll(() => engine.instead).toBeNull();
    bench.running.credentialChanged?.('env:ENGINE_TOKEN');
    await expect.poll(() => bench.state).toBe('reading');
    expect(handed.wantOf(rollout, 'env:ENGINE_TOKEN')).toBeNull();
  });

  it.each<[string, MetricsEngine['instead'], string]>([
    [
      'in part',
      (_, response) =>
        json(response, 200, {
          status: 'success',
          warnings: ['store 3 is not reachable'],
          data: { resultType: 'matrix', result: [] },
        }),
      'answers in part only, and nothing of it is counted: store 3 is not reachable',
    ],
    ['with 401', (_, response) => json(response, 401, {}), 'refuses the credential (401)'],
    [
      'with 503 and a page',
      (_, response) => void response.writeHead(503).end('<html>'),
      'answers 503, and not as Prometheus does',
    ],
    [
      'with a scalar',
      (_, response) => json(response, 200, { status: 'success', data: { resultType: 'scalar', result: [1, '1'] } }),
      'does not answer with series',
    ],
    ['by cutting the connection', (request) => request.socket.destroy(), '127.0.0.1'],
    [
      'with a redirect to another host',
      (_, response) => void response.writeHead(302, { location: 'http://other.example/' }).end(),
      'redirects to http://other.example',
    ],
  ])(
    'counts nothing of an engine that answers %s, says it in one line, and goes on without a loss',
    async (_, instead, says) => {
      const engine = await MetricsEngine.start();
      engine.series.set(total('new'), [{ labels: {}, at: (time) => 2 * (time - start) }]);
      const bench = new EngineBench(planText(engine.url));
      await bench.after(0);
      engine.instead = instead;
      await bench.after(4);
      await bench.after(4);
      expect(bench.detail).toContain(says);
      expect(bench.detail).not.toContain('\n');
      expect([bench.state, bench.counts('treatment').n]).toEqual(['error', 0]);
      engine.instead = null;
      await bench.after(2);
      expect([bench.state, bench.counts('treatment').n]).toEqual(['reading', 20]);
    },
  );
});

describe(
  prometheus === undefined
    ? 'Prometheus itself (SKIPPED: not installed here, Debian has `prometheus`)'
    : 'Prometheus itself',
  () => {
    it.skipIf(prometheus === undefined)(
      'gives the counts that the application has, over a restart of it, each once',
      async () => {
        const folder = temporaryDirectory();
        const application = new Exporter();
        const target = await application.start();
        const port = await freePort();
        writeFileSync(
          join(folder, 'prometheus.yml'),
          `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: app, static_configs: [{ targets: ['127.0.0.1:${target}'] }] }]\n`,
        );
        const server: ChildProcess = spawn(
          prometheus ?? '',
          [
            `--config.file=${join(folder, 'prometheus.yml')}`,
            `--storage.tsdb.path=${join(folder, 'data')}`,
            `--web.listen-address=127.0.0.1:${port}`,
          ],
          { stdio: 'ignore' },
        );
        onTestFinished(async () => {
          const ended = new Promise((resolve) => server.once('exit', resolve));
          server.kill('SIGKILL');
          await ended;
        });
        const url = `http://127.0.0.1:${port}`;
        const seen = async (): Promise<number> => {
          const answer = await fetch(`${url}/api/v1/query?query=sum(requests_total)`).then(
            (response) =>
              response.json() as Promise<{ data: { result: readonly { value: readonly [number, string] }[] } }>,
            () => null,
          );
          return Number(answer?.data.result[0]?.value[1] ?? -1);
        };
        application.serve('new', 200, 100, 0.3);
        application.serve('old', 200, 900, 0.05);
        await expect.poll(seen).toBe(1000);
        const bench = new EngineBench(planText(url), { real: true });
        await expect.poll(() => bench.state).toBe('reading');
        expect(bench.counts('treatment')).toEqual({ n: 0, bad: 0 });
        // What a series that begins within the first step has counted is of the time before.
        const firstRead = bench.readTo;
        await expect.poll(() => bench.readTo).toBeGreaterThan(firstRead + 2000);
        application.serve('new', 200, 37, 0.3);
        application.serve('new', 500, 5, 0.3);
        application.serve('old', 200, 411, 0.05);
        await expect.poll(() => bench.counts('treatment')).toEqual({ n: 42, bad: 5 });
        await expect.poll(() => bench.counts('control')).toEqual({ n: 411, bad: 0 });
        expect(bench.median('treatment')).toBeGreaterThan(0.1);
        expect(bench.median('control')).toBeLessThan(0.1);
        // The application is started anew, once all that it has counted was scraped.
        await expect.poll(seen).toBe(1453);
        application.restart();
        application.serve('new', 200, 8, 0.3);
        application.serve('new', 500, 2, 0.3);
        await bench.restart();
        await expect.poll(() => bench.counts('treatment')).toEqual({ n: 52, bad: 7 });
        expect(bench.counts('control')).toEqual({ n: 411, bad: 0 });
      },
    );
  },
);

/** An application with counters and a histogram, as clients of Prometheus write them. */
class Exporter {
  #requests = new Map<string, number>();
  #buckets = new Map<string, number>();

  async start(): Promise<number> {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(this.#text());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  serve(arm: string, code: number, times: number, seconds: number): void {
    add(this.#requests, `requests_total{arm="${arm}",code="${code}"}`, times);
    for (const bound of [0.1, 0.5, Number.POSITIVE_INFINITY]) {
      const le = Number.isFinite(bound) ? String(bound) : '+Inf';
      add(this.#buckets, `seconds_bucket{arm="${arm}",le="${le}"}`, seconds <= bound ? times : 0);
    }
  }

  restart(): void {
    this.#requests = new Map();
    this.#buckets = new Map();
  }

  #text(): string {
    const lines = (type: string, name: string, all: ReadonlyMap<string, number>) =>
      [`# TYPE ${name} ${type}`, ...[...all].map(([series, value]) => `${series} ${value}`), ''].join('\n');
    return lines('counter', 'requests_total', this.#requests) + lines('histogram', 'seconds', this.#buckets);
  }
}

function add(all: Map<string, number>, key: string, by: number): void {
  all.set(key, (all.get(key) ?? 0) + by);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
