import * as z from 'zod';
import { credentialParts } from './credentialText.ts';
import type { OutsideUse } from './outsideUse.ts';
import { type KeyDescription, length } from './planTexts.ts';
import { sourceCommon } from './sourceCommon.ts';
import { duration } from './units.ts';

const query = z.string().trim().min(1).max(10_000);

/** The queries of one arm; each gives counters, by how much they grow is counted. */
const armQueries = z.strictObject({
  total: query,
  bad: query.optional(),
  good: query.optional(),
  /** Buckets of a histogram, with `le`. */
  latency: query.optional(),
});

export const countKinds = ['total', 'bad', 'good', 'latency'] as const;
export type CountKind = (typeof countKinds)[number];

/** A metrics engine that speaks Prometheus' API; it aggregates, and what it counts is judged here. */
export const prometheusSource = z.strictObject({
  prometheus: z.strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^\s?#]+$/, 'an address begins with `http://` or `https://` and has no `?` in it'),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'not the name of a header'), z.string())
      .optional(),
    step: length.optional(),
    settle: length.optional(),
    arms: z.strictObject({ treatment: armQueries, control: armQueries.optional() }),
  }),
  ...sourceCommon,
});
export type PrometheusSource = z.output<typeof prometheusSource>;

export const defaultStep = duration(15_000);
export const defaultSettle = duration(60_000);

/** The shape of the records that are made of its answers. */
export const prometheusShape = { time: { field: 'time' }, times: 'total', armField: 'arm' } as const;

export function prometheusName({ prometheus: { url } }: PrometheusSource): string {
  return url;
}

export function prometheusOutside({ prometheus }: PrometheusSource): {
  readonly needs: OutsideUse;
  readonly section: unknown;
} {
  const { url, headers = {}, arms } = prometheus;
  const queries = Object.entries(arms).flatMap(([arm, of]) =>
    Object.entries(of ?? {}).map(([kind, text]) => `${arm}, ${kind}: ${text}`),
  );
  const sent = Object.entries(headers).map(([name, text]) => `header ${name}: ${text}`);
  return { needs: { kind: 'connection', url, about: [...sent, ...queries] }, section: { url, headers, arms } };
}

/** Keys of other sources that say how lines are read: an answer has none. */
const ofLines = [
  'record',
  'skip',
  'columns',
  'unwrap',
  'each',
  'time',
  'arm',
  'arm_columns',
  'outcomes',
  'weight',
  'times',
  'cumulative',
  'ignore',
  'stage_event',
] as const satisfies readonly (keyof typeof sourceCommon)[];

/** Functions whose answer is no counter any more. */
const notCounters = /\b(rate|irate|increase|delta|idelta|deriv|histogram_quantile)\s*\(/;

/** What of it cannot be meant, each with its place. */
export function prometheusProblems(
  source: PrometheusSource,
): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  const { prometheus } = source;
  const { url, headers = {}, arms } = prometheus;
  const foreign = ofLines.flatMap((key) =>
    source[key] === undefined
      ? []
      : [{ path: [key], message: `an answer of a metrics engine has no lines: leave \`${key}\` out` }],
  );
  const written = /^https?:\/\/[^/]*@/.test(url)
    ? [
        {
          path: ['prometheus', 'url'],
          message:
            'a credential does not belong into a plan: name it in `headers`, `Authorization: "Basic $' +
            '{env:PROMETHEUS_BASIC}"`',
        },
      ]
    : [];
  const secret = Object.entries(headers).flatMap(([name, text]) =>
    /^(?:proxy-)?authorization$|^cookie$|key$|token$/i.test(name) &&
    credentialParts(text).every(({ kind }) => kind !== 'credential')
      ? [
          {
            path: ['prometheus', 'headers', name],
            message: `a credential does not belong into a plan: write \`$\{env:NAME}\` of the daemon's environment, or \`$\{file:/path}\``,
          },
        ]
      : [],
  );
  const queries = Object.entries(arms).flatMap(([arm, of]) => {
    const path = ['prometheus', 'arms', arm];
    const both =
      of?.bad !== undefined && of.good !== undefined
        ? [{ path: [...path, 'good'], message: 'say `bad` or `good`, not both: each is the rest of the other' }]
        : [];
    return [
      ...both,
      ...Object.entries(of ?? {}).flatMap(([kind, text]) => {
        const found = notCounters.exec(text ?? '')?.[1];
        if (found === undefined) return [];
        const message = `\`${found}\` gives no counter: query the counter itself, for example \`http_requests_total{…}\`; by how much it grows is counted here, exactly`;
        return [{ path: [...path, kind], message }];
      }),
    ];
  });
  return [...foreign, ...written, ...secret, ...queries];
}

