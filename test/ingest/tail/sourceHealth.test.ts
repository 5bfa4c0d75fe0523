import { describe, expect, it } from 'vitest';
import { RecentTrouble } from '../../../daemon/ingest/tail/sourceHealth.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';

describe('a source that is not read as it was meant', () => {
  it('says how much, why, and where to look', () => {
    const trouble = new RecentTrouble();
    trouble.add({ lines: 50, rejected: { future: 50 }, untimed: 0 }, []);
    expect(trouble.detail(wallTime(0))).toBe(
      "100 % of the last 50 records were rejected (future): they are ahead of this machine's clock, so check the source's `time.zone` in the plan, and the clocks",
    );
    trouble.add({ lines: 950, rejected: { 'no-time': 2 }, untimed: 0 }, []);
    expect(trouble.detail(wallTime(0))).toMatch(
      /^5\.2 % of the last 1000 records .*\(no-time\).*`time\.field` in the plan$/,
    );
  });

  it('is well with one bad line in a hundred', () => {
    const trouble = new RecentTrouble();
    trouble.add({ lines: 100, rejected: { 'invalid-json': 1 }, untimed: 0 }, []);
    expect(trouble.detail(wallTime(0))).toBeNull();
    trouble.add({ lines: 1, rejected: { 'invalid-json': 1 }, untimed: 0 }, []);
    expect(trouble.detail(wallTime(0))).toContain("check the source's `format`");
  });
});
