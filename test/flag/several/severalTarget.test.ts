import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeveralTarget } from '../../../daemon/flag/several/severalTarget.ts';
import type { FlagReport, FlagSeen, FlagTarget, SetWay, Wanted } from '../../../daemon/flag/target.ts';
import { percent } from '../../../daemon/protocol/domain/units.ts';

/** A flag in memory that may refuse, or set and lose its answer; the world may end at any step. */
class SteppedFlag implements FlagTarget {
  readonly name: string;
  readonly places = [];
  lastSeen: FlagSeen | null = null;
  share = 0;
  readonly #step: (name: string) => 'do' | 'refuse' | 'lose';

  constructor(name: string, step: (name: string) => 'do' | 'refuse' | 'lose') {
    this.name = name;
    this.#step = step;
  }

  describe({ enabled, percent: share }: Wanted): Readonly<Record<string, string>> {
    return { share: String(enabled ? share : 0) };
  }

  async look(): Promise<FlagSeen> {
    const detail = `${this.name} says share=${this.share}`;
    const reading =
      this.share === 0
        ? ({ kind: 'off', detail } as const)
        : { kind: 'exposing' as const, percent: percent(this.share), detail };
    this.lastSeen = { values: { share: String(this.share) }, reading };
    return this.lastSeen;
  }

  async set(wanted: Wanted): Promise<FlagReport> {
    const step = this.#step(this.name);
    if (step === 'refuse') return { kind: 'failed', detail: 'refused' };
    this.share = Number(this.describe(wanted).share);
    await this.look();
    return step === 'lose' ? { kind: 'written', detail: 'no answer' } : { kind: 'verified' };
  }
}

class Crash extends Error {}

const half: Wanted = { enabled: true, percent: 50 };
const off: Wanted = { enabled: false, percent: 0 };

function severalOf(flags: readonly SteppedFlag[], killSwitch: number | null): SeveralTarget {
  return new SeveralTarget(
    flags.map((target, index) => ({
      target,
      isKillSwitch: index === killSwitch,
      names: { share: `${target.name} share` },
    })),
  );
}

describe('several flags', () => {
  it('are set in order, and back with the kill switch first', async () => {
    const order: string[] = [];
    const noted = (name: string): 'do' => {
      order.push(name);
      return 'do';
    };
    const flags = ['a', 'b', 'c'].map((name) => new SteppedFlag(name, noted));
    const several = severalOf(flags, 1);
    expect(await several.set(half, { direction: 'forward' })).toEqual({ kind: 'verified' });
    expect(await several.set(off, { direction: 'back' })).toEqual({ kind: 'verified' });
    expect(order).toEqual(['a', 'b', 'c', 'b', 'c', 'a']);
    expect(several.describe(half)).toEqual({ 'a share': '50', 'b share': '50', 'c share': '50' });
  });

  it('tell of each how far it has come, and go no further forward after one that is not set', async () => {
    const flags = ['a', 'b', 'c'].map((name) => new SteppedFlag(name, (each) => (each === 'b' ? 'refuse' : 'do')));
    const several = severalOf(flags, null);
    expect(await several.set(half, { direction: 'forward' })).toEqual({
      kind: 'failed',
      detail: 'a is set; b is not set: refused; c was not reached',
    });
    expect(several.lastSeen ?? (await several.look())).toMatchObject({ reading: { kind: 'at-odds' } });
    expect(await several.set(off, { direction: 'back' })).toEqual({
      kind: 'failed',
      detail: 'c is set; b is not set: refused; a is set',
    });
    // A kill switch that is off takes everybody off, whatever the others say.
    const killed = severalOf(flags, 2);
    for (const [index, flag] of flags.entries()) flag.share = index === 2 ? 0 : 50;
    expect((await killed.look()).reading.kind).toBe('off');
  });

  it('finish what stopped half-way, wherever the daemon was killed', async () => {
    const fault = fc.constantFrom('do', 'refuse', 'lose', 'crash before', 'crash after');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 5 }),
        fc.option(fc.nat(4)),
        fc.array(fc.record({ back: fc.boolean(), faults: fc.array(fault, { maxLength: 6 }) }), { maxLength: 6 }),
        fc.boolean(),
        async (count, killSwitch, tries, endsBack) => {
          let faults: string[] = [];
          const order: string[] = [];
          const step = (name: string): 'do' | 'refuse' | 'lose' => {
            order.push(name);
            const next = faults.shift() ?? 'do';
            if (next === 'crash before') throw new Crash();
            return next === 'crash after' ? 'lose' : (next as 'do');
          };
          const flags = Array.from({ length: count }, (_, index) => new SteppedFlag(`${index}`, step));
          const kill = killSwitch === null ? null : killSwitch % count;
          const set = async (back: boolean): Promise<FlagReport | null> => {
            const way: SetWay = { direction: back ? 'back' : 'forward' };
            order.length = 0;
            // A daemon that was killed leaves nothing in memory: the next one has a new target.
            const done = await severalOf(flags, kill)
              .set(back ? off : half, way)
              .catch((error: unknown) => {
                if (error instanceof Crash) return null;
                throw error;
              });
            if (back && kill !== null) expect(order[0]).toBe(`${kill}`);
            if (!back) {
              // Nothing is set forward past one that is not.
              const shares = flags.map(({ share }) => share);
              if (done !== null && done.kind !== 'verified') expect(order.length).toBeLessThanOrEqual(shares.length);
            }
            return done;
          };
          for (const each of tries) {
            faults = [...each.faults];
            await set(each.back);
          }
          faults = [];
          expect(await set(endsBack)).toEqual({ kind: 'verified' });
          expect(new Set(flags.map(({ share }) => share))).toEqual(new Set([endsBack ? 0 : 50]));
        },
      ),
    );
  });
});
