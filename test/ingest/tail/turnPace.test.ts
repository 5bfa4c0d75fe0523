import { expect, it } from 'vitest';
import { TurnPace } from '../../../daemon/ingest/tail/turnPace.ts';

it('a turn has as many lines as could be committed in 20 ms, and more again once they are quick', () => {
  const pace = new TurnPace(8192);
  pace.committed(8192, 2000);
  expect(pace.lines).toBe(81);
  pace.committed(81, 40);
  expect(pace.lines).toBe(40);
  // A turn of few lines tells nothing of one that is full.
  pace.committed(3, 1);
  expect(pace.lines).toBe(40);
  let quick = 0;
  for (; pace.lines < 8192; quick += 1) pace.committed(pace.lines, 5);
  expect(quick).toBeLessThan(20);
  expect(pace.lines).toBe(8192);
});

it('however long a commit takes, a turn has some lines, and never more than were asked for', () => {
  const pace = new TurnPace(8192);
  pace.committed(8192, 1e9);
  expect(pace.lines).toBe(16);
  const narrow = new TurnPace(2);
  narrow.committed(2, 1e9);
  expect(narrow.lines).toBe(2);
  narrow.committed(2, 1);
  expect(narrow.lines).toBe(2);
});
