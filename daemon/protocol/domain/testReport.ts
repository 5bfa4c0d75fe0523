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

/** The content of one or several JUnit reports. */
export interface TestReport {
  readonly parts: readonly TestPart[];
  /**
   * The number that the suites declare, which exceeds the listed tests when the report was cut short; `null` when no
   * suite declares one.
   */
  readonly declared: number | null;
  /**
   * The failures and errors that the suites declare: more than the listed tests have when the suite itself failed,
   * before or after its tests.
   */
  readonly declaredFailed: number;
  /** When the tests ran, by the report's own time; the earliest of several. */
  readonly ran: EventTime | null;
  /** The commits the tests ran at, where the reports name one: lower-case hexadecimal, whole or the beginning. */
  readonly commits: readonly string[];
  /** The first few tests that failed. */
  readonly failures: readonly string[];
}

/** The result of looking for a report at the plan's path. */
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

/** A suite of the plan, and the proof of its report. */
export interface TestSuiteView extends TestCounts {
  readonly name: string;
  /** The report's path or glob, as the plan writes it. */
  readonly junit: string;
  readonly state: SuiteState;
  /** One line: the counts, or why the report does not count. */
  readonly detail: string;
  readonly expect: number | null;
  readonly groups: readonly TestGroupView[];
  /** When the tests ran: by the report's own time, else when it was written. */
  readonly ran: WallTime | null;
  /** The report is too old from then on. */
  readonly freshUntil: WallTime | null;
  readonly commit: string | null;
}
