import { stripVTControlCharacters } from 'node:util';

/** The events that a test reports while a suite or a drive runs; one JSON line each in the report file. */
export type TestEvent =
  | { kind: 'passed'; name: string; milliseconds: number }
  | { kind: 'failed'; name: string; message: string }
  | { kind: 'ended' };

export interface TestCounts {
  passed: number;
  failed: number;
  /** `suite › test: message` of every failure. */
  failures: string[];
  /** The same of what failed at first and passed when it was run again. */
  unsteady: string[];
}

export const noCounts = (): TestCounts => ({ passed: 0, failed: 0, failures: [], unsteady: [] });

export function readEvents(text: string): TestEvent[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TestEvent);
}

/** One line for a person, or nothing for an event that is not a test. */
export function lineOf(event: TestEvent): string | undefined {
  switch (event.kind) {
    case 'passed':
      return `  ✓ ${event.name} (${event.milliseconds} ms)`;
    case 'failed':
      return `  ✗ ${event.name}\n${event.message.replace(/^/gm, '      ')}`;
    case 'ended':
      return undefined;
  }
}

export function countInto(counts: TestCounts, group: string, event: TestEvent): void {
  if (event.kind === 'passed') counts.passed += 1;
  if (event.kind !== 'failed') return;
  counts.failed += 1;
  counts.failures.push(`${group} › ${event.name}: ${event.message.split('\n')[0]}`);
}

/** The message of an error with the frames that are ours, for a report. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at .*test\/editor\/(?!launch\/|run\.ts)/.test(line));
  // Playwright appends a coloured log of every attempt; its first line says what did not happen.
  const [message] = stripVTControlCharacters(error.message).split('\nCall log:');
  return [message, ...frames.slice(0, 3)].join('\n');
}

/** Adds the counts of one run of a suite or drive to the whole. */
export function addCounts(whole: TestCounts, run: TestCounts): void {
  whole.passed += run.passed;
  whole.failed += run.failed;
  whole.failures.push(...run.failures);
  whole.unsteady.push(...run.unsteady);
}
