import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJunit } from '../../daemon/ingest/junit/junitReport.ts';
import { judgeSuite } from '../../daemon/judge/testSuites.ts';
import type { TestSuite } from '../../daemon/protocol/domain/plan.ts';
import type { FoundReport, TestPart, TestReport } from '../../daemon/protocol/domain/testReport.ts';
import { duration, eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';

const recorded = join(import.meta.dirname, '../fixtures/junit');
const hour = 3_600_000;
const ran = Date.UTC(2025, 9, 29, 8);

/** As the guides' three phases are imported. */
const phases: readonly TestSuite[] = [
  {
    name: 'Phase 1',
    junit: 'phase1.xml',
    expect: 16,
    groups: { 'Feature flag configuration': 3, 'Rollout logic': 5, 'Metrics collection': 4, 'Async wrapper': 4 },
  },
  {
    name: 'Phase 2',
    junit: 'phase2.xml',
    expect: 12,
    groups: {
      'Rollout Stage 1': 2,
      'Rollout Stage 2': 2,
      'Rollout Stage 3': 2,
      'Rollout Stage 4': 2,
      'Rollback triggers': 2,
      'Metrics aggregation': 2,
    },
  },
  {
    name: 'Phase 3',
    junit: 'phase3.xml',
    expect: 29,
    groups: {
      'File variants': 6,
      'File sizes': 4,
      'Provider variants': 3,
      'Concurrent uploads': 3,
      'Error scenarios': 5,
      'Metrics collection': 4,
      'Rollout stages': 4,
    },
  },
];

function foundIn(file: string): FoundReport {
  const parsed = parseJunit(readFileSync(join(recorded, file)), 'UTC');
  if (parsed.kind !== 'report') throw new Error(parsed.detail);
  return { ...parsed, written: wallTime(ran + 1000 * hour) };
}
function foundWith(part: Partial<TestPart>, rest: Partial<TestReport> = {}): FoundReport {
  const whole: TestPart = { suite: 's', className: 'C', file: '', tests: 0, passed: 0, failed: 0, skipped: 0, ...part };
  const report: TestReport = {
    parts: [whole],
    declared: null,
    declaredFailed: 0,
    ran: eventTime(ran),
    commits: [],
    failures: [],
    ...rest,
  };
  return { kind: 'report', report, written: wallTime(ran) };
}
const suite: TestSuite = { name: 'Unit', junit: 'unit.xml' };
const judged = (found: FoundReport, rest: Partial<TestSuite> = {}, now = ran + hour, head: string | null = null) =>
  judgeSuite({ ...suite, ...rest }, found, wallTime(now), head);

describe('the recorded reports', () => {
  it.each(phases)('$name passes, in all and in each group', (phase) => {
    const view = judgeSuite(phase, foundIn(phase.junit), wallTime(ran + hour), null);
    expect(view).toMatchObject({ state: 'passing', passed: phase.expect, detail: `${phase.expect} passed` });
    expect(Object.fromEntries(view.groups.map(({ name, passed }) => [name, passed]))).toEqual(phase.groups);
  });

  it('are too old a week later, whenever the file was copied', () => {
    const [phase = suite] = phases;
    const view = judgeSuite(phase, foundIn('phase1.xml'), wallTime(ran + 7 * 24 * hour), null);
    expect(view).toMatchObject({
      state: 'stale',
      detail: 'the report is older than 7 d',
      ran,
      freshUntil: ran + 7 * 24 * hour,
    });
  });

  it('of another phase do not pass for this one', () => {
    const [phase = suite] = phases;
    expect(judgeSuite(phase, foundIn('phase2.xml'), wallTime(ran), null)).toMatchObject({
      state: 'partial',
      detail: '12 of 16 expected tests passed',
    });
  });
});

describe('a report never counts as passing when', () => {
  it.each([
    ['it is not there', judged({ kind: 'missing' }), 'missing', 'there is no report at unit.xml'],
    ['it cannot be read', judged({ kind: 'unreadable', detail: 'is empty' }), 'unreadable', 'the report is empty'],
    ['it holds no test', judged(foundWith({})), 'empty', 'the report holds no test'],
    [
      'a test failed',
      judged(foundWith({ tests: 9, passed: 8, failed: 1 }, { failures: ['test_a'] })),
      'failing',
      '1 of 9 tests failed: test_a',
    ],
    [
      'the suite itself failed',
      judged(foundWith({ tests: 9, passed: 9 }, { declaredFailed: 1 })),
      'failing',
      'the report declares 1 failed and lists none: a suite itself failed',
    ],
    [
      'it was cut short',
      judged(foundWith({ tests: 9, passed: 9 }, { declared: 12 })),
      'partial',
      'the report lists 9 of the 12 tests it declares',
    ],
    [
      'too few passed',
      judged(foundWith({ tests: 16, passed: 13, skipped: 3 }), { expect: 16 }),
      'partial',
      '13 of 16 expected tests passed, 3 were skipped',
    ],
    [
      'much was skipped',
      judged(foundWith({ tests: 9, passed: 8, skipped: 1 })),
      'skipped',
      '1 of 9 tests were skipped',
    ],
    ['all was skipped', judged(foundWith({ tests: 9, skipped: 9 })), 'skipped', '9 of 9 tests were skipped'],
    [
      'a group is short',
      judged(foundWith({ tests: 9, passed: 9, className: 'TestFlags' }), { groups: { Flags: 9, Store: 2 } }),
      'partial',
      'Store: 0 of 2 expected tests passed',
    ],
    [
      'it is old',
      judged(foundWith({ tests: 9, passed: 9 }), { fresh: duration(hour) }),
      'stale',
      'the report is older than 1 h',
    ],
    [
      'it comes from the future',
      judged(foundWith({ tests: 9, passed: 9 }), {}, ran - 25 * hour),
      'stale',
      'the report is dated in the future',
    ],
    [
      'it is of another commit',
      judged(foundWith({ tests: 9, passed: 9 }, { commits: ['abcdef1'] }), {}, ran, 'f'.repeat(40)),
      'stale',
      'the tests ran at abcdef1, and the folder is at fffffff',
    ],
  ] as const)('%s', (_, view, state, detail) => {
    expect(view).toMatchObject({ state, detail });
  });
});

it('more tests than expected, few skipped, a commit that is this one: it passes and says so', () => {
  const found = foundWith({ tests: 20, passed: 19, skipped: 1 }, { commits: ['fffffff'], declared: 20 });
  expect(judged(found, { expect: 18 }, ran, 'f'.repeat(40))).toMatchObject({
    state: 'passing',
    detail: '19 passed, 1 skipped, 1 more than expected',
    commit: 'fffffff',
  });
});
