import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { simulateRollout } from './simulateRollout.ts';
import type { SimulationAnswer, SimulationWork } from './simulateRollouts.ts';

if (!isMainThread) {
  const { loaded, shape, seed, runs } = workerData as SimulationWork;
  for (const { number, drop } of runs) {
    const answer: SimulationAnswer = { number, run: simulateRollout(loaded, shape, seed * 1_000_003 + number, drop) };
    parentPort?.postMessage(answer);
  }
}
