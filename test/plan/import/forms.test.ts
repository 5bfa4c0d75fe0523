import { describe, expect, it } from 'vitest';
import { importGuides } from '../../../daemon/plan/import/importGuide.ts';
import { parsePlan } from '../../../daemon/plan/load.ts';
import { flagTexts } from '../../../daemon/protocol/domain/flagKinds.ts';
import type { Plan } from '../../../daemon/protocol/domain/plan.ts';
import { guideOf } from './guideFixtures.ts';

/** Forms that guides of other teams take, each with what must not be misread of it. */

function read(text: string): { readonly plan: Plan; readonly told: readonly string[] } {
  const result = importGuides([guideOf(text)]);
  const parsed = parsePlan(result.yaml, 'rampwatch.yaml');
  if (parsed.kind === 'problems') throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  const told = result.findings.filter(({ kind }) => kind !== 'assumed').map((each) => `${each.line} ${each.message}`);
  return { plan: parsed.loaded.plan, told };
}

const stages = ({ stages: all }: Plan) => all.map(({ percent, soak }) => [percent, soak / 3_600_000]);
const gates = ({ stages: all }: Plan) =>
  Object.fromEntries(all.map(({ percent, gate }) => [percent, gate.map(({ text }) => text)]));
const triggers = ({ triggers: all }: Plan) => all.map(({ then, when }) => `${then} ${when.text}`);

describe('soaks', () => {
  it.each(['Duration', 'Min. duration', 'Soak'])('a column %s is how long a stage lasts', (header) => {
    const { plan } = read(
      `# Feed rollout\n\n| Stage | Traffic | ${header} |\n|---|---|---|\n| Canary | 1% | 2h |\n| All | 100% | 3 days |\n`,
    );
    expect(stages(plan)).toEqual([
      [0, 24],
      [1, 2],
      [100, 72],
    ]);
  });

  it('what stays under some seconds is a latency, and no time to watch', () => {
    const { plan } = read('# Rollout\n\nWe start at 1 % of traffic, provided that the p95 stays under 2.5 seconds.\n');
    expect(plan.stages[1]?.soak).toBe(24 * 3_600_000);
  });

  it('`at 50% run 2 hours`, besides what every step takes', () => {
    const { plan } = read(
      '# Canary\n\n```\n10% -> 50% -> 100%\n```\n\nEach step runs for 30 minutes.\n\nAt 50% run 2 hours.\n',
    );
    expect(stages(plan).slice(1)).toEqual([
      [10, 0.5],
      [50, 2],
      [100, 0.5],
    ]);
  });
});

it('criteria below days of the week belong to the stage of that day', () => {
  const { plan } = read(`# Checkout rollout

## Week 1

### Tuesday – 1%
- Criteria to move on:
  - At least 250 orders

### Thursday – 5%
- Criteria to move on:
  - At least 1 000 orders

## Week 2: 25%
- Error rate < 1 %
`);
  expect(gates(plan)).toMatchObject({ 1: ['orders >= 250'], 5: ['orders >= 1000'], 25: ['error_rate < 1%'] });
});

it('what is asked for below `Min. postings` is counted, whatever it is called', () => {
  const { plan } = read(
    '# Ledger rollout\n\n## Success criteria\n\n| Stage | Error rate | Min. postings |\n|---|---|---|\n| 1% | ≤0.1% | 1,000 |\n| 100% | ≤0.5% | 100,000 |\n',
  );
  expect(gates(plan)).toMatchObject({
    1: ['error_rate <= 0.1%', 'postings >= 1000'],
    100: ['error_rate <= 0.5%', 'postings >= 100000'],
  });
});

it('a level that no measure shows is told, though its figures stand in other columns', () => {
  const { plan, told } = read(`# Canary at 10% of traffic

## Checks

| Check | OK | Warn | Critical |
|---|---|---|---|
| p99 latency | < 300ms | 300 – 500ms | > 500ms |
| Pod restarts | 0 | 1–2 | > 2 |
`);
  expect(triggers(plan)).toEqual(['rollback latency_p99 > 500ms', 'review latency_p99 > 300ms']);
  expect(told.filter((each) => each.startsWith('8 ')).join('\n')).toMatch(/0, the “OK”.*\n.*1-2, the.*\n.*> 2, the/);
});

