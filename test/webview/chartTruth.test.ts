import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { verticalRange } from '../../webview/chart/verticalScale.ts';
import { chartMarks } from '../../webview/model/chartMarks.ts';
import { chartSet } from '../../webview/model/chartModels.ts';
import { likelyRange } from '../../webview/model/likelyRange.ts';
import { silentBuckets } from '../../webview/model/silence.ts';
import { fullRollout, sampleSeries } from './dashboardSamples.ts';

describe('an arm without traffic', () => {
  it('is silent for a pause far longer than its usual ones, and not for those', () => {
    const dense = [5, 4, 0, 0, 0, 6, 5, 0, 7];
    expect(silentBuckets(dense).map(Number)).toEqual([0, 0, 1, 1, 1, 0, 0, 0, 0]);
    const sparse = Array.from({ length: 40 }, (_, index) => (index % 5 === 0 && (index < 10 || index > 34) ? 1 : 0));
    expect(silentBuckets(sparse)[5]).toBe(false);
    expect(silentBuckets(sparse)[3]).toBe(false);
    expect(
      silentBuckets(sparse)
        .slice(11, 35)
        .every((silent) => silent),
    ).toBe(true);
  });

  it('is never silent where it has records', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3)), (n) => {
        const silent = silentBuckets(n);
        expect(silent).toHaveLength(n.length);
        for (const [index, count] of n.entries()) if (count > 0) expect(silent[index]).toBe(false);
      }),
    );
  });

  it('breaks its lines, while the other arm goes on', () => {
    const series = sampleSeries(40);
    const { treatment, control } = series.arms;
    const none = (values: number[]) => values.map((value, index) => (index >= 10 && index < 20 ? 0 : value));
    const arms = { treatment: { ...treatment, n: none(treatment.n), good: none(treatment.good) }, control };
    const { charts } = chartSet(fullRollout(), { ...series, arms });
    const [line, other] = charts[0]?.lines ?? [];
    expect(line?.values.slice(12, 18)).toEqual(Array(6).fill(null));
    expect(other?.values.slice(12, 18).every((value) => typeof value === 'number')).toBe(true);
  });

  it('breaks all lines where a series leaves buckets out', () => {
    const series = sampleSeries(40);
    const { step, times } = series;
    const later = times.map((time, index) => (index < 20 ? time : time + 100 * step));
    const { charts, times: drawn } = chartSet(fullRollout(), { ...series, times: later });
    expect(drawn).toHaveLength(41);
    for (const { values } of charts.find(({ id }) => id === 'success')?.lines ?? []) expect(values[20]).toBeNull();
  });
});

describe('how far a point may be trusted', () => {
  it('is Wilson’s range: it holds the share, and narrows with the records', () => {
    // R: binom::binom.wilson(9, 10) and (0, 10).
    expect(likelyRange(0.9, 10).map((value) => value.toFixed(4))).toEqual(['0.5958', '0.9821']);
    expect(likelyRange(0, 10).map((value) => value.toFixed(4))).toEqual(['0.0000', '0.2775']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, part) => {
        const share = Math.round(part * n) / n;
        const [low, high] = likelyRange(share, n);
        const [closer, near] = likelyRange(share, 4 * n);
        expect(low).toBeLessThanOrEqual(share + 1e-12);
        expect(high).toBeGreaterThanOrEqual(share - 1e-12);
        expect(near - closer).toBeLessThan(high - low);
      }),
    );
  });
});

describe('a chart', () => {
  const limit = { kind: 'trigger', from: null, to: null, text: 'trigger > 5,000 ms' } as const;

  it('is not pressed flat by a limit that is far away', () => {
    const latency = chartSet(fullRollout(), sampleSeries(40)).charts.find(({ id }) => id === 'latency');
    if (latency === undefined) throw new Error('there is no chart of the latency');
    const [, top] = verticalRange({ ...latency, limits: [] });
    expect(verticalRange({ ...latency, limits: [{ ...limit, value: 100 * top }] })).toEqual([0, top]);
    expect(verticalRange({ ...latency, limits: [{ ...limit, value: 2 * top }] })[1]).toBeGreaterThan(2 * top);
  });

  it('says that its axis is logarithmic', () => {
    const uploads = chartSet(fullRollout(), sampleSeries(40)).charts.find(({ id }) => id === 'uploads');
    expect(uploads?.note).toMatch(/, logarithmic$/);
  });

  it('marks firings, which say why, and what people said', () => {
    const view = fullRollout();
    const at = view.journal[0]?.at ?? 0;
    const entry = (seq: number, body: object) => ({ seq, at, attempt: 1, body, hash: '' }) as never;
    const firing = { trigger: 'low-success', at: eventTime(5000) };
    const journal = [
      entry(3, { kind: 'acknowledged', by: 'ada', reason: 'seen', triggers: ['low-success'] }),
      entry(2, { kind: 'firing', firing }),
      ...view.journal,
    ];
    const marks = chartMarks({ ...view, journal });
    expect(marks).toContainEqual({
      at: 5000,
      kind: 'firing',
      text: 'low-success',
      why: { kind: 'trigger', trigger: 'low-success' },
    });
    expect(marks).toContainEqual({ at, kind: 'note', text: 'acknowledged', why: null });
  });
});
