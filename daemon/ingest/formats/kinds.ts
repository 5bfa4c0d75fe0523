import type { SourceFormat } from '../../protocol/domain/formatNames.ts';
import { sourceFormat } from '../../protocol/domain/sourceFormat.ts';
import type { Source } from '../../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../../protocol/domain/sourceShape.ts';
import { csv, csvWithColumns } from './csv.ts';
import type { Format } from './format.ts';
import { jsonDocuments } from './jsonDocuments.ts';
import { jsonLines } from './jsonLines.ts';
import { accessLogParser, accessLogs } from './lines/accessLogs.ts';
import { logfmtParser } from './lines/logfmt.ts';
import { influxParser, prometheusParser, statsdParser } from './lines/metricLines.ts';
import { ownPatternParser } from './lines/ownPattern.ts';
import { patternLogParser, patternLogs } from './lines/patternLogs.ts';
import { w3cParser } from './lines/w3c.ts';
import { parsedLines } from './parsedLines.ts';
import { textLines } from './textLines.ts';

const accessLog = (name: keyof typeof accessLogs): Format => parsedLines(() => accessLogParser(accessLogs[name]));
const patternLog = (name: keyof typeof patternLogs): Format => parsedLines(() => patternLogParser(patternLogs[name]));
const w3c = parsedLines(
  () => w3cParser,
  (head) => /^#(?:Fields|Software|Version): /m.test(head),
);

/** The reader of each format. */
const readers: Readonly<Record<SourceFormat, Format>> = {
  jsonl: jsonLines,
  csv,
  text: textLines,
  json: jsonDocuments,
  record: textLines,
  combined: accessLog('combined'),
  common: accessLog('common'),
  envoy: accessLog('envoy'),
  haproxy: patternLog('haproxy'),
  alb: accessLog('alb'),
  s3: accessLog('s3'),
  w3c,
  cloudfront: w3c,
  logfmt: parsedLines(() => logfmtParser),
  cri: patternLog('cri'),
  docker: jsonLines,
  compose: patternLog('compose'),
  journald: jsonLines,
  syslog: patternLog('syslog'),
  klog: patternLog('klog'),
  rails: patternLog('rails'),
  python: patternLog('python'),
  django: accessLog('django'),
  otlp_traces: jsonLines,
  otlp_logs: jsonLines,
  otlp_metrics: jsonLines,
  prometheus: parsedLines(() => prometheusParser),
  statsd: parsedLines(() => statsdParser),
  influx: parsedLines(() => influxParser),
  locust: csv,
  k6: jsonLines,
  k6_csv: csv,
  vegeta: jsonLines,
  jmeter: csv,
  gatling: patternLog('gatling'),
};

export function formatNamed(name: SourceFormat): Format {
  return readers[name];
}

/** The format of a source, with what the plan says of its lines. @throws UserError for a pattern that cannot be used. */
export function formatOf(source: Source): Format {
  const name = sourceFormat(source);
  if (name === 'record') return parsedLines(() => ownPatternParser(source));
  const { columns } = sourceShape(source);
  return columns !== null && readers[name] === csv ? csvWithColumns(columns) : readers[name];
}
