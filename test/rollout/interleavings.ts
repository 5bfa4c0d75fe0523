import fc from 'fast-check';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import type { Command, DecidedOn } from '../../daemon/protocol/domain/rolloutCommand.ts';
import type { RolloutState } from '../../daemon/protocol/domain/rolloutState.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Judgement, Verdict } from '../../daemon/protocol/domain/verdict.ts';
import type { Decision, RolloutInput } from '../../daemon/rollout/machine.ts';
import {
  conditionOf,
  firingOf,
  gateTexts,
  hour,
  minute,
  planOf,
  proofOf,
  sourceOf,
  triggerOf,
  World,
} from './world.ts';

/** Any interleaving of judgements, ticks, commands, gaps of the clock, edits and reports of the flag. */

const verdict = fc.constantFrom<Verdict>('met', 'met', 'met', 'met', 'unmet', 'insufficient', 'no-data', 'error');

interface SaidSource {
  readonly ago: number | null;
  readonly fresh: boolean;
  readonly needed: boolean;
}
const oddSource: fc.Arbitrary<SaidSource> = fc.record({
  ago: fc.constantFrom(0, hour, null),
  fresh: fc.boolean(),
  needed: fc.boolean(),
});

/** Mostly well, so that runs get somewhere; each part may be bad by itself. */
export const said = fc.record({
  gate: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Verdict[]>(['met', 'met']) },
    { weight: 2, arbitrary: fc.array(verdict, { minLength: 2, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant<Verdict[]>([]) },
  ),
  sources: fc.oneof(
    { weight: 6, arbitrary: fc.constant<SaidSource[]>([{ ago: 0, fresh: true, needed: true }]) },
    { weight: 2, arbitrary: fc.array(oddSource, { maxLength: 2 }) },
  ),
  fired: fc.oneof(
    { weight: 12, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.subarray(['sagging', 'low-success', 'creeping', 'unknown']) },
  ),
  pending: fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom('sagging', 'low-success', 'creeping') },
  ),
  firing: fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom('sagging', 'creeping') },
  ),
  proof: fc.constantFrom('proven', 'proven', 'proven', 'unproven', 'contradicted', null),
});
type Said = typeof said extends fc.Arbitrary<infer Value> ? Value : never;

const reason = fc.option(fc.constantFrom('a reason', ' '), { nil: undefined, freq: 2 });
const wait = fc.constantFrom(0, 1000, minute, hour, 2 * hour, 5 * hour);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('tick' as const), wait, said }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('command' as const),
      command: fc.constantFrom('begin', 'advance', 'advance', 'hold', 'resume', 'acknowledge', 'rollback'),
      reason,
      stale: fc.constantFrom(0, 0, 0, 0, 1),
      wait,
      said,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('effect' as const),
      progress: fc.constantFrom('written', 'verified', 'verified', 'verified', 'failed'),
      /** The wish that is meant, counted from the newest on. */
      back: fc.constantFrom(0, 0, 0, 0, 1, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('gap' as const), length: fc.constantFrom(6000, hour, -hour) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('flag' as const),
      drifted: fc.boolean(),
      ago: fc.constantFrom(0, 1000, hour),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('observed' as const), percent: fc.constantFrom(0, 1, 10, 37, 100) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('plan' as const), hash: fc.constantFrom('hash-1', 'hash-2') }),
  },
);
/** Good data that end a stage, so that runs get far. */
const allWell: Said = {
  gate: ['met', 'met'],
  sources: [{ ago: 0, fresh: true, needed: true }],
  fired: [],
  pending: null,
  firing: null,
  proof: 'proven',
};
const passage: Step[] = [
  { kind: 'effect', progress: 'verified', back: 0 },
  { kind: 'tick', wait: 0, said: allWell },
  { kind: 'tick', wait: 5 * hour, said: allWell },
  { kind: 'command', command: 'advance', reason: undefined, stale: 0, wait: 0, said: allWell },
];
const begin: Step = { kind: 'command', command: 'begin', reason: undefined, stale: 0, wait: 0, said: allWell };
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const plan = fc
  .record({
    flag: fc.constantFrom('proof' as const, 'plain' as const, 'none' as const),
    mode: fc.constantFrom('manual' as const, 'auto' as const),
    rollback: fc.constantFrom('off' as const, 'previous' as const),
    deny: fc.constantFrom<string[]>([], ['14:00 - 22:00']),
  })
  .map(planOf);

