import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LintFinding, lintPlan, lintText, rules } from '../../daemon/plan/lintPlan.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { TextEdit } from '../../daemon/protocol/wire/planReading.ts';
import { evidenceLabel } from '../../daemon/statistics/evidenceLabel.ts';
import { placeOf, soundPlan, spoilt } from './planText.ts';

function lint(text: string): readonly LintFinding[] {
  const result = parsePlan(text, 'rampwatch.yaml');
  if (result.kind !== 'plan') throw new Error(result.problems[0]?.message);
  return lintPlan(result.loaded, text);
}

/** The findings of a spoilt plan that the sound one does not have. */
function news(text: string, base = soundPlan): readonly LintFinding[] {
  const before = new Set(lint(base).map(({ rule, path, message }) => `${rule} ${path} ${message}`));
  return lint(text).filter(({ rule, path, message }) => !before.has(`${rule} ${path} ${message}`));
}

function applied(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split('\n');
  const offset = (line: number, column: number) =>
    lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return edits.reduce((whole, edit) => {
    const from = offset(edit.line, edit.column);
    return whole.slice(0, from) + edit.text + whole.slice(offset(edit.endLine, edit.endColumn));
  }, text);
}

const trigger = (rest: string) => spoilt('flag:', `  - { id: u, ${rest} }\nflag:`);
const gate = (condition: string, rest = '') => spoilt('- "n >= 450"', `- "n >= 450"\n      - ${condition}`) + rest;
const onlyFigures = spoilt('  control: concurrent', '  figures: { good: 0.9 }');

