import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { parseJunit } from './junitReport.ts';

/** The input of a worker thread, which answers with a `ParsedReport`. */
export interface JunitWork {
  readonly bytes: Uint8Array;
  readonly timezone: string;
}

if (!isMainThread) {
  const { bytes, timezone } = workerData as JunitWork;
  parentPort?.postMessage(parseJunit(bytes, timezone));
}
