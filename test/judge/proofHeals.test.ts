import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareBand } from '../../daemon/judge/shareTolerance.ts';
import { eventTime, percent } from '../../daemon/protocol/domain/units.ts';
import type { ObservedShare } from '../../daemon/protocol/domain/verdict.ts';
import { JudgeBench, verifiedEffect } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart, upload } from '../support/uploadStream.ts';

/** Traffic that heeds a flag, each arm in turn as its share has it; the flag was set at second 0. */
class Traffic {
  readonly bench = new JudgeBench(uploadPlan());
  second = 0;
  #due = 0;

  go(seconds: number, rate: number, share: number): void {
    const end = this.second + seconds;
    for (; this.second < end; this.second += 1 / rate) {
      this.#due += share;
      const isTreatment = this.#due >= 1 - 1e-9;
      if (isTreatment) this.#due -= 1;
      this.bench.observe(upload({ second: this.second, arm: isTreatment ? 'treatment' : 'control' }));
    }
  }

  proof(
    wanted: number,
    previous: number | null,
    observed: readonly ObservedShare[] = [],
    purpose: 'advance' | 'rollback' = 'advance',
  ) {
    const effect = { ...verifiedEffect(wanted, 0), purpose };
    const before = previous === null ? null : percent(previous);
    const found = this.bench.at(this.second, 'one', { effect, previous: before, observed }).proof;
    if (found === null) throw new Error('no proof');
    return found;
  }
}

describe('an application that heeds the flag late', () => {
  const switches = fc.constantFrom<[previous: number, wanted: number]>(
    [50, 10],
    [100, 50],
    [50, 0],
    [100, 0],
    [10, 50],
    [50, 100],
    [90, 10],
  );

  it('is in force soon after it has, not after several times the wait, also after a restart of the daemon', () => {
    fc.assert(
      fc.property(
        switches,
        fc.integer({ min: 15, max: 900 }),
        fc.constantFrom(2, 5, 20),
        fc.boolean(),
        ([previous, wanted], delay, rate, restarts) => {
          const traffic = new Traffic();
          traffic.go(delay, rate, previous / 100);
          expect(traffic.proof(wanted, previous, [], 'rollback').kind).not.toBe('proven');
          if (restarts) traffic.bench.restart();
          // A quarter of the delay until counting begins anew, and the records that it takes.
          traffic.go(delay / 4 + 120 / rate + 1, rate, wanted / 100);
          expect(traffic.proof(wanted, previous, [], 'rollback').kind).toBe('proven');
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is told as such, and so is one that goes back to the old flag later', () => {
    const traffic = new Traffic();
    traffic.go(120, 10, 0.5);
    expect(traffic.proof(10, 50, [], 'rollback')).toMatchObject({ kind: 'contradicted' });
    traffic.go(120, 10, 0.1);
    const healed = traffic.proof(10, 50, [], 'rollback');
    expect(healed.kind).toBe('proven');
    expect(healed.since).toBeGreaterThanOrEqual(streamStart + 100_000);
    traffic.go(600, 10, 0.5);
    expect(traffic.proof(10, 50, [], 'rollback').kind).toBe('contradicted');
  });

  it('one server of many that stays behind is never taken for none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 60 }), fc.integer({ min: 3, max: 40 }), (every, strays) => {
        const traffic = new Traffic();
        traffic.go(10, 10, 0);
        for (let stray = 0; stray < strays; stray += 1) {
          traffic.go(every / 10, 10, 0);
          traffic.bench.observe(upload({ second: traffic.second, arm: 'treatment' }));
          expect(traffic.proof(0, 50, [], 'rollback').kind).toBe('contradicted');
        }
        // Twice as many as the rate of all of them asks for: the newest ones may have been rarer.
        traffic.go(every, 10, 0);
        expect(traffic.proof(0, 50, [], 'rollback').kind).toBe('proven');
      }),
      { numRuns: 30 },
    );
  });
});

describe('what a proof waits for', () => {
  it('is said with how long it takes at the present rate', () => {
    const traffic = new Traffic();
    traffic.go(7200, 10 / 3600, 0);
    expect(traffic.proof(0, 1, [], 'rollback').detail).toMatch(
      /^0 of (?:19|20) records since 09:00:29 were treatment \(0 %, 0 % wanted\); (?:19|20) of about 299 records that would show it; about 30 h at this rate$/,
    );
    const silent = new Traffic();
    expect(silent.proof(10, 0).detail).toMatch(/; 0 of about \d+ records that would show it; none come at present$/);
  });

  it('is what it then takes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<[number, number]>([50, 10], [0, 10], [10, 50], [0, 25], [50, 0], [10, 0]),
        ([previous, wanted]) => {
          const traffic = new Traffic();
          const needed = Number(/ of about ([\d,]+) records/.exec(traffic.proof(wanted, previous).detail)?.[1]);
          expect(needed).toBeGreaterThan(0);
          traffic.go(needed * 1.2 + 2, 1, wanted / 100);
          expect(traffic.proof(wanted, previous).kind).toBe('proven');
        },
      ),
    );
  });

  it('is counted from when the application is known to be late, and is what it then takes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<[number, number]>([50, 10], [100, 50], [10, 50], [90, 10]),
        fc.integer({ min: 60, max: 900 }),
        fc.constantFrom(2, 5, 20),
        ([previous, wanted], delay, rate) => {
          const traffic = new Traffic();
          traffic.go(delay, rate, previous / 100);
          const late = traffic.proof(wanted, previous, [], 'rollback');
          fc.pre(late.kind === 'contradicted');
          const [has, needed] = counted(late.detail);
          // Until counting begins anew at most a quarter of the delay, and then so many.
          traffic.go(delay / 4 + 1, rate, wanted / 100);
          const heeding = traffic.proof(wanted, previous, [], 'rollback');
          if (heeding.kind === 'contradicted') expect(counted(heeding.detail)[0]).toBeGreaterThan(0);
          traffic.go(((needed - has) * 1.2 + 2) / rate, rate, wanted / 100);
          expect(traffic.proof(wanted, previous, [], 'rollback').kind).toBe('proven');
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is more than there are, of records that could have shown it and do not', () => {
    const traffic = new Traffic();
    for (let turn = 0; turn < 40; turn += 1) {
      traffic.go(5, 1, 0.6);
      const { kind, detail } = traffic.proof(50, 40);
      if (kind === 'proven') return;
      const [has, needed] = counted(detail);
      expect(has).toBeLessThan(needed);
    }
  });

  it('is no time where the traffic has ended', () => {
    const traffic = new Traffic();
    traffic.go(60, 0.2, 0);
    traffic.second += 2 * 24 * 3600;
    expect(traffic.proof(0, 1, [], 'rollback').detail).toMatch(/; 11 of about 299 .*; none come at present$/);
  });
});

