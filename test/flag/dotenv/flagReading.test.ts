import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flagValues } from '../../../daemon/flag/dotenv/dotenv.ts';
import { flagReading } from '../../../daemon/flag/dotenv/flagReading.ts';
import type { DotenvFlag as Flag } from '../../../daemon/protocol/domain/flagKinds.ts';

/** The templates of `flag.set` read backwards. */

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the plan's own placeholders
const both = { ENABLED: '${enabled}', ROLLOUT: '${percent}' };
const flag = (set: Record<string, string>): Flag => ({ dotenv: '.env', set, write: 'replace' });
const read = (set: Record<string, string>, values: Record<string, string | null>) => {
  const { kind, ...more } = flagReading(flag(set), values);
  return 'percent' in more ? [kind, more.percent] : [kind];
};

describe('what a flag says of users', () => {
  it('is what the plan has set, whatever percentage and template', () => {
    const template = fc.constantFrom(
      '${percent}',
      ' ${percent} ',
      'ramp:${percent}%',
      '${enabled}:${percent}',
      'a.b[${percent}]',
    );
    const percent = fc.oneof(
      fc.constantFrom(0, 0.1, 1, 10, 33.3, 100),
      fc.integer({ min: 0, max: 1000 }).map((x) => x / 10),
    );
    fc.assert(
      fc.property(template, fc.boolean(), percent, (text, withSwitch, value) => {
        const set = { ROLLOUT: text, ...(withSwitch && { ENABLED: '${enabled}' }), MODE: 'new' };
        const values = flagValues(flag(set), { enabled: value > 0, percent: value });
        expect(read(set, values)).toEqual(value === 0 ? ['off'] : ['exposing', value]);
      }),
    );
  });

  it('is read as people write it', () => {
    expect(read(both, { ENABLED: 'True', ROLLOUT: '10.0' })).toEqual(['exposing', 10]);
    expect(read(both, { ENABLED: '1', ROLLOUT: ' 0.1' })).toEqual(['exposing', 0.1]);
    expect(read(both, { ENABLED: null, ROLLOUT: '10' })).toEqual(['exposing', 10]);
    expect(read({ ON: '${enabled}' }, { ON: 'yes' })).toEqual(['exposing', null]);
    expect(read({ ON: '${enabled}' }, { ON: 'off' })).toEqual(['off']);
    expect(read(both, { ENABLED: null, ROLLOUT: null })).toEqual(['off']);
    expect(read({ MODE: 'new' }, { MODE: 'new' })).toEqual(['off']);
  });

  it('is said as it is where nobody can tell', () => {
    expect(read(both, { ENABLED: 'false', ROLLOUT: '10' })).toEqual(['at-odds']);
    expect(read({ ROLLOUT: '${percent}' }, { ROLLOUT: 'canary' })).toEqual(['unknown']);
    expect(read({ ROLLOUT: '${percent}' }, { ROLLOUT: '250' })).toEqual(['unknown']);
    expect(read({ ROLLOUT: '${percent}' }, { ROLLOUT: '' })).toEqual(['unknown']);
    expect(flagReading(flag(both), { ENABLED: 'maybe', ROLLOUT: '0' })).toEqual({
      kind: 'unknown',
      detail: '.env says ENABLED=maybe, ROLLOUT=0',
    });
    // A value that exposes users counts beside a value that nobody understands.
    expect(read(both, { ENABLED: 'maybe', ROLLOUT: '10' })).toEqual(['exposing', 10]);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the plan's own placeholders
