import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A folder beside whose rollout another one must still roll back. */
export interface Attack {
  readonly name: string;
  /** The plan of the hostile rollout; the files that lie there before the daemon starts are written too. */
  plan(folder: string): string;
  /** Called every 20 ms while the attack lasts. */
  feed?(folder: string, turn: number): void;
}

const now = (): string => new Date().toISOString();
const repeated = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join('');

interface PlanParts {
  readonly sources?: string;
  readonly arms?: string;
  readonly measures?: string;
  readonly triggers?: string;
  readonly more?: string;
}

/** A plan that is taken, with parts of it replaced. */
function hostilePlan({ sources, arms, measures, triggers, more = '' }: PlanParts = {}): string {
  return `version: 1
id: hostile
sources: ${sources ?? '[{ file: hostile.jsonl, format: jsonl }]'}
arms: ${arms ?? '{ treatment: { arm: new }, control: { arm: old } }'}
measures: { ok: { share: { ok: true } }${measures ?? ''} }
stages: [{ id: off, percent: 0 }, { id: half, percent: 50, gate: ["ok >= 90%"] }]
triggers: ${triggers ?? '[{ id: failing, when: "ok < 1%", over: 5m, min: 20, then: rollback }]'}
${more}
`;
}

const file = (folder: string): string => join(folder, 'hostile.jsonl');
const record = (more = ''): string => `{"timestamp":"${now()}","arm":"new","ok":true${more}}\n`;
const mebibyte = 1024 * 1024;

/** Lines of one kind, so many of them at each turn. */
function lines(name: string, line: (turn: number) => string, parts: PlanParts = {}, perTurn = 1): Attack {
  return {
    name,
    plan: () => hostilePlan(parts),
    feed: (folder, turn) =>
      appendFileSync(
        file(folder),
        repeated(perTurn, (index) => line(turn * perTurn + index)),
      ),
  };
}

/** What grows to so many bytes, from a thousandth of it. */
function bomb(name: string, unit: Buffer, size: number, count = 1): Attack {
  return {
    name,
    plan(folder) {
      writeFileSync(file(folder), record());
      const member = gzipSync(Buffer.alloc(64 * mebibyte, unit), { level: 9 });
      const whole = Buffer.concat(Array.from({ length: size / (64 * mebibyte) }, () => member));
      for (let index = 1; index <= count; index += 1) writeFileSync(join(folder, `hostile.jsonl.${index}.gz`), whole);
      return hostilePlan();
    },
  };
}

function report(name: string, text: () => string, copies = 1): Attack {
  return {
    name,
    plan(folder) {
      writeFileSync(file(folder), record());
      mkdirSync(join(folder, 'reports'), { recursive: true });
      for (let copy = 0; copy < copies; copy += 1) writeFileSync(join(folder, 'reports', `${copy}.xml`), text());
      return hostilePlan({ more: 'tests: [{ name: all, junit: "reports/*.xml" }]' });
    },
    // Each change is parsed again.
    feed(folder, turn) {
      if (turn % 100 !== 0) return;
      const path = join(folder, 'reports', `${(turn / 100) % copies}.xml`);
      writeFileSync(`${path}.new`, text());
      renameSync(`${path}.new`, path);
    },
  };
}

function planOf(name: string, text: () => string, isEdited = false): Attack {
  return {
    name,
    plan(folder) {
      writeFileSync(file(folder), record());
      return text();
    },
    feed(folder, turn) {
      if (isEdited && turn % 10 === 0) writeFileSync(join(folder, 'hostile.rampwatch.yaml'), `${text()}\n# ${turn}\n`);
      appendFileSync(
        file(folder),
        repeated(20, () => record()),
      );
    },
  };
}

const list = (count: number, of: (index: number) => string): string =>
  `[${Array.from({ length: count }, (_, i) => of(i)).join(', ')}]`;
const fullPlan = (): string =>
  hostilePlan({
    measures: repeated(150, (i) => `, m${i}: { quantile: 0.${10 + (i % 89)}, field: f${i % 40} }`),
    triggers: list(100, (i) => `{ id: t${i}, when: "m${i} > 1000000", over: ${1 + (i % 60)}m, for: 5m, then: review }`),
    more: `advance: { deny: ${list(100, (i) => `"Fri 10:${String(i % 60).padStart(2, '0')} - Fri 11:00"`)} }`,
  });

