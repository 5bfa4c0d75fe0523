import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { LoadedPlan } from './protocol/domain/plan.ts';
import { partOf, type SimulationResult, spreadOf } from './simulate/simulationResult.ts';
import type { TrafficShape } from './simulate/trafficShape.ts';
import { type SimulatedDrop, type SimulatedRun, simulatedPlan } from './simulateRollout.ts';

/** What a thread is given: it simulates the runs whose number leaves `first` when divided by `step`. */
export interface SimulationWork {
  readonly loaded: LoadedPlan;
  readonly shape: TrafficShape;
  readonly seed: number;
  readonly runs: readonly SimulationRun[];
}

/** One run to be made; its number is its seed. */
export interface SimulationRun {
  readonly number: number;
  readonly drop: SimulatedDrop | null;
}

export interface SimulationAnswer {
  readonly number: number;
  readonly run: SimulatedRun;
}

export interface SimulationOptions {
  readonly loaded: LoadedPlan;
  readonly shape: TrafficShape;
  readonly like: string | null;
  readonly runs: number;
  readonly seed: number;
  readonly drop: SimulatedDrop;
  /** Ends the simulation: what is done by then is the result. */
  readonly stop: AbortSignal;
  readonly threads?: number;
  progress(done: number, all: number): void;
}

/** The bundles carry it beside the chunk that this is in; from source it is a neighbour. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './simulateWorker.ts' : './simulateWorker.mjs',
  import.meta.url,
);

/**
 * Simulates many rollouts of a plan, healthy ones and half as many with a drop, on all cores. A run depends on the seed and its
 * number alone, so the result does not depend on the number of cores.
 */
export async function simulateRollouts(options: SimulationOptions): Promise<SimulationResult> {
  const { shape, runs, seed, drop, stop, progress } = options;
  const { loaded, left } = simulatedPlan(options.loaded);
  const drops = Math.ceil(runs / 2);
  const all = runs + drops;
  const wanted: SimulationRun[] = [];
  // One drop after two healthy runs, so that a stopped simulation has both.
  for (let number = 0; number < runs; number += 1) {
    wanted.push({ number, drop: null });
    if (number % 2 === 0) wanted.push({ number, drop });
  }
  const answers: { readonly isDrop: boolean; readonly number: number; readonly run: SimulatedRun }[] = [];
  const threads = Math.min(all, options.threads ?? availableParallelism());
  const parts = Array.from({ length: threads }, (_, part) => wanted.filter((_run, index) => index % threads === part));
  await Promise.all(
    parts.map((part) =>
      runApart({ loaded, shape, seed, runs: part }, stop, ({ number, run }, isDrop) => {
        answers.push({ isDrop, number, run });
        progress(answers.length, all);
      }),
    ),
  );
  answers.sort((one, other) => one.number - other.number);
  const healthy = answers.flatMap(({ isDrop, run }) => (isDrop ? [] : [run]));
  // A run that ended before its drop says nothing of it.
  const dropped = answers.flatMap(({ isDrop, run }) => (isDrop && run.sinceDrop !== null ? [run] : []));
  const found = dropped.filter(({ end }) => end === 'rolled-back');
  const completed = healthy.filter(({ end }) => end === 'completed');
  return {
    runs: healthy.length,
    asked: runs,
    seed,
    traffic: { perMinute: shape.perMinute, success: shape.success, burst: shape.burst, like: options.like },
    left,
    healthy: {
      rolledBack: partOf(healthy.filter(({ end }) => end === 'rolled-back').length, healthy.length),
      completed: partOf(completed.length, healthy.length),
      by: byTrigger(healthy),
      reviews: healthy.length === 0 ? 0 : healthy.reduce((sum, { reviews }) => sum + reviews, 0) / healthy.length,
      length: spreadOf(completed.map(({ length }) => length)),
    },
    drop: {
      success: drop.success,
      found: partOf(found.length, dropped.length),
      by: byTrigger(found),
      delay: spreadOf(found.map(({ sinceDrop }) => sinceDrop?.length ?? 0)),
      records: spreadOf(found.map(({ sinceDrop }) => sinceDrop?.records ?? 0)),
    },
  };
}

function byTrigger(runs: readonly SimulatedRun[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { trigger } of runs) if (trigger !== null) counts[trigger] = (counts[trigger] ?? 0) + 1;
  return counts;
}

function runApart(
  work: SimulationWork,
  stop: AbortSignal,
  answered: (answer: SimulationAnswer, isDrop: boolean) => void,
): Promise<void> {
  if (stop.aborted || work.runs.length === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile, { workerData: work });
    const end = () => void worker.terminate();
    stop.addEventListener('abort', end, { once: true });
    let index = 0;
    worker.on('message', (answer: SimulationAnswer) => {
      answered(answer, work.runs[index]?.drop != null);
      index += 1;
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      stop.removeEventListener('abort', end);
      resolve();
    });
  });
}
