import { describe, expect, it } from 'vitest';
import { type Condition, parseCondition } from '../../daemon/protocol/domain/condition.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Verdict } from '../../daemon/protocol/domain/verdict.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import { planChanges, planChangeText } from '../../daemon/protocol/words/planChanges.ts';
import { editOfPlan } from '../../daemon/rollout/editOfPlan.ts';
import { conditionOf, goodJudgement, planOf, World } from './world.ts';

function condition(text: string): Condition {
  const parsed = parseCondition(text);
  if ('measure' in parsed) return parsed;
  throw new Error(parsed.message);
}

function withGate(plan: Plan, id: string, gate: readonly string[]): Plan {
  return {
    ...plan,
    stages: plan.stages.map((stage) => (stage.id === id ? { ...stage, gate: gate.map(condition) } : stage)),
  };
}

function without(plan: Plan, ...ids: string[]): Plan {
  return { ...plan, stages: plan.stages.filter(({ id }) => !ids.includes(id)) };
}

const auto = planOf({ mode: 'auto', flag: 'none' });

/** Edits the plan under the world, whose old gate stands so. */
function edited(world: World, before: Plan, after: Plan, verdict: Verdict): World {
  const next = new World(after);
  next.now = world.now;
  next.state = world.state;
  const gate = after.stages.flatMap((stage) => stage.gate.map(({ text }) => conditionOf(text, 'met')));
  next.said = (now) => ({ ...goodJudgement(now), gate });
  const edit = editOfPlan(before, after, next.state, ({ text }) => conditionOf(text, verdict));
  next.input({ kind: 'plan-changed', now: wallTime(next.now), planHash: `hash of ${JSON.stringify(after)}`, edit });
  return next;
}

const inTen = (plan: Plan): World => {
  const world = new World(plan).enter('ten');
  return world;
};

describe('a gate that is loosened', () => {
  const looser = withGate(auto, 'ten', ['success_rate >= 80%', 'uploads >= 100']);

  it('while it is unmet: auto waits and says why, and a person goes on with a reason, as an override', () => {
    const world = edited(inTen(auto), auto, looser, 'unmet');
    expect(world.state.loosened).toEqual(['success_rate >= 99.5%']);
    world.tick(3 * 3_600_000);
    expect(world.state.phase.kind).toBe('soaking');
    expect(world.advance().outcome).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('the plan no longer asks for success_rate >= 99.5%, which is not met'),
    });
    const { events } = world.advance('we take the risk');
    expect(events.find(({ kind }) => kind === 'stage-entered')).toMatchObject({
      cause: 'override',
      unmet: [expect.stringContaining('success_rate >= 99.5%')],
    });
    expect(world.state.loosened).toBeUndefined();
  });

  it('while it is met: nobody is asked', () => {
    const world = edited(inTen(auto), auto, looser, 'met');
    world.tick(3 * 3_600_000);
    expect(world.on.stage).toBe('full');
  });

  it('is forgiven once the former condition holds too, or stands in the gate again', () => {
    const world = edited(inTen(auto), auto, looser, 'unmet');
    const { said } = world;
    world.said = (now) => ({ ...said(now), former: [conditionOf('success_rate >= 99.5%', 'met')] });
    world.tick(3 * 3_600_000);
    expect(world.on.stage).toBe('full');
    const back = edited(edited(inTen(auto), auto, looser, 'unmet'), looser, auto, 'met');
    expect(back.state.loosened).toBeUndefined();
  });

  it('is none where a measure has another name only', () => {
    const { success_rate, ...others } = auto.measures;
    if (success_rate === undefined) throw new Error('the plan measures it');
    const renamed = {
      ...withGate(auto, 'ten', ['good >= 99.5%', 'uploads >= 100']),
      measures: { good: success_rate, ...others },
    };
    const edit = editOfPlan(auto, renamed, inTen(auto).state, ({ text }) => conditionOf(text, 'unmet'));
    expect(edit.loosened).toEqual([]);
  });

  it.for<[string, string[], string[]]>([
    ['a stricter condition is none', ['success_rate >= 99.9%', 'uploads >= 100'], []],
    ['a condition that is gone', ['success_rate >= 99.5%'], ['uploads >= 100']],
    ['one for a strict comparison is none', ['success_rate > 99.5%', 'uploads >= 100'], []],
    [
      'the other direction is another condition',
      ['success_rate <= 99.5%', 'uploads >= 100'],
      ['success_rate >= 99.5%'],
    ],
  ])('%s', ([, gate, loosened]) => {
    const edit = editOfPlan(auto, withGate(auto, 'ten', gate), inTen(auto).state, ({ text }) =>
      conditionOf(text, 'unmet'),
    );
    expect(edit.loosened).toEqual(loosened);
  });
});

