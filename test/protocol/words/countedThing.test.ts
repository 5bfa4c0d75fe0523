import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../daemon/protocol/domain/plan.ts';
import { countedThing, gaugeReadings } from '../../../daemon/protocol/words/countedThing.ts';

const named = (measures: Plan['measures'], arm: 'treatment' | 'control' = 'treatment') =>
  countedThing({ measures }, arm);

describe('the thing that is counted', () => {
  it('has the name that the plan gives it', () => {
    const thing = named({ checkouts: { count: 'treatment' } });
    expect([0, 1, 7].map(thing)).toEqual(['checkouts', 'checkout', 'checkouts']);
    expect(named({ page_views: { count: 'any' } }, 'control')(2)).toBe('page views');
  });

  it('is a record where the plan does not say, or counts the other arm alone', () => {
    expect(named({})(1)).toBe('record');
    expect(named({ old_orders: { count: 'control' } })(3)).toBe('records');
  });

  it('keeps a name that has no plural of its own', () => {
    expect(named({ traffic: { count: 'treatment' } })(1)).toBe('traffic');
    expect(named({ success: { count: 'treatment' } })(1)).toBe('success');
    expect(gaugeReadings(1)).toBe('reading');
  });
});