const cases: [rule: string, text: string, piece: string, message: RegExp][] = [
  [
    'missing-assumes-fresh',
    trigger('when: good < 50%, over: 5m, min: 20, then: rollback, missing: { no-data: rollback, error: hold }'),
    '{ no-data: rollback, error',
    /^15 minutes without a record of .+ roll back, at night too: say with its `fresh`/,
  ],
  [
    'missing-assumes-fresh',
    gate('{ when: good >= 98%, missing: { no-data: rollback } }'),
    '{ no-data: rollback }',
    /roll back, at night too/,
  ],
  [
    'missing-counts-nothing',
    trigger('when: n < 5, over: 5m, then: review, missing: { no-data: rollback, error: hold }'),
    '{ no-data: rollback, error: hold }',
    /^`n` counts records, so without any it is unknown: a night without traffic, .+ rolls back/,
  ],
  [
    'missing-counts-nothing',
    gate('{ when: n >= 470, missing: { no-data: rollback, error: hold } }'),
    '{ no-data: rollback, error: hold }',
    /write `missing: \{ no-data: review, error: rollback \}`$/,
  ],
  [
    'missing-says-nothing',
    gate('{ when: memory < 500MiB, missing: hold }'),
    'missing: hold',
    /^`missing` changes nothing here: `memory` rests on no source/,
  ],
  [
    'gate-cannot-prove',
    spoilt('n >= 450', 'n >= 100'),
    'good >= 99%',
    /^100 of 100 proves ≥ 95\.6 %, not 99 %: that needs 449 without a failure \(one single look would prove ≥ 97\.0 %\)$/,
  ],
  [
    'gate-cannot-prove',
    spoilt('good >= 99%', 'bad <= 0.5%'),
    'bad <= 0.5%',
    /^450 of 450 proves ≥ 99\.0 %, not 99\.5 %: that needs 901/,
  ],
  ['gate-cannot-prove', spoilt('good >= 99%', 'good >= 100%'), 'good >= 100%', /not 100 %: no number of records does/],
  [
    'gate-proves-less',
    spoilt('n >= 450', 'n >= 500'),
    'good >= 99%',
    /passes with 5 failures in 500, which proves ≥ 97\.2 %, not 99 %: at most 0 would prove it/,
  ],
  [
    'gate-proves-less',
    spoilt('good >= 99%', 'good > 99%').replace('n >= 450', 'n > 499'),
    'good > 99%',
    /passes with 4 failures in 500/,
  ],
  [
    'gate-hardly-proves',
    spoilt('      - "n >= 450"\n', '  - { id: ten, percent: 10, soak: 1h, gate: ["n >= 450"] }\n'),
    'good >= 99%',
    /^the traffic of one can hardly ever prove 99 %: 449 records without a failure take about 10 h .+ the soak is 1 h$/,
  ],
  [
    'gate-without-count',
    spoilt('      - "n >= 450"\n', ''),
    'good >= 99%',
    /one good record meets it: add a count to the gate of `one`, for example `n >= 1000`/,
  ],
  ['gate-without-treatment', spoilt('percent: 0 }', 'percent: 0, gate: ["bad < 1%"] }'), '"bad < 1%"', /never passes/],
  [
    'gate-empty',
    spoilt('triggers:', '  - { id: ten, percent: 10, soak: 1h }\ntriggers:'),
    '{ id: ten',
    /time alone passes it/,
  ],
  [
    'ladder-inverted',
    spoilt('triggers:', '  - { id: ten, percent: 10, soak: 1h, gate: ["good >= 98%", "n >= 450"] }\ntriggers:'),
    'good >= 99%',
    /99 % at 1 %, with the least data, and 98 % at 10 %/,
  ],
  [
    'minimum-needs-traffic',
    spoilt('n >= 450', 'n >= 400'),
    '"n >= 400"',
    /at 1 %, 400 of the treatment take about 40000 records/,
  ],
  [
    'minimum-counts-everyone',
    spoilt('count: treatment', 'count: any'),
    '"n >= 450"',
    /at 1 %, 450 of them hold about 4.5 of the treatment/,
  ],
  ['soak-zero', spoilt('    soak: 1h\n', ''), 'id: one', /no soak/],
  [
    'baseline-only-concurrent',
    spoilt('triggers:', '  - { id: full, percent: 100, soak: 1h, gate: [slow <= 110% of baseline] }\ntriggers:'),
    'slow <= 110%',
    /at 100 % there is no control/,
  ],
  ['baseline-never', gate('memory <= 110% of baseline'), 'memory <= 110%', /`memory` belongs to no arm.*otherwise/],
  ['baseline-never', gate('fatal <= 110% of baseline'), 'fatal <= 110%', /figures: \{ fatal/],
  [
    'baseline-zero',
    gate('bad <= 150% of baseline').replace('  control: concurrent', '  figures: { bad: 0 }'),
    'bad <= 150%',
    /the baseline of `bad` is 0.*fixed threshold/,
  ],
  [
    'baseline-zero',
    gate('bad <= 150% of baseline').replace(
      '  control: concurrent',
      '  window: ["2026-01-01T00:00Z", "2026-01-02T00:00Z"]',
    ),
    'bad <= 150%',
    /where nothing fails in the recorded window/,
  ],
  ['no-rollback-trigger', spoilt('then: rollback', 'for: 5m, then: review'), 'triggers', /only a person/],
  ['trigger-without-minimum', trigger('when: bad > 7%, over: 5m, then: rollback'), 'bad > 7%', /single record/],
  [
    'trigger-contradicts-gate',
    trigger('when: good < 99.5%, over: 5m, min: 5000, then: rollback'),
    'good < 99.5%',
    /fires on figures that meet `good >= 99%`, the gate of `one`/,
  ],
  [
    'trigger-contradicts-gate',
    trigger('when: bad >= 1%, over: 5m, min: 5000, then: rollback'),
    'bad >= 1%',
    /meet `good >= 99%`/,
  ],
  [
    'same-event',
    trigger('when: bad > 5%, over: 5m, min: 20, then: rollback'),
    'bad > 5%',
    /`bad > 5%` is the same event as `good < 95%`/,
  ],
  ['same-event', gate('bad <= 1%'), 'bad <= 1%', /same event as `good >= 99%`/],
  [
    'false-alarms',
    spoilt('min: 20', 'min: 10, rule: literal'),
    'good < 95%',
    /at 99 %, which meets the gates, 10 records fire it by chance in 1 of 10 windows; `rule: proven` waits for the evidence: it is wrong in 1 of 100 rollouts, and finds a drop to 90 % after about 130 records/,
  ],
  [
    'ratio-by-letter',
    trigger('when: bad > 150% of baseline, over: 30m, for: 30m, min: 20, then: review'),
    'bad > 150% of baseline',
    /compares two figures that vary by chance/,
  ],
  ['condition-constant', gate('good <= 100%'), 'good <= 100%', /always holds/],
  ['condition-constant', gate('n >= 0'), 'n >= 0', /always holds/],
  ['condition-constant', trigger('when: fatal < 0, over: 5m, then: rollback'), 'fatal < 0', /never holds/],
  [
    'trigger-outlasts-soak',
    trigger('when: slow > 9ms, over: 5m, for: 2h, then: rollback'),
    '2h',
    /longer than the soak/,
  ],
  [
    'trigger-outlasts-soak',
    trigger('when: slow > 9ms, over: 90m, for: 90m, then: review'),
    '90m, then: review',
    /soak of `one` \(1 h\)/,
  ],
  ['window-short', spoilt('over: 5m', 'over: 30s'), '30s', /30 s is less than a minute/],
  [
    'review-for-short',
    trigger('when: slow > 9ms, over: 30m, for: 5m, then: review'),
    '5m, then: review',
    /after 5 m, less than its window/,
  ],
  ['review-for-short', trigger('when: slow > 9ms, over: 30m, then: review'), '30m', /after one window/],
  [
    'promise-on-review',
    trigger('when: slow > 9ms, over: 5m, for: 5m, then: review, within: 7m'),
    'within: 7m',
    /remove it/,
  ],
  ['no-flag', soundPlan.slice(0, soundPlan.indexOf('flag:')), 'triggers', /no `flag`/],
  ['no-proof', spoilt('  proof: { share: treatment, within: 10m }\n', ''), 'flag', /only the flag itself is known/],
  [
    'flag-same-when-exposed',
    spoilt(', PERCENT: "$' + '{percent}"', '').replace(
      'triggers:',
      '  - { id: ten, percent: 10, soak: 1h, gate: [good >= 99%, n >= 450] }\ntriggers:',
    ),
    'set:',
    /the 2 stages that expose users/,
  ],
  ['flag-placeholder', spoilt('ON: "$' + '{enabled}"', 'ON: "$enabled"'), '"$enabled"', /write `\$\{enabled\}`/],
  ['flag-placeholder', spoilt('ON: "$' + '{enabled}"', 'ON: "{{enabled}}"'), '"{{enabled}}"', /write `\$\{enabled\}`/],
  [
    'share-counts-rescued',
    spoilt('kind: new', 'kind: [new, new_fallback]'),
    'share: {',
    /blind to rescued failures.*`fallback_used: false`/,
  ],
  [
    'fallbacks-left-out',
    spoilt('{ ok: true }', '{ ok: true, fell_back: false, fallback_used: false }'),
    'new }',
    /another `kind`/,
  ],
  ['arms-overlap', spoilt('kind: new', 'kind: [new, old]'), 'control:', /both arms/],
  ['arms-overlap', spoilt('kind: new', 'other: new'), 'control:', /both arms/],
  ['strata-tell-arms', spoilt('triggers:', 'strata: [size, kind]\ntriggers:'), 'kind]', /tells the arms apart/],
  [
    'strata-unused',
    spoilt('triggers:', 'strata: [size]\ntriggers:').replaceAll('then: rollback', 'then: rollback, rule: literal'),
    'strata:',
    /no trigger rolls back on a proof/,
  ],
  ['measure-unused', spoilt('  fatal:', '  odd: { signal: odd }\n  fatal:'), 'odd', /`odd` is measured/],
  [
    'times-repeat',
    spoilt('metrics.jsonl', 'metrics.jsonl\n    time: { field: timestamp, zone: Europe/Berlin }'),
    'Europe/Berlin',
    /write UTC, or an offset/,
  ],
  ['source-unread', spoilt('  fatal: { lines: [FATAL] }\n', ''), 'file: app.log', /nothing of `app.log` is used/],
  [
    'format-unsaid',
    spoilt('  fatal: { lines: [FATAL] }\n', '').replace('    format: text\n', ''),
    'file: app.log',
    /`app.log` is read as lines of text, and no measure counts `lines`: write its `format`/,
  ],
  [
    'boolean-as-text',
    spoilt('{ ok: true }', '{ ok: yes }'),
    'yes',
    /`yes` is text and matches no `true`: write `true`/,
  ],
  ['boolean-as-text', spoilt('kind: new', 'kind: [new, Off]'), 'Off', /matches no `false`/],
  ['boolean-as-text', spoilt('kind: old', 'kind: on'), 'on }', /matches no `true`/],
  ['boolean-as-text', spoilt('metrics.jsonl', 'metrics.jsonl\n    ignore: { a.b: NO }'), 'NO', /matches no `false`/],
  [
    'boolean-as-text',
    spoilt('metrics.jsonl', 'metrics.jsonl\n    stage_event: { match: { stage: on }, percent: p }'),
    'on }',
    /matches no `true`/,
  ],
  ['matcher-as-text', spoilt('{ ok: true }', '{ s: =< 500 }'), '=< 500', /is plain text: write "<= 500"/],
  ['matcher-as-text', spoilt('{ ok: true }', '{ s: [200-399, 404] }'), '200-399', /write "200\.\.399"/],
  ['matcher-as-text', spoilt('{ ok: true }', '{ s: "!= 5**" }'), '"!= 5**"', /write "!= 5xx"/],
  ['matcher-as-text', spoilt('{ ok: true }', '{ s: < 500ms }'), '< 500ms', /no form of a matcher/],
  ['matcher-as-text', spoilt('kind: new', 'version: 1.10'), '1.10', /write "1\.1" in quotes/],
  ['pattern-flags', spoilt('[FATAL]', '["/fatal/i"]'), '"/fatal/i"', /as a pattern it is `\/\(\?i\)fatal\/`/],
];

describe('every rule', () => {
  it.each(cases)('%s: %#', (rule, text, piece, message) => {
    const base =
      rule === 'baseline-only-concurrent'
        ? onlyFigures.replace('figures: { good: 0.9 }', 'control: concurrent')
        : soundPlan;
    const found = news(text, base).filter((finding) => finding.rule === rule);
    expect(found.map((finding) => finding.message).join('\n')).toMatch(message);
    expect(found).toHaveLength(1);
    const { line, column } = placeOf(text, piece);
    expect(found[0]).toMatchObject({ line, column, severity: rules[rule]?.severity });
  });

  it('is tried above, and has a stable name', () => {
    const tried = new Set(cases.map(([rule]) => rule));
    expect(Object.keys(rules).filter((rule) => !tried.has(rule))).toEqual(['ladder-unfinished']);
    expect(Object.keys(rules).every((rule) => /^[a-z]+(?:-[a-z]+)+$/.test(rule))).toBe(true);
  });
});

it('a word of the records in quotes is no boolean', () => {
  expect(news(spoilt('{ ok: true }', '{ ok: "yes" }'))).toEqual([]);
  expect(news(spoilt('kind: new', "kind: [new, 'off']"))).toEqual([]);
});

it('a proof that takes less than ten minutes is no hint, however short the soak', () => {
  const ten = '  - { id: ten, percent: 10, soak: 1h, gate: ["n >= 450"] }\n';
  const long = spoilt('      - "n >= 450"\n', ten);
  const rulesOf = (text: string) => lint(text).map(({ rule }) => rule);
  expect(rulesOf(long)).toContain('gate-hardly-proves');
  expect(rulesOf(long.replaceAll('soak: 1h', 'soak: 1m'))).not.toContain('gate-hardly-proves');
});

it('the sound plan has few findings', () => {
  expect(lint(soundPlan).map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
    'hint measure-unused',
    'hint measure-unused',
    'hint measure-unused',
    'hint measure-unused',
    'hint ladder-unfinished',
    'hint gate-proves-less',
    'hint minimum-needs-traffic',
  ]);
});

