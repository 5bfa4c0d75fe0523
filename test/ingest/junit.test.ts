import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGitHead } from '../../daemon/ingest/junit/gitHead.ts';
import { parseJunitApart } from '../../daemon/ingest/junit/junitApart.ts';
import { JunitFiles } from '../../daemon/ingest/junit/junitFiles.ts';
import { mergedReports, mostReportBytes, parseJunit } from '../../daemon/ingest/junit/junitReport.ts';
import type { TestReport } from '../../daemon/protocol/domain/testReport.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const fixtures = join(import.meta.dirname, '../fixtures/junit');

function readReport(file: string): TestReport {
  const parsed = parseJunit(readFileSync(file), 'UTC');
  if (parsed.kind !== 'report') throw new Error(parsed.detail);
  return parsed.report;
}
function detailOf(text: string | Uint8Array): string {
  const parsed = parseJunit(typeof text === 'string' ? Buffer.from(text) : text, 'UTC');
  return parsed.kind === 'unreadable' ? parsed.detail : 'a report';
}
function countsOf({ parts, declared }: TestReport) {
  const sum = (key: 'tests' | 'passed' | 'failed' | 'skipped') => parts.reduce((total, part) => total + part[key], 0);
  return { tests: sum('tests'), passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), declared };
}

describe('a report of', () => {
  it('pytest: failures, errors, a skip, a commit, escaped names, and what looks like a test in its output', () => {
    const report = readReport(join(fixtures, 'pytest.xml'));
    expect(countsOf(report)).toEqual({ tests: 6, passed: 3, failed: 2, skipped: 1, declared: 6 });
    expect(report.commits).toEqual(['0a1b2c3d4e5f60718293a4b5c6d7e8f901234567']);
    expect(report.ran).toBe(Date.UTC(2025, 10, 3, 8, 15, 30, 120));
    expect(report.failures).toEqual(['test_percent', 'test_teardown']);
    expect(report.parts.map(({ className, tests }) => [className, tests])).toEqual([
      ['tests.test_flags.TestConfig', 2],
      ['tests.test_flags.TestRollout', 4],
    ]);
  });

  it('vitest: a suite for each file', () => {
    const report = readReport(join(fixtures, 'vitest.xml'));
    expect(countsOf(report)).toEqual({ tests: 4, passed: 3, failed: 0, skipped: 1, declared: 4 });
    expect(report.ran).toBe(Date.UTC(2025, 10, 3, 8, 15, 30, 482));
    expect(report.parts.map(({ suite }) => suite)).toEqual([
      'test/protocol/duration.test.ts',
      'test/rollout/machine.test.ts',
    ]);
  });

  it('Maven Surefire: a file for each class, a suite as the root, a flaky test that passed in the end, no time', () => {
    const report = mergedReports(
      ['UploadTest', 'FlagTest'].map((name) => readReport(join(fixtures, `surefire/TEST-com.example.${name}.xml`))),
    );
    expect(countsOf(report)).toEqual({ tests: 5, passed: 5, failed: 0, skipped: 0, declared: 5 });
    expect(report).toMatchObject({ ran: null, commits: [] });
  });

  it('gotestsum: subtests are tests', () => {
    const report = readReport(join(fixtures, 'gotestsum.xml'));
    expect(countsOf(report)).toEqual({ tests: 5, passed: 4, failed: 0, skipped: 1, declared: 5 });
    expect(report.ran).toBe(Date.UTC(2025, 10, 3, 8, 15, 30));
  });

  it.each([
    ['phase1', 16],
    ['phase2', 12],
    ['phase3', 29],
  ])('the recorded %s: %i tests', (name, tests) => {
    expect(countsOf(readReport(join(fixtures, `${name}.xml`)))).toEqual({
      tests,
      passed: tests,
      failed: 0,
      skipped: 0,
      declared: tests,
    });
  });

  it('suites within suites are counted once', () => {
    const report = parseJunit(
      Buffer.from(
        '<testsuites><testsuite name="a" tests="2"><testsuite name="b" tests="2"><testcase name="x"/><testcase name="y" status="notrun"/></testsuite></testsuite></testsuites>',
      ),
      'UTC',
    );
    expect(report.kind === 'report' && countsOf(report.report)).toMatchObject({ tests: 2, skipped: 1, declared: 2 });
  });

  it.each([
    ['of the suite itself', '<testsuite tests="1" failures="0" errors="1"><testcase name="x"/></testsuite>', 1],
    [
      'of a suite within one that knows nothing of it',
      '<testsuites failures="0"><testsuite errors="2"><testcase name="x"/></testsuite></testsuites>',
      2,
    ],
    [
      'counted on each level',
      '<testsuites failures="1"><testsuite failures="1"><testcase name="x"><failure/></testcase></testsuite></testsuites>',
      1,
    ],
    ['as a child of a suite', '<testsuite tests="1"><error message="set-up"/><testcase name="x"/></testsuite>', 1],
    ['none', '<testsuite tests="1"><testcase name="x"/></testsuite>', 0],
  ])('failures that are declared: %s', (_case, text, failed) => {
    const parsed = parseJunit(Buffer.from(text), 'UTC');
    expect(parsed.kind === 'report' && parsed.report.declaredFailed).toBe(failed);
  });

  it.each([
    ['fail', 'failed'],
    ['Failure', 'failed'],
    ['timed_out', 'failed'],
    ['undefined', 'failed'],
    ['Inconclusive', 'skipped'],
    ['not_run', 'skipped'],
    ['ignored', 'skipped'],
    ['run', 'passed'],
    ['completed', 'passed'],
  ])('a test of which but a word tells: %s is %s', (word, outcome) => {
    for (const attributes of [`status="${word}"`, `status="run" result="${word}"`]) {
      const parsed = parseJunit(Buffer.from(`<testsuite><testcase name="x" ${attributes}/></testsuite>`), 'UTC');
      expect(parsed.kind === 'report' && parsed.report.parts[0]).toMatchObject({ tests: 1, [outcome]: 1 });
    }
  });

  it("a test with PHPUnit's warning has not passed", () => {
    const parsed = parseJunit(
      Buffer.from(
        `<testsuites><testsuite name="Tests" tests="2" assertions="1" errors="0" warnings="1" failures="0" skipped="0">
          <testcase name="adds" assertions="1"/>
          <testcase name="Warning" assertions="0"><warning type="PHPUnit\\Framework\\WarningTestCase">No tests found in class "EmptyTest".</warning></testcase>
        </testsuite></testsuites>`,
      ),
      'UTC',
    );
    expect(parsed.kind === 'report' && countsOf(parsed.report)).toMatchObject({ tests: 2, passed: 1, failed: 1 });
  });

  it.each(['<![CDATA[<!DOCTYPE html><p>]]>', '<!-- <!DOCTYPE a> -->', '<![CDATA[<!-- ]]>'])(
    'what a test printed declares nothing: %s',
    (printed) => {
      for (const [before, after] of [
        ['<system-out>', '</system-out>'],
        ['<failure>', '</failure>'],
      ]) {
        const text = `<testsuite><testcase name="x">${before}${printed}${after}</testcase></testsuite>`;
        const parsed = parseJunit(Buffer.from(text), 'UTC');
        expect(parsed.kind === 'report' && countsOf(parsed.report)).toMatchObject({ tests: 1 });
        expect(detailOf(`<!-- a --><!doctype a>${text}`)).toMatch(/document type/);
      }
    },
  );

  it('other encodings', () => {
    const text = '<testsuite name="Prüfung" tests="1"><testcase name="ä"/></testsuite>';
    const named = Buffer.from(`<?xml version="1.0" encoding="utf-16"?>${text}`);
    const latin = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, 'latin1');
    const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
    for (const bytes of [latin, wide, named, Buffer.from(`\ufeff${text}`)]) {
      const parsed = parseJunit(bytes, 'UTC');
      expect(parsed.kind === 'report' && parsed.report.parts[0]?.suite).toBe('Prüfung');
    }
  });
});

