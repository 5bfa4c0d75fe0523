import { describe, expect, it } from 'vitest';
import { placeOf, problemsOf, soundPlan, spoilt } from './planText.ts';

describe('what is wrong is told with its place and what would be right', () => {
  const cases: [name: string, text: string, piece: string, message: RegExp | string][] = [
    ['an unknown key', `${soundPlan}trigers: []\n`, 'trigers', 'unknown key `trigers` — did you mean `triggers`?'],
    ['an unknown key of a stage', spoilt('soak: 1h', 'bake: 1h'), 'bake', 'unknown key `bake` — did you mean `soak`?'],
    ['another spelling', spoilt('percent: 1\n', 'Percentage: 1\n'), 'Percentage', /did you mean `percent`/],
    [
      'a key like no other',
      spoilt('soak: 1h', 'xyzzy: 1'),
      'xyzzy',
      /unknown key `xyzzy`: here go `id`, `title`, `percent`/,
    ],
    [
      'no word on missing data',
      spoilt('- "n >= 450"', '- { when: n >= 450, missing: holdd }'),
      'holdd',
      '`missing` must be `block`, `hold`, `review` or `rollback`, not `holdd` — did you mean `hold`?',
    ],
    [
      'no kind of missing data',
      spoilt('- "n >= 450"', '- { when: n >= 450, missing: { nodata: hold } }'),
      'nodata',
      'unknown key `nodata` — did you mean `no-data`?',
    ],
    [
      'a condition with a word on missing data that is none',
      spoilt('- "n >= 450"', '- { when: m >= 450, missing: hold }'),
      'm >= 450',
      /^unknown measure `m`/,
    ],
    ['a missing key', spoilt(', percent: 0', ''), '{ id: off', 'missing `percent`; for example `percent: 10`'],
    ['a missing part', spoilt('version: 1\n', ''), 'id: demo', /missing `version`/],
    ['a version to come', spoilt('version: 1', 'version: 2'), '2', /`version` must be `1`, not `2`/],
    [
      'a version in quotes',
      spoilt('version: 1', 'version: "1"'),
      '"1"',
      '`version` must be 1: write `1`, without quotes',
    ],
    ['a name without end', spoilt('id: one', `id: ${'o'.repeat(201)}`), 'ooo', /at most 200 characters/],
    ['text for a number', spoilt('percent: 1\n', 'percent: 1%\n'), '1%', '`percent` must be a number: write `1`'],
    ['a number without a unit', spoilt('soak: 1h', 'soak: 48'), '48', '`soak` needs a unit; for example `soak: 48h`'],
    [
      'minutes that reviews need longer',
      `${soundPlan}retention: { by_minute: 1d }\n`,
      '1d',
      '`by_minute` must be at least 2 d: reviews and the longest trigger look back so far',
    ],
    [
      'minutes that a trigger needs longer',
      `${spoilt('over: 5m, min: 20', 'over: 3d, min: 20')}retention: { by_minute: 2d }\n`,
      '2d }',
      /^`by_minute` must be at least 3 d/,
    ],
    [
      'hours that end before the minutes',
      `${soundPlan}retention: { by_minute: 60d, by_hour: 30d }\n`,
      '30d',
      /^`by_hour` must be at least `by_minute` \(60 d\)/,
    ],
    [
      'a join without exposures',
      spoilt('- file: metrics.jsonl', '- file: metrics.jsonl\n    join: { key: id }'),
      'join',
      /^nothing says the arm: say in `exposures`/,
    ],
    [
      'a join without outcomes',
      spoilt('- file: metrics.jsonl', '- file: metrics.jsonl\n    join: { key: id, exposures: all, within: 5m }'),
      'join',
      /^nothing says how it went: a second source/,
    ],
    [
      'a join without an end',
      spoilt('- file: metrics.jsonl', '- file: metrics.jsonl\n    join: { key: id, exposures: { kind: start } }'),
      'exposures',
      /^say in `within` how long/,
    ],
    ['no duration', spoilt('soak: 1h', 'soak: 1 hour'), '1 hour', /`48h`/],
    ['a number for text', spoilt('id: one', 'id: 1'), '1\n    percent', 'must be text: write `"1"`'],
    [
      'one thing for a list',
      spoilt('lines: [FATAL]', 'lines: FATAL'),
      'FATAL',
      '`lines` must be a list: write `[ FATAL ]`',
    ],
    ['nothing', spoilt('soak: 1h', 'soak:'), 'soak:', '`soak` is empty; for example `soak: 48h`'],
    [
      'another word',
      spoilt('then: rollback', 'then: roll-back'),
      'roll-back',
      '`then` must be `rollback`, `review` or `hold`, not `roll-back` — did you mean `rollback`?',
    ],
    ['too much', spoilt('percent: 1\n', 'percent: 101\n'), '101', '`percent` must be at most 100'],
    ['no items', spoilt('[FATAL]', '[]'), '[]', /too few items: at least 1 item/],
    ['a bad name', spoilt('n: { count', 'n-n: { count'), 'n-n', '`n-n`: a measure name is letters, digits and `_`'],

    ['a condition cut short', spoilt('good >= 99%', 'good >='), '\n      - "n >= 450"', 'a number is missing'],
    ['a condition in quotes', spoilt('"n >= 450"', '"n => 300"'), '=> 300', '`=>` is not a comparison: write `>=`'],
    ['a range', spoilt('good >= 99%', 'good >= 95-97%'), '-97%', /one number, not a range/],

    [
      'a kind misspelt',
      spoilt('{ count: treatment }', '{ cuont: treatment }'),
      'cuont',
      'unknown key `cuont` — did you mean `count`?',
    ],
    [
      'two kinds',
      spoilt('{ count: treatment }', '{ count: treatment, share: { a: 1 } }'),
      'share: { a',
      /one kind: this one has `count` and `share`/,
    ],
    ['no kind', spoilt('{ count: treatment }', '{ }'), '{ }', /does not say what is measured: it needs one of `share`/],
    [
      'a kind’s missing part',
      spoilt(', field: took', ''),
      'slow:',
      'missing `field`; for example `field: duration_ms`',
    ],
    ['a kind’s bad figure', spoilt('quantile: 0.95', 'quantile: 95'), '95, field', '`quantile` must be less than 1'],
    ['a kind’s unknown key', spoilt('unit: ms', 'units: ms'), 'units', 'unknown key `units` — did you mean `unit`?'],
    ['a share of everything', spoilt('{ share: { ok: true } }', '{ share: {} }'), '{}', /says which records are good/],
    ['no measure at all', spoilt('{ count: treatment }', '300'), '300', /cannot be `300`/],
    ['a deep match', spoilt('{ kind: new }', '{ kind: { a: b } }'), '{ a: b }', /must be text, a number/],

    [
      'an unknown measure in a gate',
      spoilt('good >= 99%', 'goood >= 99%'),
      'goood',
      'unknown measure `goood` — did you mean `good`?',
    ],
    [
      'an unknown measure in a trigger',
      spoilt('when: good', 'when: fine'),
      'fine',
      /unknown measure `fine`: there is `good`/,
    ],
    ['an unknown measure in share_not', spoilt('share_not: good', 'share_not: god'), 'god', /did you mean `good`/],
    [
      'an unknown measure as a target',
      `${soundPlan}targets: [{ measure: slo, change: -3% }]\n`,
      'slo,',
      /did you mean `slow`/,
    ],
    [
      'an unknown measure in figures',
      spoilt('control: concurrent', 'figures: { slo: 3 }'),
      'slo: 3',
      /did you mean `slow`/,
    ],
    ['the rest of itself', spoilt('share_not: good', 'share_not: bad'), 'bad }', /rest of itself: bad → bad/],
    ['the rest of a count', spoilt('share_not: good', 'share_not: n'), 'n }', /not a share/],

    [
      'a percentage of nothing',
      spoilt('good >= 99%', 'slow <= 110%'),
      'slow <= 110%',
      /write `slow <= 110% of baseline`/,
    ],
    ['another unit', spoilt('good >= 99%', 'slow <= 2s'), 'slow <= 2s', /`slow` is in ms: write `slow <= 2000ms`/],
    ['a size for a time', spoilt('good >= 99%', 'slow <= 2MiB'), 'slow <= 2MiB', /`slow` is in ms/],
    ['another size', spoilt('good >= 99%', 'memory <= 2GiB'), 'memory <= 2GiB', /write `memory <= 2048MiB`/],
    ['a unit for a count', spoilt('"n >= 450"', 'n >= 450ms'), 'n >= 450ms', /has no unit: write `n >= 450`/],
    ['a percentage for a count', spoilt('"n >= 450"', 'n >= 3%'), 'n >= 3%', /count/],
    ['a share above one', spoilt('good >= 99%', 'good >= 99'), 'good >= 99', /write `good >= 99%`/],
    ['a share above all', spoilt('good >= 99%', 'good >= 995%'), 'good >= 995%', /never more than 100 %/],
    ['milliseconds of baseline', spoilt('good >= 99%', 'slow <= 5ms of baseline'), 'slow <= 5ms', /percentage: write/],
    [
      'a factor for a percentage',
      spoilt('good >= 99%', 'slow <= 110 of baseline'),
      'slow <= 110',
      /write `slow <= 110% of baseline`/,
    ],

    [
      'no baseline',
      spoilt('baseline:\n  control: concurrent\n', '').replace('good >= 99%', 'slow <= 110% of baseline'),
      'slow <= 110%',
      /no baseline/,
    ],
    [
      'no figure',
      spoilt('control: concurrent', 'figures: { good: 0.9 }').replace('good >= 99%', 'slow <= 110% of baseline'),
      'slow <= 110%',
      /no figure for `slow`/,
    ],
    [
      'a percentage for the figure of a share',
      spoilt('control: concurrent', 'otherwise: { figures: { bad: 99.5 } }'),
      '99.5',
      /`bad` is a share, and its figure from 0 to 1: write `bad: 0.995`/,
    ],
    ['an empty baseline', spoilt('baseline:\n  control: concurrent', 'baseline: {}'), 'baseline', /empty/],
    [
      'no control',
      spoilt('  control: { kind: old }\n', '').replace(/ {2}proof.*/, ''),
      'control: concurrent',
      /no control/,
    ],

    ['two stages of one name', spoilt('id: one', 'id: off'), 'off\n', /`off` is the name of item 1 already/],
    [
      'two triggers of one name',
      spoilt('flag:', '  - { id: t, when: fatal > 0, over: 5m, then: review }\nflag:'),
      't, when: fatal',
      /already/,
    ],
    [
      'two checklists of one name',
      `${soundPlan}checklists: [{ id: c, title: A, items: [x] }, { id: c, title: B, items: [x] }]\n`,
      'c, title: B',
      /already/,
    ],
    ['an item twice', `${soundPlan}checklists: [{ id: c, title: A, items: [xx, yy, xx] }]\n`, 'xx]', /already/],
    [
      'an unknown stage',
      `${soundPlan}checklists: [{ id: c, title: A, stage: on, items: [x] }]\n`,
      'on, items',
      /unknown stage `on` — did you mean `one`/,
    ],
    ['equal percentages', spoilt('percent: 1\n', 'percent: 0\n'), '0\n    soak', /`one` has 0 % as `off` has/],
    [
      'a ladder down',
      spoilt('percent: 0', 'percent: 5'),
      '1\n    soak',
      /`one` has 1 %, less than `off` before it with 5 %/,
    ],
    [
      'previous of the first',
      spoilt('{ id: off, percent: 0 }', '{ id: off, percent: 0.5 }').concat('rollback: { to: previous }\n'),
      'previous',
      /no previous one/,
    ],
    [
      'a sequential test of lines',
      spoilt('when: good < 95%', 'when: fatal > 0').replace('then: rollback', 'then: rollback, also: sequential'),
      'also',
      /needs a share/,
    ],
    [
      'a sequential test upside down',
      spoilt('then: rollback', 'then: rollback, also: { sequential: { good: 0.9, bad: 0.98 } }'),
      '0.98',
      /less than the good one/,
    ],
    ['days that run backwards', spoilt('soak: 1h', 'days: [7, 5]'), '5]', /before the first one 7/],
    ['a change that is none', `${soundPlan}targets: [{ measure: slow, change: faster }]\n`, 'faster', /write `-30%`/],

    [
      'an unknown zone',
      `${soundPlan}timezone: Europe/Berlim\n`,
      'Europe/Berlim',
      'unknown time zone `Europe/Berlim` — did you mean `Europe/Berlin`?',
    ],
    [
      'a source’s unknown zone',
      spoilt('- file: metrics.jsonl', '- file: metrics.jsonl\n    time: { zone: Nowhere }'),
      'Nowhere',
      /unknown time zone/,
    ],
    ['no date', `${soundPlan}start: 2025-02-30\n`, '2025-02-30', /not a date: write `2025-10-29`/],
    ['an end before the start', `${soundPlan}start: 2025-02-03\nend: 2025-02-01\n`, '2025-02-01', /before the start/],
    ['no milestone', `${soundPlan}milestones: [{ date: soon, title: x }]\n`, 'soon', /not a date/],
    [
      'no due date',
      `${soundPlan}checklists: [{ id: c, title: A, due: 1.2.2025, items: [x] }]\n`,
      '1.2.2025',
      /not a date/,
    ],
    [
      'no instant',
      spoilt('control: concurrent', 'window: [2025-10-31, 2025-11-01T12:00Z]'),
      '2025-10-31',
      /write `2025-10-31T00:00Z`/,
    ],
    [
      'a window backwards',
      spoilt('control: concurrent', 'window: [2025-11-01T12:00Z, 2025-11-01T13:00+02:00]'),
      '2025-11-01T13:00',
      /ends before it begins/,
    ],
    ['no freeze window', `${soundPlan}advance: { deny: [Fri evening] }\n`, 'Fri evening', /Fri 15:00 - Mon 08:00/],

    ['an absolute path', spoilt('file: metrics.jsonl', 'file: /var/log/metrics.jsonl'), '/var', /absolute/],
    ['a home path', spoilt('dotenv: .env', 'dotenv: ~/.env'), '~/', /absolute/],
    ['a drive', spoilt('dotenv: .env', 'dotenv: "C:\\\\x\\\\.env"'), '"C:', /absolute/],
    [
      'a path out',
      spoilt('file: metrics.jsonl', 'file: logs/../../metrics.jsonl'),
      'logs/..',
      /leaves the plan's folder/,
    ],
    ['a glob out', spoilt('file: metrics.jsonl', 'file: "{../x,y}/*.jsonl"'), '"{', /leaves/],
    ['a pid file out', spoilt('pid_file: app.pid', 'pid_file: ../app.pid'), '../app', /leaves/],
    ['a report out', `${soundPlan}tests: [{ name: x, junit: ../x.xml }]\n`, '../x', /leaves/],
    ['a document out', `${soundPlan}documents: [{ path: ../x.md }]\n`, '../x', /leaves/],
    ['a control character', spoilt('dotenv: .env', 'dotenv: "a\\u0007b"'), '"a', /control character/],

    ['no pattern', spoilt('[FATAL]', '["/(?=x)/"]'), '"/(?=x)', /RE2/],
    ['no such source', spoilt('lines: [FATAL]', 'lines: [FATAL], source: "*.txt"'), '"*.txt"', /no text source/],
    ['no text source', spoilt('    format: text\n', '    format: jsonl\n'), 'fatal:', /no source is of `format: text`/],
    ['a process’s field', spoilt('gauge: rss', 'gauge: cpu'), 'cpu', /write `rss`/],
    ['a memory in ms', spoilt('unit: MiB', 'unit: ms'), 'ms }\n  fatal', /not a size/],
    [
      'a count of no control',
      spoilt('  control: { kind: old }\n', '')
        .replace('  control: concurrent', '  figures: { slow: 3 }')
        .replace(/ {2}proof.*/, '')
        .replace('count: treatment', 'count: control'),
      'control }',
      /no control/,
    ],

    [
      'an unknown placeholder',
      spoilt('"$' + '{percent}"', '"x$' + '{percentage}"'),
      '$' + '{percentage}',
      /unknown `\$\{percentage\}` — did you mean `\$\{percent\}`/,
    ],
    ['an unclosed placeholder', spoilt('"$' + '{percent}"', '"$' + '{percent"'), '$' + '{percent"', /unknown/],
    ['a value of two lines', spoilt('"$' + '{percent}"', '"$' + '{percent}\\n"'), '"$' + '{percent}\\n', /one line/],
    [
      'a flag that never changes',
      spoilt('"$' + '{enabled}", PERCENT: "$' + '{percent}"', '"true"'),
      'set:',
      /the same at every stage/,
    ],
    [
      'a flag of nothing',
      spoilt('{ ON: "$' + '{enabled}", PERCENT: "$' + '{percent}" }', '{}'),
      'set:',
      /sets nothing/,
    ],
    [
      'a proof without a control',
      spoilt('  control: { kind: old }\n', '').replace('  control: concurrent', '  figures: { slow: 3 }'),
      'proof',
      /needs both arms/,
    ],
  ];

  it.each(cases)('%s', (_, text, piece, message) => {
    const found = problemsOf(text);
    const [first] = found;
    if (typeof message === 'string') expect(first?.message).toContain(message);
    else expect(first?.message).toMatch(message);
    expect({ line: first?.line, column: first?.column }).toEqual(placeOf(text, piece));
    expect(found).toHaveLength(1);
    expect(first?.message).not.toMatch(/[\n\r]|undefined|\[object|Invalid input/);
  });

  it('all at once, in the order of the text', () => {
    const text = spoilt('soak: 1h', 'soak: 1').replace('over: 5m', 'over: 5').replace('version: 1', 'version: 9');
    expect(problemsOf(text).map(({ path }) => path)).toEqual(['version', 'stages.1.soak', 'triggers.0.over']);
  });
});