it('the guide’s own ladder: what its gates prove, as the reference computes it', () => {
  const file = join(import.meta.dirname, '../fixtures/plans/async-upload.rampwatch.yaml');
  const found = lintText(readFileSync(file, 'utf8'), file);
  const messages = found.map(({ rule, path, message }) => `${rule} ${path}: ${message}`);
  expect(messages).toEqual(
    expect.arrayContaining([
      'gate-cannot-prove stages.1.gate.0: 100 of 100 proves ≥ 95.6 %, not 99.5 %: that needs 901 without a failure (one single look would prove ≥ 97.0 %)',
      'gate-proves-less stages.2.gate.0: it passes with 5 failures in 500, which proves ≥ 97.2 %, not 99 %: at most 0 would prove it',
      'gate-proves-less stages.3.gate.0: it passes with 30 failures in 2000, which proves ≥ 97.5 %, not 98.5 %: at most 15 would prove it',
      'gate-proves-less stages.4.gate.0: it passes with 100 failures in 5000, which proves ≥ 97.3 %, not 98 %: at most 71 would prove it',
      'same-event triggers.1.when: `error_rate > 5%` is the same event as `success_rate < 95%`, written twice',
    ]),
  );
  expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
});

it('a gate that asks for the proof itself cannot pass with less', () => {
  const proven = (text: string) => `${text}\nadvance: { mode: manual, evidence: proven }\n`;
  const ofLetter = new Set(['gate-proves-less', 'gate-cannot-prove', 'gate-without-count']);
  for (const text of [
    spoilt('n >= 450', 'n >= 500'),
    spoilt('n >= 450', 'n >= 100'),
    spoilt('      - "n >= 450"\n', ''),
  ]) {
    expect(lint(text).some(({ rule }) => ofLetter.has(rule))).toBe(true);
    expect(lint(proven(text)).filter(({ rule }) => ofLetter.has(rule))).toEqual([]);
  }
});

