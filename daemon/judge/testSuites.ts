import { formatDuration } from '../protocol/domain/duration.ts';
import type { TestSuite } from '../protocol/domain/plan.ts';
import type {
  FoundReport,
  SuiteState,
  TestCounts,
  TestGroupView,
  TestPart,
  TestReport,
  TestSuiteView,
} from '../protocol/domain/testReport.ts';
import { duration, type WallTime, wallTime } from '../protocol/domain/units.ts';

const week = duration(7 * 86_400_000);
const none: TestCounts = { tests: 0, passed: 0, failed: 0, skipped: 0 };
/** More skipped tests than this share leave the result open. */
const mostSkipped = 0.1;
/** Clocks differ, and a time without a zone may be of another zone. */
const ahead = 86_400_000;

/**
 * The proof of a suite's report. The suite passes when nothing failed, hardly anything was skipped, as many passed as
 * the plan expects, in all and in each group, and the report is fresh and of this commit. The first violated
 * requirement is its state.
 * @param head the commit the folder is at, `null` when unknown.
 */
export function judgeSuite(suite: TestSuite, found: FoundReport, now: WallTime, head: string | null): TestSuiteView {
  const { name, junit } = suite;
  const common = { name, junit, expect: suite.expect ?? null };
  const nothing = { ...common, ...none, groups: [], ran: null, freshUntil: null, commit: null };
  if (found.kind === 'missing') return { ...nothing, state: 'missing', detail: `there is no report at ${junit}` };
  if (found.kind === 'unreadable') return { ...nothing, state: 'unreadable', detail: `the report ${found.detail}` };
  const { report, written } = found;
  const counts = sumOf(report.parts);
  const groups = groupViews(suite, report.parts);
  const ran = wallTime(report.ran ?? written);
  const freshUntil = wallTime(ran + (suite.fresh ?? week));
  const [state, detail] = stateOf(suite, report, { counts, groups, ran, freshUntil, now, head });
  return { ...common, ...counts, state, detail, groups, ran, freshUntil, commit: report.commits[0] ?? null };
}

/** The knowledge about a suite at an instant: the journal's last entry, whatever the file is now. */
export function suiteAt(suite: TestSuite, known: TestSuiteView | undefined, at: WallTime): TestSuiteView {
  const { name, junit, expect = null } = suite;
  if (known === undefined) {
    const nothing = { groups: [], ran: null, freshUntil: null, commit: null };
    return {
      name,
      junit,
      expect,
      ...none,
      ...nothing,
      state: 'missing',
      detail: 'no report had been looked at by then',
    };
  }
  if (known.state !== 'passing' || known.freshUntil === null || at < known.freshUntil) return known;
  return { ...known, state: 'stale', detail: oldText(suite) };
}

function oldText({ fresh }: TestSuite): string {
  return `the report is older than ${formatDuration(fresh ?? week)}`;
}

interface Judged {
  readonly counts: TestCounts;
  readonly groups: readonly TestGroupView[];
  readonly ran: WallTime;
  readonly freshUntil: WallTime;
  readonly now: WallTime;
  readonly head: string | null;
}

function stateOf(suite: TestSuite, report: TestReport, judged: Judged): readonly [SuiteState, string] {
  const { expect } = suite;
  const { counts, groups, ran, freshUntil, now, head } = judged;
  const { tests, passed, failed, skipped } = counts;
  if (tests === 0) return ['empty', 'the report holds no test'];
  if (failed > 0) {
    const named = report.failures[0] === undefined ? '' : `: ${report.failures[0]}${failed > 1 ? ' and others' : ''}`;
    return ['failing', `${failed} of ${tests} tests failed${named}`];
  }
  if (report.declaredFailed > 0) {
    return ['failing', `the report declares ${report.declaredFailed} failed and lists none: a suite itself failed`];
  }
  if (report.declared !== null && report.declared > tests) {
    return ['partial', `the report lists ${tests} of the ${report.declared} tests it declares`];
  }
  if (expect !== undefined && passed < expect) {
    return ['partial', `${passed} of ${expect} expected tests passed${skipped > 0 ? `, ${skipped} were skipped` : ''}`];
  }
  if (skipped > tests * mostSkipped) return ['skipped', `${skipped} of ${tests} tests were skipped`];
  const short = groups.find(({ met }) => !met);
  if (short !== undefined) {
    return ['partial', `${short.name}: ${short.passed} of ${short.expect} expected tests passed`];
  }
  const other = head === null ? undefined : report.commits.find((commit) => !head.startsWith(commit));
  if (other !== undefined && head !== null) {
    return ['stale', `the tests ran at ${other.slice(0, 7)}, and the folder is at ${head.slice(0, 7)}`];
  }
  if (ran > now + ahead) return ['stale', 'the report is dated in the future'];
  if (now >= freshUntil) return ['stale', oldText(suite)];
  return ['passing', passingText(counts, expect)];
}

function passingText({ passed, skipped }: TestCounts, expect: number | undefined): string {
  const more = expect !== undefined && passed > expect ? `, ${passed - expect} more than expected` : '';
  return `${passed} passed${skipped > 0 ? `, ${skipped} skipped` : ''}${more}`;
}

/**
 * Guides name groups in words (`Rollout logic`), reports in code (`TestRolloutLogic`). A class belongs to a group when
 * its names hold all the group's words, in any form (`configuration` is `Config`); to the one with most words in the
 * class's own name, when several fit.
 */
function groupViews({ groups = {} }: TestSuite, parts: readonly TestPart[]): readonly TestGroupView[] {
  const wanted = Object.entries(groups).map(([name, expect]) => ({ name, expect, words: wordsOf(name) }));
  const members = new Map<string, TestPart[]>();
  for (const part of parts) {
    const own = wordsOf(lastName(part.className));
    const all = [...wordsOf(part.className), ...wordsOf(part.suite), ...wordsOf(part.file)];
    const best = wanted
      .filter(({ words }) => words.length > 0 && words.every((word) => holds(all, word)))
      .map(({ name, words }) => ({
        name,
        inClass: words.filter((word) => holds(own, word)).length,
        length: words.length,
      }))
      .sort((one, other) => other.inClass - one.inClass || other.length - one.length)[0];
    if (best !== undefined) members.set(best.name, [...(members.get(best.name) ?? []), part]);
  }
  return wanted.map(({ name, expect }) => {
    const counts = sumOf(members.get(name) ?? []);
    return { name, expect, ...counts, met: counts.failed === 0 && counts.passed >= expect };
  });
}

function lastName(className: string): string {
  return className.split(/[./\\:>$ ]+/).findLast((part) => part !== '') ?? '';
}

/** `TestRolloutStage1` → rollout, stage, 1; words common to every test say nothing. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{L})(\p{N})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !/^(?:tests?|specs?|py|ts|js|java|go)$/.test(word));
}

/** The same word, or one that begins with the other: four letters at least. */
function holds(words: readonly string[], wanted: string): boolean {
  return words.some((word) => {
    if (word === wanted || `${word}s` === wanted || word === `${wanted}s`) return true;
    const [short, long] = word.length < wanted.length ? [word, wanted] : [wanted, word];
    return short.length >= 4 && long.startsWith(short);
  });
}

function sumOf(parts: readonly TestCounts[]): TestCounts {
  const sum: { -readonly [key in keyof TestCounts]: number } = { ...none };
  for (const part of parts) {
    sum.tests += part.tests;
    sum.passed += part.passed;
    sum.failed += part.failed;
    sum.skipped += part.skipped;
  }
  return sum;
}
