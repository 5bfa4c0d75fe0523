import { expect, it } from 'vitest';
import { SearchPace } from '../../../daemon/ingest/tail/searchPace.ts';

const twoSeconds = 2000;

it('no single search that a busy machine made long keeps new files waiting', () => {
  const pace = new SearchPace();
  let now = 1;
  for (const duration of [400, 1, 300, 900, 2]) {
    expect(pace.isDue(now, false)).toBe(true);
    pace.searched(now, now + duration);
    now += duration;
    expect(pace.isDue(now + twoSeconds, false)).toBe(false);
    now += twoSeconds + 1;
  }
});

it('where each search takes long, they take the two hundredth part of the time', () => {
  const pace = new SearchPace();
  for (const start of [0, 10_000, 20_000]) pace.searched(start, start + 100);
  expect(pace.isDue(20_100 + 19_999, false)).toBe(false);
  expect(pace.isDue(20_100 + 20_001, false)).toBe(true);
});

it('what is announced is searched for within the time that three searches take', () => {
  const pace = new SearchPace();
  pace.searched(0, 100);
  expect(pace.isDue(399, true)).toBe(false);
  expect(pace.isDue(401, true)).toBe(true);
});
