import { commentOrNothing, type FoundInLine, type LineParser } from '../lineScanner.ts';

const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? +(\S+)(?: +(-?\d+(?:\.\d+)?))?(?: +#.*)?$/;
const label = /\s*([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

/**
 * A sample of the Prometheus text format or of OpenMetrics: `metric`, the labels, `value`, and `time` where it says one.
 * `series` is the metric with its labels but for `le`, which tells the buckets of one histogram.
 */
export const prometheusParser: LineParser = (line) => {
  if (line.startsWith('#')) return commentOrNothing;
  const found = sample.exec(line);
  if (found === null) return noMatch;
  const [, metric = '', labels = '', value = '', time] = found;
  const record: Record<string, unknown> = Object.create(null);
  record.metric = metric;
  const series = [metric];
  for (label.lastIndex = 0; label.lastIndex < labels.length; ) {
    const [, name = '', text = ''] = label.exec(labels) ?? [];
    if (name === '') return noMatch;
    const said = text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
    record[name] = said;
    if (name !== 'le') series.push(`${name}=${JSON.stringify(said)}`);
  }
  record.value = value;
  record.series = series.join(' ');
  if (time !== undefined) record.time = time;
  return { kind: 'record', record };
};

const statsd = /^([^:|@]+):([^|]+)\|(c|ms|g|h|s|d)(?:\|@([\d.]+))?(?:\|#(.*?))?(?:\|T(\d+))?$/;

/**
 * A line of StatsD or DogStatsD: `metric`, `value`, `type` (`c`, `ms`, `g`, `h`, `s`, `d`), the tags, and `count` and
 * `weight`, by which a sampled counter stands for many.
 */
export const statsdParser: LineParser = (line) => {
  const found = statsd.exec(line.trim());
  if (found === null) return noMatch;
  const [, metric = '', value = '', type = '', rate, tags, time] = found;
  const record: Record<string, unknown> = Object.create(null);
  for (const tag of tags?.split(',') ?? []) {
    const colon = tag.indexOf(':');
    record[colon === -1 ? tag : tag.slice(0, colon)] = colon === -1 ? true : tag.slice(colon + 1);
  }
  record.metric = metric;
  record.value = value;
  record.type = type;
  record.count = type === 'c' ? value : '1';
  if (rate !== undefined && Number(rate) > 0) record.weight = String(1 / Number(rate));
  if (time !== undefined) record.time = time;
  return { kind: 'record', record };
};

/** A name or a value: commas, spaces and equals signs in it are behind a backslash. */
const influxPart = String.raw`(?:[^,= \\]|\\.)+`;
const influx = new RegExp(
  String.raw`^((?:[^, \\]|\\.)+)((?:,${influxPart}=${influxPart})*) ((?:${influxPart}=(?:"(?:[^"\\]|\\.)*"|[^, ]+),?)+)(?: (\d+))?$`,
);
const influxPair = new RegExp(String.raw`(${influxPart})=("(?:[^"\\]|\\.)*"|(?:[^,\\]|\\.)+)`, 'g');

/** A line of InfluxDB's line protocol: `measurement`, the tags, the fields, and `time` in nanoseconds where it says one. */
export const influxParser: LineParser = (line) => {
  if (line.startsWith('#')) return commentOrNothing;
  const found = influx.exec(line.trim());
  if (found === null) return noMatch;
  const [, measurement = '', tags = '', fields = '', time] = found;
  const record: Record<string, unknown> = Object.create(null);
  record.measurement = unescaped(measurement);
  for (const [, name = '', value = ''] of tags.matchAll(influxPair)) record[unescaped(name)] = unescaped(value);
  for (const [, name = '', value = ''] of fields.matchAll(influxPair)) record[unescaped(name)] = fieldValue(value);
  if (time !== undefined) record.time = time;
  return { kind: 'record', record };
};

function fieldValue(written: string): unknown {
  if (written.startsWith('"')) return unescaped(written.slice(1, -1));
  if (/^(?:t|true)$/i.test(written)) return true;
  if (/^(?:f|false)$/i.test(written)) return false;
  return /^-?\d+[iu]$/.test(written) ? written.slice(0, -1) : written;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1');
}

const noMatch: FoundInLine = { kind: 'rejected', reason: 'no-match' };
