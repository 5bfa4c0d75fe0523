import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration, eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { ConditionVerdict } from '../../daemon/protocol/domain/verdict.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import { decide } from '../../daemon/rollout/machine.ts';
import { blockers, blockerText } from '../../daemon/rollout/readiness.ts';
import { standing } from '../../daemon/rollout/rolloutStanding.ts';
import { commandOf, judgementOf, run, runs, said } from './interleavings.ts';
import { viewOf } from './viewOf.ts';
import {
  conditionOf,
  firingOf,
  gateTexts,
  goodJudgement,
  hour,
  minute,
  planOf,
  proofOf,
  sourceOf,
  triggerOf,
  World,
} from './world.ts';

const numRuns = 600;
const of = (world: World) => viewOf(world).standing;

describe('how a rollout stands', () => {
  it('offers exactly the commands that would not be refused, and previews what they would set', () => {
    fc.assert(
      fc.property(runs, said, ([plan, steps], words) => {
        const world = run(plan, steps, () => {});
        const judgement = judgementOf({ ...words, fired: [], firing: null }, world.now);
        const { may, effects } = standing(plan, world.state, judgement, wallTime(world.now), []);
        const send = (kind: string, reason?: string) =>
          decide(plan, world.state, {
            kind: 'command',
            ...world.times(),
            judgement,
            by: 'marta',
            command: commandOf(kind, world.on, reason),
          });
        for (const kind of ['begin', 'resume', 'acknowledge'] as const) {
          expect(may.includes(kind)).toBe(send(kind, 'a reason').outcome?.kind === 'done');
        }
        expect(may.includes('hold')).toBe(send('hold').events.length > 0);
        expect(may.includes('advance')).toBe(send('advance', 'a reason').outcome?.kind === 'done');
        expect(may.includes('advance') && !may.includes('override')).toBe(send('advance').outcome?.kind === 'done');
        if (may.includes('rollback')) expect(send('rollback').outcome?.kind).toBe('done');
        if (plan.flag === undefined) return;
        for (const kind of ['begin', 'advance', 'rollback'] as const) {
          const { events } = send(kind, 'a reason');
          const set = events.flatMap((event) => (event.kind === 'effect-intended' ? [event.effect] : []));
          if (set.length > 0) expect(effects?.[kind]).toMatchObject({ stage: set[0]?.stage, percent: set[0]?.percent });
        }
      }),
      { numRuns },
    );
  });

  it('tells of every state in one line, which stays the same while a second passes', () => {
    fc.assert(
      fc.property(runs, said, ([plan, steps], words) => {
        const world = run(plan, steps, () => {});
        const judgement = judgementOf(words, world.now);
        const at = (now: number) => standing(plan, world.state, judgement, wallTime(now), []);
        world.said = () => judgement;
        const text = sentence(viewOf(world), world.now);
        expect(text).toMatch(/^\S.*\.$/);
        expect(text).not.toMatch(/undefined|NaN|null|\n|\.\.|;;/);
        const second = Math.floor(world.now / minute) * minute;
        // The soak may end in that second; the open points are told in the same words.
        expect(at(second).missing).toEqual(expect.arrayContaining([...at(second + 1000).missing]));
      }),
      { numRuns },
    );
  });

  it('says that nothing is missing only when an advance would pass', () => {
    fc.assert(
      fc.property(runs, ([plan, steps]) => {
        run(plan, steps, ({ input, decision }) => {
          if (input.kind !== 'tick') return;
          const { missing, phase } = standing(plan, decision.state, input.judgement, input.now, []);
          if (phase.kind === 'soaking') {
            // A stage that was entered in this very tick is judged in the next.
            if (!decision.events.some(({ kind }) => kind === 'stage-entered')) expect(missing).not.toEqual([]);
          }
          if (phase.kind === 'ready')
            expect(missing.filter((line) => !line.startsWith('advances are frozen'))).toEqual([]);
        });
      }),
      { numRuns },
    );
  });

  it('counts the conditions of the plan, judged or not', () => {
    const world = new World().enter('one');
    expect(of(world)).toMatchObject({ gateMet: 2, gateTotal: 2 });
    world.said = (now) => ({ ...goodJudgement(now), gate: [conditionOf(gateTexts[0], 'met')] });
    expect(of(world)).toMatchObject({ gateMet: 1, gateTotal: 2 });
    const unjudged = standing(world.plan, world.state, null, wallTime(world.now), []);
    expect(unjudged).toMatchObject({ gateMet: 0, gateTotal: 2, health: { kind: 'stale' } });
  });

  it('gives the percentage that the flag is known to be set to', () => {
    const world = new World().enter('one');
    world.tick(2 * hour);
    world.advance();
    expect(of(world).percent).toBe(1);
    world.report('written');
    expect(of(world).percent).toBe(10);
    world.rollback();
    expect(of(world).percent).toBe(10);
    world.report('verified');
    expect(of(world).percent).toBe(0);
  });

  it('is well only when it is', () => {
    const world = new World().enter('ten');
    const healthOf = () => of(world).health.kind;
    expect(healthOf()).toBe('ok');
    world.said = (now) => ({ ...goodJudgement(now), freshness: [sourceOf(now, false)] });
    expect(healthOf()).toBe('stale');
    world.said = (now) => ({ ...goodJudgement(now), gate: gateTexts.map((text) => conditionOf(text, 'error')) });
    expect(healthOf()).toBe('degraded');
    world.said = (now) => ({
      ...goodJudgement(now),
      triggers: [triggerOf('low-success', { kind: 'firing', since: eventTime(0) })],
      freshness: [sourceOf(now, false)],
    });
    expect(healthOf()).toBe('alarm');
    world.said = (now) => ({ ...goodJudgement(now), fired: [firingOf('low-success', now)] });
    world.tick(1000);
    expect(healthOf()).toBe('alarm');
    world.now += 10 * minute;
    world.said = goodJudgement;
    world.settle();
    expect(of(world)).toMatchObject({
      phase: { kind: 'rolled-back' },
      health: { kind: 'degraded', detail: 'the rollback took longer than its trigger promises' },
    });
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('contradicted') });
    world.tick(hour);
    expect(healthOf()).toBe('alarm');
  });

  it('is stale when the proof does not come within its time', () => {
    const world = new World().enter('one');
    world.tick(2 * hour);
    world.advance();
    world.said = (now) => ({ ...goodJudgement(now), proof: proofOf('unproven') });
    world.settle();
    expect(of(world).health.kind).toBe('ok');
    world.tick(10 * minute + 1);
    expect(of(world).health.kind).toBe('stale');
  });

  it('says until when it is frozen', () => {
    const world = new World(planOf({ deny: ['Wed 09:00 - Thu 09:00'] }));
    expect(of(world)).toMatchObject({ frozenUntil: Date.parse('2025-10-30T09:00:00Z'), may: ['begin', 'rollback'] });
    world.enter('off');
    expect(of(world).missing).toContain('advances are frozen until tomorrow 09:00');
  });
});

