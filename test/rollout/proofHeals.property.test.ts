import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percent, type WallTime } from '../../daemon/protocol/domain/units.ts';
import type { ShareProof } from '../../daemon/protocol/domain/verdict.ts';
import { decide } from '../../daemon/rollout/machine.ts';
import { JudgeBench } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart, upload } from '../support/uploadStream.ts';
import { goodJudgement, planOf, World } from './world.ts';

/** A rollback from its click to its end: the machine, with the judge's proof of random traffic after the flag's write. */

interface Scenario {
  readonly back: 'off' | 'previous';
  readonly stage: 'ten' | 'full';
  /** Seconds until the application has heeded the flag. */
  readonly late: number;
  /** Records a second. */
  readonly rate: number;
  /** Records of the wrong arm that were in flight when it did, in the seconds after. */
  readonly inFlight: number;
  /** Seconds without any record, before the application has heeded the flag. */
  readonly silent: number;
  /** Seconds between looks. */
  readonly look: number;
  readonly restarts: boolean;
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  back: fc.constantFrom('off', 'previous'),
  stage: fc.constantFrom('ten', 'full'),
  late: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1800 })),
  rate: fc.constantFrom(1 / 120, 1 / 20, 0.5, 2),
  inFlight: fc.integer({ min: 0, max: 5 }),
  silent: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 900 })),
  look: fc.constantFrom(60, 300),
  restarts: fc.boolean(),
});

/** The rollback of a rollout whose traffic the judge sees. */
class Rollback {
  readonly world: World;
  readonly bench = new JudgeBench(uploadPlan());
  readonly #previous: number;
  #due = 0;
  #ofRecord = 0;

  constructor({ back, stage }: Scenario) {
    this.world = new World(planOf({ rollback: back })).enter(stage);
    this.#previous = stage === 'full' ? 100 : 10;
    this.world.rollback('hotfix');
    this.world.report('verified');
    this.world.said = (now) => ({ ...goodJudgement(now), proof: this.proof() });
  }

  /** The percentage that the rollback sets. */
  get wanted(): number {
    return this.world.state.effect?.percent ?? 0;
  }

  get previous(): number {
    return this.#previous;
  }

  get second(): number {
    return (this.world.now - streamStart) / 1000;
  }

  proof(): ShareProof | null {
    const { effect } = this.world.state;
    return this.bench.at(this.second, 'one', { effect, previous: percent(this.#previous) }).proof;
  }

  /** Traffic of this share until the next look. */
  go(seconds: number, rate: number, share: number): void {
    const from = this.second;
    this.#ofRecord += seconds * rate;
    const count = Math.floor(this.#ofRecord);
    this.#ofRecord -= count;
    for (let index = 0; index < count; index += 1) {
      this.#due += share;
      const isTreatment = this.#due >= 1 - 1e-9;
      if (isTreatment) this.#due -= 1;
      this.stray(from + ((index + 1) / count) * seconds, isTreatment);
    }
    this.world.tick(seconds * 1000);
  }

  stray(second: number, isTreatment: boolean): void {
    this.bench.observe(upload({ second, arm: isTreatment ? 'treatment' : 'control' }));
  }

  begin(reason?: string) {
    const { world } = this;
    const command = { kind: 'begin', on: world.on, ...(reason !== undefined && { reason }) } as const;
    const judgement = world.said(world.now);
    return decide(world.plan, world.state, { kind: 'command', ...world.times(), judgement, by: 'marta', command })
      .outcome;
  }
}

/** Not over yet: it says what it waits for, and a person with a reason may begin. */
function expectWaiting(rollback: Rollback): void {
  const { world } = rollback;
  expect(['rolling-back', 'rollback-failed']).toContain(world.kind);
  const proof = rollback.proof();
  expect(proof?.kind).not.toBe('proven');
  expect(proof?.detail).toMatch(
    /; [\d,]+ of about [\d,]+ records that would show it; (?:none come at present|about \d+ (?:s|min|h|d) at this rate)$/,
  );
  expect(rollback.begin()).toMatchObject({
    kind: 'refused',
    code: 'rolling-back',
    message: expect.stringContaining(`${proof?.detail}; wait for it, or begin anyway with a reason`),
  });
  expect(rollback.begin('the fix is out')).toMatchObject({ kind: 'done' });
}

/** The time since the flag was read back, in seconds. */
function since(rollback: Rollback, verifiedAt: WallTime): number {
  return (rollback.world.now - verifiedAt) / 1000;
}

it('a rollback is over when the traffic has shown it for long enough, not before, and says what it waits for', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const { late, rate, silent, look, inFlight, restarts } = scenario;
      const rollback = new Rollback(scenario);
      const { wanted, previous, world } = rollback;
      const verifiedAt = world.state.effect?.verifiedAt;
      if (verifiedAt == null) throw new Error('the flag is not set');

      expectWaiting(rollback);
      for (let left = silent; left > 0; left -= look) {
        rollback.go(Math.min(look, left), 0, 0);
        expectWaiting(rollback);
      }
      for (let left = late; left > 0; left -= look) {
        rollback.go(Math.min(look, left), rate, previous / 100);
        expectWaiting(rollback);
        if (rollback.proof()?.kind === 'contradicted' && since(rollback, verifiedAt) > 600) {
          expect(world.kind).toBe('rollback-failed');
        }
      }
      if (restarts) rollback.bench.restart();
      for (let stray = 0; stray < inFlight; stray += 1) rollback.stray(rollback.second + stray / 10, wanted < previous);

      // A quarter of the wait until counting begins anew, and the records that a share takes.
      const enough = (late + silent) / 4 + 250 / rate + 60;
      let waited = 0;
      for (; world.kind !== 'rolled-back' && waited <= enough; waited += look) {
        expectWaiting(rollback);
        rollback.go(look, rate, wanted / 100);
      }
      expect(world.kind).toBe('rolled-back');
      expect(rollback.proof()?.kind).toBe('proven');
      expect(world.restored()).toEqual(world.state);
      // Nobody needs a reason any more.
      expect(rollback.begin()).toMatchObject({ kind: 'done' });
    }),
    { numRuns: 60 },
  );
});
