import type { Firing } from '../protocol/domain/verdict.ts';
import type { DeclineRates } from '../statistics/declineDetector.ts';
import type { GateMissingMemory } from './gateMissing.ts';
import type { Knowledge } from './knowledge.ts';
import { type JudgeMemory, type KeptRun, writeMemory } from './memory.ts';
import type { ProvenMemory, ProvenTrigger } from './provenTrigger.ts';
import type { SequentialTrigger } from './sequentialTrigger.ts';
import type { TriggerJudge } from './triggerJudge.ts';
import type { VoicesMemory } from './voices.ts';

/** One trigger of the plan, with the rules that judge it. */
export interface JudgedTrigger {
  readonly literal: TriggerJudge;
  readonly sequential: SequentialTrigger | null;
  readonly proven: ProvenTrigger | null;
}

interface Remembered {
  readonly triggers: readonly JudgedTrigger[];
  readonly gateMissing: GateMissingMemory;
  readonly untold: readonly Firing[];
  readonly knowledge: Pick<Knowledge, 'freshness' | 'steadySince' | 'voices'>;
  readonly runs: readonly KeptRun[];
}

/** JSON text; see `memory.ts`. */
export function memoryText({ triggers, gateMissing, untold, knowledge, runs }: Remembered): string {
  return writeMemory({
    version: 1,
    triggers: triggers.map(({ literal, sequential, proven }) => ({
      id: literal.trigger.id,
      when: literal.trigger.when.text,
      from: literal.memory.from,
      pending: literal.memory.pending,
      missing: literal.memory.missing,
      open: literal.memory.open === null ? null : mutable(literal.memory.open),
      sequential: sequential === null ? null : { ...sequential.memory, evidence: [...sequential.memory.evidence] },
      proven: proven === null ? null : mutableProof(proven.memory),
    })),
    gateMissing: mutableGate(gateMissing),
    untold: untold.map(mutable),
    alive: knowledge.freshness.memory.map((alive) => ({ ...alive })),
    steadySince: knowledge.steadySince,
    runs: runs.map((run) => ({ ...run })),
    voices: mutableVoices(knowledge.voices.memory),
  });
}

function mutable(firing: Firing) {
  return { ...firing, evidence: [...firing.evidence] };
}

function mutableGate({ stay, conditions }: GateMissingMemory) {
  return { stay, conditions: [...conditions] };
}

function mutableProof({
  against,
  state,
  exposed,
  open,
  failed,
  durations,
  frozen,
}: ProvenMemory): NonNullable<JudgeMemory['triggers'][number]['proven']> {
  const { rates, thresholds, strata } = against;
  return {
    against: { rates: rates === null ? null : mutableRates(rates), thresholds: { ...thresholds }, strata: [...strata] },
    state: {
      ...state,
      decline: [...state.decline],
      runs: state.runs.map((run) => ({ ...run })),
      comparison: [...state.comparison],
      compared: { ...state.compared },
      common: [...state.common],
      block: { ...state.block },
      strata: state.strata.map((stratum) => ({ ...stratum })),
      events: { ...state.events },
      recent: { ...state.recent },
      paces: { ...state.paces },
      dispersion: { ...state.dispersion },
      lately: { ...state.lately },
      arrivals: { ...state.arrivals },
      window: { ...state.window },
    },
    exposed,
    durations: durations && {
      ...durations,
      newest: [...durations.newest],
      strata: durations.strata.map((stratum) => ({ ...stratum, newest: [...stratum.newest] })),
    },
    open: open.map((slot) => ({ ...slot, strata: slot.strata?.map((stratum) => ({ ...stratum })) })),
    failed: failed.map((unit) => ({ ...unit })),
    frozen: frozen && { rates: mutableRates(frozen.rates), limit: frozen.limit },
  };
}

function mutableRates({ healthy, declined }: DeclineRates) {
  return { healthy, declined: [...declined] };
}

function mutableVoices({ stay, total, arms, logs }: VoicesMemory) {
  return { stay, total, arms, logs: logs.map((each) => ({ ...each, voices: [...each.voices] })) };
}
