import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatOf } from '../../../daemon/ingest/formats/kinds.ts';
import { readRecording } from '../../../daemon/ingest/recorded/recording.ts';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import { Ledger } from '../../../daemon/measure/ledger.ts';
import { resolveMeasure } from '../../../daemon/measure/resolvedMeasure.ts';
import { parsePlan } from '../../../daemon/plan/load.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';
import { type Request, requestsOf } from '../../support/logShapes.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

/** Logs of formats that have no shape of their own in docs/sources.md, written here as their programs' documents have it. */
interface Written {
  readonly source: string;
  readonly arms: string;
  readonly success: string;
  readonly latency: string | null;
  readonly text: (requests: readonly Request[]) => string;
  /** Lines that the reader must neither count nor reject. */
  readonly noise?: (request: Request, index: number) => readonly string[];
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');
const iso = (at: number) => new Date(at).toISOString();
const clf = (at: number, between: string) => {
  const date = new Date(at);
  return `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}${between}${iso(at).slice(11, 19)}`;
};
const hosts = { treatment: 'canary', control: 'stable' } as const;
const lines = (requests: readonly Request[], write: (request: Request, index: number) => readonly string[]) =>
  requests.flatMap(write).join('\n');

const byVariant = '{ treatment: { variant: canary }, control: { variant: stable } }';
const below = '{ status: "< 500" }';

const logs: Readonly<Record<string, Written>> = {
  klog: {
    source: 'file: app.log, format: klog',
    arms: byVariant,
    success: below,
    latency: 'field: took, unit: ms',
    text: (requests) =>
      lines(requests, ({ at, arm, status, took }, index) => {
        const date = new Date(at);
        const stamp = `${two(date.getUTCMonth() + 1)}${two(date.getUTCDate())} ${iso(at).slice(11, 23)}000`;
        const pairs = `variant="${hosts[arm]}" status=${status} took="${took}ms"`;
        return [
          `${status < 500 ? 'I' : 'E'}${stamp}      12 upload.go:42] "request done" ${pairs}`,
          ...(index % 20 === 0 ? ['Log file created at: 2026/01/05 10:00:00', '\tgoroutine 1 [running]:'] : []),
        ];
      }),
  },
  rails: {
    source: 'file: app.log, format: rails',
    arms: '',
    success: below,
    latency: 'field: duration, unit: ms',
    text: (requests) =>
      lines(requests, ({ at, status, took }, index) => {
        const head = `I, [${iso(at).slice(0, 23)}000 #${index % 7}]  INFO -- : [d694${index}]`;
        return [
          `${head} Started GET "/api/upload" for 192.0.2.7 at ${iso(at).slice(0, 10)} 10:00:00 +0000`,
          `${head} Processing by UploadsController#create as JSON`,
          `${head}   Parameters: {"status"=>"500"}`,
          `${head} Completed ${status} ${status < 500 ? 'OK' : 'Internal Server Error'} in ${took}ms (Views: 1.2ms | ActiveRecord: 3.4ms)`,
        ];
      }),
  },
  django: {
    source: 'file: app.log, format: django',
    arms: '',
    success: below,
    latency: null,
    text: (requests) =>
      lines(requests, ({ at, status }) => [`[${clf(at, ' ')}] "POST /api/upload?a=\\"b\\" HTTP/1.1" ${status} 925`]),
  },
  s3: {
    source: 'file: app.log, format: s3',
    arms: '{ treatment: { bucket: canary }, control: { bucket: stable } }',
    success: below,
    latency: 'field: total_time, unit: ms',
    text: (requests) =>
      lines(requests, ({ at, arm, status, took }, index) => [
        `79a5 ${hosts[arm]} [${clf(at, ':')} +0000] 192.0.2.7 - 3E57${index} REST.GET.OBJECT a%20b.bin "GET /a.bin HTTP/1.1" ${status} ${status < 500 ? '-' : 'InternalError'} ${index % 3 === 0 ? '-' : 925} 925 ${took} 41 "-" "aws-cli/2 (a b)" - s9lz SigV4 ECDHE AuthHeader b.s3.test TLSv1.2 - -`,
      ]),
  },
  cloudfront: {
    source: 'file: app.log, format: cloudfront',
    arms: '{ treatment: { x-host-header: canary.test }, control: { x-host-header: stable.test } }',
    success: '{ sc-status: "< 500" }',
    latency: 'field: time-taken, unit: s',
    text: (requests) =>
      [
        '#Version: 1.0',
        '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent) x-host-header time-taken',
        lines(requests, ({ at, arm, status, took }) => [
          [
            iso(at).slice(0, 10),
            iso(at).slice(11, 19),
            'LHR62-C2',
            '925',
            '192.0.2.7',
            'GET',
            'd1.cloudfront.test',
            '/a',
            status,
            'curl/8%20x',
            `${hosts[arm]}.test`,
            (took / 1000).toFixed(3),
          ].join('\t'),
        ]),
      ].join('\n'),
  },
  k6_csv: {
    source: 'file: app.csv, format: k6_csv, outcomes: { metric_name: http_reqs }',
    arms: '{ treatment: { scenario: canary }, control: { scenario: stable } }',
    success: below,
    latency: 'field: metric_value, where: { metric_name: http_req_duration }, unit: ms',
    text: (requests) =>
      [
        'metric_name,timestamp,metric_value,check,error,expected_response,group,method,name,scenario,status,url,extra_tags,metadata',
        lines(requests, ({ at, arm, status, took }, index) => {
          const tags = `,,${status < 500},,GET,"http://upload.test/?a=1,2",${hosts[arm]},${status},http://upload.test/,,`;
          const seconds = Math.floor(at / 1000);
          return [
            `http_reqs,${seconds},1.000000,${tags}`,
            `http_req_duration,${seconds},${took}.000000,${tags}`,
            `http_req_waiting,${seconds},${took / 2},${tags}`,
            ...(index % 10 === 0 ? [`vus,${seconds},10.000000,,,,,,,,,,,`] : []),
          ];
        }),
      ].join('\n'),
  },
  otlp_logs: {
    source: 'file: app.jsonl, format: otlp_logs',
    arms: '{ treatment: { resource.attributes.service.version: 1.10.0 }, control: { resource.attributes.service.version: 1.9.0 } }',
    success: '{ attributes.http.status: "< 500" }',
    latency: 'field: attributes.took, unit: ms',
    text: (requests) => {
      const batches = Array.from({ length: Math.ceil(requests.length / 7) }, (_, index) =>
        requests.slice(index * 7, index * 7 + 7),
      );
      return batches
        .map((batch) =>
          JSON.stringify({
            resourceLogs: (['treatment', 'control'] as const).map((arm) => ({
              resource: {
                attributes: [
                  { key: 'service.version', value: { stringValue: arm === 'treatment' ? '1.10.0' : '1.9.0' } },
                ],
              },
              scopeLogs: [
                {
                  scope: { name: 'http' },
                  logRecords: batch
                    .filter((request) => request.arm === arm)
                    .map(({ at, status, took }) => ({
                      timeUnixNano: `${at}000000`,
                      severityText: status < 500 ? 'INFO' : 'ERROR',
                      body: { stringValue: 'done' },
                      attributes: [
                        { key: 'http.status', value: { intValue: String(status) } },
                        { key: 'took', value: { doubleValue: took } },
                      ],
                    })),
                },
              ],
            })),
          }),
        )
        .join('\n');
    },
  },
};

async function counted(log: Written, requests: readonly Request[], arm: string | null) {
  const source = arm === null ? log.source : `${log.source}, arm: ${arm}`;
  const parsed = parsePlan(
    `version: 1
id: generated
sources: [{ ${source}${arm === 'treatment' ? ' }, { file: other.log, arm: control' : arm === 'control' ? ' }, { file: other.log, arm: treatment' : ''} }]
${log.arms === '' ? '' : `arms: ${log.arms}\n`}measures:
  success_rate: { share: ${log.success} }
${log.latency === null ? '' : `  latency: { quantile: 0.95, ${log.latency} }\n`}stages: [{ id: off, percent: 0 }]
`.replaceAll('{ file: other.log, arm', '{ file: other.log, format: jsonl, arm'),
    'rampwatch.yaml',
  );
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  const { plan } = parsed.loaded;
  const [first] = plan.sources;
  if (first === undefined) throw new Error('no source');
  const file = join(temporaryDirectory(), 'app.log');
  writeFileSync(file, `${log.text(requests)}\n`);
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const rejected: Record<string, number> = {};
  const options = { name: 'app.log', source: 0, format: formatOf(first), instrument, arrived: () => wallTime(0) };
  for await (const batch of readRecording(file, options)) {
    for (const observation of batch.observations) ledger.add(observation);
    Object.assign(rejected, batch.rejected);
  }
  const measure = log.latency === null ? null : resolveMeasure(plan, instrument, 'latency');
  const of = (which: Request['arm']) => {
    const counts = ledger.totals(which, null, null);
    const p95 = measure?.kind === 'quantile' ? counts.sketchOf(measure.field).quantile(0.95) : null;
    return { n: counts.n, good: counts.good[0] ?? 0, p95, earliest: ledger.watermark };
  };
  return { treatment: of('treatment'), control: of('control'), rejected };
}

describe.each(Object.entries(logs))('a log of %s', (_, log) => {
  it.each([11, 12, 13])('counts what was written (seed %i)', async (seed) => {
    const requests = requestsOf(seed, 150);
    const isApart = log.arms === '';
    for (const arm of ['treatment', 'control'] as const) {
      const own = requests.filter((request) => request.arm === arm);
      const found = await counted(log, isApart ? own : requests, isApart ? arm : null);
      const sorted = own.map(({ took }) => took).sort((one, other) => one - other);
      const p95 = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN;
      expect(found.rejected).toEqual({});
      expect([found[arm].n, found[arm].good]).toEqual([own.length, own.filter(({ status }) => status < 500).length]);
      const newest = (isApart ? own : requests).at(-1)?.at ?? 0;
      expect(Math.abs((found[arm].earliest ?? 0) - newest)).toBeLessThan(1000);
      if (log.latency === null) continue;
      const scale = log.latency.endsWith('unit: s') ? 1000 : 1;
      expect(Math.abs(((found[arm].p95 ?? 0) * scale) / p95 - 1)).toBeLessThan(0.01);
    }
  });
});
