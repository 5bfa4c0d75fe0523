import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import { grouped } from '../protocol/words/figureText.ts';
import type { Scope } from './scope.ts';

/**
 * What a scope holds that a measure was not counted of, because an edit of the plan has asked for it later, or in another
 * way, and it is yet to be read again, or no file holds it any more. A figure is then one of a part, and no verdict.
 */
export class Doubts {
  /** How much of what is read again has been read, 0..1; `null` when nothing is. */
  readAgain: number | null = null;

  /** Why the figure is of a part only, in one line; `null` when it is of all. */
  reason(measure: ResolvedMeasure, scope: Scope, againstControl: boolean): string | null {
    const missing = uncounted(measure, scope) + (againstControl ? uncounted(measure, scope, 'control') : 0);
    if (missing <= 0) return null;
    if (this.readAgain !== null) {
      return `is counted anew since the plan was edited, ${Math.floor(this.readAgain * 100)} % read`;
    }
    if (measure.kind === 'gauge' && measure.field === null) return 'was not measured before the plan was edited';
    const records = `${grouped(missing)} ${missing === 1 ? 'record' : 'records'}`;
    return `${records} of this time cannot be read again since the plan was edited, so this is not known of them`;
  }
}

/** How many records (or lines) of a scope may be missing in the figure of a measure. */
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
