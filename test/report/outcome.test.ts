import { describe, expect, it } from 'vitest';
import type { ReportFacts } from '../../daemon/report/facts.ts';
import { headOf } from '../../daemon/report/outcome.ts';
import { hostileFacts } from '../support/reportFacts.ts';

const began = hostileFacts('x');
const [entry] = began.entries;
if (entry === undefined) throw new Error('there is no entry');
const cause = { kind: 'person', by: 'ada', reason: null } as const;
const rollback = { kind: 'rollback-started', to: 0, cause } as const;

/** In attempt `attempt`, completed; the attempts named were rolled back. */
function factsOf(attempt: number, rolledBack: readonly number[]): ReportFacts {
  const { view } = began;
  const standing = { ...view.standing, attempt, phase: { kind: 'completed' } as const };
  const entries = rolledBack.map((of, index) => ({ ...entry, seq: index + 1, attempt: of, body: rollback }));
  return { ...began, entries: entries as unknown as ReportFacts['entries'], view: { ...view, standing } };
}

describe('the head of a report', () => {
  it('tells the rollbacks of earlier attempts, whatever has become of the rollout since', () => {
    expect(headOf(factsOf(1, [])).outcome).toEqual({ word: 'Completed', tone: 'good' });
    expect(headOf(factsOf(2, [1])).outcome.word).toBe('Completed, after an earlier rollback');
    expect(headOf(factsOf(4, [1, 3])).outcome.word).toBe('Completed, after 2 earlier rollbacks');
    // The current attempt is the outcome itself.
    expect(headOf(factsOf(2, [2])).outcome.word).toBe('Completed');
  });

  it('of a day before the first entry does not say that there is none at all', () => {
    const day = { from: 0, to: 86_400_000 } as ReportFacts['span'];
    const none = { ...began, entries: [], asOf: null };
    expect(headOf({ ...none, span: day }).sentence).toMatch(/ The journal has no entry up to then\.$/);
    expect(headOf({ ...none, span: null }).sentence).toMatch(/ The journal has no entry yet\.$/);
  });
});
