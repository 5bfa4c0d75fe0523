/** The words guides use for what is measured. */

/** Which way is good: a success rate should be high, a latency low. */
export type Good = 'high' | 'low';

export type MeasureFamily =
  | 'success'
  | 'error'
  | 'timeout'
  | 'fallback'
  | 'critical'
  | 'latency'
  | 'memory'
  | 'gauge'
  | 'count'
  | 'throughput'
  | 'signal';

export interface MeasureWord {
  /** The measure's name in the plan. */
  readonly name: string;
  readonly family: MeasureFamily;
  readonly good: Good;
  /** Of a latency, 0 to 1. */
  readonly quantile: number | undefined;
  /** The guide's words. */
  readonly words: string;
  readonly index: number;
  readonly end: number;
}

interface Entry {
  readonly pattern: RegExp;
  readonly name: string;
  readonly family: MeasureFamily;
  readonly good: Good;
}

const latencyWord =
  '(?:latency|latencies|response[- ]times?|request[- ](?:times?|duration)|durations?|(?:processing|upload|load|checkout|page[- ]load)[- ]times?|ttfb)';
const quantileWord =
  '(?:p\\d{2,3}(?:\\.\\d+)?|\\d{2}(?:\\.\\d+)?(?:th|st|rd)?[- ]?(?:percentile|%ile)|median|mean|average)';

/** Parts of the whole: how many logins or handshakes fail is another figure than how many records do. */
const part =
  '(?:log-?ins?|sign-?ins?|auth|authn|authentication|authori[sz]ation|sso|oauth|mfa|tls|ssl|handshakes?|dns|certificate|connection|connect|network|socket|validation|checksum|parsing|decoding|(?:de)?seriali[sz]ation|migration|replication|cache|database|db|sql|redis|kafka|queue|broker|disk|storage|webhook|callback|retry|token|permission|quota|build|health[- ]?check|probe)';

