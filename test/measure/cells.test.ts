import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeCounts } from '../../daemon/measure/outcomeCounts.ts';
import { SampleCell, SampleTotals, samplesKept } from '../../daemon/measure/sampleCell.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';

const layout = { shares: 3, sketched: [1, 0] };
const outcome = fc.record({
  at: fc.integer({ min: 0, max: 59_999 }).map(eventTime),
  shares: fc.integer({ min: 0, max: 7 }),
  fields: fc.tuple(fc.constantFrom(1, 2.5, Number.NaN, -4), fc.double({ min: 0.001, max: 1e6, noNaN: true })),
});
const outcomes = fc.array(outcome, { maxLength: 60 });

function countsOf(list: readonly Parameters<OutcomeCounts['add']>[0][]): OutcomeCounts {
  const counts = new OutcomeCounts(layout);
  for (const each of list) counts.add(each);
  return counts;
}

const bytes = (counts: OutcomeCounts) => [...counts.encode()];

describe('counts of outcomes', () => {
  it('are the same whatever the order and the grouping', () => {
    fc.assert(
      fc.property(outcomes, outcomes, (one, two) => {
        const merged = countsOf(two);
        merged.merge(countsOf(one));
        expect(bytes(merged)).toEqual(bytes(countsOf([...one, ...two])));
        expect(bytes(countsOf([...one].reverse()))).toEqual(bytes(countsOf(one)));
      }),
    );
  });

  it('take back what was added and what was merged', () => {
    fc.assert(
      fc.property(outcomes, outcomes, (one, two) => {
        const counts = countsOf([...one, ...two]);
        counts.subtract(countsOf(two));
        for (const each of one) counts.remove(each);
        expect(counts.n).toBe(0);
        expect(counts.good).toEqual([0, 0, 0]);
        expect(counts.sketchOf(0).count).toBe(0);
      }),
    );
  });

  it('come back from their bytes', () => {
    fc.assert(
      fc.property(outcomes, (list) => {
        const counts = countsOf(list);
        const back = OutcomeCounts.decode(layout, counts.encode());
        expect(back).toEqual(counts);
        expect(back.newest).toBe(counts.newest);
      }),
    );
  });

  it('of another plan are refused, not misread', () => {
    const body = countsOf([]).encode();
    expect(() => OutcomeCounts.decode({ ...layout, shares: 2 }, body)).toThrow(RangeError);
    expect(() => OutcomeCounts.decode({ ...layout, sketched: [] }, body)).toThrow(RangeError);
    expect(() => OutcomeCounts.decode(layout, body.subarray(0, 12))).toThrow(RangeError);
  });
});

describe('samples of a minute', () => {
  const sample = fc.record({
    at: fc.integer({ min: 0, max: 59_999 }).map(eventTime),
    value: fc.integer({ min: -5, max: 5 }),
    place: fc.option(fc.constantFrom({ file: 'a', line: 1, offset: 0 }, { file: 'b', line: 3, offset: 2 ** 40 })),
  });

  it('come back from their bytes', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 400 }), (samples) => {
        const cell = new SampleCell();
        for (const each of samples) cell.add(each);
        expect(SampleCell.decode(cell.encode())).toEqual(cell);
      }),
      { numRuns: 50 },
    );
  });

  it('are exact in any range while each is kept, and never too few beyond', () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 600 }),
        fc.integer({ min: 0, max: 60_000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (samples, from, to) => {
          const cell = new SampleCell();
          for (const each of samples) cell.add(each);
          const totals = new SampleTotals(50);
          totals.addCell(cell, from, to);
          const inside = samples.filter(({ at }) => at >= from && at < to);
          if (samples.length <= samplesKept) {
            expect(totals.n).toBe(inside.length);
            expect(totals.sum).toBe(inside.reduce((sum, { value }) => sum + value, 0));
            expect(totals.newest).toHaveLength(Math.min(50, inside.length));
          }
          expect(totals.n).toBeGreaterThanOrEqual(from <= to ? inside.length : 0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('name the newest ones, in order, and the last value', () => {
    const cell = new SampleCell();
    for (const at of [30, 10, 20]) cell.add({ at: eventTime(at), value: at, place: null });
    const totals = new SampleTotals(2);
    totals.addCell(cell, 0, 60_000);
    expect(totals.newest.map(({ at }) => at)).toEqual([20, 30]);
    expect(totals).toMatchObject({ n: 3, sum: 60, max: 30, last: 30 });
  });
});