describe('expected improvements', () => {
  const table = (rows: string) =>
    read(`# Rollout to 10% of users\n\n## Expected improvements\n\n${rows}`).plan.targets.map(({ change }) => change);

  it('the column of the change counts, and its direction is what is good', () => {
    const rows = '| Metric | Before | After | Improvement |\n|---|---|---|---|\n';
    expect(table(`${rows}| Latency | 420 ms | 180 ms | ~57% |\n| Throughput | 120/s | 480/s | 4x |\n`)).toEqual([
      '-57%',
      '4x',
    ]);
    expect(table(`${rows}| CPU | 80% | 50% | 30 points |\n`)).toEqual(['-37.5%']);
  });
});

it('a stop that people talk about first is a review', () => {
  const { plan } = read(`# Captions rollout to 10% of users

- Stop
  - right away
    - success rate: < 90 %, 5 min
  - after talking
    - success rate: 90–95 %, 20 min
`);
  expect(triggers(plan)).toEqual(['rollback success_rate < 90%', 'review success_rate < 95%']);
});

describe('tests', () => {
  const suites = (text: string) =>
    read(`# Rollout to 10% of users\n\n${text}\n`).plan.tests.map(({ name, expect: count }) => [name, count]);

  it('several suites in one sentence keep their own counts', () => {
    const both = [
      ['snapshot', 88],
      ['contract', 23],
    ];
    expect(suites('The 88 snapshot tests and the 23 contract tests must be green.')).toEqual(both);
    expect(suites('**Tests**: 88 snapshot, 23 contract — all green before day 1.')).toEqual(both);
  });

  it('parts that do not add up are told', () => {
    const { told } = read('# Rollout to 10% of users\n\nWe have 34 tests (20 unit + 12 integration).\n');
    expect(told).toContainEqual(expect.stringContaining('34 tests here, 20 + 12 = 32'));
  });
});

it('boxes in a paragraph are cited with their own lines', () => {
  const { yaml } = importGuides([
    guideOf('rollout of avatars\n\n[ ] brief support\n[ ] CDN_PERCENT=5, wait 1h\n[ ] CDN_PERCENT=100, wait 24h\n'),
  ]);
  expect(yaml).toContain('- brief support # GUIDE.md:3');
  expect(yaml).toContain('percent: 5 # GUIDE.md:4');
  expect(yaml).toContain('CDN_PERCENT: $' + '{percent} # GUIDE.md:4, 5');
});

it('start and end in one line', () => {
  const { plan } = read('# Rollout to 10% of users\n\n**Start:** 2 February 2026 **End:** 27 February 2026\n');
  expect(plan).toMatchObject({ start: '2026-02-02', end: '2026-02-27' });
});

it('a German guide of lists', () => {
  const { plan } = read(`# Rollout Kundenportal

## Stufe 1 – 2 % der Kunden
- Dauer: 48 Stunden
- Fehlerrate höchstens 0,8 %
- mindestens 1.500 Anmeldungen

## Sofortiger Rückbau
- Erfolgsquote fällt unter 95 % (5 Minuten)
- Speicher steigt um mehr als 30 %
`);
  expect(stages(plan)).toContainEqual([2, 48]);
  expect(gates(plan)[2]).toEqual(['error_rate <= 0.8%', 'logins >= 1500']);
  expect(triggers(plan)).toEqual(['rollback success_rate < 95%', 'rollback memory > 130% of baseline']);
});