describe('what is no report gets one line', () => {
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><testsuites name="&b;"/>`;
  it.each([
    ['nothing', '', /is empty/],
    ['white space', ' \n', /is empty/],
    ['words', 'all tests passed', /not well-formed/],
    ['another document', '<html><body/></html>', /no JUnit report/],
    ['an end that is missing', '<testsuites><testsuite tests="3"><testcase name="a"/>', /cut short/],
    ['a cut in a tag', '<testsuites><testsuite tests="3', /cut short/],
    ['entities that grow', bomb, /document type/],
    [
      'an outside entity',
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuites>&a;</testsuites>',
      /document type/,
    ],
    ['an abyss', `${'<testsuite>'.repeat(5000)}${'</testsuite>'.repeat(5000)}`, /cannot be read/],
    ['names of JavaScript', '<testsuites><constructor/></testsuites>', /cannot be read/],
  ])('%s', (_, text, message) => {
    expect(detailOf(text)).toMatch(message);
    expect(detailOf(text)).not.toContain('\n');
  });

  it('bytes that are no text, and too many of them', () => {
    expect(detailOf(new Uint8Array([0x3c, 0x61, 0xff, 0xfe, 0x80]))).toMatch(/encoding/);
    expect(detailOf(Buffer.from('<?xml version="1.0" encoding="klingon"?><a/>'))).toMatch(/encoding/);
    expect(detailOf(new Uint8Array(mostReportBytes + 1))).toMatch(/larger than 8 MiB/);
  });

  it('whatever the text, there is a count or one line, and never a crash', () => {
    const whole = readFileSync(join(fixtures, 'pytest.xml'), 'utf8');
    const tokens = fc.constantFrom(
      '<testsuites>',
      '</testsuites>',
      '<testsuite tests="2" name="a">',
      '</testsuite>',
      '<testcase name="x"/>',
      '<testcase>',
      '</testcase>',
      '<failure/>',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '&amp;',
      '&#x110000;',
      '&#0;',
      '<?xml version="1.0"?>',
      ' tests="-1"',
      ' __proto__="1"',
      '<toString/>',
      '\u0000',
      '"',
      '<',
      '>',
      '<property name="commit" value="abcdef1"/>',
    );
    const damaged = fc
      .tuple(fc.nat(whole.length), fc.nat(40), fc.string())
      .map(([at, gone, put]) => whole.slice(0, at) + put + whole.slice(at + gone));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(tokens, { maxLength: 30 }).map((each) => each.join('')),
          damaged,
          fc.string(),
        ),
        (text) => {
          const parsed = parseJunit(Buffer.from(text), 'UTC');
          if (parsed.kind === 'unreadable') expect(parsed.detail).toMatch(/^[^\n]{1,300}$/);
          else {
            const { tests, passed, failed, skipped } = countsOf(parsed.report);
            expect(passed + failed + skipped).toBe(tests);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe('reports that are watched', () => {
  const suite = (junit: string) => ({ name: 'Unit', junit });
  const one = (tests: number) => `<testsuite tests="${tests}">${'<testcase name="a"/>'.repeat(tests)}</testsuite>`;
  async function lookTwice(files: JunitFiles) {
    await files.look();
    await files.look();
    return files.found[0];
  }
  const testsOf = (found: unknown) => {
    const { report } = found as { report: TestReport };
    return countsOf(report).tests;
  };

  it('come, change and go', async () => {
    const folder = temporaryDirectory();
    const files = new JunitFiles(folder, [suite('unit.xml')], 'UTC');
    expect(await lookTwice(files)).toEqual({ kind: 'missing' });
    expect(files.isWhole).toBe(true);
    writeFileSync(join(folder, 'unit.xml'), one(3));
    await files.look();
    expect(files.found[0]?.kind).toBe('missing');
    expect(testsOf(await lookTwice(files))).toBe(3);
    const { found } = files;
    await files.look();
    expect(files.found).toBe(found);
    writeFileSync(join(folder, 'new.xml'), one(5));
    renameSync(join(folder, 'new.xml'), join(folder, 'unit.xml'));
    expect(testsOf(await lookTwice(files))).toBe(5);
    rmSync(join(folder, 'unit.xml'));
    expect(await lookTwice(files)).toEqual({ kind: 'missing' });
  });

  it('of a glob are one; the one that cannot be read is named', async () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'target'));
    for (const name of ['a', 'b']) writeFileSync(join(folder, `target/TEST-${name}.xml`), one(2));
    const files = new JunitFiles(folder, [suite('target/TEST-*.xml')], 'UTC');
    expect(testsOf(await lookTwice(files))).toBe(4);
    writeFileSync(join(folder, 'target/TEST-c.xml'), '<testsuite');
    expect(await lookTwice(files)).toMatchObject({
      kind: 'unreadable',
      detail: expect.stringMatching(/^target.TEST-c\.xml is not/),
    });
  });

  it('that are none of ours are not read: a link that leads out, a folder, a pipe', async () => {
    const folder = temporaryDirectory();
    const outside = temporaryDirectory();
    writeFileSync(join(outside, 'secret.xml'), one(1));
    symlinkSync(join(outside, 'secret.xml'), join(folder, 'link.xml'));
    mkdirSync(join(folder, 'folder.xml'));
    execFileSync('mkfifo', [join(folder, 'pipe.xml')]);
    const suites = ['link.xml', 'folder.xml', 'pipe.xml'].map(suite);
    const files = new JunitFiles(folder, suites, 'UTC');
    await files.look();
    await files.look();
    expect(files.found.map((found) => (found.kind === 'unreadable' ? found.detail : found.kind))).toEqual([
      'lies outside the plan’s folder',
      'is not a file',
      'is not a file',
    ]);
  });
});

describe('the commit of a folder', () => {
  const first = 'a'.repeat(40);
  const second = 'b'.repeat(40);
  const write = (folder: string, files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  };

  it.each([
    ['a branch', { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${first}\n` }, first],
    [
      'a packed branch',
      {
        '.git/HEAD': 'ref: refs/heads/x\n',
        '.git/packed-refs': `# pack-refs\n${second} refs/heads/y\n${first} refs/heads/x\n`,
      },
      first,
    ],
    ['no branch', { '.git/HEAD': `${second}\n` }, second],
    [
      'a worktree',
      {
        '.git': 'gitdir: main/.git/worktrees/w\n',
        'main/.git/worktrees/w/HEAD': 'ref: refs/heads/w\n',
        'main/.git/worktrees/w/commondir': '../..\n',
        'main/.git/refs/heads/w': first,
      },
      first,
    ],
    ['no commit yet', { '.git/HEAD': 'ref: refs/heads/main\n' }, null],
    ['a ref that leads out', { '.git/HEAD': 'ref: refs/../../secret\n', secret: first }, null],
    ['no repository of its own', {}, undefined],
  ])('%s', async (_, files, expected) => {
    const folder = temporaryDirectory();
    write(folder, files);
    const head = await readGitHead(folder);
    if (expected !== undefined) expect(head).toBe(expected);
    else expect(head === null || /^[0-9a-f]{40}$/.test(head)).toBe(true);
  });

  it('a pipe where git keeps a file holds nobody up', async () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, '.git'));
    execFileSync('mkfifo', [join(folder, '.git', 'HEAD')]);
    expect(await readGitHead(folder)).toBe(null);
  });
});

describe('a large report', () => {
  const cases = (count: number) =>
    Array.from({ length: count }, (_, index) => `<testcase classname="c${index % 50}" name="t${index}"/>`).join('');
  const large = Buffer.from(`<testsuites><testsuite name="all">${cases(150_000)}</testsuite></testsuites>`);

  it('is parsed while everything else goes on, and to the same result', async () => {
    expect(large.length).toBeGreaterThan(6_000_000);
    let turns = 0;
    let running = true;
    const turn = (): void => {
      turns += 1;
      if (running) setImmediate(turn);
    };
    turn();
    const parsed = await parseJunitApart(large, 'UTC');
    running = false;
    expect(parsed).toEqual(parseJunit(large, 'UTC'));
    // In this thread the limit would allow a handful only.
    expect(turns).toBeGreaterThan(1000);
  });

  it('that is broken is as unreadable as a small one', async () => {
    const broken = large.subarray(0, large.length - 10);
    expect(await parseJunitApart(broken, 'UTC')).toEqual(parseJunit(broken, 'UTC'));
  });
});
