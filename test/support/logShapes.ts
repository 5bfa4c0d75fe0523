/** A request of a rollout, and what all logs of it should come to. */
export interface Request {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly arm: 'treatment' | 'control';
  readonly status: number;
  readonly took: number;
}

export interface ShapeOracle {
  readonly n: number;
  readonly good: number;
  /** In milliseconds. */
  readonly p95: number;
}

/** A log in one shape, as some program writes it. */
export interface LogShape {
  readonly file: string;
  readonly text: string;
  /** The requests in the log: all, unless it holds fewer. */
  readonly oracle: Readonly<Record<Request['arm'], ShapeOracle>>;
  /** How much of a measure's unit a millisecond is; `null` where the log has the length in buckets, or not at all. */
  readonly scale: number | null;
}

export interface ShapeNames {
  readonly treatment: string;
  readonly control: string;
}

/** A linear congruential generator (Numerical Recipes), so that a seed says everything. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function requestsOf(seed: number, count = 240): readonly Request[] {
  const next = random(seed);
  let at = Date.UTC(2026, 0, 5, 10);
  return Array.from({ length: count }, (): Request => {
    at += Math.round(200 + next() * 9000);
    const arm = next() < 0.5 ? 'treatment' : 'control';
    const fails = next() < (arm === 'treatment' ? 0.12 : 0.02);
    const others = [200, 200, 200, 200, 201, 204, 304, 404];
    const status = fails ? [500, 502, 503][Math.floor(next() * 3)] : others[Math.floor(next() * others.length)];
    return { at, arm, status: status ?? 200, took: Math.round(40 + next() * (arm === 'treatment' ? 900 : 300)) };
  });
}

function oracleOf(requests: readonly Request[]): LogShape['oracle'] {
  const of = (arm: Request['arm']): ShapeOracle => {
    const own = requests.filter((request) => request.arm === arm);
    const sorted = own.map(({ took }) => took).sort((one, other) => one - other);
    const p95 = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN;
    return { n: own.length, good: own.filter(({ status }) => status < 500).length, p95 };
  };
  return { treatment: of('treatment'), control: of('control') };
}

interface Said extends Request {
  readonly name: string;
  readonly iso: string;
  readonly seconds: number;
  readonly end: number;
}

const months = ['Jan', 'Feb', 'Mar'];
const two = (value: number) => String(value).padStart(2, '0');
function clf(at: number): string {
  const date = new Date(at);
  return `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
function syslogTime(at: number): string {
  const date = new Date(at);
  return `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${date.toISOString().slice(11, 19)}`;
}
const path = '/api/upload';

/** The lines of a request in each shape. */
const lineShapes: Readonly<
  Record<string, { file: string; scale?: number | null; line(said: Said): string; before?: string }>
