import type { Instrument } from './protocol/domain/observation.ts';
import type { LoadedPlan, Plan } from './protocol/domain/plan.ts';
import { eventTime } from './protocol/domain/units.ts';
import { Replay } from './replayRecording.ts';
import { Random } from './simulate/random.ts';
import { simulatedMinute } from './simulate/simulatedMinute.ts';
import type { TrafficShape } from './simulate/trafficShape.ts';

/** A drop of the treatment's successes, at a time that the seed chooses in one of the stages that expose users. */
export interface SimulatedDrop {
  readonly success: number;
}

export interface SimulatedRun {
  readonly end: 'completed' | 'rolled-back' | 'unfinished';
  /** Of a rollback: the trigger. */
  readonly trigger: string | null;
  /** Milliseconds from the begin to the end. */
  readonly length: number;
  readonly reviews: number;
  /** Since a drop: milliseconds and the treatment's records to the rollback; `null` without a drop before the end. */
  readonly sinceDrop: { readonly length: number; readonly records: number } | null;
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** A Monday: freezes by weekday meet each run alike. */
const start = Date.UTC(2025, 0, 6, 9);
/** A person acknowledges a review, or resumes a hold, after this time. */
const answerAfter = 60 * minute;

/**
 * A plan without what no simulated record can tell: conditions on gauges, signals and lines, and the stages that a source names.
 * `left`: those conditions, in the plan's words.
 */
export function simulatedPlan(loaded: LoadedPlan): { readonly loaded: LoadedPlan; readonly left: readonly string[] } {
  const { plan } = loaded;
  const isTold = (name: string): boolean => {
    const measure = plan.measures[name];
    return measure !== undefined && !('gauge' in measure || 'signal' in measure || 'lines' in measure);
  };
  const left = new Set<string>();
  const keep = <Part>(
    parts: readonly Part[],
    of: (part: Part) => { readonly measure: string; readonly text: string },
  ) =>
    parts.filter((part) => {
      const { measure, text } = of(part);
      if (!isTold(measure)) left.add(text);
      return isTold(measure);
    });
  const simulated: Plan = {
    ...plan,
    sources: plan.sources.map(({ stage_event: _stages, ...source }) => source as Plan['sources'][number]),
    stages: plan.stages.map((stage) => ({ ...stage, gate: keep(stage.gate, (condition) => condition) })),
    triggers: keep(plan.triggers, ({ when }) => when),
  };
  return { loaded: { ...loaded, plan: simulated }, left: [...left] };
}

/** One rollout of the plan in simulated traffic, judged by the daemon's own code in virtual time. The seed decides all. */
export function simulateRollout(
  loaded: LoadedPlan,
  shape: TrafficShape,
  seed: number,
  drop: SimulatedDrop | null,
): SimulatedRun {
  const run = new Replay(loaded, false, { given: [...loaded.plan.sources.keys()], untimed: [] });
  const { plan, instrument } = run;
  const random = new Random(seed, drop === null ? 1 : 2);
  const exposing = plan.stages.filter(({ percent }) => percent > 0);
  const dropIn = exposing[Math.floor(random.uniform() * exposing.length)];
  const dropAfter = random.uniform() * (dropIn?.soak ?? 0);
  const good = allBits(instrument);
  const longest = longestRun(plan);
  let [line, reviews, records] = [0, 0, 0];
  let waitsSince: number | null = null;
  let dropAt: number | null = null;
  for (let from = start; from < start + longest; from += minute) {
    const { phase, visit } = run;
    if (
      drop !== null &&
      dropAt === null &&
      dropIn !== undefined &&
      visit?.stage === dropIn.id &&
      from >= visit.from + dropAfter
    ) {
      dropAt = from;
    }
    const share = (visit?.percent ?? plan.stages[0]?.percent ?? 0) / 100;
    const success = { treatment: dropAt === null ? shape.success : (drop?.success ?? 1), control: shape.success };
    const minuteOf = { from, share, success, good, valueFields: instrument.valueFields.length };
    for (const observation of simulatedMinute(shape, minuteOf, random, () => (line += 1))) {
      if (dropAt !== null && observation.reading.kind === 'outcome' && observation.reading.arm === 'treatment')
        records += 1;
      run.take(0, observation);
      const end = endOf(run);
      if (end !== null) return finished(end, observation.reading.at);
    }
    run.pass(eventTime(from + minute));
    const end = endOf(run);
    if (end !== null) return finished(end, from + minute);
    if (run.phase.kind === 'review' || run.phase.kind === 'held') {
      if (phase.kind !== run.phase.kind) {
        if (run.phase.kind === 'review') reviews += 1;
        waitsSince = from;
      } else if (waitsSince !== null && from - waitsSince >= answerAfter) run.answer();
    }
  }
  return finished('unfinished', start + longest);

  function finished(end: SimulatedRun['end'], at: number): SimulatedRun {
    return {
      end,
      trigger: end === 'rolled-back' ? run.rolledBackBy : null,
      length: at - start,
      reviews,
      sinceDrop: dropAt === null ? null : { length: at - dropAt, records },
    };
  }
}

function endOf(run: Replay): 'completed' | 'rolled-back' | null {
  switch (run.phase.kind) {
    case 'completed':
      return 'completed';
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return 'rolled-back';
    default:
      return null;
  }
}

function allBits({ shares }: Instrument): number {
  return shares.reduce((bits, _, index) => bits | (1 << index), 0);
}

/** What the plan asks for three times over, and two weeks. */
function longestRun({ stages }: Plan): number {
  return 3 * stages.reduce((sum, { soak }) => sum + soak, 0) + 14 * day;
}
