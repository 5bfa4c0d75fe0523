import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { decide } from '../../daemon/rollout/machine.ts';
import { conditionOf, gateTexts, goodJudgement, hour, kinds, minute, planOf, World } from './world.ts';

const day = 24 * hour;
/** At each look: how long after the one before, and if the gate is met then. */
const looks = fc.array(fc.record({ after: fc.integer({ min: 1000, max: 5 * minute }), met: fc.boolean() }), {
  minLength: 20,
  maxLength: 400,
});

function unmet(now: number) {
  return { ...goodJudgement(now), gate: gateTexts.map((text) => conditionOf(text, 'unmet')) };
}

/** With a soak that is over. */
function inOne(mode: 'manual' | 'auto', deny: readonly string[] = []): World {
  const world = new World(planOf({ mode, deny, flag: 'plain' }));
  world.said = unmet;
  world.begin();
  world.report('verified');
  world.tick(3 * hour);
  world.advance('it is a test');
  world.report('verified');
  world.tick(3 * hour);
  expect(world.on.stage).toBe('one');
  return world;
}

it('a gate that hovers at its limit fills no journal, is never ready while it is not met, and lets a person go on while it is', () => {
  fc.assert(
    fc.property(looks, (steps) => {
      const world = inOne('manual');
      const from = world.now;
      for (const { after, met } of steps) {
        world.said = met ? goodJudgement : unmet;
        world.tick(after);
        if (!met) expect(world.kind).toBe('soaking');
        const command = { kind: 'advance', on: world.on } as const;
        const judgement = world.said(world.now);
        const { outcome } = decide(world.plan, world.state, {
          kind: 'command',
          ...world.times(),
          judgement,
          by: 'mia',
          command,
        });
        expect(outcome?.kind).toBe(met ? 'done' : 'refused');
      }
      expect(world.restored()).toEqual(world.state);
      const lost = kinds(world).filter((kind) => kind === 'gate-lost').length;
      const length = world.now - from;
      expect(lost).toBeLessThanOrEqual(5 + Math.log2(1 + length / minute) + length / day);
    }),
  );
});

it('by itself it goes on as soon as it has been met for no longer than it has hovered', () => {
  fc.assert(
    fc.property(looks, (steps) => {
      // Nothing goes on before all looks are over.
      const world = inOne('auto', ['2025-10-29 - 2025-11-05']);
      const from = world.now;
      for (const { after, met } of steps) {
        world.said = met ? goodJudgement : unmet;
        world.tick(after);
      }
      world.said = goodJudgement;
      const waited = Math.max(minute, world.now - from);
      expect(world.on.stage).toBe('one');
      world.now = Math.max(world.now + 2 * waited, Date.UTC(2025, 10, 6, 1));
      world.tick();
      expect(world.on.stage).toBe('ten');
    }),
  );
});

it('the first losses of a stay, and a clock that was set back, keep nothing waiting', () => {
  const world = inOne('manual');
  for (let time = 0; time < 3; time += 1) {
    world.said = goodJudgement;
    world.tick(1000);
    expect(world.kind).toBe('ready');
    world.said = unmet;
    world.tick(1000);
    expect(world.kind).toBe('soaking');
  }
  world.said = goodJudgement;
  world.tick(1000);
  world.said = unmet;
  world.tick(1000);
  world.said = goodJudgement;
  world.tick(1000);
  expect(world.kind).toBe('soaking');
  const { now } = world;
  world.input({
    kind: 'clock-gap',
    now: wallTime(now - day),
    from: wallTime(now),
    to: wallTime(now - day),
    setAside: 0,
  });
  world.now = now - day;
  world.tick(hour);
  world.tick(1000);
  expect(world.state.gateLost?.times).toBe(4);
});
