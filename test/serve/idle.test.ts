import fc from 'fast-check';
import { expect, it } from 'vitest';
import { duration, wallTime } from '../../daemon/protocol/domain/units.ts';
import { IdleRule } from '../../daemon/serve/idle.ts';
import { createRequestAllowance } from '../../daemon/serve/requestAllowance.ts';

const limit = duration(10_000);

it('a daemon ends only after the whole limit with nobody who needs it', () => {
  const facts = fc.record({ seconds: fc.integer({ min: 1, max: 5 }), clients: fc.nat(1), needed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(facts, { maxLength: 40, size: 'max' }), (ticks) => {
      const rule = new IdleRule(limit, wallTime(0));
      let now = 0;
      let neededAt = 0;
      for (const { seconds, clients, needed } of ticks) {
        now += seconds * 1000;
        if (clients > 0 || needed) neededAt = now;
        expect(rule.tick({ now: wallTime(now), clients, needed })).toBe(now - neededAt >= limit ? 'exit' : 'stay');
      }
    }),
  );
});

it('time asleep, or a moved clock, is not idle time', () => {
  const rule = new IdleRule(limit, wallTime(0));
  const alone = { clients: 0, needed: false };
  expect(rule.tick({ now: wallTime(9000), ...alone })).toBe('stay');
  expect(rule.tick({ now: wallTime(3_600_000), ...alone })).toBe('stay');
  expect(rule.tick({ now: wallTime(1000), ...alone })).toBe('stay');
  expect(rule.tick({ now: wallTime(11_000), ...alone })).toBe('exit');
});

it('in any second of any sequence no more requests are allowed than twice the rate, and a slow client never waits', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 100, size: 'max' }), (gaps) => {
      const allowed = createRequestAllowance(20);
      let now = 0;
      const granted: number[] = [];
      for (const gap of gaps) {
        now += gap;
        const grant = allowed(now);
        if (grant) granted.push(now);
        if (gap >= 50) expect(grant).toBe(true);
      }
      for (const from of granted) {
        expect(granted.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(40);
      }
    }),
  );
});