/** The records that show it so far, and those that would. */
function counted(detail: string): readonly [number, number] {
  const [, has, needed] = /([\d,]+) of about ([\d,]+) records that would show it/.exec(detail) ?? [];
  const read = (digits: string | undefined) => Number(digits?.replaceAll(',', ''));
  return [read(has), read(needed)];
}

describe('a share of requests at a percentage of users', () => {
  it('is in force at the first stage, told, and what it shows holds for the later ones', () => {
    const traffic = new Traffic();
    traffic.go(120, 20, 0.18);
    const first = traffic.proof(10, 0);
    expect(first).toMatchObject({ kind: 'proven', share: { percent: 10, share: expect.closeTo(0.18, 2) } });
    expect(first.detail).toMatch(
      /\(18 %, 10 % wanted\): observed against intended, within the 3\.33 % to 30 % that count as it$/,
    );
    const learnt = [first.share].flatMap((share) => (share == null ? [] : [share]));
    const later = new Traffic();
    later.go(120, 20, 0.18 + 0.82 * (40 / 90));
    expect(later.proof(50, 10, learnt).kind).toBe('proven');
    const back = new Traffic();
    back.go(120, 20, 0.18);
    expect(back.proof(10, 50, learnt, 'rollback').kind).toBe('proven');
    expect(back.proof(10, 50, [], 'rollback').kind).toBe('contradicted');
  });

  it('of the stage before, seen in few records, makes no proof of none at all', () => {
    const traffic = new Traffic();
    traffic.go(60, 5, 0);
    const few = [{ percent: percent(1), share: 0.167, n: 6 }];
    expect(traffic.proof(10, 1, few).kind).not.toBe('proven');
    const agreeing = new Traffic();
    agreeing.go(60, 5, 0.1);
    expect(agreeing.proof(10, 1)).toMatchObject({ kind: 'proven', share: null });
  });

  it('beyond the tolerance is told and not accepted', () => {
    const traffic = new Traffic();
    traffic.go(120, 20, 0.6);
    expect(traffic.proof(10, 0)).toMatchObject({
      kind: 'contradicted',
      detail: expect.stringMatching(/\(60 %, 10 % wanted\).*beyond the 3\.33 % to 30 % that count as 10 %/),
    });
  });

  it('is what the plan allows, in points or as a factor of either arm', () => {
    expect(shareBand(0.1, [], { points: 5 }, false)).toEqual({ low: 0.05, high: expect.closeTo(0.15, 9) });
    expect(shareBand(0.1, [], { factor: 2 }, true)).toEqual({ low: 0.05, high: 0.2 });
    expect(shareBand(0.9, [], { factor: 2 }, false)).toEqual({
      low: expect.closeTo(0.8, 9),
      high: expect.closeTo(0.95, 9),
    });
    expect(shareBand(0.1, [], undefined, true)).toEqual({ low: 0.1, high: 0.1 });
  });

  it('a band holds what is intended and what was seen of it, and lies within 0 and 100 %', () => {
    const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(share, fc.integer({ min: 1, max: 99 }), share, fc.boolean(), (intended, first, seen, isRollback) => {
        const observed = [{ percent: percent(first), share: seen, n: 500 }];
        const { low, high } = shareBand(intended, observed, undefined, isRollback);
        expect(low).toBeGreaterThanOrEqual(-1e-9);
        expect(high).toBeLessThanOrEqual(1 + 1e-9);
        expect(low).toBeLessThanOrEqual(intended + 1e-9);
        expect(high).toBeGreaterThanOrEqual(intended - 1e-9);
        const again = shareBand(first / 100, observed, undefined, isRollback);
        expect(again.low).toBeLessThanOrEqual(seen + 1e-9);
        expect(again.high).toBeGreaterThanOrEqual(seen - 1e-9);
      }),
    );
  });
});

it('all of it is of the time after the flag was written', () => {
  const traffic = new Traffic();
  traffic.bench.observe(upload({ second: -5, arm: 'treatment' }));
  traffic.go(20, 10, 0);
  expect(traffic.proof(0, 50, [], 'rollback')).toMatchObject({ kind: 'proven', treatment: 0 });
  expect(eventTime(streamStart)).toBeLessThan(traffic.proof(0, 50, [], 'rollback').since ?? 0);
});
