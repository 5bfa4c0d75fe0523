import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Episodes } from '../../daemon/judge/episodes.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';

describe('the episodes of a judge', () => {
  it('keeps the newest of each trigger, and tells each once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('slow', 'errors', 'quiet'), { maxLength: 60 }), (triggers) => {
        const episodes = new Episodes(3);
        const told: Firing[] = [];
        for (const [index, trigger] of triggers.entries()) {
          episodes.begin({ firing: firingOf(trigger, index) });
          if (index % 4 === 0) told.push(...episodes.tell());
        }
        told.push(...episodes.tell());
        expect(told.map(({ trigger }) => trigger)).toEqual(triggers);
        for (const trigger of new Set(triggers)) {
          const all = told.filter((firing) => firing.trigger === trigger);
          expect(episodes.firings.filter((firing) => firing.trigger === trigger)).toEqual(all.slice(-3));
        }
        expect(episodes.hasUntold).toBe(false);
      }),
    );
  });

  it('finds an open episode that is still to be told, and not another', () => {
    const episodes = new Episodes(3);
    const open = firingOf('slow', 5);
    episodes.restoreUntold([firingOf('slow', 4), open]);
    expect(episodes.restoreOpen('slow', { ...open }).firing).toBe(open);
    episodes.restoreOpen('errors', firingOf('errors', 5));
    expect(episodes.firings).toHaveLength(3);
    expect(episodes.untold).toHaveLength(2);
  });
});

function firingOf(trigger: string, at: number): Firing {
  return {
    trigger,
    rule: 'literal',
    at: eventTime(at),
    until: eventTime(at),
    window: { from: eventTime(at - 1), to: eventTime(at) },
    n: 1,
    good: 0,
    figure: 0,
    condition: 'success_rate < 95%',
    evidence: [],
  };
}
