import type { PlanDraft } from './draft.ts';
import { assumed, type Sourced } from './findings.ts';
import type { DraftSources } from './sources.ts';

/** The text source that counts log lines: the guide's first, else a proposal beside the metrics, if lines are counted. */
export function textSource(draft: Pick<PlanDraft, 'sources' | 'measures'>): Sourced<string> | undefined {
  const [first] = draft.sources.logs;
  if (first !== undefined) return first;
  return draft.measures.some(([, measure]) => 'lines' in measure.value) ? proposedLogs(draft.sources) : undefined;
}

function proposedLogs(sources: DraftSources): Sourced<string> {
  const folder = sources.metrics.value.includes('/') ? sources.metrics.value.replace(/[^/]*$/, '') : 'logs/';
  return assumed(`${folder}*.log`, 'no guide names a log, and critical lines are counted');
}
