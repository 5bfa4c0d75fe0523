import { takePairs } from '../../../measure/logfmt.ts';
import type { FoundInLine, LineParser } from '../lineScanner.ts';
import { takeRequest } from './lineTokens.ts';

/** A log whose lines a pattern takes apart; each pattern is linear in the line. */
interface PatternLog {
  readonly patterns: readonly RegExp[];
  /** Lines that are no records and that nobody misses. */
  readonly nothing?: RegExp;
  /** The field whose `key=value` pairs are fields too. */
  readonly pairs?: string;
  readonly examples: readonly string[];
}

const syslogHost = String.raw`(?<host>\S+) (?<application>[^\s:[]+)(?:\[(?<pid>\d+)\])?: ?(?<message>.*)$`;

export const patternLogs = {
  /** `option httplog`, behind the header of syslog or without one. */
  haproxy: {
    patterns: [
      /^(?:.*?haproxy\[\d+\]: )?(?<client>\S+) \[(?<time>[^\]]+)\] (?<frontend>\S+) (?<backend>[^\s/]+)\/(?<server>\S+) (?<time_request>-?\d+)\/(?<time_queue>-?\d+)\/(?<time_connect>-?\d+)\/(?<time_response>-?\d+)\/\+?(?<time_total>-?\d+) (?<status>-?\d+) \+?(?<bytes>\d+) (?<request_cookie>\S+) (?<response_cookie>\S+) (?<termination>\S+) (?<connections>\S+) (?<queues>\S+)(?: \{(?<request_headers>[^}]*)\})?(?: \{(?<response_headers>[^}]*)\})?(?: "(?<request>[^"]*)"?)?/,
    ],
    nothing: /haproxy\[\d+\]: (?:Proxy|Server|Backend|Health|Connect)/,
    examples: [
      'Jan  5 10:00:00 lb1 haproxy[1389]: 192.0.2.7:33317 [05/Jan/2026:10:00:00.538] http-in be_upload/canary1 0/0/1/242/243 200 925 - - ---- 1/1/1/1/0 0/0 {a.test} {} "GET /a HTTP/1.1"',
      '192.0.2.7:33317 [05/Jan/2026:10:00:00.538] http-in be_upload/<NOSRV> -1/-1/-1/-1/3 503 0 - - SC-- 1/1/1/1/0 0/0 "GET /a HTTP/1.1"',
    ],
  },
  /** The output of a container, as Kubernetes keeps it: a whole line or its end (`F`), or a piece of one (`P`). */
  cri: {
    patterns: [/^(?<time>\S+) (?<stream>stdout|stderr) (?<tag>[FP])(?::\S*)? (?<log>.*)$/],
    examples: [
      '2026-01-05T10:00:00.538442137Z stdout F {"status":200}',
      '2026-01-05T10:00:00Z stderr F done status=200',
    ],
  },
  compose: {
    patterns: [/^(?<service>[\w.-]+?)(?:-(?<number>\d+))? +\| (?:(?<time>\d{4}-\d{2}-\d{2}T\S+) )?(?<message>.*)$/],
    nothing: /^(?:Attaching to |[\w.-]+ exited with )/,
    examples: ['web-1  | {"time":"2026-01-05T10:00:00Z","status":200}', 'web  | 2026-01-05T10:00:00Z status=200'],
  },
  /** RFC 5424, then RFC 3164; the message may hold JSON or pairs. */
  syslog: {
    patterns: [
      /^<(?<priority>\d{1,3})>1 (?<time>\S+) (?<host>\S+) (?<application>\S+) (?<pid>\S+) (?<message_id>\S+) (?:-|\[(?<data>(?:[^\]\\]|\\.)*)\]) ?\ufeff?(?<message>.*)$/,
      RegExp(String.raw`^(?:<(?<priority>\d{1,3})>)?(?<time>[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}) ${syslogHost}`),
      RegExp(String.raw`^(?:<(?<priority>\d{1,3})>)?(?<time>\d{4}-\d{2}-\d{2}T\S+) ${syslogHost}`),
    ],
    pairs: 'data',
    examples: [
      '<34>1 2026-01-05T10:00:00.538Z h upload 12 ID47 [x@1 variant="canary"] {"status":200}',
      'Jan  5 10:00:00 h upload[12]: done status=200',
      '2026-01-05T10:00:00.538442+00:00 h upload: {"status":200}',
    ],
  },
  klog: {
    patterns: [
      /^(?<level>[IWEF])(?<time>(?:\d{4})?\d{4} \d{2}:\d{2}:\d{2}\.\d+) +(?<thread>\d+) (?<caller>[^\]]+)\] (?<message>.*)$/,
    ],
    nothing: /^(?:\s|Log file created at:|Running on machine:|Binary: |Log line format:)/,
    pairs: 'message',
    examples: ['I0105 10:00:00.538442      12 upload.go:42] "done" variant="canary" status=200 took="242.7ms"'],
  },
  /** The line that ends a request says its status; the others say nothing that counts. */
  rails: {
    patterns: [
      /^(?:(?<severity>[DIWEFAU]), \[(?<time>[^\]\s]+) #(?<pid>\d+)\] +(?<level>\w+) -- (?<program>[^:]*): )?(?:\[(?<request_id>[^\]]+)\] )?(?<message>Completed (?<status>\d{3})(?: [A-Za-z' ]+)? in (?<duration>[\d.]+ms).*)$/,
    ],
    nothing: /./,
    examples: [
      'I, [2026-01-05T10:00:01.564789 #12]  INFO -- : [d694] Completed 200 OK in 245ms (Views: 1.2ms | ActiveRecord: 3.4ms)',
    ],
  },
  /** `%(asctime)s` first, then the level and the logger in whatever order and between whatever marks. */
  python: {
    patterns: [
      /^\[?(?<time>\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?)(?:Z|[+-]\d{2}:?\d{2})?\]?[ :|-]*\[?(?<level>DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|NOTSET)\]?[ :|-]+(?:\[?(?<logger>[A-Za-z_][\w.-]*(?::\w+:\d+)?)\]?(?::| -|\s|$)[ :|-]*)?(?<message>.*)$/,
      /^\[?(?<time>\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?)\]?[ :|-]*(?<logger>[A-Za-z_][\w.-]*)[ :|-]+\[?(?<level>DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|NOTSET)\]?[ :|-]+(?<message>.*)$/,
    ],
    // The lines of a traceback.
    nothing: /^(?:\s|Traceback \(most recent|[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt)\b)/,
    pairs: 'message',
    examples: [
      '2026-01-05 10:00:00,538 INFO upload.views variant=canary status=200 took=242.7ms',
      '2026-01-05 10:00:00,538 - upload.views - INFO - variant=canary status=200',
      '[2026-01-05 10:00:00] INFO in app: variant=canary status=200',
    ],
  },
  /** `simulation.log` of Gatling 3; only requests are records. */
  gatling: {
    patterns: [
      /^REQUEST\t(?<group>[^\t]*)\t(?<name>[^\t]*)\t(?<start>\d+)\t(?<end>\d+)\t(?<status>OK|KO)(?:\t(?<error>.*))?$/,
    ],
    nothing: /^(?:RUN|USER|GROUP|ASSERTION|ERROR)\t/,
    examples: ['REQUEST\t\tupload canary\t1767607200538\t1767607200781\tOK\t '],
  },
} as const satisfies Readonly<Record<string, PatternLog>>;

const nothingFound: FoundInLine = { kind: 'nothing' };
const noMatch: FoundInLine = { kind: 'rejected', reason: 'no-match' };

export function patternLogParser({ patterns, nothing, pairs }: PatternLog): LineParser {
  return (line) => {
    for (const pattern of patterns) {
      const groups = pattern.exec(line)?.groups;
      if (groups === undefined) continue;
      const record: Record<string, unknown> = Object.create(null);
      for (const name in groups) if (groups[name] !== undefined && groups[name] !== '-') record[name] = groups[name];
      if (pairs !== undefined) takePairs(groups[pairs] ?? '', record);
      if (groups.request !== undefined) takeRequest(groups.request, record);
      return { kind: 'record', record };
    }
    if (nothing?.test(line) === true) return nothingFound;
    return noMatch;
  };
}