/** The first that matches earliest wins; of two at the same place, the one listed first. Without a name: its own words. */
const entries: readonly Entry[] = [
  {
    pattern: new RegExp(
      `\\b(?:${part}[ -]){1,3}(?:errors?|failures?|exceptions?)(?:[ -](?:rate|ratio|percentage|share)s?)?\\b|\\bfailed ${part}s?\\b`,
      'i',
    ),
    name: '',
    family: 'gauge',
    good: 'low',
  },
  {
    pattern: new RegExp(
      `\\b(?:cpu[ -](?:throttl\\w+|steal|io ?wait|wait|pressure)|(?:memory|heap)[ -](?:pressure|fragmentation|bandwidth)|(?:${quantileWord}\\s+(?:of\\s+)?(?:the\\s+)?)?(?:${part}[ -]){1,2}latency)(?: (?:rate|ratio|time|share|percentage))?\\b`,
      'i',
    ),
    name: '',
    family: 'gauge',
    good: 'low',
  },
  {
    pattern:
      /\b(?:critical|fatal|severe|unhandled)\b[\w\s-]{0,20}?\b(?:errors?|failures?|exceptions?|log (?:lines?|entries))\b|\bpanics?\b/i,
    name: 'critical_errors',
    family: 'critical',
    good: 'low',
  },
  {
    pattern: /\b(?:user|customer|merchant|support)?[ -]?(?:complaints?|support tickets?)(?: (?:rate|volume|count))?\b/i,
    name: 'complaints',
    family: 'signal',
    good: 'low',
  },
  {
    pattern:
      /\b(?:p[01]|sev[- ]?[0-3]|security|production|customer)[ -](?:incidents?|outages?|alerts?|pages?|bugs?|tickets?|issues?)\b|\bsev[- ]?[0-3]s?\b|\bincidents?\b|\boutages?\b/i,
    name: 'incidents',
    family: 'signal',
    good: 'low',
  },
  {
    pattern: /\bdata[- ](?:loss|corruption|inconsistenc(?:y|ies))\b/i,
    name: 'data_loss',
    family: 'signal',
    good: 'low',
  },
  { pattern: /\btime-?outs?(?:[ -](?:rate|ratio|errors?))?\b/i, name: 'timeout_rate', family: 'timeout', good: 'low' },
  {
    pattern: /\bfall-?backs?(?:[ -](?:rate|ratio|share|usage))?\b/i,
    name: 'fallback_rate',
    family: 'fallback',
    good: 'low',
  },
  {
    pattern: /\b(?:crash|anr|hang)(?:es)?[- ]free(?: (?:users?|sessions?|rate))?\b/i,
    name: 'crash_free',
    family: 'gauge',
    good: 'high',
  },
  { pattern: /\bcrash(?:es)?[ -](?:rate|ratio|share)\b/i, name: 'crash_rate', family: 'gauge', good: 'low' },
  { pattern: /\banrs?(?:[ -](?:rate|ratio|share))?\b/i, name: 'anr_rate', family: 'gauge', good: 'low' },
  {
    pattern:
      /\b(?:\w+[ -])?(?:error|failure|exception)s?[ -](?:rate|ratio|percentage|share)s?\b|\bfailed [a-z]+\b|\b(?:http )?5xx(?:[ -](?:rate|ratio|responses|errors))?\b|\berrors\b|\bfailures\b|\b(?:err(?:or)?|failure)(?=\s*(?:\(\s*(?:in )?%|%))|\bcrashes\b|\berr(?:or)?\b(?=[^\w]{0,3}[<>≥≤=\d])/i,
    name: 'error_rate',
    family: 'error',
    good: 'low',
  },
  {
    pattern:
      /\b(?:\w+[ -])?success(?:ful)?[ -](?:rate|ratio|percentage|share)s?\b|\b(?:availability|uptime)\b|\bsuccessful [a-z]+\b(?=[^,;]{0,60}%)|\bsuccess(?:es)?\b(?! (?:criteria|criterion|metrics?|thresholds?))/i,
    name: 'success_rate',
    family: 'success',
    good: 'high',
  },
  {
    pattern: new RegExp(
      `\\b${quantileWord}\\s+(?:of\\s+)?(?:[a-z]+\\s+){0,2}?(?:${latencyWord}|times?)\\b|\\b(?:[a-z]+[ -])?${latencyWord}\\b(?:\\s*\\(?\\s*${quantileWord}\\)?)?|\\bp(?:50|75|90|95|99|999)(?:\\.\\d+)?\\b|\\b\\d{2}th percentile\\b`,
      'i',
    ),
    name: 'latency',
    family: 'latency',
    good: 'low',
  },
  {
    pattern:
      /\b(?:peak |resident |rss |heap |process )?memory(?: (?:usage|use|consumption|footprint|growth))?\b|\brss\b|\bheap(?: (?:size|usage))?\b|\bram\b(?: usage)?/i,
    name: 'memory',
    family: 'memory',
    good: 'low',
  },
  { pattern: /\bcpu(?: (?:usage|load|utili[sz]ation|use))?\b/i, name: 'cpu', family: 'gauge', good: 'low' },
  {
    pattern:
      /\bthroughput\b|\b(?:requests?|queries|uploads?|transactions?) (?:per|\/) ?(?:second|minute|s|min)\b|\b(?:rps|qps|tps)\b/i,
    name: 'throughput',
    family: 'throughput',
    good: 'high',
  },
];

const countNouns =
  'uploads?|requests?|orders?|checkouts?|payments?|transactions?|sessions?|users?|customers?|calls?|messages?|jobs?|events?|records?|samples?|observations?|conversions?|logins?|sign-?ups?|searches|queries|renders?|deliver(?:y|ies)|files?|documents?|impressions?|page ?views?|visits?|invocations?|builds?|tasks?|rides?|bookings?|downloads?|e?-?mails?|push(?:es)?|notifications?|datapoints?|data points?';
const countPattern = new RegExp(
  `\\b(?:number of |count of |minimum |min\\.? |total |new |treated |async |processed |completed |successful )*(${countNouns})\\b|\\b(?:sample size|traffic volume|volume)\\b|\\bn(?=\\s*[≥>])`,
  'i',
);
/** `cache hit rate`, `queue depth`: a quantity the plan has no measure for; read from a field of that name. */
const gaugePattern =
  /\b((?:[a-z][a-z-]+ ){0,2}[a-z][a-z-]+ (?:rate|ratio|share|depth|size|usage|utili[sz]ation|lag|score|backlog|count|saturation|cost))\b/i;
const gaugeGoodHigh =
  /\b(?:crash-?[ -]?free|authori[sz]ation (?:rate|ratio)|conversions?|hit|conversion|accept|approval|completion|delivery|retention|satisfaction|click|ctr\b|score|coverage|pass|opt-?in|engagement)/i;

const gaugeGoodLow =
  /\b(?:lag|latency|delay|depth|backlog|queue|usage|utili[sz]ation|load|size|cost|time|duration|age|staleness|cpu|disk|memory|drift|errors?|failures?|crash\w*|anr|declin\w*|refunds?|chargebacks?|abandon\w*|bounce|churn|loss|retries|drops?|saturation|burn|throttl\w+|steal|io ?wait|wait|pressure|fragmentation|failed)\b/i;

/** Whether a measure's words say which way is good; of a quantity of the guide's own they may not. */
export function isGoodnessKnown(measure: MeasureWord): boolean {
  if (measure.family !== 'gauge') return true;
  const words = measure.words.replaceAll(/[_-]/g, ' ');
  return (measure.good === 'high' && gaugeGoodHigh.test(words)) || (measure.good === 'low' && gaugeGoodLow.test(words));
}

/** A quantity of the guide's own that says which way is good: `conversion`, `declines`. */
export function readOwnQuantity(text: string): MeasureWord | undefined {
  const match =
    /\b(?:conversions?|click-?through|ctr|declines|refunds|chargebacks|churn|retention|engagement|apdex)(?: rate)?\b/i.exec(
      text,
    );
  if (match === null) return undefined;
  const good = gaugeGoodHigh.test(match[0]) || /apdex/i.test(match[0]) ? 'high' : 'low';
  const at = { words: match[0], index: match.index, end: match.index + match[0].length };
  return { name: measureName(match[0]), family: 'gauge', good, quantile: undefined, ...at };
}

/** The first measure named in `plain` text; `undefined` when none is. */
export function readMeasure(text: string): MeasureWord | undefined {
  let best: MeasureWord | undefined;
  for (const entry of entries) {
    const match = entry.pattern.exec(text);
    if (match === null || (best !== undefined && match.index >= best.index)) continue;
    best = found(entry, match, text);
  }
  if (best !== undefined) return best;
  const gauge = gaugePattern.exec(text);
  if (gauge !== null && !/\b(?:sample|batch|page) size$/i.test(gauge[1] ?? '')) {
    const words = (gauge[1] ?? '').replace(
      /^(?:.*\b(?:when|if|while|once|until|that|where|looks?|whenever) )?(?:(?:the|an?|our|its|any|and|or|keep|with|on|go|as|long|is|of|to|average|mean|peak|max) )*/i,
      '',
    );
    const good = gaugeGoodHigh.test(words) && !gaugeGoodLow.test(words) ? 'high' : 'low';
    return {
      name: measureName(words),
      family: 'gauge',
      good,
      quantile: undefined,
      words,
      index: gauge.index,
      end: gauge.index + gauge[0].length,
    };
  }
  return undefined;
}

/** A count of records: `100 uploads`, `sample size`. */
export function readCount(text: string): MeasureWord | undefined {
  const match = countPattern.exec(text);
  if (match === null) return undefined;
  const noun = (match[1] ?? 'records').toLowerCase();
  const name = measureName(plural(noun));
  return {
    name,
    family: 'count',
    good: 'high',
    quantile: undefined,
    words: match[0],
    index: match.index,
    end: match.index + match[0].length,
  };
}

/** `50 images`: a plural that follows a figure, if it is no time, test or part of the machinery. */
export function readThings(text: string): MeasureWord | undefined {
  const match = /^\s*(?:[a-z-]+\s){0,2}?([a-z]{3,20}s)\b/i.exec(text);
  const noun = (match?.[1] ?? '').toLowerCase();
  const none =
    /^(?:tests?|cases|checks|hours|days|weeks|minutes|seconds|times|points|percents|errors|failures|hosts|pods|nodes|servers|instances|stages|steps|phases|reviewers|approvals|people|engineers|this|was|has|is|plus|less|across|always|cores|retries|replicas|bugs|issues|regressions|crashes)$/;
  if (match === null || none.test(noun) || noun.endsWith('ss')) return undefined;
  const name = measureName(noun);
  return { name, family: 'count', good: 'high', quantile: undefined, words: noun, index: 0, end: match[0].length };
}

/** `1 % of checkouts fail`, `99 % of requests succeed`, `anything is logged at FATAL`. */
export function readOutcome(text: string): MeasureWord | undefined {
  const failing =
    /(?:%|\bpercent)\s+of\s+(?:the |all |our )?(?:[a-z]+ ){1,3}?(?:(?:fail(?:s|ed|ing)?|error(?:s|ed)?(?: out)?|break)\b|(?:are|is|get|gets) (?:failed|rejected|lost|dropped)\b)/i.exec(
      text,
    );
  if (failing !== null) return outcome('error_rate', 'error', 'low', failing);
  const succeeding =
    /(?:%|\bpercent)\s+of\s+(?:the |all |our )?(?:[a-z]+ ){1,3}?(?:succeed(?:s|ed)?|(?:are|is) successful|complete(?:s|d)?(?: successfully)?)\b/i.exec(
      text,
    );
  if (succeeding !== null) return outcome('success_rate', 'success', 'high', succeeding);
  const logged =
    /\b(?:logged|logs?|written|messages?|lines?|entr(?:y|ies))\b[^.;,]{0,20}?\b(?:CRITICAL|FATAL)\b|\b(?:CRITICAL|FATAL)\b[- ](?:level )?(?:log|lines?|entr(?:y|ies)|messages?|logs?)\b/i.exec(
      text,
    );
  return logged === null ? undefined : outcome('critical_errors', 'critical', 'low', logged);
}

function outcome(name: string, family: MeasureFamily, good: Good, match: RegExpExecArray): MeasureWord {
  return {
    name,
    family,
    good,
    quantile: undefined,
    words: match[0],
    index: match.index,
    end: match.index + match[0].length,
  };
}

const noSubject =
  /\b(?:rollouts?|traffic|stages?|steps?|ramp\w*|increase|tests?|coverage|phase|week|day|wait\w*|monitor\w*|hold|soak|deploy\w*|reviewers?|approv\w*|users?|tenants?|hosts?|pods?|replicas?|all|any|every|each|we|it|this|that|they|should|must|if|when|then|which|until|before|after|set|keep|run|check|verify|from|by|roll\w*|promote|advance|proceed|go|are|is|was|were|has|have|in|by|than|with|more|less|fewer|under|over|above|below)\b/i;

/** What stands before a comparison, as a measure of its own name: `declines`, `replication lag`. */
export function readSubject(lead: string): MeasureWord | undefined {
  const words = lead
    .replace(/^[\s:,.(-]+|[\s:,.(=-]+$/g, '')
    .replace(
      /\s+(?:is|are|was|stays?|remains?|must be|should be|to be|be|at|of|has|drops?|falls?|goes|rises?|gets?|were)$/i,
      '',
    )
    .replace(/^(?:or\s+|and\s+)?(?:(?:[a-z ]{0,20}\b)?roll\w*[ -]?back\s+)?(?:if|when|whenever|once)\s+/i, '')
    .replace(/^(?:the|an?|our|its)\s+/i, '')
    .trim();
  if (!/^(?:\d{3} )?[a-z][a-z\d_./-]*(?: [a-z\d][a-z\d_./-]*){0,3}$/i.test(words) || noSubject.test(words))
    return undefined;
  const good = gaugeGoodHigh.test(words) && !gaugeGoodLow.test(words) ? 'high' : 'low';
  return { name: measureName(words), family: 'gauge', good, quantile: undefined, words, index: 0, end: lead.length };
}

function found(entry: Entry, match: RegExpExecArray, text: string): MeasureWord {
  const words = match[0].trim();
  const at = { words, index: match.index, end: match.index + match[0].length };
  if (entry.family !== 'latency')
    return { ...entry, ...at, name: entry.name === '' ? measureName(words) : entry.name, quantile: undefined };
  // The quantile may stand apart from the word: `latency at p99`.
  const quantile = readQuantile(words) ?? readQuantile(text.slice(Math.max(0, match.index - 20), at.end + 20));
  const name =
    quantile === undefined || quantile === 0.95
      ? 'latency'
      : `latency_p${String(Number((quantile * 100).toFixed(3))).replace('.', '_')}`;
  return { name: entry.name === 'latency' ? name : entry.name, family: 'latency', good: 'low', quantile, ...at };
}

function readQuantile(words: string): number | undefined {
  if (/\bmedian\b/i.test(words)) return 0.5;
  const written = /\bp(\d{2,3})(?:\.(\d))?\b|\b(\d{2})(?:\.(\d))?(?:th|st|rd)?[- ]?(?:percentile|%ile)/i.exec(words);
  if (written === null) return undefined;
  const whole = written[1] ?? written[3] ?? '';
  const value = Number(`0.${whole}${written[2] ?? written[4] ?? ''}`);
  return value > 0 && value < 1 ? value : undefined;
}

function plural(noun: string): string {
  if (noun.endsWith('s')) return noun;
  return noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/** Words → a measure's name: letters, digits and `_`. */
export function measureName(words: string): string {
  const name = words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 40);
  return /^[a-z]/.test(name) ? name : `measure_${name}`;
}