export const attacks: readonly Attack[] = [
  { name: 'nothing', plan: () => hostilePlan(), feed: (folder) => appendFileSync(file(folder), record()) },
  lines('records with 60 000 keys', () => record(repeated(60_000, (i) => `,"k${i}":1`))),
  lines('records with 40 000 keys that a plan may keep', () => record(repeated(40_000, (i) => `,"k${i}":"v"`)), {
    measures: ', e: { share: { k39999: v } }',
  }),
  lines(
    'a record nested 100 000 deep',
    () => `{"timestamp":"${now()}","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`,
  ),
  lines('a string of a megabyte', () => record(`,"text":"${'\\u0041'.repeat(150_000)}"`)),
  lines(
    'a number of a hundred thousand digits',
    () => record(`,"ms":${'9'.repeat(100_000)}`),
    { measures: ', l: { quantile: 0.9, field: ms }' },
    4,
  ),
  lines('lines without an end', () => 'a'.repeat(mebibyte)),
  lines('200 000 broken records a second', () => '{"timestamp":\n', {}, 4000),
  lines('200 000 records a second', () => record(), {}, 4000),
  lines(
    'each record in a minute of its own',
    (i) => `{"timestamp":"${new Date(Date.now() - i * 60_000).toISOString()}","arm":"new","ok":true}\n`,
    {},
    500,
  ),
  lines(
    'each record with a value of its own',
    (i) => record(`,"user":"u${i}","ms":${i * 1.37},"error":"e${i}"`),
    {
      measures: ', l: { quantile: 0.99, field: ms }, u: { share: { user: any } }',
      more: 'strata: [user, error]',
    },
    200,
  ),
  lines('a pattern over long texts', () => record(`,"text":"${'a'.repeat(200_000)}"`), {
    measures: repeated(20, (i) => `, p${i}: { share: { text: "/(.*a){5}(.*b){5}${i}/" } }`),
  }),
  {
    name: 'patterns over lines of a megabyte',
    plan: () =>
      hostilePlan({
        sources: '[{ file: hostile.jsonl }, { file: app.log, format: text }]',
        measures: repeated(20, (i) => `, p${i}: { lines: ["/(a|aa|aaa|b.*c)+${i}$/"], source: app.log }`),
      }),
    feed: (folder) => appendFileSync(join(folder, 'app.log'), `${now()} ERROR ${'a'.repeat(900_000)}\n`),
  },
  {
    name: 'a table of 100 000 columns',
    plan(folder) {
      writeFileSync(join(folder, 'hostile.csv'), `timestamp,arm,ok${repeated(100_000, (i) => `,c${i}`)}\n`);
      return hostilePlan({ sources: '[{ file: hostile.csv, format: csv }]' });
    },
    feed: (folder) => appendFileSync(join(folder, 'hostile.csv'), `${now()},new,true${',1'.repeat(100_000)}\n`),
  },
  bomb('a gzip of 8 GiB of NUL', Buffer.from([0]), 8192 * mebibyte),
  bomb('a gzip of 8 GiB of line ends', Buffer.from('\n'), 8192 * mebibyte),
  bomb('a gzip of 8 GiB of one line', Buffer.from('a'), 8192 * mebibyte),
  bomb('a gzip of 2 GiB of records', Buffer.from(`{"timestamp":"${now()}","arm":"new","ok":true}\n`), 2048 * mebibyte),
  bomb('twenty gzips of 4 GiB', Buffer.from('{}\n'), 4096 * mebibyte, 20),
  {
    name: 'a hole of a terabyte',
    plan(folder) {
      writeFileSync(file(folder), record());
      truncateSync(file(folder), 2 ** 40);
      return hostilePlan();
    },
  },
  report(
    'a test report nested 20 000 deep',
    () => `<testsuite>${'<a>'.repeat(9000)}${'</a>'.repeat(9000)}</testsuite>`,
  ),
  report('a test report of many attributes', () => `<testsuite ${repeated(5500, (i) => `a${i}="" `)}></testsuite>`),
  report('a test report with one huge attribute', () => `<testsuite name="${'&amp;'.repeat(1_600_000)}"></testsuite>`),
  report(
    'a test report of 8 MiB',
    () => `<testsuite>${'<testcase name="a" classname="b"/>'.repeat(240_000)}</testsuite>`,
  ),
  report('a test report that is cut', () => `<testsuite>${'<![CDATA['.repeat(7000)}`),
  report('a test report of open comments', () => `<testsuite>${'<!-- '.repeat(12_000)}`),
  report(
    'a hundred test reports of 60 KiB',
    () => `<testsuite>${'<testcase name="a" classname="b"/>'.repeat(1800)}</testsuite>`,
    100,
  ),
  planOf('a plan at its limits', fullPlan),
  planOf('a plan at its limits, edited without end', fullPlan, true),
  planOf(
    'a plan of 2 000 triggers',
    () => hostilePlan({ triggers: list(2000, (i) => `{ id: t${i}, when: "ok < 50%", over: 5m, then: review }`) }),
    true,
  ),
  planOf(
    'a plan of aliases',
    () =>
      hostilePlan({
        more: `x0: &x0 [a]\n${repeated(200, (i) => `x${i + 1}: &x${i + 1} [${`*x${i}, `.repeat(9)}*x${i}]\n`)}`,
      }),
    true,
  ),
  planOf(
    'a plan of merges',
    () => hostilePlan({ more: `x0: &x0 { a: 1 }\n${repeated(2000, (i) => `x${i + 1}: { <<: *x0, b: 1 }\n`)}` }),
    true,
  ),
  planOf('a plan of a long scalar', () => hostilePlan({ more: `name: "${'\\x41'.repeat(60_000)}"` }), true),
  planOf('a plan of quotes', () => hostilePlan({ more: `${`? "${'a'.repeat(20)}"\n`.repeat(8000)}` }), true),
  planOf('a plan of indents', () => hostilePlan({ more: repeated(600, (i) => `${' '.repeat(i)}k:\n`) }), true),
  planOf('a plan of 5 MiB', () => hostilePlan({ more: `# ${'a'.repeat(5 * mebibyte)}` }), true),
  planOf(
    'a plan of a thousand problems',
    () => hostilePlan({ measures: repeated(190, (i) => `, m${i}: { shar: "${'x'.repeat(900)}" }`) }),
    true,
  ),
  planOf('globs of many alternatives', () =>
    hostilePlan({ sources: list(100, (i) => `{ file: "{${'a,'.repeat(400)}b}*${i}", format: jsonl }`) }),
  ),
  {
    name: 'globs that could go back',
    plan(folder) {
      mkdirSync(join(folder, 'logs'), { recursive: true });
      for (let i = 0; i < 500; i += 1) writeFileSync(join(folder, 'logs', `${'a'.repeat(200)}${i}`), '');
      writeFileSync(file(folder), record());
      return hostilePlan({
        sources: list(50, (i) => `{ file: "logs/${'*a'.repeat(40)}*b${i}", format: jsonl }`),
        more: 'tests: [{ name: all, junit: "logs/+(a*)+(a*)+(a*)b.xml" }, { name: more, junit: "**/**/**/**/*a*a*a*a*a*a*a*a*a*b" }]',
      });
    },
  },
  {
    name: 'a folder of 50 000 files',
    plan(folder) {
      mkdirSync(join(folder, 'logs'), { recursive: true });
      for (let i = 0; i < 50_000; i += 1) writeFileSync(join(folder, 'logs', `f${i}.jsonl`), record());
      return hostilePlan({
        sources: '[{ file: "logs/**/*.jsonl", format: jsonl }]',
        more: 'tests: [{ name: all, junit: "logs/**/*.xml" }]',
      });
    },
    feed: (folder, turn) => writeFileSync(join(folder, 'logs', `g${turn}.jsonl`), record()),
  },
  {
    name: 'pipes in the place of files',
    plan(folder) {
      mkdirSync(join(folder, 'reports'), { recursive: true });
      const names = [
        'hostile.jsonl',
        'hostile.jsonl.1',
        'hostile.jsonl.1.gz',
        'hostile.env',
        'reports/a.xml',
        'guide.md',
        'app.pid',
        'third.rampwatch.yaml',
        'hostile.review.md',
      ];
      for (const name of names) execFileSync('mkfifo', [join(folder, name)]);
      return hostilePlan({
        measures: ', memory: { gauge: rss, process: { pid_file: app.pid }, unit: MiB }',
        more: `tests: [{ name: all, junit: reports/a.xml }]
documents: [{ path: guide.md }]
flag: { dotenv: hostile.env, set: { X: "\${enabled}" } }
checklists: [{ id: c, title: C, items: [{ title: a, evidence: { file: guide.md } }] }]`,
      });
    },
  },
];
