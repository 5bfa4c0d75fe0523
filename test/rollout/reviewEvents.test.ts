import { describe, expect, it } from 'vitest';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { journalReview } from '../../daemon/rollout/reviewEvents.ts';
import { firingOf } from './world.ts';

const minute = 60_000;
const names = { triggers: [], stages: [] };

function reviewOf(bodies: readonly JournalBody[]) {
  const entries = bodies.map(
    (body, index): JournalEntry => ({
      seq: index,
      rollout: 'uploads',
      attempt: 1,
      at: wallTime(index * minute),
      body,
      previous: '',
      hash: '',
    }),
  );
  return journalReview(entries, names);
}

const fired = (at: number): JournalBody => ({ kind: 'firing', firing: firingOf('sagging', at * minute) });
const opened = (at: number): JournalBody => ({ kind: 'review-opened', firings: [firingOf('sagging', at * minute)] });
const acknowledged: JournalBody = { kind: 'acknowledged', by: 'ana', reason: 'seen', triggers: ['sagging'] };

describe('the events of a review', () => {
  it('list a trigger once, as the review that it opened, however often it fires until it is acknowledged', () => {
    const review = reviewOf([fired(1), opened(1), fired(2), opened(2), fired(3), opened(3)]);
    expect(review.events.map(({ text }) => text.split(':')[0])).toEqual(['Review needed']);
    expect(review.fired('sagging').length).toBe(3);
  });

  it('list it again after it was acknowledged', () => {
    const review = reviewOf([fired(1), opened(1), acknowledged, fired(4), opened(4)]);
    expect(review.events.map(({ text }) => text.split(':')[0])).toEqual([
      'Review needed',
      'Acknowledged sagging',
      'Review needed',
    ]);
  });

  it('list a rollback, and not beside it the firing that it came of', () => {
    const cause = { kind: 'trigger', firing: firingOf('low-success', minute) } as const;
    const review = reviewOf([
      { kind: 'firing', firing: cause.firing },
      { kind: 'rollback-started', cause, to: 0, at: eventTime(minute) },
    ]);
    expect(review.events.map(({ text }) => text.split(':')[0])).toEqual(['Rollback to off']);
  });

  it('list a firing that led to nothing', () => {
    expect(reviewOf([fired(1), fired(2)]).events.map(({ text }) => text.split(':')[0])).toEqual(['sagging fired']);
  });
});
