import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceView } from '../../daemon/protocol/domain/checklistView.ts';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { type Plan, planSchema } from '../../daemon/protocol/domain/plan.ts';
import type { RolloutState } from '../../daemon/protocol/domain/rolloutState.ts';
import { eventTime, percent, type WallTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { type ChecklistRecord, foldTicks, nothingRecorded } from '../../daemon/rollout/checklistRecord.ts';
import { checklistViews, deliverablesView, evidenceChanges, findItem } from '../../daemon/rollout/checklistRounds.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2025, 10, 3, 8);

function planOf(rest: object): Plan {
  return planSchema.parse({
    version: 1,
    id: 'uploads',
    sources: [{ file: 'metrics.jsonl' }],
    arms: { treatment: { kind: 'new' } },
    measures: { success_rate: { share: { ok: true } } },
    stages: [{ id: 'one', percent: 1 }],
    ...rest,
  });
}
const plan = planOf({
  checklists: [
    {
      id: 'before',
      title: 'Before',
      items: ['Read the guide', { title: 'All tests pass', id: 'tests', evidence: 'tests' }],
    },
    {
      id: 'daily',
      title: 'Each day',
      every: 'day',
      at: '09:00',
      items: ['Review logs', { title: 'Quiet', evidence: 'tests' }],
    },
  ],
  deliverables: ['Final report'],
});

function runningSince(from: number): RolloutState {
  return {
    ...initialState('uploads', '', wallTime(from)),
    attempt: 1,
    phase: { kind: 'soaking' },
    visits: [{ attempt: 1, stage: 'one', percent: percent(1), from: eventTime(from), to: null, override: null }],
  };
}

let seq = 0;
function entry(body: JournalBody, at: number): JournalEntry {
  seq += 1;
  return { seq, rollout: 'uploads', attempt: 1, at: wallTime(at), body, previous: '', hash: '' };
}
function tick(
  item: string,
  occurrence: string,
  at: number,
  more: Partial<Extract<JournalBody, { kind: 'tick' }>> = {},
) {
  return entry({ kind: 'tick', item, occurrence, by: 'ada', ticked: true, note: null, ...more }, at);
}
function viewAt(record: ChecklistRecord, now: number, of: Plan = plan) {
  return checklistViews(of, record, { state: runningSince(start), now: wallTime(now) });
}
function itemAt(record: ChecklistRecord, id: string, now: number) {
  const item = viewAt(record, now)
    .flatMap(({ items }) => items)
    .find((each) => each.id === id);
  if (item === undefined) throw new Error(`no item ${id}`);
  return item;
}

describe('a tick', () => {
  it('is of its day: the next day begins unticked, and the day before is kept', () => {
    const record = foldTicks(nothingRecorded, [
      tick('daily/review-logs', '2025-11-03', start + hour, { note: 'calm' }),
    ]);
    const today = itemAt(record, 'daily/review-logs', start + 2 * hour);
    expect(today).toMatchObject({ ticked: { by: 'ada', note: 'calm' }, from: 'claim', phase: 'done' });
    const tomorrow = itemAt(record, 'daily/review-logs', start + day);
    expect(tomorrow.ticked).toBeNull();
    expect(tomorrow.history).toEqual([
      { occurrence: 'daily@2025-11-03', outcome: 'ticked', tick: { by: 'ada', at: start + hour, note: 'calm' } },
    ]);
    expect(viewAt(record, start + 2 * day)[1]?.history).toEqual([
      { id: 'daily@2025-11-04', from: Date.UTC(2025, 10, 4), done: 0, skipped: 0, total: 2 },
      { id: 'daily@2025-11-03', from: Date.UTC(2025, 10, 3), done: 1, skipped: 0, total: 2 },
    ]);
  });

  it('is each person’s own; an untick takes all of them back', () => {
    const both = foldTicks(nothingRecorded, [
      tick('before/read-the-guide', 'once', start),
      tick('before/read-the-guide', 'once', start + 1, { by: 'bob' }),
      tick('before/read-the-guide', 'once', start + 2, { note: 'twice' }),
    ]);
    const item = itemAt(both, 'before/read-the-guide', start + hour);
    expect(item.ticks?.map(({ by, note }) => [by, note])).toEqual([
      ['ada', 'twice'],
      ['bob', null],
    ]);
    const none = foldTicks(both, [tick('before/read-the-guide', 'once', start + 3, { ticked: false, by: 'bob' })]);
    expect(itemAt(none, 'before/read-the-guide', start + hour)).toMatchObject({ ticked: null });
    expect(itemAt(none, 'before/read-the-guide', start + hour).ticks).toBeUndefined();
  });

  it('written before there were rounds counts for a list that is done once', () => {
    const record = foldTicks(nothingRecorded, [tick('before/read-the-guide', '', start, { occurrence: undefined })]);
    expect(itemAt(record, 'before/read-the-guide', start + hour).ticked?.by).toBe('ada');
  });

  it('skipped with a reason is done for the day, but not ticked; a note is only a note', () => {
    const skipped = foldTicks(nothingRecorded, [
      tick('daily/review-logs', '2025-11-03', start, { as: 'skip', ticked: false, note: 'holiday' }),
      tick('daily/quiet', '2025-11-03', start, { as: 'note', ticked: false, note: 'one spike' }),
    ]);
    expect(itemAt(skipped, 'daily/review-logs', start)).toMatchObject({
      ticked: null,
      skipped: { by: 'ada', note: 'holiday' },
      phase: 'done',
    });
    expect(itemAt(skipped, 'daily/quiet', start + 3 * hour)).toMatchObject({
      ticked: null,
      notes: [{ note: 'one spike' }],
      phase: 'overdue',
    });
  });

  it('folding is the same in one go and piece by piece', () => {
    const ticks = fc.array(
      fc
        .record({
          item: fc.constantFrom('daily/review-logs', 'daily/quiet', 'before/tests'),
          occurrence: fc.constantFrom('2025-11-03', '2025-11-04', 'once'),
          by: fc.constantFrom('ada', 'bob'),
          ticked: fc.boolean(),
          as: fc.constantFrom('skip' as const, 'note' as const, undefined),
          note: fc.option(fc.string()),
        })
        .map((body) => entry({ kind: 'tick', ...body }, start)),
    );
    fc.assert(
      fc.property(ticks, fc.nat(), (entries, cut) => {
        const at = entries.length === 0 ? 0 : cut % entries.length;
        const whole = foldTicks(nothingRecorded, entries);
        const pieces = foldTicks(foldTicks(nothingRecorded, entries.slice(0, at)), entries.slice(at));
        expect(pieces).toEqual(whole);
        // The last untick, skip or tick of an item decides; each person has one tick at most.
        for (const { ticks: each, skipped } of whole.items.values()) {
          expect(new Set(each.map(({ by }) => by)).size).toBe(each.length);
          if (skipped !== null) expect(each).toEqual([]);
        }
      }),
    );
  });
});

describe('due and overdue', () => {
  it('a daily list waits, is due, is overdue', () => {
    const phaseAt = (now: number) => itemAt(nothingRecorded, 'daily/review-logs', now).phase;
    expect(phaseAt(start + day)).toBe('waiting');
    expect(phaseAt(start + day + hour)).toBe('due');
    expect(phaseAt(start + day + 2 * hour)).toBe('overdue');
    expect(phaseAt(start + day + 16 * hour)).toBe('waiting');
  });

  it('nobody is asked for the hour before the rollout began, nor while no attempt runs', () => {
    const late = { state: runningSince(Date.UTC(2025, 10, 3, 15)), now: wallTime(Date.UTC(2025, 10, 3, 16)) };
    expect(checklistViews(plan, nothingRecorded, late)[1]?.phase).toBe('waiting');
    const planned = { state: initialState('uploads', '', wallTime(0)), now: wallTime(start + 5 * hour) };
    expect(checklistViews(plan, nothingRecorded, planned)[1]?.phase).toBe('waiting');
  });
});

describe('evidence', () => {
  const said = (state: EvidenceView['state'], detail = 'so it is') => new Map([['daily/quiet', { state, detail }]]);
  const step = (record: ChecklistRecord, state: EvidenceView['state'], now: number) => {
    const bodies = evidenceChanges(plan, record, { state: runningSince(start), now: wallTime(now) }, said(state));
    return {
      bodies,
      record: foldTicks(
        record,
        bodies.map((body) => entry(body, now)),
      ),
    };
  };

  it('ticks an item by itself and unticks it, each time with one line in the journal', () => {
    const held = step(nothingRecorded, 'holds', start);
    expect(held.bodies).toEqual([
      { kind: 'evidence', item: 'daily/quiet', occurrence: '2025-11-03', holds: true, detail: 'so it is' },
    ]);
    expect(itemAt(held.record, 'daily/quiet', start)).toMatchObject({
      ticked: { by: 'evidence', at: start, note: 'so it is' },
      from: 'evidence',
    });
    expect(step(held.record, 'holds', start + hour).bodies).toEqual([]);
    const lost = step(held.record, 'fails', start + hour);
    expect(lost.bodies).toMatchObject([{ holds: false }]);
    expect(itemAt(lost.record, 'daily/quiet', start + hour)).toMatchObject({
      ticked: null,
      lost: { at: start + hour },
    });
    expect(itemAt(lost.record, 'daily/quiet', start + day)).not.toHaveProperty('lost');
  });

  it('that is unknown does not hold', () => {
    expect(step(nothingRecorded, 'unknown', start).bodies).toEqual([]);
    expect(step(step(nothingRecorded, 'holds', start).record, 'unknown', start + 1).bodies).toMatchObject([
      { holds: false },
    ]);
  });

  it('must hold anew on each day', () => {
    const held = step(nothingRecorded, 'holds', start);
    expect(step(held.record, 'holds', start + day).bodies).toMatchObject([{ occurrence: '2025-11-04', holds: true }]);
  });

  it('leaves a claim a claim', () => {
    const claimed = foldTicks(nothingRecorded, [tick('daily/quiet', '2025-11-03', start)]);
    expect(step(claimed, 'fails', start + 1).bodies).toEqual([]);
    expect(itemAt(claimed, 'daily/quiet', start + 1)).toMatchObject({ ticked: { by: 'ada' }, from: 'claim' });
    const held = step(claimed, 'holds', start + 1).record;
    expect(itemAt(held, 'daily/quiet', start + 1)).toMatchObject({ from: 'evidence', ticks: [{ by: 'ada' }] });
  });

  it('flips: the journal alternates, an untick comes at once, a tick again only after a minute', () => {
    const states = fc.array(
      fc.tuple(
        fc.constantFrom('holds' as const, 'fails' as const, 'unknown' as const),
        fc.integer({ min: 1, max: 90_000 }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(states, (sequence) => {
        let record = nothingRecorded;
        let now = start;
        let last: { holds: boolean; at: number } | null = null;
        for (const [state, wait] of sequence) {
          now += wait;
          const { bodies, record: next } = step(record, state, now);
          const [body] = bodies;
          if (body?.kind === 'evidence') {
            expect(body.holds).toBe(!(last?.holds ?? false));
            if (body.holds && last !== null) expect(now - last.at).toBeGreaterThanOrEqual(60_000);
            last = { holds: body.holds, at: now };
          }
          record = next;
          const { ticked } = itemAt(record, 'daily/quiet', now);
          // Never ticked by evidence that does not hold now.
          if (state !== 'holds') expect(ticked).toBeNull();
        }
      }),
    );
  });
});

describe('names', () => {
  it('an item goes by its title, whatever its script, and titles that read alike are told apart', () => {
    const odd = planOf({
      checklists: [{ id: 'a', title: 'A', items: ['Ölçümleri gözden geçir', '!!!', '???', 'A b', 'a  B'] }],
    });
    const [list] = viewAt(nothingRecorded, start, odd);
    expect(list?.items.map(({ id }) => id)).toEqual([
      'a/ölçümleri-gözden-geçir',
      'a/item',
      'a/item-2',
      'a/a-b',
      'a/a-b-2',
    ]);
  });

  it('an item is found by its whole id, or by its own when it is the only one', () => {
    const views = viewAt(nothingRecorded, start);
    expect(findItem(views, 'review-logs')).toBe('daily/review-logs');
    expect(findItem(views, 'daily/review-logs')).toBe('daily/review-logs');
    expect(findItem(views, 'lunch')).toBeNull();
  });

  it('an item is found by its title when no other has it', () => {
    const twice = planOf({
      checklists: [
        { id: 'a', title: 'A', items: ['Read the docs', 'Tell the team'] },
        { id: 'b', title: 'B', items: ['Tell the team'] },
      ],
    });
    const views = viewAt(nothingRecorded, start, twice);
    expect(findItem(views, 'read the docs')).toBe('a/read-the-docs');
    expect(findItem(views, 'Tell the team')).toBeNull();
  });

  it('deliverables are a list of their own', () => {
    const moment: { state: RolloutState; now: WallTime } = { state: runningSince(start), now: wallTime(start) };
    expect(deliverablesView(plan, nothingRecorded, moment)?.items).toMatchObject([{ id: 'deliverables/final-report' }]);
    expect(deliverablesView(planOf({}), nothingRecorded, moment)).toBeUndefined();
  });
});