const steps = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: step.map((each) => [each]) },
      { weight: 1, arbitrary: fc.constant(passage) },
      { weight: 1, arbitrary: fc.constant([begin, ...passage]) },
    ),
    { minLength: 1, maxLength: 50 },
  )
  .map((parts) => parts.flat());
export const runs = fc.tuple(plan, steps);
export const numRuns = 1500;

export function judgementOf(words: Said, now: number): Judgement {
  return {
    gate: words.gate.map((each, index) => conditionOf(gateTexts[index] ?? '', each)),
    triggers: [
      ...(words.firing === null ? [] : [triggerOf(words.firing, { kind: 'firing', since: eventTime(now) })]),
      ...(words.pending === null ? [] : [triggerOf(words.pending, { kind: 'pending', since: eventTime(now) })]),
    ],
    fired: words.fired.map((trigger) => firingOf(trigger, now)),
    freshness: words.sources.map(({ ago, fresh, needed }) => sourceOf(ago === null ? null : now - ago, fresh, needed)),
    proof: words.proof === null ? null : proofOf(words.proof),
    watermark: eventTime(now),
  };
}

export function commandOf(kind: string, on: DecidedOn, text: string | undefined): Command {
  switch (kind) {
    case 'begin':
      return { kind, on };
    case 'resume':
      return { kind, on };
    case 'advance':
      return { kind, on, reason: text };
    case 'hold':
      return { kind, on, reason: text };
    case 'acknowledge':
      return { kind, on, reason: text ?? '' };
    default:
      return { kind: 'rollback', reason: text };
  }
}

export interface Taken {
  readonly before: RolloutState;
  readonly input: RolloutInput;
  readonly decision: Decision;
}

/** Runs the steps; `check` sees each decision with the state before it. */
export function run(plan: Plan, steps: readonly Step[], check: (taken: Taken, world: World) => void): World {
  const world = new World(plan);
  for (const each of steps) {
    const before = world.state;
    const input = inputOf(world, each);
    const decision = world.input(input);
    check({ before, input, decision }, world);
  }
  return world;
}

function inputOf(world: World, each: Step): RolloutInput {
  switch (each.kind) {
    case 'tick':
      world.now += each.wait;
      return { kind: 'tick', ...world.times(), judgement: judgementOf(each.said, world.now) };
    case 'command': {
      world.now += each.wait;
      const on = { ...world.on, revision: world.on.revision - each.stale };
      const command = commandOf(each.command, on, each.reason);
      return { kind: 'command', ...world.times(), judgement: judgementOf(each.said, world.now), by: 'marta', command };
    }
    case 'effect': {
      const wish = world.wishes.at(-1 - each.back) ?? world.wishes.at(-1);
      const detail = each.progress === 'failed' ? 'EIO' : null;
      return { kind: 'effect', now: wallTime(world.now), id: wish?.id ?? 'none', progress: each.progress, detail };
    }
    case 'gap': {
      const from = wallTime(world.now);
      world.now += each.length;
      return { kind: 'clock-gap', now: wallTime(world.now), from, to: wallTime(world.now), setAside: 0 };
    }
    case 'flag': {
      const from = eventTime(world.now - each.ago);
      const drift = each.drifted ? { detail: '.env says ROLLOUT=50', from } : null;
      return { kind: 'flag-seen', now: wallTime(world.now), drift };
    }
    case 'observed':
      return { kind: 'stage-observed', now: wallTime(world.now), at: eventTime(world.now), percent: each.percent };
    case 'plan':
      return { kind: 'plan-changed', now: wallTime(world.now), planHash: each.hash };
  }
}
