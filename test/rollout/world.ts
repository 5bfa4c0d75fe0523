import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { RolloutEvent } from '../../daemon/protocol/domain/journalEntry.ts';
import { type Plan, planSchema } from '../../daemon/protocol/domain/plan.ts';
import type { Command, DecidedOn } from '../../daemon/protocol/domain/rolloutCommand.ts';
import type { RolloutState } from '../../daemon/protocol/domain/rolloutState.ts';
import { duration, type EventTime, eventTime, type WallTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type {
  ConditionVerdict,
  Firing,
  JudgedSource,
  Judgement,
  ShareProof,
  TriggerStatus,
  Verdict,
} from '../../daemon/protocol/domain/verdict.ts';
import { evolve, initialState } from '../../daemon/rollout/evolve.ts';
import { type Decision, decide, type RolloutInput } from '../../daemon/rollout/machine.ts';

/** A small plan, what the judge says of it, and a rollout that is driven by hand with its own clock. */

export const gateTexts = ['success_rate >= 99.5%', 'uploads >= 100'] as const;
export const minute = 60_000;
export const hour = 60 * minute;
/** A Wednesday, 10:00 UTC. */
const start = Date.UTC(2025, 9, 29, 10);

interface PlanChoices {
  readonly flag?: 'proof' | 'plain' | 'none';
  readonly mode?: 'manual' | 'auto';
  readonly rollback?: 'off' | 'previous';
  readonly deny?: readonly string[];
  readonly allow?: readonly string[];
  readonly timezone?: string;
  readonly evidence?: 'literal' | 'proven';
  readonly exposure?: 'warn' | 'hold' | 'rollback';
}

export function planOf({ flag = 'proof', mode = 'manual', rollback = 'off', ...rest }: PlanChoices = {}): Plan {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the plan's own placeholder
  const dotenv = { dotenv: '.env', set: { ROLLOUT: '${percent}' } };
  const flags = {
    proof: { ...dotenv, proof: { share: 'treatment', within: '10m', exposure: rest.exposure ?? 'warn' } },
    plain: dotenv,
    none: undefined,
  };
  return planSchema.parse({
    version: 1,
    id: 'async-upload',
    timezone: rest.timezone ?? 'UTC',
    sources: [{ file: 'metrics.jsonl' }],
    arms: { treatment: { kind: 'async' }, control: { kind: 'sync' } },
    measures: { success_rate: { share: { ok: true } }, uploads: { count: 'treatment' } },
    stages: [
      { id: 'off', percent: 0, soak: '1h' },
      { id: 'one', percent: 1, soak: '2h', gate: [...gateTexts] },
      { id: 'ten', percent: 10, soak: '2h', gate: [...gateTexts] },
      { id: 'full', percent: 100, soak: '2h', gate: [...gateTexts] },
    ],
    advance: { mode, evidence: rest.evidence ?? 'literal', deny: rest.deny ?? [], allow: rest.allow ?? [] },
    rollback: { to: rollback },
    triggers: [
      // biome-ignore lint/suspicious/noThenProperty: the plan's word for a trigger's consequence
      { id: 'low-success', when: 'success_rate < 95%', over: '5m', then: 'rollback', rule: 'literal', within: '5m' },
      // biome-ignore lint/suspicious/noThenProperty: the plan's word for a trigger's consequence
      { id: 'sagging', when: 'success_rate < 97%', over: '30m', then: 'review' },
      // biome-ignore lint/suspicious/noThenProperty: the plan's word for a trigger's consequence
      { id: 'creeping', when: 'success_rate < 98%', over: '30m', then: 'hold' },
    ],
    ...(flags[flag] === undefined ? {} : { flag: flags[flag] }),
  });
}

export function conditionOf(
  condition: string,
  verdict: Verdict,
  more: Partial<ConditionVerdict> = {},
): ConditionVerdict {
  return {
    condition,
    measure: condition.split(' ')[0] ?? '',
    verdict,
    figure: { value: 0.998, unit: '%', n: 500, good: 499 },
    limit: 0.995,
    baseline: null,
    window: { from: null, to: null },
    label: null,
    reason: '',
    ...more,
  };
}

function whenOf(trigger: string): string {
  if (trigger === 'creeping') return 'success_rate < 98%';
  return trigger === 'sagging' ? 'success_rate < 97%' : 'success_rate < 95%';
}

export function firingOf(trigger: string, at: number): Firing {
  return {
    trigger,
    rule: 'literal',
    at: eventTime(at),
    until: eventTime(at),
    window: { from: eventTime(at - 5 * minute), to: eventTime(at) },
    n: 52,
    good: 48,
    figure: 48 / 52,
    condition: whenOf(trigger),
    evidence: [],
  };
}

export function triggerOf(id: string, phase: TriggerStatus['phase']): TriggerStatus {
  const when = whenOf(id);
  return {
    id,
    when,
    consequence: id === 'sagging' ? 'review' : id === 'creeping' ? 'hold' : 'rollback',
    over: duration(5 * minute),
    for: duration(0),
    min: 20,
    phase,
    verdict: conditionOf(when, 'unmet', { limit: 0.95 }),
    sequential: null,
  };
}

export function sourceOf(arrived: number | null, fresh: boolean, needed = true): JudgedSource {
  return {
    source: 0,
    glob: 'metrics.jsonl',
    kind: 'records',
    newestSinceGap: arrived === null ? null : eventTime(arrived),
    readToEnd: arrived === null ? null : wallTime(arrived),
    behindSince: null,
    datedBehind: null,
    trouble: null,
    arrived: arrived === null ? null : wallTime(arrived),
    newest: arrived === null ? null : eventTime(arrived),
    fresh,
    limit: duration(15 * minute),
    needed,
  };
}

export function proofOf(kind: ShareProof['kind']): ShareProof {
  return { kind, treatment: 12, total: 118, detail: '12 of 118 records since 10:00 were treatment' };
}

/** All is well: every condition met, data fresh as of `now`, the flag proven. */
export function goodJudgement(now: number): Judgement {
  return {
    gate: gateTexts.map((text) => conditionOf(text, 'met')),
    triggers: [],
    fired: [],
    freshness: [sourceOf(now, true)],
    proof: proofOf('proven'),
    watermark: eventTime(now),
  };
}

/** All well, but for a trigger that fires. */
export const firing = (trigger: string) => (now: number) => ({
  ...goodJudgement(now),
  fired: [firingOf(trigger, now)],
});

/** A rollout with its clock; `said` is what the judge says at each tick and command, changed by the test. */
export class World {
  readonly plan: Plan;
  now: number = start;
  /** The start of the journal. */
  startedAt: number = start;
  state: RolloutState;
  readonly journal: { readonly at: WallTime; readonly event: RolloutEvent }[] = [];
  wishes: Effect[] = [];
  said: (now: number) => Judgement = goodJudgement;

  constructor(plan: Plan = planOf()) {
    this.plan = plan;
    this.state = initialState(plan.id, 'hash-1', wallTime(start));
  }

  get kind(): RolloutState['phase']['kind'] {
    return this.state.phase.kind;
  }

  get on(): DecidedOn {
    const { attempt, revision, visits, stage } = this.state;
    return { attempt, revision, stage: visits.at(-1)?.stage ?? this.plan.stages[stage]?.id ?? '' };
  }

  input(input: RolloutInput): Decision {
    const decision = decide(this.plan, this.state, input);
    this.state = decision.state;
    for (const event of decision.events) this.journal.push({ at: input.now, event });
    if (decision.wish !== null) this.wishes.push(decision.wish);
    return decision;
  }

  tick(after = 0): Decision {
    this.now += after;
    return this.input({ kind: 'tick', ...this.times(), judgement: this.said(this.now) });
  }

  command(command: Command, by = 'marta'): Decision {
    return this.input({ kind: 'command', ...this.times(), judgement: this.said(this.now), by, command });
  }

  begin(): Decision {
    return this.command({ kind: 'begin', on: this.on });
  }

  advance(reason?: string): Decision {
    return this.command({ kind: 'advance', on: this.on, reason });
  }

  rollback(reason?: string): Decision {
    return this.command({ kind: 'rollback', reason });
  }

  report(
    progress: 'written' | 'verified' | 'failed',
    detail: string | null = null,
    id = this.state.effect?.id,
  ): Decision {
    return this.input({ kind: 'effect', now: wallTime(this.now), id: id ?? '', progress, detail });
  }

  gap(length: number): Decision {
    const from = wallTime(this.now);
    this.now += length;
    return this.input({ kind: 'clock-gap', now: wallTime(this.now), from, to: wallTime(this.now), setAside: 0 });
  }

  /** Lets the flag be read back, and proven at the next tick. */
  settle(): void {
    if (this.state.effect !== null) this.report('verified');
    this.tick();
  }

  /** In the stage, with its flag in force and no soak beyond the time that took. */
  enter(stage: string): this {
    this.begin();
    this.settle();
    for (let step = 0; this.on.stage !== stage; step += 1) {
      if (step > this.plan.stages.length) throw new Error(`the rollout does not reach ${stage}`);
      this.tick(3 * hour);
      this.advance();
      this.settle();
    }
    return this;
  }

  /** The state that a restart reads from the journal's text. */
  restored(): RolloutState {
    const lines = this.journal.map((entry) => JSON.stringify(entry));
    return lines.reduce(
      (state, line) => {
        const { at, event } = JSON.parse(line) as (typeof this.journal)[number];
        return evolve(state, event, at);
      },
      initialState(this.plan.id, 'hash-1', wallTime(this.startedAt)),
    );
  }

  times(): { readonly now: WallTime; readonly eventNow: EventTime } {
    return { now: wallTime(this.now), eventNow: eventTime(this.now) };
  }
}

/** The kinds of the journal's events, in order. */
export const kinds = (world: World) => world.journal.map(({ event }) => event.kind);
