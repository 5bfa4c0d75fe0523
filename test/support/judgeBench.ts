import { always, Judge, type JudgeContext, type JudgeOptions } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import type { Ledger } from '../../daemon/measure/ledger.ts';
import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { Instrument, Observation } from '../../daemon/protocol/domain/observation.ts';
import type { Plan } from '../../daemon/protocol/domain/plan.ts';
import type { StageVisit } from '../../daemon/protocol/domain/rolloutState.ts';
import { eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { ConditionVerdict, Judgement, TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import { StoredLedger } from './storedLedger.ts';
import { streamStart } from './uploadStream.ts';

/** A judge at work on made-up seconds after `streamStart`, with a store to restart from. */
export class JudgeBench {
  readonly plan: Plan;
  readonly instrument: Instrument;
  readonly #stored: StoredLedger;
  readonly #options: JudgeOptions;
  /** When the newest observation came. */
  #heard = wallTime(0);
  judge: Judge;

  constructor(plan: Plan, options: JudgeOptions = { freshness: 'arrival', episodes: 'ticks' }) {
    this.plan = plan;
    this.instrument = compileInstrument(plan);
    this.#options = options;
    this.#stored = new StoredLedger(plan, this.instrument);
    this.judge = new Judge(plan, this.instrument, this.ledger, null, options);
  }

  get ledger(): Ledger {
    return this.#stored.ledger;
  }

  observe(...observations: readonly Observation[]): void {
    const isLive = this.#options.freshness === 'arrival';
    for (const observation of observations) {
      const { at, kind } = observation.reading;
      const source = kind === 'line' ? 1 : 0;
      this.#heard = wallTime(Math.max(this.#heard, at));
      if (isLive) this.judge.sources.noteRead(source, this.#heard, { counted: 1, read: 1, rejected: {} });
      this.judge.observe(observation, { exposedSince: always });
      if (isLive || source === 1) this.judge.sources.noteAlive(source, this.#heard, at);
    }
  }

  commit(): void {
    this.#stored.commit();
  }

  restart(): void {
    const memory = this.judge.memory();
    this.#stored.restart();
    this.judge = new Judge(this.plan, this.instrument, this.ledger, memory, this.#options);
  }

  /** A judge of the same plan and counts with this memory. */
  judgeFrom(memory: string): Judge {
    return new Judge(this.plan, this.instrument, this.ledger, memory, this.#options);
  }

  /** The judgement at a second, in the stage of this id, whose visit began at `streamStart`. */
  at(second: number, stage = 'one', changes: Partial<JudgeContext> = {}): Judgement {
    const found = this.plan.stages.find(({ id }) => id === stage);
    if (found === undefined) throw new Error(`no stage ${stage}`);
    return this.judge.judge({
      now: wallTime(streamStart + second * 1000),
      eventNow: eventTime(streamStart + second * 1000),
      exposedSince: always,
      stage: found,
      visit: visitFrom(0, stage),
      effect: null,
      previous: null,
      ...changes,
    });
  }

  /** Every source has just been heard of. */
  alive(second: number): void {
    for (const source of this.plan.sources.keys()) {
      const at = streamStart + second * 1000;
      this.judge.sources.noteAlive(source, wallTime(at), eventTime(at));
    }
  }

  gate(second: number, condition: string, stage = 'one'): ConditionVerdict {
    const found = this.at(second, stage).gate.find((verdict) => verdict.condition === condition);
    if (found === undefined) throw new Error(`no condition ${condition}`);
    return found;
  }
}

export function visitFrom(second: number, stage = 'one'): StageVisit {
  const from = eventTime(streamStart + second * 1000);
  return { attempt: 1, stage, percent: percent(1), from, to: null, override: null };
}

export function statusOf(judgement: Judgement, trigger: string): TriggerStatus {
  const found = judgement.triggers.find(({ id }) => id === trigger);
  if (found === undefined) throw new Error(`no trigger ${trigger}`);
  return found;
}

export function verifiedEffect(wanted: number, second: number): Effect {
  return {
    id: `effect-${wanted}`,
    purpose: 'advance',
    stage: 'one',
    percent: percent(wanted),
    enabled: wanted > 0,
    progress: 'verified',
    since: wallTime(streamStart + second * 1000),
    verifiedAt: wallTime(streamStart + second * 1000),
    detail: null,
    tries: 1,
  };
}
