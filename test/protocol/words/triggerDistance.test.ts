import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { triggerDistance } from '../../../daemon/protocol/words/triggerDistance.ts';
import { condition } from '../../extension/sampleViews.ts';
import { trigger } from '../../webview/dashboardSamples.ts';

function share(when: string, good: number, n: number, min: number) {
  const limit = Number(/([\d.]+)%/.exec(when)?.[1]) / 100;
  const verdict = condition(when, 'rate', {
    verdict: 'met',
    figure: { value: n === 0 ? null : good / n, unit: '%', n, good },
    limit,
  });
  return triggerDistance(trigger('one', { when, min, verdict }));
}

const counts = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([n, part]) => ({ n, good: Math.round(n * part) }));

describe('how far a trigger is from firing', () => {
  it('is told in failures for a share that must not fall: exactly so many, as counting one by one finds', () => {
    fc.assert(
      fc.property(
        counts,
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 60 }),
        ({ n, good }, limit, min) => {
          fc.pre(good * 100 >= limit * n);
          let more = 1;
          while (!(good * 100 < limit * (n + more) && n + more >= min)) more += 1;
          const { text } = share(`rate < ${limit}%`, good, n, min);
          expect(text).toMatch(more === 1 ? /^1 more failure / : new RegExp(`^${grouped(more)} failures `));
        },
      ),
    );
  });

  it('is told in failures for a share of failures that must not rise', () => {
    fc.assert(
      fc.property(
        counts,
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 60 }),
        ({ n, good }, limit, min) => {
          fc.pre(good * 100 <= limit * n);
          let more = 1;
          while (!((good + more) * 100 > limit * (n + more) && n + more >= min)) more += 1;
          const { text } = share(`rate > ${limit}%`, good, n, min);
          expect(text).toMatch(more === 1 ? /^1 more failure / : new RegExp(`^${grouped(more)} failures `));
        },
      ),
    );
  });

  it('is a closeness within 0 and 1, whatever the figures', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 100 }), ({ n, good }, limit) => {
        for (const comparison of ['<', '<=', '>', '>=', '==']) {
          const { closeness } = share(`rate ${comparison} ${limit}%`, good, n, 1);
          expect(closeness === null || (closeness >= 0 && closeness <= 1)).toBe(true);
        }
      }),
    );
  });

  it('says so when no failure could make it fire', () => {
    expect(share('rate < 0%', 3, 9, 1).text).toBe('no run of failures would fire it');
    expect(share('rate > 100%', 3, 9, 1).text).toBe('no run of failures would fire it');
  });

  it('is told in counts, and in the measure’s own unit', () => {
    const lines = condition('errors > 2', 'errors', {
      verdict: 'unmet',
      figure: { value: 1, unit: '', n: 1, good: null },
      limit: 2,
    });
    expect(triggerDistance(trigger('one', { when: 'errors > 2', verdict: lines })).text).toBe('2 more would fire it');
    const latency = condition('latency > 120% of baseline', 'latency', {
      verdict: 'unmet',
      figure: { value: 912, unit: 'ms', n: 212, good: null },
      limit: 1044,
    });
    const { text, closeness } = triggerDistance(
      trigger('slow', { when: 'latency > 120% of baseline', verdict: latency }),
    );
    expect(text).toBe('0.912 s, fires above 1.04 s');
    expect(closeness).toBeCloseTo(912 / 1044);
    // Its figure stands beside it already.
    const fixed = trigger('slow', { when: 'latency > 1044 ms', verdict: latency });
    expect(triggerDistance(fixed).text).toBe('fires above 1.04 s');
  });

  it('knows nothing without data, and says nothing of a trigger that is not judged', () => {
    expect(share('rate < 95%', 0, 0, 20)).toEqual({ closeness: null, text: 'no data in its window' });
    expect(triggerDistance(trigger('one', { phase: { kind: 'idle' } }))).toEqual({ closeness: null, text: '' });
  });
});

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
