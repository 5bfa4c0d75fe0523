import { takePairs } from '../../../measure/logfmt.ts';
import type { FoundInLine, LineParser } from '../lineScanner.ts';
import { takeRequest, tokensOf } from './lineTokens.ts';

/** An access log: the fields of a line in their order, and lines as their programs write them. */
interface AccessLog {
  /** Each layout by what stands where; the first that fits is taken. What stands behind is `extra_1`, `extra_2`, …. */
  readonly layouts: readonly (readonly string[])[];
  readonly examples: readonly string[];
}

const common = ['remote_addr', 'identity', 'remote_user', 'time', 'request', 'status', 'bytes'];
const combined = [...common, 'referer', 'user_agent'];
const loadBalancer = [
  'time',
  'elb',
  'client',
  'target',
  'request_processing_time',
  'target_processing_time',
  'response_processing_time',
  'status',
  'target_status',
  'received_bytes',
  'sent_bytes',
  'request',
  'user_agent',
  'ssl_cipher',
  'ssl_protocol',
];
const envoyTail = [
  'bytes_received',
  'bytes_sent',
  'duration',
  'upstream_service_time',
  'x_forwarded_for',
  'user_agent',
  'request_id',
  'authority',
  'upstream_host',
  'upstream_cluster',
  'upstream_local_address',
  'downstream_local_address',
  'downstream_remote_address',
  'requested_server_name',
  'route_name',
];

export const accessLogs = {
  /** nginx, Apache, gunicorn; Traefik and others put more behind. */
  combined: {
    layouts: [combined, ['virtual_host', ...combined]],
    examples: [
      '192.0.2.7 - ann [05/Jan/2026:11:00:00 +0100] "GET /a HTTP/1.1" 200 925 "-" "curl/8" 0.243 upload_canary rt=0.2',
      'a.test:80 192.0.2.7 - - [05/Jan/2026:11:00:00 +0100] "GET /a HTTP/1.1" 200 925 "-" "curl/8"',
    ],
  },
  /** Apache's `common`, and what Traefik makes of it. */
  common: {
    layouts: [common, ['virtual_host', ...common]],
    examples: ['192.0.2.7 - - [05/Jan/2026:11:00:00 +0100] "GET /a HTTP/1.1" 200 925'],
  },
  /** Istio's default, then Envoy's own. */
  envoy: {
    layouts: [
      [
        'time',
        'request',
        'status',
        'response_flags',
        'response_code_details',
        'termination_details',
        'transport_failure_reason',
        ...envoyTail,
      ],
      ['time', 'request', 'status', 'response_flags', ...envoyTail],
    ],
    examples: [
      '[2026-01-05T10:00:00.538Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 925 243 242 "-" "curl/8" "9e7b" "a.test" "10.0.0.3:80" outbound|80|v2|a 10.0.0.9:1 10.0.0.9:80 192.0.2.7:1 - default',
      '[2026-01-05T10:00:00.538Z] "GET /a HTTP/1.1" 200 - 0 925 243 242 "-" "curl/8" "9e7b" "a.test" "10.0.0.3:80"',
    ],
  },
  /** Application Load Balancer, and the classic one before it. */
  alb: {
    layouts: [
      [
        'type',
        ...loadBalancer,
        'target_group',
        'trace_id',
        'domain_name',
        'certificate',
        'rule_priority',
        'request_creation_time',
        'actions',
        'redirect_url',
        'error_reason',
        'targets',
        'target_statuses',
        'classification',
        'classification_reason',
      ],
      loadBalancer,
    ],
    examples: [
      'https 2026-01-05T10:00:00.538442Z app/upload/50dc 192.0.2.7:2817 10.0.0.3:80 0.001 0.243 0.000 200 200 34 925 "GET https://a.test:443/a HTTP/1.1" "curl/8" ECDHE TLSv1.2 arn:aws:x:targetgroup/upload-canary/73 "Root=1-5" "a.test" "-" 0 2026-01-05T10:00:00.538442Z "forward" "-" "-" "10.0.0.3:80" "200" "-" "-"',
      '2026-01-05T10:00:00.538442Z upload 192.0.2.7:2817 10.0.0.3:80 0.001 0.243 0.000 200 200 34 925 "GET http://a.test:80/a HTTP/1.1" "curl/8" - -',
    ],
  },
  s3: {
    layouts: [
      [
        'bucket_owner',
        'bucket',
        'time',
        'remote_ip',
        'requester',
        'request_id',
        'operation',
        'key',
        'request',
        'status',
        'error_code',
        'bytes_sent',
        'object_size',
        'total_time',
        'turn_around_time',
        'referer',
        'user_agent',
        'version_id',
        'host_id',
        'signature_version',
        'cipher_suite',
        'authentication_type',
        'host',
        'tls_version',
      ],
    ],
    examples: [
      '79a5 uploads [05/Jan/2026:10:00:00 +0000] 192.0.2.7 79a5 3E57 REST.PUT.OBJECT a.bin "PUT /a.bin HTTP/1.1" 200 - 925 925 243 41 "-" "S3Console/0.4" - s9lz SigV4 ECDHE AuthHeader uploads.s3.test TLSv1.2',
    ],
  },
  django: {
    layouts: [['time', 'request', 'status', 'bytes']],
    examples: ['[05/Jan/2026 10:00:00] "GET /a HTTP/1.1" 200 925'],
  },
} as const satisfies Readonly<Record<string, AccessLog>>;

/** The parser of an access log: a line that has no status in its place is no record of it. */
export function accessLogParser({ layouts }: AccessLog): LineParser {
  const known = layouts.map((names) => ({ names, status: names.indexOf('status'), time: names.indexOf('time') }));
  return (line) => {
    const tokens = tokensOf(line);
    for (const { names, status, time } of known) {
      if (!/^\d{3}$/.test(tokens[status] ?? '') || !/\d{2}:\d{2}/.test(tokens[time] ?? '')) continue;
      // Envoy's own layout is a beginning of Istio's, but for a number where that has a word.
      if (names[4] === 'response_code_details' && /^\d+$/.test(tokens[4] ?? '')) continue;
      return { kind: 'record', record: recordOf(tokens, names) };
    }
    return noMatch;
  };
}

const noMatch: FoundInLine = { kind: 'rejected', reason: 'no-match' };

function recordOf(tokens: readonly string[], names: readonly string[]): Readonly<Record<string, unknown>> {
  const record: Record<string, unknown> = Object.create(null);
  for (const [index, text] of tokens.entries()) {
    const name = names[index] ?? `extra_${index - names.length + 1}`;
    if (text === '') continue;
    record[name] = text;
    if (name === 'request') takeRequest(text, record);
    else if (names[index] === undefined) takePairs(text, record);
  }
  return record;
}
