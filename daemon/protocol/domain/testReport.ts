import type { EventTime, WallTime } from './units.ts';

export interface TestCounts {
  readonly tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The tests of one class, file or package within a report. */
export interface TestPart extends TestCounts {
  readonly suite: string;
  readonly className: string;
  readonly file: string;
}

/** What one or several JUnit reports hold. */
export interface TestReport {
  readonly parts: readonly TestPart[];
  /** As its suites declare it, which is more than the listed tests when the report was cut short; `null` when none does. */
  readonly declared: number | null;
  /**
   * The failures and errors that its suites declare: more than the listed tests have when it was the suite itself that
   * failed, before or after its tests.
   */
  readonly declaredFailed: number;
  /** When the tests ran, by the report's own word; the earliest of several. */
  readonly ran: EventTime | null;
  /** The commits the tests ran at, where the reports name one: lower-case hexadecimal, whole or the beginning. */
  readonly commits: readonly string[];
  /** The first few tests that failed. */
  readonly failures: readonly string[];
}

/** What was found where the plan says that a report is. */
export type FoundReport =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'report'; readonly report: TestReport; readonly written: WallTime };

/** Only `passing` counts as passing. */
export type SuiteState =
  | 'passing'
  | 'failing'
  /** Fewer tests than the plan expects, or than the report itself declares. */
  | 'partial'
  | 'empty'
  /** More than a tenth was skipped. */
  | 'skipped'
  /** Too old, or made at another commit. */
  | 'stale'
  | 'missing'
  | 'unreadable';

export interface TestGroupView extends TestCounts {
  readonly name: string;
  readonly expect: number;
  readonly met: boolean;
}

/** A suite of the plan, and what its report proves. */
export interface TestSuiteView extends TestCounts {
  readonly name: string;
  /** The report's path or glob, as the plan writes it. */
  readonly junit: string;
  readonly state: SuiteState;
  /** One line: why it does not count, or what it counts. */
  readonly detail: string;
  readonly expect: number | null;
  readonly groups: readonly TestGroupView[];
  /** When the tests ran: by the report's own word, else when it was written. */
  readonly ran: WallTime | null;
  /** From then on the report is too old. */
  readonly freshUntil: WallTime | null;
  readonly commit: string | null;
}