describe('a plan that was saved without its later stages', () => {
  it('is not completed by itself, and goes on when they are back', () => {
    const shorter = without(auto, 'full');
    const world = edited(inTen(auto), auto, shorter, 'met');
    world.tick(3 * 3_600_000);
    expect(world.state.phase.kind).toBe('soaking');
    const back = edited(world, shorter, auto, 'met');
    expect(back.state.gone).toBeUndefined();
    back.tick(1000);
    expect(back.on.stage).toBe('full');
  });

  it('is completed by a person with a reason', () => {
    const world = edited(inTen(auto), auto, without(auto, 'full'), 'met');
    world.tick(3 * 3_600_000);
    expect(world.advance().outcome).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('the plan no longer has what came next (full at 100 %)'),
    });
    expect(world.advance('ten is enough').outcome).toMatchObject({ kind: 'done' });
    expect(world.state.phase.kind).toBe('completed');
  });

  it('leaves out no step by itself either', () => {
    const world = edited(new World(auto).enter('one'), auto, without(auto, 'ten'), 'met');
    world.tick(3 * 3_600_000);
    expect(world.on.stage).toBe('one');
  });

  it('takes a stage with another name at the same percentage for the same', () => {
    const renamed = {
      ...auto,
      stages: auto.stages.map((stage) => (stage.id === 'full' ? { ...stage, id: 'all' } : stage)),
    };
    const world = edited(inTen(auto), auto, renamed, 'met');
    world.tick(3 * 3_600_000);
    expect(world.on.stage).toBe('all');
  });
});

describe('an edit in words', () => {
  const told = (before: Plan, after: Plan) =>
    planChanges(before, after).map((change) => planChangeText(change, english));

  it('says that a source takes its records with it, and that a new one is read first', () => {
    const [source] = auto.sources;
    if (source === undefined) throw new Error('the plan has a source');
    const after: Plan = { ...auto, sources: [{ ...source, file: 'other.jsonl' }, ...auto.sources.slice(1)] };
    expect(told(auto, after)).toEqual([
      expect.stringMatching(/^source .+ is gone, and its records no longer count: it was \{/),
      expect.stringMatching(/^source other\.jsonl is new, and counts once it has been read to its end: \{/),
    ]);
  });

  it('says of each part what it was and what it is', () => {
    const after: Plan = {
      ...withGate(auto, 'ten', ['success_rate >= 80%', 'uploads >= 100', 'uploads <= 9000']),
      timezone: 'Europe/Berlin',
      triggers: auto.triggers.slice(1),
      measures: { ...auto.measures, slow: { quantile: 0.99, field: 'duration_ms', of: 'treatment', unit: 'ms' } },
    };
    expect(told(auto, after)).toEqual([
      expect.stringMatching(
        /^trigger low-success is gone: it was \{ when: success_rate < 95%, over: 5 m, then: rollback/,
      ),
      'time zone: UTC is now Europe/Berlin',
      'measure slow is new: { quantile: 0.99, field: duration_ms, of: treatment, unit: ms }',
      'gate of ten: success_rate >= 99.5% is now success_rate >= 80%',
      'gate of ten is new: uploads <= 9000',
    ]);
    expect(told(auto, auto)).toEqual([]);
  });
});
