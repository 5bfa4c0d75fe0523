import { startIngest } from '../ingest/tail/ingest.ts';
import type { RunningSource, SourceRun } from './source.ts';

/** Starts the sources of a plan. All are files so far, read together because their records share one order of time. */
export function startSources(run: SourceRun): RunningSource {
  return startIngest(run);
}
