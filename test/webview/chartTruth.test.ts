import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import type { MarkedEvent } from '../../daemon/protocol/wire/markedEvents.ts';
import { verticalRange } from '../../webview/chart/verticalScale.ts';
import { chartMarks } from '../../webview/model/chartMarks.ts';
import { chartSet } from '../../webview/model/chartModels.ts';
import { likelyRange } from '../../webview/model/likelyRange.ts';
import { tickTexts } from '../../webview/model/pageMoments.ts';
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
});

describe('the marks of a chart', () => {
  const view = fullRollout();
  const entry = (seq: number, at: number, attempt: number, body: object) =>
    ({ seq, at, attempt, body, rollout: 'async-upload', previous: '', hash: '' }) as never;
  const firing = { trigger: 'low-success', at: eventTime(5000) };

  it('are firings, each with its own why, and what people said', () => {
    const journal = [
      entry(3, 9000, 1, { kind: 'acknowledged', by: 'ada', reason: 'seen', triggers: ['low-success'] }),
      entry(2, 6000, 1, { kind: 'firing', firing }),
      ...view.journal,
    ];
    const marks = chartMarks({ ...view, journal });
    const past = view.standing.attempt > 1;
    expect(marks).toContainEqual({
      at: 5000,
      kind: 'firing',
      text: 'low-success',
      past,
      why: { kind: 'fired', trigger: 'low-success', at: 5000 },
    });
    const why = { kind: 'moment', at: 9000 };
    expect(marks).toContainEqual({ at: 9000, kind: 'note', text: 'acknowledged', past, why });
  });

  it('are deploys and earlier attempts too, each once, told apart by their attempt', () => {
    const events: readonly MarkedEvent[] = [
      { kind: 'stage', at: 1000, attempt: 1, percent: 1 },
      { kind: 'deploy', at: 2000, name: 'v1.4\u202e' },
      { kind: 'signal', at: 2500, attempt: 1, name: 'deployed' },
      { kind: 'rollback', at: 3000, attempt: 1, trigger: { id: 'low-success', at: 2900 } },
      { kind: 'stage', at: 4000, attempt: 2, percent: 1 },
      { kind: 'rollback', at: 6000, attempt: 2, trigger: null },
    ];
    const standing = { ...view.standing, attempt: 2 };
    const phase = { kind: 'rolled-back', cause: { kind: 'person', by: 'ada', reason: null } } as const;
    const again = { ...view, standing: { ...standing, phase }, stages: [], journal: [] };
    const told = chartMarks(again, [...events, ...events]).map(({ kind, text, past, why }) => [
      kind,
      text,
      past,
      why.kind,
    ]);
    expect(told).toEqual([
      ['stage', 'attempt 1: 1 %', true, 'moment'],
      ['deploy', 'tag v1.4\\u202e', false, 'moment'],
      ['deploy', 'deployed', true, 'moment'],
      ['rollback', 'rollback', true, 'fired'],
      ['stage', 'attempt 2: 1 %', false, 'moment'],
      ['rollback', 'rollback', false, 'rollback'],
    ]);
  });

  it('are bounded, the newest of the shown time', () => {
    const many: readonly MarkedEvent[] = Array.from({ length: 300 }, (_, index) => ({
      kind: 'deploy',
      at: index * 1000,
      name: `v${index}`,
    }));
    const bare = { ...view, stages: [], journal: [] };
    expect(chartMarks(bare, many).map(({ text }) => text)).toEqual(
      Array.from({ length: 20 }, (_, index) => `tag v${280 + index}`),
    );
    const shown = chartMarks(bare, many, [10_000, 12_000]);
    expect(shown.map(({ text }) => text)).toEqual(['tag v10', 'tag v11', 'tag v12']);
  });
});

describe('the axis of time', () => {
  const at = Date.UTC(2025, 10, 8, 6, 41);

  it('tells its lines apart where they are seconds apart', () => {
    expect(tickTexts([at, at + 20_000, at + 40_000, at + 60_000], 'UTC')).toEqual([
      '06:41:00',
      '06:41:20',
      '06:41:40',
      '06:42:00',
    ]);
    expect(tickTexts([at, at + 60_000], 'Asia/Tokyo')).toEqual(['15:41', '15:42']);
    const midnight = Date.UTC(2025, 10, 8);
    expect(tickTexts([midnight - 30_000, midnight], 'UTC')).toEqual(['23:59:30', '8 Nov']);
  });
});