describe('a gate that asks for a proof', () => {
  const judged = (label: ConditionVerdict['label']) => (now: number) => ({
    ...goodJudgement(now),
    gate: [conditionOf(gateTexts[0], 'met', { label }), conditionOf(gateTexts[1], 'met')],
  });
  const ready = (evidence: 'literal' | 'proven', label: ConditionVerdict['label']) => {
    const world = new World(planOf({ evidence, flag: 'none' }));
    world.said = judged(label);
    world.begin();
    world.tick(2 * hour);
    world.advance();
    world.tick(3 * hour);
    return world;
  };

  it('is passed by what is proven, and by the letter where nothing is asked', () => {
    expect(ready('proven', { kind: 'proven' }).on.stage).toBe('one');
    for (const world of [
      ready('proven', { kind: 'proven' }),
      ready('literal', { kind: 'insufficient', needed: 300 }),
    ]) {
      expect(world.kind).toBe('ready');
    }
  });

  it('is not passed by what is met and not proven, and tells how much is missing', () => {
    const world = ready('proven', { kind: 'insufficient', needed: 300, within: duration(4 * hour) });
    expect(world.kind).toBe('soaking');
    const lacking = blockers(world.plan, world.state, world.said(world.now), wallTime(world.now));
    expect(lacking.map((each) => blockerText(each, wallTime(world.now), 'UTC'))).toContainEqual(
      expect.stringMatching(
        /^success_rate .*: not proven yet; 300 more of the same kind would prove it, about 4 h at this rate$/,
      ),
    );
    expect(ready('proven', { kind: 'refuted' }).kind).toBe('soaking');
  });
});

it('a crossing that waits for a proof blocks an advance, in its own words, and is no alarm', () => {
  const world = new World(planOf());
  world.begin();
  const crossed = {
    ...triggerOf('low-success', { kind: 'firing', since: eventTime(world.now) }),
    rule: 'proven',
  } as const;
  const judgement = { ...goodJudgement(world.now), triggers: [crossed] };
  const texts = blockers(world.plan, world.state, judgement, wallTime(world.now)).map((each) =>
    blockerText(each, wallTime(world.now), 'UTC'),
  );
  expect(texts[0]).toBe('success_rate < 95% holds now, not proven: the trigger low-success waits for a proof');
  expect(standing(world.plan, world.state, judgement, wallTime(world.now), []).health.kind).not.toBe('alarm');
});
