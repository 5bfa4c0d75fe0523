import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotQueue } from '../../daemon/judge/slotQueue.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { slotLength } from '../../daemon/statistics/provenDecline.ts';

const start = 1_700_000_000_000;
const totals = (queue: SlotQueue) => {
  const sums = { n: 0, failures: 0 };
  for (const { treatment } of queue.open) {
    sums.n += treatment.n;
    sums.failures += treatment.failures;
  }
  return sums;
};

describe('the tries of one request', () => {
  /** Within four minutes, so that all slots stay open. */
  const tries = fc.array(fc.record({ unit: fc.nat({ max: 8 }), second: fc.nat({ max: 240 }), failed: fc.boolean() }), {
    minLength: 1,
    maxLength: 60,
  });

  it('are one trial, whose last outcome counts, as sorting them by request finds it', () => {
    fc.assert(
      fc.property(tries, (all) => {
        const queue = new SlotQueue();
        const last = new Map<number, { readonly second: number; readonly failed: boolean }>();
        for (const { unit, second, failed } of all) {
          queue.add(eventTime(start + second * 1000), { arm: 'treatment', failed, worth: 1, unit });
          const known = last.get(unit);
          if (known === undefined || second >= known.second) last.set(unit, { second, failed });
        }
        const failures = [...last.values()].filter(({ failed }) => failed).length;
        expect(totals(queue)).toEqual({ n: last.size, failures });
      }),
    );
  });

  it('are trials of their own where no field names the request, where an arm differs, and after five minutes', () => {
    const queue = new SlotQueue();
    const add = (second: number, unit: number | undefined, arm: 'treatment' | 'control' = 'treatment') =>
      queue.add(eventTime(start + second * 1000), { arm, failed: true, worth: 1, unit });
    add(0, undefined);
    add(1, undefined);
    add(2, 7);
    add(3, 7, 'control');
    expect(totals(queue)).toEqual({ n: 3, failures: 3 });
    add(400, 9);
    queue.takeClosed();
    add(401, 7);
    expect(totals(queue)).toEqual({ n: 2, failures: 2 });
  });

  it('are remembered over a restart where they failed', () => {
    const queue = new SlotQueue();
    queue.add(eventTime(start), { arm: 'treatment', failed: true, worth: 1, unit: 7 });
    const again = new SlotQueue(queue.open, queue.failedUnits);
    again.add(eventTime(start + 1000), { arm: 'treatment', failed: false, worth: 1, unit: 7 });
    expect(totals(again)).toEqual({ n: 1, failures: 0 });
  });

  it('take no more memory than the requests of five minutes, and of twenty thousand', () => {
    const queue = new SlotQueue();
    for (let unit = 0; unit < 50_000; unit += 1) {
      queue.add(eventTime(start + unit), { arm: 'treatment', failed: true, worth: 1, unit });
    }
    expect(queue.rememberedUnits).toBe(20_000);
    queue.add(eventTime(start + 100 * slotLength), { arm: 'treatment', failed: true, worth: 1, unit: -1 });
    expect(queue.rememberedUnits).toBe(1);
    expect(queue.failedUnits).toHaveLength(1);
  });
});
