import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ClockWatch, clockGapLimit } from '../../daemon/live/clockGap.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';

const start = Date.UTC(2026, 0, 5);

it('steps of any length and number add no more time than one gap may have to what nobody was told of', () => {
  const look = fc.record({ ran: fc.integer({ min: 0, max: 2000 }), stepped: fc.integer({ min: -9000, max: 9000 }) });
  fc.assert(
    fc.property(fc.array(look, { maxLength: 60 }), (looks) => {
      let [wall, monotonic] = [start, 1000];
      const watch = new ClockWatch({ wall: wallTime(wall), monotonic });
      let [walked, ran] = [0, 0];
      for (const { ran: passed, stepped } of looks) {
        const before = wall;
        wall += passed + stepped;
        monotonic += passed;
        const gap = watch.look({ wall: wallTime(wall), monotonic });
        ran += passed;
        walked += wall - before;
        // The time of a gap is taken off.
        if (gap !== null) [walked, ran] = [0, 0];
        expect(Math.abs(walked - ran)).toBeLessThanOrEqual(clockGapLimit);
        if (gap !== null) expect(gap.to).toBe(wall);
      }
    }),
  );
});

it('a clock that goes on steadily has no gap, however long', () => {
  const watch = new ClockWatch({ wall: wallTime(start), monotonic: 0 });
  for (let second = 1; second < 100_000; second += 1) {
    expect(watch.look({ wall: wallTime(start + second * 1000), monotonic: second * 1000 })).toBeNull();
  }
});
