import { describe, expect, it } from 'vitest';
import { percentVariable, switchBeside } from '../../daemon/plan/initFlag.ts';

const of = (variables: Readonly<Record<string, string>>) => new Map(Object.entries(variables));

describe('the variable of a percentage', () => {
  it('is known by its name; of several by the rollout or the field of the arms', () => {
    expect(percentVariable(of({ SEARCH_PERCENT: '0', PORT: '80' }), [])).toBe('SEARCH_PERCENT');
    const several = of({ SEARCH_PERCENT: '0', CHECKOUT_ROLLOUT: '10' });
    expect(percentVariable(several, ['rank', 'variant'])).toBeUndefined();
    expect(percentVariable(several, ['rank', 'checkout'])).toBe('CHECKOUT_ROLLOUT');
  });

  it('is known in any language by the switch beside it, where both are about the field of the arms', () => {
    const german = of({ RANKER_AN: 'false', RANKER_ANTEIL: '0', CACHE_AN: 'true', CACHE_STUNDEN: '12' });
    expect(percentVariable(german, ['rank', 'ranker'])).toBe('RANKER_ANTEIL');
    expect(switchBeside(german, 'RANKER_ANTEIL')).toBe('RANKER_AN');
    expect(percentVariable(german, ['rank', 'variant'])).toBeUndefined();
    // A number without a switch, or beside two, is not known.
    expect(percentVariable(of({ RANKER_PORT: '80' }), ['ranker'])).toBeUndefined();
    const two = of({ RANKER_AN: 'false', RANKER_DEBUG: 'true', RANKER_ANTEIL: '0' });
    expect(percentVariable(two, ['ranker'])).toBeUndefined();
  });
});
