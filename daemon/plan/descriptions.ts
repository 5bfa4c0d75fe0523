import { flagKinds } from '../protocol/domain/flagKinds.ts';
import type { KeyDescription } from '../protocol/domain/planTexts.ts';
import { sourceKinds } from '../protocol/domain/sourceKinds.ts';

const enabled = '$' + '{enabled}';
const percent = '$' + '{percent}';
const slackAddress = '$' + '{env:SLACK_WEBHOOK}';
const messageText = '$' + '{text}';
const flagValues = { UPLOAD_ENABLED: enabled, UPLOAD_ROLLOUT: percent };
// biome-ignore lint/suspicious/noThenProperty: the plan's word for a trigger's consequence
const trigger = { id: 'low-success', when: 'success_rate < 95%', over: '5m', min: 20, then: 'rollback' };
const comparedArm = 'The arm whose records are used; by default the treatment.';

/**
 * The descriptions that the editor shows while a plan is written, and the examples that an error offers. Keyed by
 * place: `*` stands for an item of a list or a value of a map; a measure's place begins with its kind
 * (`measures.quantile.field`).
 */
export const descriptions: Readonly<Record<string, KeyDescription>> = {
  '': { description: 'A Rampwatch plan: the stages of a gradual rollout, what each must prove, what rolls it back.' },
  version: { description: 'The version of the plan format.', examples: [1] },
  id: { description: 'The name of the rollout: its state is kept under it.', examples: ['async-upload'] },
  name: { description: 'A title for people.', examples: ['Async upload rollout'] },
  timezone: {
    description: 'The time zone of dates, checklists and freeze windows.',
    examples: ['UTC', 'Europe/Berlin'],
  },
  start: { description: 'The date the rollout starts; day 1.', examples: ['2025-10-29'] },
  end: { description: 'The date on which the rollout is to be complete.', examples: ['2025-11-18'] },

  sources: {
    description: 'The metrics and logs to read.',
    examples: [[{ file: 'logs/metrics.jsonl', format: 'jsonl' }]],
  },
  'sources.*': {
    description:
      'A file, or a glob of files, that is followed; a command whose output is read; or a metrics engine that is asked.',
    examples: [{ file: 'logs/metrics.jsonl', format: 'jsonl' }],
  },
  ...ofKinds('sources.*', sourceKinds),
  'sources.*.record': {
    description:
      'A record out of a line of text: a pattern in RE2 syntax, whose named groups are the fields. A line in which it finds nothing is rejected, unless `skip` knows it.',
    examples: ['/ (?P<status>[0-9]{3}) (?P<took>[0-9.]+ms)$/'],
  },
  'sources.*.skip': {
    description: 'Beside `record`: lines that are no records and that nobody misses, as words or `/…/` patterns.',
    examples: [['Started', '/^Processing by /']],
  },
  'sources.*.skip.*': { description: 'A word, or a pattern between slashes.', examples: ['Started'] },
  'sources.*.columns': {
    description: 'The columns of a CSV file that has no header row.',
    examples: [['time', 'variant', 'status']],
  },
  'sources.*.columns.*': { description: 'The name of a column.', examples: ['time'] },
  'sources.*.unwrap': {
    description:
      'A field that holds a record of its own: JSON or `key=value` pairs in a text, behind a prefix or not, or an object. Its fields join those around it, and win over them.',
    examples: ['log', ['data', 'tags']],
  },
  'sources.*.unwrap.*': { description: 'A field that holds a record.', examples: ['log'] },
  'sources.*.each': {
    description:
      'Lists whose items are the records: the path with `[]` behind each list. A record has the fields of the objects around it too, `resource.attributes.service.version`.',
    examples: ['resourceSpans[].scopeSpans[].spans[]'],
  },
  'sources.*.each.*': { description: 'The path of a list.', examples: ['data[].spans[]'] },
  'sources.*.outcomes': {
    description:
      'Which records are an outcome each, where a file holds other records too: field → value. The others bring but their numbers, for a quantile with `where`.',
    examples: [{ metric: 'http_requests_total' }],
  },
  'sources.*.weight': {
    description:
      'The field that says for how many a sampled record stands, 1 where a record does not say it. Counts and figures are of all of them; what they prove is of no more than as many records of equal weight would.',
    examples: ['samplerate'],
  },
  'sources.*.unit': {
    description:
      'The field that names the request. A request that is tried again is one trial of a proof, and its last outcome within five minutes is the one that counts; counts and figures are of all records.',
    examples: ['request_id'],
  },
  'sources.*.times': {
    description: 'The field that says how many outcomes a record counts.',
    examples: ['count'],
  },
  'sources.*.cumulative': {
    description:
      'Its counts only grow: what counts is by how much, since the record before of the same series. A smaller count is of an application that has started anew. `false` where a format of such counts gives those of a time alone.',
    examples: [{ series: ['Type', 'Name'] }, false],
  },
  'sources.*.cumulative.series': {
    description: 'The fields that tell one series from another.',
    examples: [['Type', 'Name'], 'instance'],
  },
  'sources.*.cumulative.series.*': { description: 'A field.', examples: ['Name'] },
  'sources.*.join': {
    description:
      'One record says the arm and another, with the same key, how it went: an exposure and its outcome, of one source or of several. Only where a plan says so are records joined.',
    examples: [{ key: 'request_id', exposures: { type: 'start' }, within: '5m' }],
  },
  'sources.*.join.key': {
    description: 'The field whose value both records have.',
    examples: ['request_id'],
  },
  'sources.*.join.exposures': {
    description:
      'The records that say the arm: field → value, or `all`. The other records of the source say how it went; without this key all do.',
    examples: [{ type: 'start' }, 'all'],
  },
  'sources.*.join.within': {
    description:
      'How long an exposure tells the arm of its key. An outcome without one is rejected and counted; up to 200,000 exposures are held.',
    examples: ['5m'],
  },
  'sources.*.join.without_outcome': {
    description:
      'An exposure that no outcome has followed within that time: `ignored`, as of users who did nothing, or `failed`, as of requests that never ended. `ignored`, when nothing is said.',
    examples: ['failed'],
  },
  'sources.*.arm': { description: 'All records of this source are of this arm.', examples: ['treatment'] },
  'sources.*.arm_columns': {
    description:
      'A record has columns of both arms: for each arm, the name that the measures use → the column. Each line is then a record of each.',
    examples: [{ treatment: { took: 'canary_ms' }, control: { took: 'stable_ms' } }],
  },
  'sources.*.arm_columns.treatment': {
    description: 'The columns of the treatment.',
    examples: [{ took: 'canary_ms' }],
  },
  'sources.*.arm_columns.treatment.*': { description: 'The column.', examples: ['canary_ms'] },
  'sources.*.arm_columns.control': { description: 'The columns of the control.', examples: [{ took: 'stable_ms' }] },
  'sources.*.arm_columns.control.*': { description: 'The column.', examples: ['stable_ms'] },
  'sources.*.time': {
    description:
      'The time of a record. A log line has it at its beginning (ISO 8601, syslog, klog, access logs, seconds since 1970; a missing year is the one nearest to the time of reading) or, as JSON, in this field. A line without a date counts at the time of its reading; in a recording it is left out, unless a line before it has a date.',
    examples: [{ field: 'timestamp', zone: 'UTC' }],
  },
  'sources.*.time.field': {
    description:
      'The field that holds the time; several are read as one text, a date and a time of day. A field inside objects is named by its path, as everywhere in the plan.',
    examples: ['timestamp', 'event.time', ['date', 'time']],
  },
  'sources.*.time.field.*': { description: 'One of several that are read as one text.', examples: ['date'] },
  'sources.*.time.pattern': {
    description:
      'How the time is written, where none of the usual forms is: the letters of `yyyy-MM-dd HH:mm:ss.SSS`, `MMM`, `a` and `XXX`; other letters stand in quotes.',
    examples: ['dd.MM.yyyy HH:mm:ss,SSS'],
  },
  'sources.*.time.zone': {
    description: "The zone of times without one; by default the plan's `timezone`.",
    examples: ['UTC'],
  },
  'sources.*.time.marks': {
    description:
      'The instant of a request that its time is: its `end` (so when nothing is said), as most logs write it, or its `start`. A request belongs to the stage in which it began.',
    examples: ['start'],
  },
  'sources.*.ignore': {
    description: 'Records that are not observations: field → value, `any` for any value.',
    examples: [{ event_type: 'any' }],
  },
  'sources.*.fresh': {
    description:
      'Silence longer than this is no-data: nothing advances on it. By default 15 minutes. The silence of one arm or of one of its files counts too, while the others continue, when so many records were expected that their absence is no chance.',
    examples: ['15m'],
  },
  'sources.*.rejects': {
    description:
      'The largest share of its records that may be rejected (not JSON, no time, …) before the source is in error: no gate on it is met then, and no trigger fires on its records. By default 1 %; fewer than three never count.',
    examples: ['1%'],
  },
  'sources.*.stage_event': {
    description: 'Records in which the source itself names its percentage; they drive the stage in a replay.',
    examples: [{ match: { event_type: 'rollout_stage' }, percent: 'percentage' }],
  },
  'sources.*.stage_event.match': {
    description: 'The records: field → value.',
    examples: [{ event_type: 'rollout_stage' }],
  },
  'sources.*.stage_event.percent': { description: 'The field that holds the percentage.', examples: ['percentage'] },

  arms: {
    description:
      'The records of the treatment and those of the control: field → value or list of values, all must match. A field inside objects is named by its path, `request.variant`. A value may be a form that covers several: `< 500`, `200..399`, `2xx`, `!= 500`, `/pattern/`, `any`, `none`; `{ is: TEXT }` is the text itself.',
    examples: [{ treatment: { execution_type: ['async', 'sync_fallback'] }, control: { execution_type: 'sync' } }],
  },
  'arms.treatment': {
    description: 'The records with the new behaviour, fallbacks included.',
    examples: [{ execution_type: ['async', 'sync_fallback'] }],
  },
  'arms.control': { description: 'The records without the new behaviour.', examples: [{ execution_type: 'sync' }] },

  measures: {
    description: 'Name → measure.',
    examples: [{ success_rate: { share: { success: true, fallback_used: false } } }],
  },
  'measures.*': {
    description: 'One of `share`, `share_not`, `count`, `quantile`, `gauge`, `lines` and `signal`.',
    examples: [{ share: { success: true, fallback_used: false } }],
  },
  'measures.share': { description: "A share: the matching part of an arm's records." },
  'measures.share.share': {
    description:
      'The values of a good record: field → value or list of values, all must match. A value may be a form that covers several: `< 500`, `200..399`, `2xx`, `!= 500`, `/pattern/`, `any`, `none`; `{ is: TEXT }` is the text itself. Or `{ bad: FIELD, total: FIELD }` (`good:` likewise) where a record counts many.',
    examples: [{ success: true, fallback_used: false }, { status: '< 500' }, { bad: 'errors', total: 'requests' }],
  },
  'measures.share.of': { description: comparedArm, examples: ['treatment'] },
  'measures.share_not': { description: 'The rest of a share: 100 % minus that measure.' },
  'measures.share_not.share_not': { description: 'The share measure whose rest it is.', examples: ['success_rate'] },
  'measures.count': { description: 'The number of records.' },
  'measures.count.count': { description: 'The arm whose records are counted, or any.', examples: ['treatment'] },
  'measures.quantile': { description: 'A quantile of a numeric field.' },
  'measures.quantile.quantile': { description: 'The quantile, between 0 and 1: 0.95 is p95.', examples: [0.95] },
  'measures.quantile.field': {
    description:
      'The numeric field; a text with a unit (`12.3ms`, `PT0.2S`, `00:00:00.120`) is a number too. Or the difference of two fields, ` - ` between them.',
    examples: ['duration_ms', 'end_time - start_time'],
  },
  'measures.quantile.field_unit': {
    description: 'The unit of time that the numbers of the field are in, where `unit` is another.',
    examples: ['ns'],
  },
  'measures.quantile.where': {
    description: 'Only the numbers of these records: field → value.',
    examples: [{ metric: 'http_req_duration' }],
  },
  'measures.quantile.of': { description: comparedArm, examples: ['treatment'] },
  'measures.quantile.unit': {
    description: 'The unit of its figures; the field is in it, or is given in it where it says its own.',
    examples: ['ms'],
  },
  'measures.quantile.histogram': {
    description:
      'For a histogram: `field` counts the records up to the bound that this field says (`le` of Prometheus), or both are lists, counts and bounds (OTLP).',
    examples: ['le', 'explicitBounds'],
  },
  'measures.gauge': { description: "A value that goes up and down: a record's field, or a process's memory." },
  'measures.gauge.gauge': {
    description: "A record's numeric field; or `rss` together with `process`.",
    examples: ['rss', 'memory_mb'],
  },
  'measures.gauge.of': {
    description: 'Only the records of this arm; by default all records.',
    examples: ['treatment'],
  },
  'measures.gauge.where': { description: 'Only of these records: field → value.', examples: [{ run: 'candidate' }] },
  'measures.gauge.field_unit': {
    description: 'The unit of time that the numbers of the field are in, where `unit` is another.',
    examples: ['ns'],
  },
  'measures.gauge.process': { description: 'The process to look at.', examples: [{ pid_file: 'run/app.pid' }] },
  'measures.gauge.process.pid_file': {
    description: "The file with its process id, inside the plan's folder.",
    examples: ['run/app.pid'],
  },
  'measures.gauge.take': {
    description: 'The value of a window: its largest, mean or last one.',
    examples: ['max'],
  },
  'measures.gauge.unit': { description: 'The unit of its figures.', examples: ['MiB'] },
  'measures.lines': { description: 'The number of matching log lines.' },
  'measures.lines.lines': {
    description: 'The text of a counted line: literals, matched as whole words, or `/…/`, a pattern in RE2 syntax.',
    examples: [['CRITICAL', 'FATAL']],
  },
  'measures.lines.source': {
    description: 'The source whose lines are counted; by default every text source.',
    examples: ['*.log'],
  },
  'measures.signal': {
    description: 'The number of reports by people, from the editor or with `rampwatch signal`.',
  },
  'measures.signal.signal': { description: 'The name of the report.', examples: ['complaint'] },

  baseline: {
    description: 'The figures that `of baseline` compares with.',
    examples: [{ control: 'concurrent', otherwise: { window: ['2025-10-31T12:00Z', '2025-11-01T12:00Z'] } }],
  },
  'baseline.control': {
    description: 'The control arm over the same time: the fair comparison while there is one.',
    examples: ['concurrent'],
  },
  'baseline.window': {
    description: 'A period of recorded data, from and to.',
    examples: [['2025-10-31T12:00Z', '2025-11-01T12:00Z']],
  },
  'baseline.figures': {
    description: "Measure → its figure, in the measure's unit; a share's from 0 to 1.",
    examples: [{ latency: 870 }],
  },
  'baseline.otherwise': {
    description: 'The baseline when there is no control, as at 100 %.',
    examples: [{ window: ['2025-10-31T12:00Z', '2025-11-01T12:00Z'] }],
  },
  'baseline.otherwise.window': {
    description: 'A period of recorded data, from and to.',
    examples: [['2025-10-31T12:00Z', '2025-11-01T12:00Z']],
  },
  'baseline.otherwise.figures': {
    description: "Measure → its figure, in the measure's unit; a share's from 0 to 1.",
    examples: [{ latency: 870 }],
  },

  stages: {
    description: 'The stages, from the lowest percentage to the highest.',
    examples: [
      [
        { id: 'off', percent: 0 },
        { id: 'one', percent: 1, soak: '48h', gate: ['success_rate >= 99.5%'] },
      ],
    ],
  },
  'stages.*': {
    description: 'A percentage, its soak and its gate.',
    examples: [{ id: 'ten', percent: 10, soak: '48h', gate: ['success_rate >= 99.0%', 'uploads >= 500'] }],
  },
  'stages.*.id': { description: 'Its unique name.', examples: ['ten'] },
  'stages.*.title': {
    description: 'Its name for people, in any script; commands and the journal keep the `id`.',
    examples: ['Ten per cent'],
  },
  'stages.*.percent': {
    description: 'The percentage of traffic, 0 to 100; each stage has more than the one before.',
    examples: [10],
  },
  'stages.*.soak': { description: 'The least time in this stage.', examples: ['48h', '30m'] },
  'stages.*.days': { description: 'First and last day it is planned for; day 1 is `start`.', examples: [[5, 7]] },
  'stages.*.days.*': { description: 'A day; day 1 is `start`.' },
  'stages.*.gate': {
    description: 'The conditions before the next stage; every one must be met.',
    examples: [['success_rate >= 99.5%', 'uploads >= 100']],
  },
  'stages.*.gate.*': {
    description:
      'A condition: `measure op number[unit] [of baseline]`, or `measure op baseline + number unit` for a difference (of shares in `points`); op is >=, <=, >, <, == or !=. Unknown data never pass; for more than a wait, write `{ when: CONDITION, missing: hold }`.',
    examples: [
      'success_rate >= 99.5%',
      'latency <= 110% of baseline',
      'uploads >= 100',
      'critical_errors == 0',
      { when: 'success_rate >= 99.5%', missing: 'hold' },
    ],
  },
  'stages.*.gate.*.when': {
    description:
      'The condition: `measure op number[unit] [of baseline]`, or `measure op baseline + number unit` for a difference (of shares in `points`); op is >=, <=, >, <, == or !=.',
    examples: ['success_rate >= 99.5%'],
  },
  'stages.*.gate.*.missing': {
    description:
      'The consequence when its measure is unknown for longer than `fresh` while users are exposed. The gate does not pass in any case: `block` (nothing more; the default), `hold` (a person must resume), `review` or `rollback`. One word for both, or one for each: `no-data` (its source, its arm or one of its files is silent) and `error` (its source cannot be read or rejects too much).',
    examples: ['hold', { 'no-data': 'hold', error: 'review' }],
  },
  'stages.*.gate.*.missing.no-data': {
    description: 'Its source, its arm or one of its files has been silent for longer than `fresh`.',
    examples: ['hold'],
  },
  'stages.*.gate.*.missing.error': {
    description: 'Its source cannot be read, or rejects more than its `rejects`, for longer than `fresh`.',
    examples: ['review'],
  },

  advance: {
    description: 'The rules for entering the next stage.',
    examples: [{ mode: 'manual', deny: ['Fri 15:00 - Mon 08:00'] }],
  },
  'advance.approvals': {
    description:
      'How many different people must ask for an advance before it is carried out; 1 if left out. A hold and a rollback always need one.',
    examples: [2],
  },
  'advance.mode': {
    description: 'Who advances when the gate is met: a person (`manual`) or Rampwatch (`auto`).',
    examples: ['manual'],
  },
  'advance.evidence': {
    description:
      'What a gate asks of a condition on a share against a fixed figure: that its figure meets it (`literal`), or that the records prove it at 95 %, whenever one looks (`proven`). Others are judged by the letter.',
    examples: ['proven'],
  },
  'advance.deny': {
    description: 'Freeze windows: no advance in them. A rollback is never frozen.',
    examples: [['Fri 15:00 - Mon 08:00', '2025-12-24 - 2026-01-02']],
  },
  'advance.deny.*': {
    description: 'A freeze window, weekly or of dates.',
    examples: ['Fri 15:00 - Mon 08:00', '2025-12-24 - 2026-01-02'],
  },
  'advance.allow': {
    description: 'Advance only in these windows; `deny` wins.',
    examples: [['Mon 08:00 - Thu 18:00']],
  },
  'advance.allow.*': { description: 'A window, weekly or of dates.', examples: ['Mon 08:00 - Thu 18:00'] },
  settle: {
    description:
      'A request belongs to the stage in which it began. The start is known where the time of the record marks it (`time: { marks: start }`) or the record says how long the request took (the field of a latency). Otherwise a record that comes up to this time after the flag was set counts for the stage before. The proof of a percentage, too, forgives records of this time. 10 s when nothing is said.',
    examples: ['10s', '5m'],
  },
  retention: {
    description: 'How finely counts of the past are kept. The journal and the totals of each stage are kept for ever.',
    examples: [{ by_minute: '35d', by_hour: '400d' }],
  },
  'retention.by_minute': {
    description: 'Counts are kept minute by minute for so long, then hour by hour. 35 days when nothing is said.',
    examples: ['35d'],
  },
  'retention.by_hour': {
    description: 'Counts are kept hour by hour for so long, then day by day. 400 days when nothing is said.',
    examples: ['400d'],
  },

  rollback: { description: 'The target of a rollback.', examples: [{ to: 'off' }] },
  'rollback.to': { description: '`off`: 0 % and the flag disabled. `previous`: the stage before.', examples: ['off'] },

  triggers: {
    description: 'Conditions with a consequence, judged while users are exposed.',
    examples: [[trigger]],
  },
  'triggers.*': {
    description: 'A condition over a window, and its consequence.',
    examples: [trigger],
  },
  'triggers.*.id': { description: 'Its unique name.', examples: ['low-success'] },
  'triggers.*.title': {
    description: 'Its name for people, in any script; commands and the journal keep the `id`.',
    examples: ['Uploads fail'],
  },
  'triggers.*.when': {
    description:
      'A condition: `measure op number[unit] [of baseline]`, or `measure op baseline + number unit` for a difference (of shares in `points`); op is >=, <=, >, <, == or !=. Unknown data fire nothing, unless `missing` says otherwise; a small count (`uploads < 5`) is known only where its source was there through the whole window.',
    examples: [
      'success_rate < 95%',
      'latency > 120% of baseline',
      'error_rate > baseline + 0.5 points',
      'critical_errors > 0',
    ],
  },
  'triggers.*.over': { description: 'The window it is judged over, by event time.', examples: ['5m'] },
  'triggers.*.for': {
    description:
      'How long the condition must hold in the data before the trigger fires. A gap in the data neither counts nor resets it; a gap longer than `for` and `over` ends it. Nothing advances during this time. `3 windows`: for as long as so many windows in a row need to show it, all but the first of them.',
    examples: ['30m', '3 windows'],
  },
  'triggers.*.stages': {
    description:
      'The stages in which it is judged, by their ids; all of them when nothing is said. Its window begins with the first of the stages in a row that it names.',
    examples: [['ten', 'fifty']],
  },
  'triggers.*.stages.*': { description: 'The id of a stage that exposes users.', examples: ['ten'] },
  'triggers.*.min': {
    description: 'The least number of records in the window; fewer are insufficient.',
    examples: [20],
  },
  'triggers.*.then': {
    description:
      '`rollback`: at once, by itself. `review`: stop and ask a person. `hold`: the exposure stays as it is, the soak pauses and nothing advances until a person resumes.',
    examples: ['rollback'],
  },
  'triggers.*.within': {
    description: 'The promise: from the first sufficient evidence to the flag in force. A breach is loud.',
    examples: ['5m'],
  },
  'triggers.*.missing': {
    description:
      'The consequence when its measure is unknown for longer than `fresh`: `block` (nothing advances and nothing fires; the default), `hold`, `review` or `rollback`. One word for both, or one for each: `no-data` (its source or one of its files is silent) and `error` (its source cannot be read or rejects too much).',
    examples: ['block', 'rollback', { 'no-data': 'review', error: 'rollback' }],
  },
  'triggers.*.missing.no-data': {
    description: 'Its source or one of its files has been silent for longer than `fresh`.',
    examples: ['review'],
  },
  'triggers.*.missing.error': {
    description: 'Its source cannot be read, or rejects more than its `rejects`, for longer than `fresh`.',
    examples: ['rollback'],
  },
  'triggers.*.rule': {
    description:
      '`proven`: it acts when the data carry that the share is below the threshold and, with a control beside it, worse than the control; `over`, `for` and `min` are of the letter of its condition, and a crossing without proof asks for a review. So for a share or a latency whose trigger rolls back, when nothing is said; against a baseline with a concurrent control. `literal`: the letter of its condition acts.',
    examples: ['proven', 'literal'],
  },
  'triggers.*.also': {
    description:
      'A sequential test beside the rule: it adds up every record since all was well. A trigger whose rule is `proven` needs none.',
    examples: ['sequential'],
  },
  'triggers.*.also.sequential': {
    description: 'Its settings.',
    examples: [{ good: 0.98, bad: 0.9, threshold: 10_000 }],
  },
  'triggers.*.also.sequential.good': {
    description: 'The share of good records that counts as healthy.',
    examples: [0.98],
  },
  'triggers.*.also.sequential.bad': {
    description: 'The share of good records that the test must detect.',
    examples: [0.9],
  },
  'triggers.*.also.sequential.threshold': {
    description:
      'The least number of records between two false alarms, on average; so a rollout with more records than that has some.',
    examples: [10_000],
  },

  false_alarm: {
    description:
      'So many healthy rollouts may be rolled back by a trigger whose rule is `proven`: 1 in 100 when nothing is said. Fewer need more evidence, and so more time. It is of a whole rollout, however long and however often one looks.',
    examples: ['1 in 100 rollouts', '1 in 1000 rollouts'],
  },
  strata: {
    description:
      'Fields of few values, such as the size class and the provider. A proof (`rule: proven`) compares records of the treatment with those of the control that have the same values, so that more large uploads are no slower ones. The first 16 combinations are told apart; the others are compared as one.',
    examples: [['size_class', 'provider']],
  },
  'strata.*': { description: 'A field.', examples: ['size_class'] },
  flag: {
    description: 'The flag that Rampwatch sets. Without one, Rampwatch watches and a person acts.',
    examples: [{ dotenv: '.env', set: flagValues }],
  },
  ...ofKinds('flag', flagKinds),
  'flag.lease': {
    description:
      'How long the flag holds without the daemon. It carries its end (`$' +
      '{expires}` in a value), which the daemon renews long before; an application that honours it takes everybody off when nobody watches any more. See `examples/lease`.',
    examples: ['10m'],
  },
  'flag.proof': {
    description: "The traffic's own share proves that the percentage is in force.",
    examples: [{ share: 'treatment', within: '10m' }],
  },
  'flag.proof.share': { description: 'The arm whose share of the traffic is the percentage.', examples: ['treatment'] },
  'flag.proof.within': {
    description:
      'How long the proof may take before a contradicting share is an alarm. The proof continues after that, and recovers with the traffic.',
    examples: ['10m'],
  },
  'flag.proof.exposure': {
    description:
      'What a share of the traffic that contradicts the percentage after `within` means: a warning, with which nothing goes on (`warn`), a hold beside it until a person resumes (`hold`), or a rollback (`rollback`). The share is tested whenever records come, and is wrong at most once in a hundred times.',
    examples: ['hold'],
  },
  'flag.proof.tolerance': {
    description:
      "How far the traffic's share may be from the percentage, for a flag that is set by user and counted by request. By default a factor of 3, or of 1.5 around the expected share after an earlier stage that showed another share than its percentage; a rollback has no tolerance beyond the shares that were seen. 0 % has none.",
    examples: [{ factor: 2 }, { points: 5 }],
  },
  'flag.proof.tolerance.factor': {
    description: 'The largest ratio in either direction, for either arm: at 10 %, a factor of 2 is 5 % to 20 %.',
    examples: [2],
  },
  'flag.proof.tolerance.points': {
    description: 'Percentage points: at 10 %, 5 points are 5 % to 15 %.',
    examples: [5],
  },

  checklists: {
    description: 'The tasks of people, and their times.',
    examples: [[{ id: 'daily', title: 'Each day', every: 'day', items: ['Check metrics'] }]],
  },
  'checklists.*': {
    description: 'A list of items to tick.',
    examples: [{ id: 'daily', title: 'Each day', every: 'day', items: ['Check metrics'] }],
  },
  'checklists.*.id': { description: 'Its unique name.', examples: ['daily'] },
  'checklists.*.title': { description: 'Its title.', examples: ['Each day'] },
  'checklists.*.every': { description: 'How often it starts anew; by default once.', examples: ['day'] },
  'checklists.*.at': { description: "The time of day, in the plan's time zone.", examples: ['09:00'] },
  'checklists.*.stage': { description: 'The stage it belongs to.', examples: ['one'] },
  'checklists.*.due': { description: 'The date it is due.', examples: ['2025-11-04'] },
  'checklists.*.items': { description: 'The items to tick.', examples: [['Review overnight logs', 'Check metrics']] },
  'checklists.*.items.*': {
    description: 'A title, or a title with the evidence that shows it is done.',
    examples: ['Check metrics', { title: 'Verify all 57 tests passing', evidence: 'tests' }],
  },
  'checklists.*.items.*.id': { description: 'Its name within the list.', examples: ['tests-pass'] },
  'checklists.*.items.*.title': { description: 'The title of the item.', examples: ['Verify all 57 tests passing'] },
  'checklists.*.items.*.evidence': {
    description: 'The evidence that it is done: the item is ticked while the evidence holds.',
    examples: ['tests', { measure: 'success_rate >= 99%' }, { quiet: 'low-success', for: '24h' }],
  },
  'checklists.*.items.*.evidence.tests': {
    description: 'One of the plan’s test suites passes, by its report.',
    examples: ['Phase 1'],
  },
  'checklists.*.items.*.evidence.measure': {
    description: 'A condition on a measure, judged over the stay in the current stage or over `over`.',
    examples: ['success_rate >= 99%'],
  },
  'checklists.*.items.*.evidence.over': {
    description: 'The trailing window the condition is judged over.',
    examples: ['12h'],
  },
  'checklists.*.items.*.evidence.quiet': { description: 'A trigger that has not fired.', examples: ['low-success'] },
  'checklists.*.items.*.evidence.for': {
    description: 'How long the trigger must have been watched without firing.',
    examples: ['24h'],
  },
  'checklists.*.items.*.evidence.file': {
    description: 'A file that exists, inside the plan’s folder.',
    examples: ['reports/week1.md'],
  },
  'checklists.*.items.*.evidence.changed': {
    description: 'The file must have been written since this round of the checklist began.',
    examples: [true],
  },
  'checklists.*.items.*.evidence.flag': {
    description: 'The values that the flag’s file must have: key → value.',
    examples: [{ UPLOAD_ENABLED: 'true' }],
  },
  'checklists.*.items.*.evidence.flag.*': { description: 'The value the key must have.', examples: ['true'] },
  'checklists.*.items.*.evidence.journal': {
    description: 'An entry of this kind in the journal since this round of the checklist began.',
    examples: ['acknowledged'],
  },

  tests: {
    description: 'Test reports that are evidence.',
    examples: [[{ name: 'Phase 1', junit: 'reports/phase1.xml', expect: 16 }]],
  },
  'tests.*': {
    description: 'A JUnit report and its required tests.',
    examples: [{ name: 'Phase 1', junit: 'reports/phase1.xml', expect: 16 }],
  },
  'tests.*.name': { description: 'Its name.', examples: ['Phase 1'] },
  'tests.*.junit': { description: "The report, inside the plan's folder.", examples: ['reports/phase1.xml'] },
  'tests.*.expect': { description: 'The required number of tests.', examples: [16] },
  'tests.*.groups': { description: 'Group → its required number of tests.', examples: [{ 'Rollout logic': 5 }] },
  'tests.*.fresh': {
    description: 'A report older than this proves nothing; by default a week.',
    examples: ['7d'],
  },
  targets: { description: 'The goals of the rollout.', examples: [[{ measure: 'latency', change: '-30..-50%' }]] },
  'targets.*': {
    description: 'A measure and its wanted change.',
    examples: [{ measure: 'latency', change: '-30..-50%' }],
  },
  'targets.*.measure': { description: 'One of `measures`.', examples: ['latency'] },
  'targets.*.change': {
    description: 'Against the baseline: a percentage or a factor, or a range.',
    examples: ['-30..-50%', '5..10x'],
  },
  'targets.*.factor': {
    description: 'In place of `change`: a multiple of the baseline.',
    examples: ['5..10x', 5],
  },
  milestones: { description: 'Dates to be met.', examples: [[{ date: '2025-11-04', title: 'Week 1 end' }]] },
  'milestones.*': {
    description: 'A date and its meaning.',
    examples: [{ date: '2025-11-04', title: 'Week 1 end' }],
  },
  'milestones.*.date': { description: "The date, in the plan's time zone.", examples: ['2025-11-04'] },
  'milestones.*.title': { description: 'The meaning of the date.', examples: ['Week 1 end'] },
  deliverables: { description: 'The deliverables at the end.', examples: [['Final report']] },
  'deliverables.*': {
    description: 'A title, or a title with the evidence that shows it is there.',
    examples: ['Final report', { title: 'All 57 tests passing', evidence: 'tests' }],
  },
  'deliverables.*.id': { description: 'Its name within the list.', examples: ['final-report'] },
  'deliverables.*.title': { description: 'The title of the deliverable.', examples: ['Final report'] },
  'deliverables.*.evidence': {
    description: 'The evidence that it is there.',
    examples: ['tests', { file: 'reports/final.md' }],
  },
  'deliverables.*.evidence.tests': {
    description: 'One of the plan’s test suites passes, by its report.',
    examples: ['Phase 1'],
  },
  'deliverables.*.evidence.measure': {
    description: 'A condition on a measure, judged over the stay in the current stage or over `over`.',
    examples: ['success_rate >= 99%'],
  },
  'deliverables.*.evidence.over': {
    description: 'The trailing window the condition is judged over.',
    examples: ['12h'],
  },
  'deliverables.*.evidence.quiet': { description: 'A trigger that has not fired.', examples: ['low-success'] },
  'deliverables.*.evidence.for': {
    description: 'How long the trigger must have been watched without firing.',
    examples: ['24h'],
  },
  'deliverables.*.evidence.file': {
    description: 'A file that exists, inside the plan’s folder.',
    examples: ['reports/week1.md'],
  },
  'deliverables.*.evidence.changed': {
    description: 'The file must have been written since this round of the checklist began.',
    examples: [true],
  },
  'deliverables.*.evidence.flag': {
    description: 'The values that the flag’s file must have: key → value.',
    examples: [{ UPLOAD_ENABLED: 'true' }],
  },
  'deliverables.*.evidence.flag.*': { description: 'The value the key must have.', examples: ['true'] },
  'deliverables.*.evidence.journal': {
    description: 'An entry of this kind in the journal since this round of the checklist began.',
    examples: ['acknowledged'],
  },
  documents: {
    description: 'The documents to read.',
    examples: [[{ path: 'GUIDE.md', purpose: 'Week 1 tasks', minutes: 15 }]],
  },
  'documents.*': {
    description: 'A document of the workspace.',
    examples: [{ path: 'GUIDE.md', purpose: 'Week 1 tasks', minutes: 15 }],
  },
  'documents.*.path': { description: "The path, inside the plan's folder.", examples: ['GUIDE.md'] },
  'documents.*.purpose': { description: 'Its purpose.', examples: ['Week 1 tasks'] },
  'documents.*.minutes': { description: 'Time to read.', examples: [15] },
  escalation: {
    description: 'The contact for problems: `rampwatch escalate` gathers the evidence for them.',
    examples: [{ contact: 'on-call', reference: 'INC-1234' }],
  },
  'escalation.contact': { description: 'A person or a rota.', examples: ['on-call'] },
  'escalation.reference': {
    description: 'A reference to quote, for example the number of an incident; the journal keeps the answer under it.',
    examples: ['INC-1234'],
  },
  'escalation.command': {
    description: `A program and its arguments for \`rampwatch escalate --run\`, called without a shell in the plan’s folder, for at most a minute. It gets the written bundle’s path as \`\${bundle}\` in an argument and as the variable RAMPWATCH_BUNDLE; \`\${rollout}\`, \`\${reference}\`, RAMPWATCH_ROLLOUT and RAMPWATCH_REFERENCE likewise. It runs only after a person approved exactly this section on this machine; its answer goes into the journal.`,
    examples: [['./notify', 'on-call', `\${bundle}`]],
  },
  messages: {
    description:
      'Where news of the rollout go: begun, advanced, up for review, rolled back, and by whom. Nothing is sent before a person approved it on this machine (`rampwatch approve`).',
    examples: [[{ to: 'slack', url: slackAddress }]],
  },
  'messages.*': {
    description: 'A channel of Slack or Teams, any webhook, or a command.',
    examples: [
      { to: 'slack', url: slackAddress },
      { to: 'command', command: ['./notify', messageText] },
    ],
  },
  'messages.*.to': {
    description:
      'The shape of the message: for a webhook of `slack` or `teams`, as JSON to a `webhook`, or to a `command`.',
    examples: ['slack', 'teams', 'webhook'],
  },
  'messages.*.url': {
    description: `The address, by the place where it lies: \`${slackAddress}\` of the daemon's environment or the editor's storage, or \`$\{file:/path}\` of a file with mode 0600. Who knows it can write there, so a plan does not hold it; a webhook's address without a key in it may be written.`,
    examples: [slackAddress],
  },
  'messages.*.headers': {
    description: 'Headers of the request; a credential is named and never written.',
    examples: [{ Authorization: 'Bearer $' + '{env:NEWS_TOKEN}' }],
  },
  'messages.*.headers.*': { description: "The header's value.", examples: ['Bearer $' + '{env:NEWS_TOKEN}'] },
  'messages.*.command': {
    description: `A program and its words, run once for each message without a shell, for at most 30 s. \`${messageText}\` in a word is the sentence; standard input has everything as JSON, as a webhook gets it.`,
    examples: [['./notify', messageText]],
  },
  'messages.*.environment': {
    description:
      'Names of variables of the daemon that the command gets, beside PATH, HOME, USER, LANG, TZ and the like.',
    examples: [['NOTIFY_TOKEN']],
  },
  'messages.*.environment.*': { description: 'The name of a variable.', examples: ['NOTIFY_TOKEN'] },
  'messages.*.on': {
    description: 'What is told; everything but `hold` unless said.',
    examples: [['begin', 'advance', 'rollback', 'rollback-failed', 'complete']],
  },
  'messages.*.on.*': { description: 'What is told.', examples: ['rollback', 'hold'] },
  agents: {
    description:
      'The most that an assistant may do through `rampwatch mcp`: `read` the state and the evidence; `propose` (the default) an action, which a person then runs; `act` once a person has confirmed it in the assistant. No assistant acts without a person.',
    examples: ['read', 'act'],
  },
  team: {
    description:
      'Shares the rollout with the daemons of a team through a database: one judges and sets the flag, the others show the same and send their commands to it.',
    examples: [{ postgres: 'RAMPWATCH_TEAM_URL' }],
  },
  'team.postgres': {
    description:
      'The name of an environment variable of the daemon that holds the URL of a PostgreSQL database; never the URL itself.',
    examples: ['RAMPWATCH_TEAM_URL'],
  },
  'team.lease': {
    description:
      'A holder that is silent for this long may be replaced by another daemon of the team; 15 s if left out.',
    examples: ['15s'],
  },
  review_log: {
    description:
      "The Markdown file that each daily review is appended to, inside the plan's folder; by default `<id>.review.md`.",
    examples: ['docs/async-upload.review.md'],
  },
};

/** A kind describes its own keys; of two kinds with a key of one name, the first does. */
function ofKinds(
  place: string,
  kinds: Readonly<Record<string, { readonly keys: Readonly<Record<string, KeyDescription>> }>>,
): Readonly<Record<string, KeyDescription>> {
  const all = Object.values(kinds).toReversed();
  return Object.fromEntries(
    all.flatMap(({ keys }) => Object.entries(keys).map(([key, words]) => [`${place}.${key}`, words])),
  );
}
