import type { Ledger, Span } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import { parseTimestamp } from '../measure/timestamp.ts';
import { zoneNamed } from '../measure/zone.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { uncounted } from './doubts.ts';
import { type Found, figureValue, findFigure } from './figure.ts';
import { type Scope, spanScope } from './scope.ts';

export interface Baseline {
  readonly from: 'concurrent' | 'window' | 'figure';
  /** With `n` 0 for a fixed figure. */
  readonly found: Found;
  /** A share in 0..1, a count, or a value in the measure's unit; finite. */
  readonly value: number;
}

/**
 * What a measure is compared with, the first that there is: the control arm over the same scope, the recorded window,
 * the plan's fixed figure. Control and window must have the records the figure itself would need.
 *
 * In the recorded window it is the control arm's records when there are any, else the measure's own arm's. A count or a
 * number of lines over a recorded window says nothing of a scope of another length, so those have no such baseline; a
 * gauge, lines and signals belong to no arm, so those have no concurrent one.
 */
export class Baselines {
  readonly #concurrent: boolean;
  readonly #figures: Readonly<Record<string, number>>;
  readonly #recordedSpan: Span | null;

  /** @throws UserError when the plan's recorded window is not two instants. */
  constructor(plan: Plan, ledger: Ledger) {
    const { baseline } = plan;
    this.#concurrent = baseline?.control === 'concurrent';
    this.#figures = { ...baseline?.otherwise?.figures, ...baseline?.figures };
    const window = baseline?.window ?? baseline?.otherwise?.window;
    // From the start: once its hour is gone, an end within a minute could no longer be told from that minute's start.
    this.#recordedSpan = window === undefined ? null : ledger.follow(...parseWindow(window, plan.timezone));
  }

  /** `null` when there is none yet. */
  find(name: string, measure: ResolvedMeasure, scope: Scope, needed: number): Baseline | null {
    return this.#concurrentControl(measure, scope, needed) ?? this.#recorded(measure, needed) ?? this.#fixed(name);
  }

  /**
   * The records behind a baseline, for a comparison that needs more than the figure; of a count, lines or signals those
   * of the recorded window, to be held against its length. `null` without records.
   */
  records(
    measure: ResolvedMeasure,
    scope: Scope,
    needed: number,
  ): { readonly from: 'concurrent' | 'window'; readonly scope: Scope; readonly arm: Arm | undefined } | null {
    const counted = measure.kind === 'count' || measure.kind === 'lines' || measure.kind === 'signal';
    if (!counted && this.#concurrentControl(measure, scope, needed) !== null) {
      return { from: 'concurrent', scope, arm: 'control' };
    }
    const recorded = this.#recordedScope();
    if (recorded === null || !(counted || this.#recorded(measure, needed) !== null)) return null;
    const control = recorded.counts('control').n > 0;
    const ofArm = measure.kind === 'share' || measure.kind === 'quantile';
    const arm = ofArm && control ? 'control' : undefined;
    return { from: 'window', scope: recorded, arm };
  }

  /** The plan's fixed figure. */
  figureOf(name: string): number | null {
    return this.#fixed(name)?.value ?? null;
  }

  #recordedScope(): Scope | null {
    return this.#recordedSpan === null ? null : spanScope(this.#recordedSpan);
  }

  #concurrentControl(measure: ResolvedMeasure, scope: Scope, needed: number): Baseline | null {
    if (!this.#concurrent) return null;
    if (measure.kind === 'gauge' || measure.kind === 'lines' || measure.kind === 'signal') return null;
    return usable('concurrent', findFigure(measure, scope, 'control'), Math.max(1, needed));
  }

  #recorded(measure: ResolvedMeasure, needed: number): Baseline | null {
    const scope = this.#recordedScope();
    if (scope === null) return null;
    if (measure.kind === 'count' || measure.kind === 'lines' || measure.kind === 'signal') return null;
    const ofArm = measure.kind === 'gauge' ? undefined : scope.counts('control').n > 0 ? 'control' : measure.arm;
    // A part of the window is no baseline.
    if (uncounted(measure, scope, ofArm) > 0) return null;
    if (measure.kind === 'gauge') return usable('window', findFigure(measure, scope), Math.max(1, needed));
    return usable('window', findFigure(measure, scope, ofArm), Math.max(1, needed));
  }

  #fixed(name: string): Baseline | null {
    const value = this.#figures[name];
    if (value === undefined || !Number.isFinite(value)) return null;
    return { from: 'figure', found: { kind: 'value', value, n: 0, unit: '' }, value };
  }
}

function usable(from: 'concurrent' | 'window', found: Found, needed: number): Baseline | null {
  const value = figureValue(found);
  return found.n < needed || value === null ? null : { from, found, value };
}

function parseWindow([from, to]: readonly [string, string], timezone: string): readonly [EventTime, EventTime] {
  const zone = zoneNamed(timezone);
  const start = parseTimestamp(from, zone);
  const end = parseTimestamp(to, zone);
  if (start === undefined || end === undefined || start >= end) {
    throw new UserError(
      'invalid-window',
      `baseline.window: [${from}, ${to}] is not two instants in order, for example [2025-10-31T12:00Z, 2025-11-01T12:00Z]`,
    );
  }
  return [eventTime(start), eventTime(end)];
}