> = {
  jsonl: {
    file: 'requests.jsonl',
    line: ({ iso, name, status, took }) => JSON.stringify({ timestamp: iso, variant: name, status, duration_ms: took }),
  },
  nested: {
    file: 'app.ndjson',
    scale: 1e6,
    line: ({ iso, name, status, took }) =>
      JSON.stringify({
        '@timestamp': iso,
        event: { duration: took * 1e6 },
        http: { response: { status_code: status } },
        tags: ['web', `variant:${name}`],
      }),
  },
  versions: {
    file: 'events.json',
    scale: 1e-3,
    line: ({ seconds, arm, status, took }) =>
      JSON.stringify({
        ts: seconds,
        service: { version: arm === 'treatment' ? '1.10.0' : '1.9.2' },
        status,
        latency: took / 1000,
      }),
  },
  duration_texts: {
    file: 'tracing.json',
    line: ({ iso, name, status, took }) =>
      JSON.stringify({ timestamp: iso, fields: { latency: `${took} ms`, status }, span: { variant: name } }),
  },
  start_and_end: {
    file: 'spans.jsonl',
    line: ({ at, iso, name, status, end }) =>
      JSON.stringify({
        start_time: iso,
        end_time: new Date(end).toISOString(),
        attributes: { variant: name, 'http.status_code': status },
        id: at,
      }),
  },
  csv: {
    file: 'requests.csv',
    before: 'time,variant,status,took_ms\n',
    line: ({ iso, name, status, took }) => `${iso},${name},${status},${took}`,
  },
  csv_without_header: {
    file: 'export.csv',
    before: 'sep=;\n',
    line: ({ at, name, status, took }) => `${at};${name};${status};${took}`,
  },
  own_text: {
    file: 'app.log',
    before: '2026-01-05 09:59:59,000 started\n',
    line: ({ iso, name, status, took }) =>
      `${iso.slice(0, 10)} ${iso.slice(11, 23).replace('.', ',')} done for ${name}: ${status} after ${took} ms`,
  },
  combined: {
    file: 'access.log',
    scale: 1e-3,
    line: ({ at, name, status, took }) =>
      `192.0.2.7 - - [${clf(at)}] "GET ${path} HTTP/1.1" ${status} 925 "-" "curl/8 (x; \\"y\\")" ${(took / 1000).toFixed(3)} upload_${name}`,
  },
  envoy: {
    file: 'envoy-access.log',
    line: ({ iso, name, status, took }) =>
      `[${iso}] "GET ${path} HTTP/1.1" ${status} - via_upstream - "-" 0 925 ${took} ${took} "-" "curl/8" "9e7b" "a.test" "10.0.0.3:80" outbound|80|${name}|a 10.0.0.9:1 10.0.0.9:80 192.0.2.7:1 - default`,
  },
  haproxy: {
    file: 'haproxy.log',
    line: ({ at, name, status, took }) =>
      `${syslogTime(at)} lb1 haproxy[1389]: 192.0.2.7:33317 [${clf(at).slice(0, 20)}.000] http-in be/${name}1 0/0/1/${took - 1}/${took} ${status} 925 - - ---- 1/1/1/1/0 0/0 "GET ${path} HTTP/1.1"`,
  },
  alb: {
    file: 'alb.log',
    scale: 1e-3,
    line: ({ iso, name, status, took }) =>
      `https ${iso} app/upload/50dc 192.0.2.7:2817 10.0.0.3:80 0.001 ${(took / 1000).toFixed(3)} 0.000 ${status} ${status} 34 925 "GET https://a.test:443${path} HTTP/1.1" "curl/8" ECDHE TLSv1.2 arn:aws:x:targetgroup/upload-${name}/73 "Root=1" "a.test" "-" 0 ${iso} "forward" "-" "-" "10.0.0.3:80" "200" "-" "-"`,
  },
  w3c: {
    file: 'u_ex.log',
    before: '#Software: IIS\n#Fields: date time cs-host sc-status time-taken\n',
    line: ({ iso, name, status, took }) => `${iso.slice(0, 10)} ${iso.slice(11, 19)} ${name}.test ${status} ${took}`,
  },
  logfmt: {
    file: 'app.log',
    line: ({ iso, name, status, took }) =>
      `time=${iso} level=info msg="request done" status=${status} duration=${took}.000ms variant=${name}`,
  },
  cri: {
    file: '0.log',
    line: ({ iso, name, status, took }) =>
      `${iso} stdout F ${JSON.stringify({ variant: name, status, duration_ms: took })}`,
  },
  docker: {
    file: 'abc-json.log',
    line: ({ iso, name, status, took }) =>
      JSON.stringify({
        log: `${JSON.stringify({ variant: name, status, duration_ms: took })}\n`,
        stream: 'stdout',
        time: iso,
      }),
  },
  compose: {
    file: 'compose.log',
    before: 'Attaching to web-1\n',
    line: ({ iso, name, status, took }) =>
      `web-1  | ${JSON.stringify({ time: iso, variant: name, status, duration_ms: took })}`,
  },
  journald: {
    file: 'journal.json',
    line: ({ at, name, status, took }) =>
      JSON.stringify({
        __REALTIME_TIMESTAMP: `${at * 1000}`,
        _SYSTEMD_UNIT: `upload-${name}.service`,
        MESSAGE: `done status=${status} took=${took}ms`,
      }),
  },
  syslog: {
    file: 'upload.log',
    line: ({ iso, name, status, took }) =>
      `<34>1 ${iso} host upload 12 - - {"variant":"${name}","status":${status},"took":"${took}ms"}`,
  },
  python: {
    file: 'app.log',
    line: ({ iso, name, status, took }) =>
      `${iso.slice(0, 10)} ${iso.slice(11, 23).replace('.', ',')} INFO upload.views variant=${name} status=${status} took=${took}.0ms`,
  },
  vegeta: {
    file: 'vegeta.json',
    scale: 1e6,
    line: ({ iso, name, status, took }) =>
      JSON.stringify({ attack: name, code: status, timestamp: iso, latency: took * 1e6 }),
  },
  jmeter: {
    file: 'results.jtl',
    before: 'timeStamp,elapsed,label,responseCode,success\n',
    line: ({ at, name, status, took }) => `${at},${took},upload ${name},${status},${status < 500}`,
  },
  gatling: {
    file: 'simulation.log',
    before: 'RUN\tio.upload.Simulation\tupload\t1767607200000\t \t3.9.5\n',
    line: ({ at, name, status, end }) => `REQUEST\t\tupload ${name}\t${at}\t${end}\t${status < 500 ? 'OK' : 'KO'}\t `,
  },
  k6: {
    file: 'k6.json',
    before: `${JSON.stringify({ metric: 'http_reqs', type: 'Metric', data: { type: 'counter', thresholds: [] } })}\n`,
    line: ({ iso, name, status, took }) =>
      [
        ['http_reqs', 1],
        ['http_req_duration', took],
        ['http_req_failed', status >= 400 ? 1 : 0],
      ]
        .map(([metric, value]) =>
          JSON.stringify({
            metric,
            type: 'Point',
            data: { time: iso, value, tags: { scenario: name, status: `${status}` } },
          }),
        )
        .join('\n'),
  },
  statsd: {
    file: 'statsd.log',
    line: ({ at, name, status, took }) =>
      `upload.${name}.${status < 500 ? 'success' : 'failure'}:1|c|T${Math.floor(at / 1000)}\nupload.${name}.duration:${took}|ms`,
  },
  influx: {
    file: 'requests.influx',
    line: ({ at, name, status, took }) => `http_requests,variant=${name} status=${status}i,took=${took} ${at}000000`,
  },
};

