import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventTime, percent } from '../../daemon/protocol/domain/units.ts';
import { seriesResult } from '../../daemon/protocol/wire/series.ts';
import { axisTexts } from '../../webview/model/axisTexts.ts';
import { chartLimits, wantedShare } from '../../webview/model/chartLimits.ts';
import { chartMarks } from '../../webview/model/chartMarks.ts';
import { chartSet } from '../../webview/model/chartModels.ts';
import { readings, spokenReading } from '../../webview/model/chartReading.ts';
import { chartTable, rowsPerPage } from '../../webview/model/chartTable.ts';
import { trailingShare } from '../../webview/model/trailingShare.ts';
import { lookedAt } from '../extension/sampleViews.ts';
import { fullRollout, journalEntry, sampleSeries } from './dashboardSamples.ts';

describe('a share over time', () => {
  const bucket = fc
    .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 3 }))
    .map(([n, good, others]) => ({ n, good: Math.min(n, good), others }));

  it('rests on enough records where there are enough, all of them the newest, and never reaches over a boundary', () => {
    fc.assert(
      fc.property(
        fc.array(bucket, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 39 }),
        (buckets, least, boundary) => {
          const n = buckets.map((each) => each.n);
          const good = buckets.map((each) => each.good);
          const traffic = buckets.map((each) => each.n + each.others);
          const points = trailingShare({ n, good }, least, (index) => index === boundary, traffic);
          for (const [index, point] of points.entries()) {
            if (n[index] === 0) {
              expect(point.value).toBe(traffic[index] === 0 ? null : undefined);
              continue;
            }
            const start = index >= boundary ? boundary : 0;
            const reachable = n.slice(start, index + 1).reduce((sum, each) => sum + each, 0);
            expect(point.n).toBeGreaterThanOrEqual(Math.min(least, reachable));
            expect(point.n).toBeLessThanOrEqual(reachable);
            expect(point.value).toBeGreaterThanOrEqual(0);
            expect(point.value).toBeLessThanOrEqual(1);
            // Without the oldest bucket the records would not have been enough.
            let held = 0;
            for (let from = index; held < point.n; from -= 1) held += n[from] ?? 0;
            expect(held).toBe(point.n);
          }
        },
      ),
    );
  });
});

describe('the axis of a chart', () => {
  const share = { scale: 'share', unit: '%' } as const;

  it('tells each of its lines from the next, however small they are', () => {
    expect(axisTexts(share, [0, 0.0005, 0.001])).toEqual(['0 %', '0.05 %', '0.1 %']);
    expect(axisTexts(share, [0.98, 0.99, 1, 1.01])).toEqual(['98 %', '99 %', '100 %', '']);
    expect(axisTexts({ scale: 'value', unit: 'ms' }, [0, 0.5, 1])).toEqual(['0 ms', '0.5 ms', '1 ms']);
    expect(axisTexts({ scale: 'value', unit: 's' }, [0, 0.2, 0.4])).toEqual(['0 s', '0.2 s', '0.4 s']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -4, max: 0 }), (digit, power) => {
        const step = digit * 10 ** power;
        const texts = axisTexts({ scale: 'value', unit: 's' }, [0, step, 2 * step, 3 * step]);
        expect(new Set(texts).size).toBe(4);
      }),
    );
  });

  it('says nothing beside a line that its scale does not name', () => {
    expect(axisTexts({ scale: 'count', unit: '' }, [0, 1, null, 100])).toEqual(['0', '1', '', '100']);
  });
});

describe('the charts', () => {
  const view = fullRollout();
  const series = sampleSeries();
  const { charts, times, step } = chartSet(view, series);

  it('are drawn from a series that the wire’s own schema accepts', () => {
    expect(seriesResult.parse(series)).toEqual(series);
  });

  it('are five, and every line has a value or a reason for none in every bucket', () => {
    expect(charts.map(({ title }) => title)).toEqual([
      'Success rate',
      'Error rate',
      'Latency',
      'Uploads',
      'Exposure share',
    ]);
    for (const { lines } of charts) for (const { values } of lines) expect(values).toHaveLength(times.length);
  });

  it('draw gates only where their stage was, triggers all along, the newest gate last', () => {
    expect(chartLimits(view, 'success_rate').map(({ kind, text, to }) => [kind, text, to === null])).toEqual([
      ['gate', 'gate ≥ 99.5 %', false],
      ['gate', 'gate ≥ 99.5 %', true],
      ['trigger', 'trigger < 95 %', true],
    ]);
    expect(chartLimits(view, 'latency').map(({ text, value }) => [text, value])).toEqual([
      ['gate ≤ 105 % of baseline', 913.5],
      ['trigger > 120 % of baseline', 1044],
    ]);
    expect(chartLimits(view, null)).toEqual([]);
    expect(wantedShare(view).map(({ value }) => value)).toEqual([0, 0.01, 0.1]);
  });

  it('mark each stage change once, and the rollbacks of earlier attempts', () => {
    const cause = { kind: 'person', by: 'ada', reason: null } as const;
    const journal = [
      ...view.journal,
      journalEntry(2, lookedAt, { kind: 'rollback-started', cause, to: 0, at: eventTime(lookedAt - 1000) }),
    ];
    const again = { ...view, journal };
    expect(chartMarks(again).map(({ text }) => text)).toEqual(['0 %', '1 %', '10 %', 'rollback']);
    expect(percent(10)).toBe(10);
  });

  it('say their values in words, at the cursor and at the newest', () => {
    const [success] = charts;
    if (success === undefined) throw new Error('no charts');
    expect(readings(success, null).map(({ name, value }) => `${name} ${value}`)).toEqual([
      'treatment 100 %',
      'control 99.5 %',
    ]);
    const dip = series.times.length / 2;
    expect(spokenReading(success, times, chartMarks(view), step, dip, 'UTC')).toBe(
      '2025-11-04 06:00, treatment 69.6 %, control 99.5 %',
    );
  });

  it('are tables too: all filled buckets, newest first, in pages', () => {
    const [success] = charts;
    if (success === undefined) throw new Error('no charts');
    const first = chartTable(success, times, step, 0, 'UTC');
    expect(first.columns).toEqual(['From', 'treatment', 'n', 'control', 'n']);
    expect(first.pages).toBe(Math.ceil(times.length / rowsPerPage));
    expect(first.rows[0]?.cells[0]).toBe('2025-11-04 08:50');
    const all = Array.from({ length: first.pages }, (_, page) => chartTable(success, times, step, page, 'UTC').rows);
    expect(new Set(all.flat().map(({ key }) => key)).size).toBe(times.length);
    expect(chartTable(success, times, step, 99, 'UTC').page).toBe(first.pages - 1);
  });

  it('say why there is nothing to see', () => {
    const nothing = chartSet(view, { ...sampleSeries(0) });
    expect(nothing.charts.map(({ empty }) => empty)).toEqual(Array(5).fill('No records in this range.'));
    const unmeasured = { ...series.measures, success: null, error: null };
    const [success] = chartSet(view, { ...series, measures: unmeasured }).charts;
    expect(success?.empty).toBe('The plan has no share measure.');
  });
});