describe('a table whose columns are stages', () => {
  const guide = (share: string) => `# Rollout

|  | Pilot | Wave A | Full |
|---|---|---|---|
| ${share} |
| Start | 1 Sep 2026 | 7 Sep 2026 | 28 Sep 2026 |
| Soak | two days | 48h | overnight |
| p99 latency | under 800ms | under 800ms | under 700ms |
| Declines | no more than 2.5 % | no more than 2 % | no more than 2 % |
| Transactions seen | 500 | 2,500 | 100k |
`;

  it.each(['Traffic | 1 in 100 | 5 % | 100 %', 'Callers | 1 % | 5 % | 100 %'])('%s', (share) => {
    const { plan, told } = read(guide(share));
    expect(plan.stages.slice(1).map(({ id, percent, days }) => [id, percent, days])).toEqual([
      ['pilot', 1, [1, 6]],
      ['wave-a', 5, [7, 27]],
      ['full', 100, [28, 28]],
    ]);
    expect(gates(plan)).toMatchObject({
      1: ['latency_p99 < 800ms', 'declines <= 2.5', 'transactions >= 500'],
      5: ['latency_p99 < 800ms', 'declines <= 2', 'transactions >= 2500'],
      100: ['latency_p99 < 700ms', 'declines <= 2', 'transactions >= 100000'],
    });
    expect(told.filter((each) => !/in all/.test(each))).toEqual([
      expect.stringContaining('“overnight” names no length'),
    ]);
  });

  it('each value is cited with its own line, the share with that of the shares', () => {
    const { yaml } = importGuides([guideOf(guide('Traffic | 1 % | 5 % | 100 %'))]);
    expect(yaml).toMatch(/percent: 5 # GUIDE\.md:5\n {4}soak: 48h # GUIDE\.md:7\n {4}days: .* # GUIDE\.md:6/);
    expect(yaml).toContain('declines <= 2.5 # GUIDE.md:9');
  });

  it('no ladder: figures that rise by chance', () => {
    const { plan } = read(
      '# Rollout to 10% of users\n\n| Discount | Silver | Gold |\n|---|---|---|\n| Yearly | 5 % | 15 % |\n',
    );
    expect(plan.stages.map(({ percent }) => percent)).toEqual([0, 10]);
  });
});

it('a column of transactions or response times is no column of actions', () => {
  const { plan } = read(
    '# Rollout\n\n## Gates\n\n| Stage | Traffic | Min. transactions | Response time p95 |\n|---|---|---|---|\n| One | 1% | 500 | < 300 ms |\n',
  );
  expect(gates(plan)[1]).toEqual(['transactions >= 500', 'latency < 300ms']);
});

it('a table of fields is no list of tasks', () => {
  const { plan } = read('# Rollout to 10% of users\n\n| Item | Value |\n|---|---|\n| Timezone | Europe/Amsterdam |\n');
  expect(plan).toMatchObject({ timezone: 'Europe/Amsterdam', checklists: [] });
});

it('bold words that end in a full stop stand above their paragraph', () => {
  const { plan, told } = read(`# Rollout of pricing

The rollout has steps: canary (1 percent), small (ten percent) and full.

**Canary.** Lasts 36 hours. We need fewer than 0.5% errors and at least 500 requests.

**Small.** Lasts 48 hours. We need p95 within 15% of the baseline.

**Rollback.** Automatic when errors exceed 3% for 5 minutes.
`);
  expect(stages(plan).slice(1, 3)).toEqual([
    [1, 36],
    [10, 48],
  ]);
  expect(gates(plan)).toMatchObject({
    1: ['error_rate < 0.5%', 'requests >= 500'],
    10: ['latency <= 115% of baseline'],
  });
  expect(triggers(plan)).toEqual(['rollback error_rate > 3%']);
  expect(plan.escalation).toBeUndefined();
  expect(told.join('\n')).not.toMatch(/“(?:Canary|Small|Rollback)\.”/);
});

it('a table of triggers with a column For, and one on a quantity of its own', () => {
  const { plan } = read(`# Rollout to 10% of traffic

## Rollback triggers

| Trigger | Threshold | For | Action |
|---|---|---|---|
| Error rate | > 1% | 2 min | auto-rollback |
| Revenue | < 95% of control | 1 h | page and decide |
`);
  expect(plan.triggers.map(({ then, when, over }) => [then, when.text, over / 60_000])).toEqual([
    ['rollback', 'error_rate > 1%', 2],
    ['review', 'revenue < 95% of baseline', 60],
  ]);
});

it('millions and thousands in a table', () => {
  const { plan } = read(`# Ads rollout

| Stage | Traffic | Min. impressions |
|---|---|---|
| 1 | 1% | 10M |
| 2 | 100% | 50M |

## Tests

| Suite | Tests |
|---|---|
| unit | 1,204 |
| load | 6 |
`);
  expect(gates(plan)).toMatchObject({ 1: ['impressions >= 10000000'], 100: ['impressions >= 50000000'] });
  expect(plan.tests.map(({ expect: count }) => count)).toEqual([1204, 6]);
});

it('a flag named in running text, in English and in German', () => {
  const keys = (text: string) => Object.keys(flagTexts(read(`# Rollout to 10% of users\n\n${text}\n`).plan.flag));
  expect(keys('flag IMAGE_PROXY_PCT (.env), log run/proxy.log')).toEqual(['IMAGE_PROXY_PCT']);
  expect(keys('- Schalter: `SIP2_PROZENT`')).toEqual(['SIP2_PROZENT']);
});

it.each([
  ['Sofort zurück, wenn', 'rollback'],
  ['We switch back at once when', 'rollback'],
  ['Pull it if', 'rollback'],
  ['Rücksprache halten, wenn', 'review'],
  ['Think first', 'review'],
])('what stands below “%s” is a %s', (heading, then) => {
  const { plan } = read(`# Rollout to 10% of users\n\n## ${heading}\n\n- Error rate > 3% for 5 minutes\n`);
  expect(plan.triggers.map((each) => each.then)).toEqual([then]);
});

it('a block of code is a ladder only when it is nothing else', () => {
  const percents = (code: string) =>
    read(`# Canary of 10% of traffic\n\n\`\`\`\n${code}\n\`\`\`\n`).plan.stages.map(({ percent }) => percent);
  expect(percents('1%\n5%\n100%')).toEqual([0, 1, 5, 10, 100]);
  expect(percents('1 => 5 => 100')).toEqual([0, 1, 5, 10, 100]);
  expect(percents(`${'1'.repeat(150)} a`)).toEqual([0, 10]);
  expect(percents('retries 1, 5, 100')).toEqual([0, 10]);
});

it('what is promised of every rollback holds for the column of critical levels, a quantile alone is a row of it', () => {
  const { plan, told } = read(`# Cart rollout

We ramp 5 % and 100 % of traffic.

## Levels

Critical = automatic rollback within 1 minute.

| Metric | OK | Critical |
|---|---|---|
| Error rate | < 1% | > 4% |
| p95 | < 300 ms | > 600 ms |
`);
  expect(plan.triggers.map(({ when, within }) => [when.text, within])).toEqual([
    ['error_rate > 4%', 60_000],
    ['latency > 600ms', 60_000],
  ]);
  expect(gates(plan)[5]).toEqual(['error_rate < 1%', 'latency < 300ms']);
  expect(told.filter((each) => /rollback|600/.test(each))).toEqual([]);
});

it('of two promises neither holds for every rollback, and a rehearsal promises nothing', () => {
  const guide = (line: string) =>
    `# Cart rollout\n\nWe ramp 5 % and 100 % of traffic.\n\n${line}\n\n## Rollback triggers\n\n- error rate > 4%\n`;
  const within = (line: string) => read(guide(line)).plan.triggers.map((each) => each.within);
  expect(within('A rollback is done within 2 minutes.')).toEqual([120_000]);
  expect(within('A rollback is done within 2 minutes. By night a rollback is done within 10 minutes.')).toEqual([
    undefined,
  ]);
  expect(within('The drill of last month took the rollback within 2 minutes.')).toEqual([undefined]);
});

it('an immediate return to the old one is a rollback', () => {
  const { plan } = read(
    '# Cart rollout\n\nWe ramp 5 % and 100 % of traffic.\n\n## 4 Immediate return to the old gateway\n\n- error rate > 6% for 5 minutes\n',
  );
  expect(triggers(plan)).toEqual(['rollback error_rate > 6%']);
});

describe('what stands under a heading that rolls back', () => {
  const under = (label: string) =>
    importGuides([
      guideOf(
        `# Ledger rollout\n\nWe ramp 5 % and 100 % of traffic.\n\n## Stop conditions\n\n**Roll back at once** (done in under 3 minutes):\n- error rate > 4%\n\n**${label}**:\n- error rate 2-4% for 20 minutes\n`,
      ),
    ]);

  it('is a review where people are asked first', () => {
    const parsed = parsePlan(under('Ask the ledger team first').yaml, 'rampwatch.yaml');
    if (parsed.kind === 'problems') throw new Error('no plan');
    expect(triggers(parsed.loaded.plan)).toEqual(['rollback error_rate > 4%', 'review error_rate > 2%']);
    expect(parsed.loaded.plan.triggers.map(({ within }) => within)).toEqual([180_000, undefined]);
  });

  it('and under a label of other words is told', () => {
    expect(under('Blue zone').findings.map(({ line, message }) => `${line} ${message}`)).toContain(
      '10 “Blue zone” stands under “Stop conditions”: what it lists is read as what triggers a rollback',
    );
  });
});

it('guardrails: what is automatic rolls back, what is for people is a review, and none of it is a gate', () => {
  const { plan } = read(`# Search rollout

## Phase 1 - 5 % of queries

- zero-result rate <= 4.5%

## Phase 2 - 100 % of queries

## Guardrails

Automatic: p95 > 350ms for 5m; zero-result rate > 9% for 10m.
Human: CTR < 96% of control for 2h.
`);
  expect(triggers(plan)).toEqual([
    'rollback latency > 350ms',
    'rollback zero_result_rate > 9',
    'review ctr < 96% of baseline',
  ]);
  expect(gates(plan)).toMatchObject({ 5: ['zero_result_rate <= 4.5'], 100: ['critical_errors == 0'] });
});

it('a quantity of the guide’s own beside the bad case is no gate', () => {
  const { plan, told } = read(
    '# Search rollout\n\nWe ramp 5 % and 100 % of traffic.\n\n## Gates\n\n- p95 > 350ms; zero-result rate > 9%\n',
  );
  expect(gates(plan)[5]).toEqual(['critical_errors == 0']);
  expect(told).toContainEqual(expect.stringContaining('tells of the bad case'));
});

it('columns `Promote if` and `Roll back if` are levels, over the window of their row', () => {
  const { plan } = read(`# Edge cache

We ramp 5 % and 100 % of traffic.

| SLI | Promote if | Roll back if | Window |
|---|---|---|---|
| Availability | ≥ 99.9 % | < 99.0 % | 7 min |
| Latency p95 | ≤ 230 ms | > 400 ms | 10 min |
`);
  expect(plan.triggers.map(({ when, over, then }) => [then, when.text, over / 60_000])).toEqual([
    ['rollback', 'success_rate < 99.0%', 7],
    ['rollback', 'latency > 400ms', 10],
  ]);
  expect(gates(plan)[5]).toEqual(['success_rate >= 99.9%', 'latency <= 230ms']);
});

it('a bare count among criteria is a minimum, and where it is none it is told', () => {
  const { plan } = read(
    '# Mail rollout\n\n| Wave | Share | Must hold |\n|---|---|---|\n| A | 3% | bounce rate < 2%, 500 mails |\n| B | 100% | 5,000 mails |\n',
  );
  expect(gates(plan)).toMatchObject({ 3: ['bounce_rate < 2', 'mails >= 500'], 100: ['mails >= 5000'] });
  const { findings } = importGuides([guideOf('# Search\n\n## Phase 1 - 5 % of queries\n\n- 40k queries\n')]);
  expect(findings.map(({ message }) => message)).toContain(
    '“40k queries” names a limit, but not what it is a condition of: it is an item to tick',
  );
});

it('`→ back to the old one within 4 minutes` is the promise of that trigger', () => {
  const { plan, told } = read(
    '# Mail rollout\n\nWe ramp 5 % and 100 % of traffic.\n\n## Automatic stop\n\n- error rate above 6 % over 10 minutes → back to Postbox v1 within 4 minutes\n',
  );
  expect(plan.triggers.map(({ over, within }) => [over, within])).toEqual([[600_000, 240_000]]);
  expect(told).not.toContainEqual(expect.stringContaining('back to'));
});

it('who is responsible for what is no list of things to do', () => {
  const { plan, told } = read(
    '# Mail rollout\n\nWe ramp 5 % and 100 % of traffic.\n\n## RACI\n\n| Task | Responsible | Accountable |\n|---|---|---|\n| Cutover | Lena | Omar |\n',
  );
  expect(plan.checklists).toEqual([]);
  expect(told).toContainEqual(expect.stringContaining('Cutover | Lena | Omar'));
});

it('a flag in a file outside of the folder is not written into another one, and that is told', () => {
  const { plan, told } = read(
    '# Mail rollout\n\nWe ramp 5 % and 100 % of traffic.\n\nFlag: `MAIL_SHARE` in `/etc/mail/mail.env`. Kill switch: `MAIL_ENABLED=false`.\n',
  );
  expect(plan.flag).toBeUndefined();
  for (const key of ['MAIL_SHARE', 'MAIL_ENABLED'])
    expect(told).toContainEqual(expect.stringContaining(`\`${key}\` lies in \`/etc/mail/mail.env\``));
});

it('days of a sprint that begin at 1 again have no date of their own', () => {
  const { plan, told } = read(
    '# Ledger rollout\n\n**Start**: 2026-03-02\n\n## Sprint 1\n- Day 1-3: Ship dark\n- Day 4-7: Begin with 2% of tenants\n\n## Sprint 2\n- Day 1-7: Widen to 20% of tenants\n',
  );
  expect(plan.milestones.map(({ date, title }) => `${date} ${title}`)).toEqual([
    '2026-03-04 Ship dark',
    '2026-03-05 Begin with 2% of tenants',
  ]);
  expect(plan.stages.map(({ percent, days }) => [percent, days])).toEqual([
    [0, [1, 3]],
    [2, [4, 7]],
    [20, undefined],
  ]);
  expect(told).toContainEqual(expect.stringContaining('counts the days of “Sprint 2”'));
});

it('`Unit (40 tests)` is a suite, and what is listed below are its groups', () => {
  const { plan } = read(
    '# Ledger rollout\n\nWe ramp 5 % and 100 % of traffic.\n\n## Test inventory\n\n### **Unit** (18 tests)\n- Mapper: 10/10\n- Schema: 8/8\n',
  );
  expect(plan.tests.map(({ name, expect: count, groups }) => [name, count, groups])).toEqual([
    ['Unit', 18, { Mapper: 10, Schema: 8 }],
  ]);
});

it('a column of errors in percent is no column of stages', () => {
  const { plan } = read(
    '# Cart rollout\n\n| Stage | Error % | Min requests |\n|---|---|---|\n| 1% | ≤ 0.25 | 500 |\n| 100% | ≤ 0.5 | 5000 |\n',
  );
  expect(gates(plan)).toMatchObject({
    1: ['error_rate <= 0.25%', 'requests >= 500'],
    100: ['error_rate <= 0.5%', 'requests >= 5000'],
  });
});

it('terse gates, hard and soft stops; what people consider is a review; a promise beside a window', () => {
  const { plan } = read(`# Wallet rollout

We ramp 5 % and 100 % of traffic.

Gate for all: err% ≤ 0.25, p95 ≤ base+8%.

Hard stop: err% > 1.5 (3m), p95 > base+60% (5m).
Soft stop (page @wallet): latency p50 > 2 s (30m).

## Backout

Back out within 10 minutes if success is < 93 % over 15 min.
Consider backing out if churn doubles.
`);
  expect(gates(plan)[5]).toEqual(['error_rate <= 0.25%', 'latency <= 108% of baseline']);
  expect(plan.triggers.map(({ then, when, over, within }) => [then, when.text, over / 60_000, within])).toEqual([
    ['rollback', 'error_rate > 1.5%', 3, undefined],
    ['rollback', 'latency > 160% of baseline', 5, undefined],
    ['rollback', 'success_rate < 93%', 15, 600_000],
    ['review', 'latency_p50 > 2000ms', 30, undefined],
    ['review', 'churn > 200% of baseline', 30, undefined],
  ]);
});