/** How a shape of many requests at a time is written. */
const wholeShapes: Readonly<
  Record<string, { file: string; scale: number | null; text(all: readonly Said[], names: ShapeNames): string }>
> = {
  json_document: {
    file: 'report.json',
    scale: 1,
    text: (all) =>
      JSON.stringify(
        {
          run: { id: 7 },
          requests: all.map(({ iso, name, status, took }) => ({ at: iso, variant: name, status, took })),
        },
        null,
        1,
      ),
  },
  otlp_traces: {
    file: 'traces.jsonl',
    scale: 1,
    text: (all) =>
      chunked(all)
        .map(({ said, name }) =>
          JSON.stringify({
            resourceSpans: [
              {
                resource: { attributes: [{ key: 'deployment.name', value: { stringValue: name } }] },
                scopeSpans: [
                  {
                    spans: said.map(({ at, status, end }) => ({
                      startTimeUnixNano: `${at}000000`,
                      endTimeUnixNano: `${end}000000`,
                      attributes: [{ key: 'http.response.status_code', value: { intValue: `${status}` } }],
                    })),
                  },
                ],
              },
            ],
          }),
        )
        .join('\n'),
  },
  counts: {
    file: 'minutes.jsonl',
    scale: null,
    text: (all) =>
      chunked(all)
        .map(({ said, name }) =>
          JSON.stringify({
            timestamp: said[0]?.iso,
            variant: name,
            requests: said.length,
            errors: said.filter(({ status }) => status >= 500).length,
          }),
        )
        .join('\n'),
  },
  arm_columns: {
    file: 'both.jsonl',
    scale: null,
    text: (all) =>
      byMinute(all)
        .map((said) => {
          const of = (arm: Request['arm']) => said.filter((each) => each.arm === arm);
          const bad = (arm: Request['arm']) => of(arm).filter(({ status }) => status >= 500).length;
          return JSON.stringify({
            timestamp: said[0]?.iso,
            new_total: of('treatment').length,
            new_errors: bad('treatment'),
            old_total: of('control').length,
            old_errors: bad('control'),
          });
        })
        .join('\n'),
  },
  locust: {
    file: 'run_stats_history.csv',
    scale: null,
    text: (all, names) => {
      const lines = ['Timestamp,User Count,Type,Name,Requests/s,95%,Total Request Count,Total Failure Count'];
      const totals = new Map<string, [number, number]>();
      for (const said of byMinute(all)) {
        for (const name of [names.treatment, names.control]) {
          const own = said.filter((each) => each.name === name);
          const [n, bad] = totals.get(name) ?? [0, 0];
          const now: [number, number] = [n + own.length, bad + own.filter(({ status }) => status >= 500).length];
          totals.set(name, now);
          lines.push(
            `${Math.floor((said.at(-1)?.at ?? 0) / 1000)},10,GET,upload [${name}],0.2,N/A,${now[0]},${now[1]}`,
          );
        }
      }
      return lines.join('\n');
    },
  },
  prometheus: {
    file: 'metrics.prom',
    scale: null,
    text: (all, names) => {
      const lines: string[] = [];
      const counts = new Map<string, number>();
      const bounds = ['0.1', '0.25', '0.5', '1', '+Inf'];
      for (const said of byMinute(all)) {
        for (const { name, status, took } of said) {
          const code = `requests_total{variant="${name}",code="${Math.floor(status / 100)}xx"}`;
          counts.set(code, (counts.get(code) ?? 0) + 1);
          for (const le of bounds) {
            const bucket = `duration_bucket{variant="${name}",le="${le}"}`;
            const isIn = le === '+Inf' || took / 1000 <= Number(le);
            counts.set(bucket, (counts.get(bucket) ?? 0) + (isIn ? 1 : 0));
          }
        }
        lines.push('# TYPE requests_total counter');
        const time = said.at(-1)?.at;
        for (const [series, count] of counts)
          if (series.startsWith('requests')) lines.push(`${series} ${count} ${time}`);
        for (const name of [names.treatment, names.control]) {
          for (const le of bounds) {
            const bucket = `duration_bucket{variant="${name}",le="${le}"}`;
            lines.push(`${bucket} ${counts.get(bucket) ?? 0}`);
          }
        }
      }
      return lines.join('\n');
    },
  },
};