it('a fixed gate is proven by as many records as it then asks for', () => {
  for (const share of [90, 95, 98, 99, 99.5, 99.9]) {
    const text = spoilt('n >= 450', 'n >= 10').replace('good >= 99%', `good >= ${share}%`);
    const fix = lint(text).find(({ rule }) => rule === 'gate-cannot-prove')?.fix;
    const wanted = Number(/n >= (\d+)/.exec(fix?.title ?? '')?.[1]);
    const label = (n: number) => evidenceLabel({ successes: n, failures: 0 }, { side: 'above', p0: share / 100 });
    expect(label(wanted)).toEqual({ kind: 'proven' });
    expect(label(wanted - 1)).toEqual({ kind: 'insufficient', needed: 1 });
  }
});

describe('a fix', () => {
  it.each([
    ['in a flow map', trigger('when: bad > 7%, over: 5m, then: rollback'), 'trigger-without-minimum'],
    [
      'in a block map',
      spoilt('flag:', '  - id: u\n    when: bad > 7%\n    over: 5m # a while\n    then: rollback\nflag:'),
      'trigger-without-minimum',
    ],
    [
      'before the first key of an item',
      spoilt('flag:', '  - over: 5m\n    id: u\n    when: bad > 7%\n    then: rollback\nflag:'),
      'trigger-without-minimum',
    ],
    ['of the flag', spoilt('  proof: { share: treatment, within: 10m }\n', ''), 'no-proof'],
    [
      'of a share',
      spoilt(
        'bad: { share_not: good }',
        'bad: { share_not: good }\n  fine: { share: { ok: true, fallback_used: false } }',
      ),
      'share-counts-rescued',
    ],
    ['that raises a count', spoilt('n >= 450', 'n >= 100 '), 'gate-cannot-prove'],
    ['that adds a count to a list of lines', spoilt('      - "n >= 450"\n', ''), 'gate-without-count'],
    [
      'that adds a count to a list in brackets',
      spoilt('triggers:', '  - { id: ten, percent: 10, soak: 1h, gate: ["good >= 98%"] }\ntriggers:'),
      'gate-without-count',
    ],
    ['that takes the last line of a list', gate('bad <= 1%'), 'same-event'],
    ['that takes a line of a list', spoilt('- good >= 99%', '- good >= 99%\n      - bad <= 1% # so'), 'same-event'],
    [
      'that takes an item in brackets',
      spoilt('triggers:', '  - { id: ten, percent: 10, soak: 1h, gate: [good >= 98%, bad <= 2%, n >= 3] }\ntriggers:'),
      'same-event',
    ],
    ['of a soak left out', spoilt('    soak: 1h\n', ''), 'soak-zero'],
    ['of a soak of nothing', spoilt('soak: 1h', 'soak: 0s'), 'soak-zero'],
    ['of a letter', spoilt('min: 20', 'min: 20, rule: literal'), 'false-alarms'],
    ['of a length', trigger('when: good < 97%, over: 30m, min: 20, then: review'), 'review-for-short'],
    [
      'of a length too short',
      trigger('when: good < 97%, over: 30m, for: 5m, min: 20, then: review'),
      'review-for-short',
    ],
    [
      'of a promise',
      trigger('when: good < 97%, over: 30m, for: 30m, min: 20, then: review, within: 5m'),
      'promise-on-review',
    ],
    [
      'of a promise in lines',
      spoilt(
        'flag:',
        '  - id: u\n    when: good < 97%\n    within: 5m\n    over: 30m\n    for: 30m\n    then: review\nflag:',
      ),
      'promise-on-review',
    ],
    ['of a pattern', spoilt('[FATAL]', '[/fatal/i]'), 'pattern-flags'],
    ['of a boolean', spoilt('{ ok: true }', '{ ok: yes }'), 'boolean-as-text'],
    ['of a placeholder', spoilt('PERCENT: "', 'OTHER: "{{percent}}", PERCENT: "'), 'flag-placeholder'],
    ['of a measure nobody asks for', soundPlan, 'measure-unused'],
  ])('%s leaves a plan without the finding', (_, text, rule) => {
    const finding = lint(text).find((each) => each.rule === rule);
    const fixed = applied(text, finding?.fix?.edits ?? []);
    expect(fixed).not.toBe(text);
    expect(lint(fixed).filter((each) => each.rule === rule && each.path === finding?.path)).toEqual([]);
    expect(lint(fixed).length).toBeLessThanOrEqual(lint(text).length);
  });
});

it('a text that is no plan has errors', () => {
  expect(lintText(spoilt('soak: 1h', 'soak: 1'), 'x.yaml')).toEqual([
    {
      severity: 'error',
      rule: 'invalid',
      line: 23,
      column: 11,
      path: 'stages.1.soak',
      message: expect.stringContaining('unit'),
    },
  ]);
});
