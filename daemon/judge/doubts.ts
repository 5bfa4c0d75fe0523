import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { grouped } from '../protocol/words/figureText.ts';
import type { Scope } from './scope.ts';

/**
 * Records of a scope for which a measure was not counted, because an edit of the plan introduced or changed it later.
 * They are yet to be read again, or no file has them any more. A figure then covers a part only, and gives no verdict.
 */
export class Doubts {
  /** The progress of the second reading, 0..1; `null` when there is none. */
  readAgain: number | null = null;

  /** The reason why the figure covers a part only, in one line; `null` when it covers all. */
  reason(measure: ResolvedMeasure, scope: Scope, againstControl: boolean): string | null {
    const missing = uncounted(measure, scope) + (againstControl ? uncounted(measure, scope, 'control') : 0);
    if (missing <= 0) return null;
    if (this.readAgain !== null) {
      return `is counted anew since the plan was edited, ${Math.floor(this.readAgain * 100)} % read`;
    }
    if (measure.kind === 'gauge' && measure.field === null) return 'was not measured before the plan was edited';
    const records = `${grouped(missing)} ${missing === 1 ? 'record' : 'records'}`;
    return `${records} of this time cannot be read again since the plan was edited, so the measure is unknown for them`;
  }
}

/** The number of records (or lines) of a scope that may be missing in the figure of a measure. */
export function uncounted(measure: ResolvedMeasure, scope: Scope, arm?: Arm): number {
  switch (measure.kind) {
    case 'share':
      return scope.counts(arm ?? measure.arm).missingIn(measure.bit);
    case 'quantile': {
      const counts = scope.counts(arm ?? measure.arm);
      return counts.missingIn(counts.sketchColumn(measure.field));
    }
    case 'count': {
      const of = arm ?? measure.arm;
      if (of !== 'any') return scope.counts(of).missingIn(null);
      // The same records may be of either arm.
      return Math.max(scope.counts('treatment').missingIn(null), scope.counts('control').missingIn(null));
    }
    case 'gauge':
    case 'lines':
    case 'signal':
      return arm === undefined ? scope.samples(measure.series, 0).uncounted : 0;
  }
}
