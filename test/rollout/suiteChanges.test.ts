import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { SuiteState, TestSuiteView } from '../../daemon/protocol/domain/testReport.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { type ChecklistRecord, foldTicks, nothingRecorded } from '../../daemon/rollout/checklistRecord.ts';
import { suiteChanges } from '../../daemon/rollout/suiteChanges.ts';

const second = 1000;
const minute = 60 * second;
const start = Date.UTC(2025, 10, 3, 8);

function suite(state: SuiteState, detail: string = state, ran = start): TestSuiteView {
  const counts = { tests: 2, passed: 2, failed: 0, skipped: 0 };
  const more = { expect: null, groups: [], freshUntil: null, commit: null };
  return { name: 'Unit', junit: 'unit.xml', state, detail, ran: wallTime(ran), ...counts, ...more };
}

/** The record after a look, and what the look had the journal say. */
function look(record: ChecklistRecord, found: TestSuiteView, at: number) {
  const said = suiteChanges(record, [found], wallTime(at));
  const entries = said.map(
    (body): JournalEntry => ({
      ...{ seq: 1, rollout: 'uploads', attempt: 0, previous: '', hash: '' },
      at: wallTime(at),
      body,
    }),
  );
  return { said: said.length, record: foldTicks(record, entries) };
}

describe('what a suite of tests proves', () => {
  it('is journalled when it is first known and when it changes, at once when it gets worse', () => {
    const first = look(nothingRecorded, suite('passing'), start);
    const failing = look(first.record, suite('failing'), start + second);
    const early = look(failing.record, suite('passing'), start + 2 * second);
    const later = look(early.record, suite('passing'), start + second + minute);
    expect([first, failing, early, later].map(({ said }) => said)).toEqual([1, 1, 0, 1]);
  });

  it('is not journalled again for each run that says the same', () => {
    const first = look(nothingRecorded, suite('passing'), start);
    const again = look(first.record, suite('passing', 'passing', start + minute), start + minute);
    const hour = look(again.record, suite('passing', 'passing', start + 60 * minute), start + 60 * minute);
    expect([again, hour].map(({ said }) => said)).toEqual([0, 1]);
  });

  it('is what the journal says within a minute, however often reports change, in a few entries', () => {
    const states = fc.constantFrom<SuiteState>('passing', 'failing', 'partial', 'missing', 'unreadable');
    fc.assert(
      fc.property(fc.array(fc.tuple(states, fc.nat({ max: 9 })), { minLength: 1, maxLength: 200 }), (looks) => {
        let record = nothingRecorded;
        let entries = 0;
        for (const [index, [state, detail]] of looks.entries()) {
          const next = look(record, suite(state, String(detail)), start + index * second);
          record = next.record;
          entries += next.said;
          if (state === 'failing') expect(record.suites.get('Unit')?.suite.state).toBe('failing');
        }
        const [state, detail] = looks.at(-1) ?? ['passing', 0];
        const settled = look(record, suite(state, String(detail)), start + looks.length * second + minute);
        expect(settled.record.suites.get('Unit')?.suite).toMatchObject({ state, detail: String(detail) });
        expect(entries).toBeLessThanOrEqual(looks.length);
      }),
    );
  });

  it('that gets no better: reports that come one by one are one entry a minute', () => {
    let record = look(nothingRecorded, suite('passing'), start).record;
    let entries = 0;
    for (let at = 1; at <= 300; at += 1) {
      const next = look(record, suite('partial', `${at} of 300`), start + at * second);
      record = next.record;
      entries += next.said;
    }
    expect(entries).toBe(5);
  });
});
