import { Worker } from 'node:worker_threads';
import { type ParsedReport, parseJunit } from './junitReport.ts';
import type { JunitWork } from './junitWorker.ts';

/** A report of this size takes some ten milliseconds; a thread takes longer to start. */
const largestHere = 64 * 1024;

/** The bundles carry it beside the chunk that this is in; from source it is a neighbour. */
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './junitWorker.ts' : './junitWorker.mjs', import.meta.url);

/** Parses a report; a large one in a thread of its own, because no trigger may wait for it. Never throws. */
export function parseJunitApart(bytes: Uint8Array, timezone: string): Promise<ParsedReport> {
  if (bytes.length <= largestHere) return Promise.resolve(parseJunit(bytes, timezone));
  return new Promise((resolve) => {
    const failed = (reason: string): void => resolve({ kind: 'unreadable', detail: `could not be parsed (${reason})` });
    const workerData: JunitWork = { bytes, timezone };
    const worker = new Worker(workerFile, { workerData, resourceLimits: { maxOldGenerationSizeMb: 1024 } });
    // A daemon that ends does not wait for it.
    worker.unref();
    worker.once('message', (parsed: ParsedReport) => resolve(parsed));
    worker.once('error', (error) => failed(error instanceof Error ? error.message : String(error)));
    worker.once('exit', () => failed('its thread ended'));
  });
}
