import { describe, expect, it } from 'vitest';
import { renderReport } from '../../daemon/live/renderReport.ts';
import type { ChecklistItemView } from '../../daemon/protocol/domain/checklistView.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { hostileFacts } from '../support/reportFacts.ts';

const at = wallTime(Date.UTC(2025, 10, 3, 9, 30));
const lost = { by: 'evidence', at, note: '1 of 3 tests failed' };
const ada = { by: 'ada', at: wallTime(at + 60_000), note: null };

function rowOf(item: Omit<ChecklistItemView, 'id' | 'title'>): string {
  const facts = hostileFacts('x');
  const checklist = { id: 'before', title: 'Before', items: [{ id: 'before/tests', title: 'All tests', ...item }] };
  const view = { ...facts.view, checklists: [{ ...checklist, occurrence: null }], deliverables: checklist };
  const { text } = renderReport({ ...facts, view }, 'markdown');
  return text.split('\n').find((line) => line.includes('All tests')) ?? '';
}

describe('an item whose evidence stopped holding', () => {
  it('says since when and why, so that a reader need not look for it in the timeline', () => {
    expect(rowOf({ ticked: null, lost, phase: 'due' })).toBe(
      '| **open** | All tests | **lost its tick** 2025-11-03 09:30: 1 of 3 tests failed |',
    );
  });

  it('says so beside the word of a person, who claims otherwise', () => {
    expect(rowOf({ ticked: ada, ticks: [ada], from: 'claim', lost, phase: 'done' })).toBe(
      '| **claim** | All tests | ada, 2025-11-03 09:31; **lost its tick** 2025-11-03 09:30: 1 of 3 tests failed |',
    );
  });
});
