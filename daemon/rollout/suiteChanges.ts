import type { JournalBody } from '../protocol/domain/journalEntry.ts';
import type { TestSuiteView } from '../protocol/domain/testReport.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import type { ChecklistRecord, SuiteRecord } from './checklistRecord.ts';

/** A repeated result is reported no more often: some run their tests at every change. */
const sameAgain = 3_600_000;
/** While tests run, their reports come one after the other. */
const settling = 60_000;

/** The entries for the journal: suites whose report changed its proof. Bad news does not wait. */
export function suiteChanges(
  { suites }: ChecklistRecord,
  judged: readonly TestSuiteView[],
  now: WallTime,
): readonly JournalBody[] {
  return judged.flatMap((suite): JournalBody[] =>
    isNews(suites.get(suite.name), suite, now) ? [{ kind: 'tests', suite }] : [],
  );
}

function isNews(known: SuiteRecord | undefined, suite: TestSuiteView, now: WallTime): boolean {
  if (known === undefined) return true;
  const { suite: before, at } = known;
  if (saysOf(before) === saysOf(suite)) return (suite.ran ?? 0) - (before.ran ?? 0) >= sameAgain;
  if (before.state === 'passing' || before.state === 'missing') return true;
  if (suite.state === 'failing' && before.state !== 'failing') return true;
  return now - at >= settling;
}

function saysOf(suite: TestSuiteView): string {
  const { state, detail, expect, commit, tests, passed, failed, skipped, groups } = suite;
  const parts = groups.map((group) => [group.name, group.expect, group.passed, group.failed, group.skipped]);
  return JSON.stringify([state, detail, expect, commit, tests, passed, failed, skipped, parts]);
}