function byMinute(all: readonly Said[]): readonly (readonly Said[])[] {
  return [...Map.groupBy(all, ({ at }) => Math.floor(at / 60_000)).values()];
}

function chunked(all: readonly Said[]): readonly { readonly name: string; readonly said: readonly Said[] }[] {
  return byMinute(all).flatMap((minute) =>
    [...Map.groupBy(minute, ({ name }) => name)].map(([name, said]) => ({ name, said })),
  );
}

export const shapeNames: readonly string[] = [...Object.keys(lineShapes), ...Object.keys(wholeShapes)];

/** The log of the requests in a shape. */
export function logShape(shape: string, requests: readonly Request[], names: ShapeNames): LogShape {
  const said = requests.map(
    (request): Said => ({
      ...request,
      name: names[request.arm],
      iso: new Date(request.at).toISOString(),
      seconds: request.at / 1000,
      end: request.at + request.took,
    }),
  );
  const oracle = oracleOf(requests);
  const line = lineShapes[shape];
  if (line !== undefined) {
    const text = `${line.before ?? ''}${said.map((each) => line.line(each)).join('\n')}\n`;
    return { file: line.file, text, oracle, scale: line.scale === undefined ? 1 : line.scale };
  }
  const whole = wholeShapes[shape];
  if (whole === undefined) throw new Error(`no shape ${shape}`);
  return { file: whole.file, text: `${whole.text(said, names)}\n`, oracle, scale: whole.scale };
}