const credential = '$' + '{env:PROMETHEUS_TOKEN}';
const canary = {
  total: 'http_requests_total{variant="canary"}',
  bad: 'http_requests_total{variant="canary",code=~"5.."}',
};

export const prometheusKeys: Readonly<Record<'prometheus', KeyDescription>> & Readonly<Record<string, KeyDescription>> =
  {
    prometheus: {
      description:
        'A metrics engine that speaks the API of Prometheus (Mimir, Thanos, VictoriaMetrics): its counters are read every step, and what they have grown by is counted. Nothing is sent before a person approved it on this machine (`rampwatch approve`).',
      examples: [{ url: 'http://prometheus:9090', arms: { treatment: canary } }],
    },
    'prometheus.url': {
      description: 'The address before `/api/v1/query_range`. No credential stands in it.',
      examples: ['http://prometheus:9090', 'https://mimir.example.com/prometheus'],
    },
    'prometheus.headers': {
      description: `Headers of each request. A credential is named and never written: \`${credential}\` of the daemon's environment, or \`$\{file:/path}\` of a file with mode 0600; what neither has may be stored in the editor.`,
      examples: [{ Authorization: `Bearer ${credential}`, 'X-Scope-OrgID': 'team' }],
    },
    'prometheus.headers.*': { description: 'The text of the header.', examples: [`Bearer ${credential}`] },
    'prometheus.step': {
      description:
        'How often it is asked, and how fine: best as often as the engine scrapes. What a counter counted before a restart and after the last step is lost. 15s by default.',
      examples: ['15s'],
    },
    'prometheus.settle': {
      description: 'How long samples may come late: this time is read again each time. 1m by default.',
      examples: ['1m'],
    },
    'prometheus.arms': {
      description: 'The queries of each arm. Their records are of that arm, so the plan needs no `arms`.',
      examples: [{ treatment: canary }],
    },
    ...Object.fromEntries(
      (['treatment', 'control'] as const).flatMap((arm): [string, KeyDescription][] => {
        const variant = arm === 'treatment' ? 'canary' : 'stable';
        const place = `prometheus.arms.${arm}`;
        return [
          [
            place,
            {
              description: `The queries of the ${arm}.`,
              examples: [{ total: `http_requests_total{variant="${variant}"}` }],
            },
          ],
          [
            `${place}.total`,
            {
              description:
                'A query of counters of all outcomes, not of their `rate`: one series or many, each counted by how much it grows.',
              examples: [`http_requests_total{variant="${variant}"}`],
            },
          ],
          [
            `${place}.bad`,
            {
              description: 'The same of the outcomes that are bad: `share: { bad: bad, total: total }`.',
              examples: [`http_requests_total{variant="${variant}",code=~"5.."}`],
            },
          ],
          [
            `${place}.good`,
            {
              description: 'In place of `bad`, of those that are good: `share: { good: good, total: total }`.',
              examples: [`http_requests_total{variant="${variant}",code!~"5.."}`],
            },
          ],
          [
            `${place}.latency`,
            {
              description:
                'The buckets of a histogram, with their `le`: `{ quantile: 0.95, field: latency, histogram: le, unit: s }`.',
              examples: [`http_request_duration_seconds_bucket{variant="${variant}"}`],
            },
          ],
        ];
      }),
    ),
  };
