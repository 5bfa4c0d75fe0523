import { formatShape, type SourceFormat } from '../../protocol/domain/formatNames.ts';
import { formatNamed } from './kinds.ts';

/** Formats of lines of text by what their lines hold, the most telling first. */
const lineFormats: readonly SourceFormat[] = [
  'w3c',
  'cri',
  'haproxy',
  'alb',
  's3',
  'envoy',
  'combined',
  'common',
  'django',
  'klog',
  'rails',
  'gatling',
  'python',
  'prometheus',
  'statsd',
  'influx',
  'logfmt',
  'syslog',
  'compose',
];

/** Keys of a first object of JSON that tell the format it is of. */
const objects: readonly (readonly [SourceFormat, readonly string[]])[] = [
  ['otlp_traces', ['resourceSpans']],
  ['otlp_logs', ['resourceLogs']],
  ['otlp_metrics', ['resourceMetrics']],
  ['docker', ['log', 'stream', 'time']],
  ['journald', ['__REALTIME_TIMESTAMP']],
  ['k6', ['metric', 'type', 'data']],
];

/** Columns of a header row that tell the format. */
const tables: readonly (readonly [SourceFormat, RegExp])[] = [
  ['jmeter', /^timeStamp,elapsed,label,/],
  ['k6_csv', /^metric_name,timestamp,metric_value,/],
  ['locust', /^"?Timestamp"?,"?User Count"?,/],
];

const looked = 200;
const leastShare = 0.6;

/** The format that a sample is written in; `null` when it is none that is known. */
export function sampleFormat(text: string): SourceFormat | null {
  const lines = text
    .split('\n', looked + 1)
    .slice(0, looked)
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => line.trim() !== '');
  const [first = ''] = lines;
  if (first.startsWith('{')) {
    const record = formatNamed('jsonl').lines('').record(first);
    if (record === null) return formatNamed('json').beginsLike(text) ? 'json' : 'jsonl';
    return objects.find(([, keys]) => keys.every((key) => Object.hasOwn(record, key)))?.[0] ?? 'jsonl';
  }
  if (formatNamed('json').beginsLike(text)) return 'json';
  const table = tables.find(([, header]) => header.test(first));
  if (table !== undefined) return table[0];
  // A table has as many cells in each row; a log with commas in its lines has not.
  const isHeader = formatNamed('csv').beginsLike(first) && !/\d{2}:\d{2}|=|^\w, \[/.test(first);
  if (isHeader && lines.length > 1 && fits('csv', lines, first) >= 0.5) return 'csv';
  let best: { name: SourceFormat; share: number } | null = null;
  for (const name of lineFormats) {
    const share = fits(name, lines, '');
    if (share >= leastShare && (best === null || share > best.share + 0.2)) best = { name, share };
  }
  return best?.name ?? (isHeader ? 'csv' : null);
}

/** The share of lines in which the format finds a record. */
function fits(name: SourceFormat, lines: readonly string[], header: string): number {
  const reader = formatNamed(name).lines(header);
  const rows = header === '' ? lines.filter((line) => !line.startsWith('#') || name === 'w3c') : lines.slice(1);
  const found = rows.filter((line) => reader.record(line) !== null).length;
  // Half of the lines of Rails tell of a request that begins.
  const counted = name === 'rails' ? found * 2 : found;
  return rows.length === 0 ? 0 : Math.min(1, counted / rows.filter((line) => !line.startsWith('#')).length);
}

/** A file of many metrics says by itself neither which one counts requests nor which one is a length. */
export function isOfManyMetrics(name: SourceFormat): boolean {
  const { times, cumulative, unwrap } = formatShape(name);
  return times !== undefined || cumulative !== undefined || Array.isArray(unwrap) || name === 'k6_csv';
}
