import type { Span } from '../measure/followedSpans.ts';
import { after, type Ledger } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import { parseTimestamp } from '../measure/timestamp.ts';
import { zoneNamed } from '../measure/zone.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { clockText, spanTexts } from '../protocol/words/clockText.ts';
import { grouped } from '../protocol/words/figureText.ts';
import { uncounted } from './doubts.ts';
import { type Unfair, unfairness } from './fairControl.ts';
import { type Found, figureValue, findFigure } from './figure.ts';
import { type Scope, spanScope } from './scope.ts';

export interface Baseline {
  readonly from: 'concurrent' | 'window' | 'figure';
  /** 0 for a fixed figure. */
  readonly found: Found;
  /** A share in 0..1, a count, or a value in the measure's unit; finite. */
  readonly value: number;
  /** The reason why the plan's concurrent control is not used; `null` where it is, or where the plan names none. */
  readonly because: Unfair | null;
}

/**
 * The baseline of a measure, the first that exists: the control arm over the same scope, where it is a fair part of
 * that time (`fairControl.ts`); the recorded window; the plan's fixed figure. Control and window must have the records
 * the figure itself would need.
 *
 * In the recorded window the control arm's records count when there are any, else the measure's own arm's. A count or a
 * number of lines over a recorded window says nothing about a scope of another length, so those have no such baseline;
 * a gauge, lines and signals belong to no arm, so those have no concurrent one.
 */
export class Baselines {
  readonly #concurrent: boolean;
  readonly #figures: Readonly<Record<string, number>>;
  readonly #recordedSpan: Span | null;
  readonly #ledger: Ledger;
  readonly #zone: string;

  /** @throws UserError when the plan's recorded window is not two instants. */
  constructor(plan: Plan, ledger: Ledger) {
    const { baseline } = plan;
    this.#ledger = ledger;
    this.#zone = plan.timezone;
    this.#concurrent = baseline?.control === 'concurrent';
    this.#figures = { ...baseline?.otherwise?.figures, ...baseline?.figures };
    const window = baseline?.window ?? baseline?.otherwise?.window;
    // Kept from the start: once its hour is gone, an end within a minute can no longer be told from that minute's
    // start.
    this.#recordedSpan = window === undefined ? null : ledger.follow(...parseWindow(window, plan.timezone));
  }

  /** `null` when there is none yet; `whyNone` says why. */
  find(name: string, measure: ResolvedMeasure, scope: Scope, needed: number): Baseline | null {
    const control = this.#control(measure, scope, needed);
    if (control?.kind === 'fair') return control.baseline;
    return this.#recorded(measure, needed, control) ?? this.#fixed(name, control);
  }

  /** Names a baseline and the reason for it: `of 3,600 control records of the same time`. */
  describe(baseline: Baseline, measure: ResolvedMeasure, scope: Scope): string {
    const { from, found, because } = baseline;
    const why = because === null ? '' : `, because ${this.#unfairText(because, scope)}: historical only`;
    switch (from) {
      case 'concurrent':
        return `of ${grouped(found.n)} control records of the same time`;
      case 'window':
        return `of the recorded window ${this.#windowText(scope)} (${grouped(found.n)} ${measure.kind === 'gauge' ? 'readings' : 'records'})${why}`;
      case 'figure':
        return `as the plan states it${why}`;
    }
  }

  /** The reason why there is none. */
  whyNone(measure: ResolvedMeasure, scope: Scope, needed: number): string {
    const control = this.#control(measure, scope, needed);
    const others =
      this.#recordedSpan === null
        ? 'no recorded window and no fixed figure'
        : 'too few records in the recorded window and no fixed figure';
    if (control === null || control.kind === 'fair') return `no baseline yet: ${others}`;
    return `no baseline yet: ${this.#unfairText(control.because, scope)}, and there are ${others}`;
  }

  /**
   * The records behind a baseline, for a comparison that needs more than the figure. A count, lines or signals have
   * those of the recorded window, to compare with its length. `null` without records.
   */
  records(
    measure: ResolvedMeasure,
    scope: Scope,
    needed: number,
  ): { readonly from: 'concurrent' | 'window'; readonly scope: Scope; readonly arm: Arm | undefined } | null {
    const counted = measure.kind === 'count' || measure.kind === 'lines' || measure.kind === 'signal';
    if (!counted && this.#control(measure, scope, needed)?.kind === 'fair') {
      return { from: 'concurrent', scope, arm: 'control' };
    }
    const recorded = this.#recordedScope();
    if (recorded === null || !(counted || this.#recorded(measure, needed, null) !== null)) return null;
    const control = recorded.counts('control').n > 0;
    const ofArm = measure.kind === 'share' || measure.kind === 'quantile';
    const arm = ofArm && control ? 'control' : undefined;
    return { from: 'window', scope: recorded, arm };
  }

  /**
   * What does not change any more: the recorded window once its time is over, else the fixed figure. `null` while there is none,
   * and where the plan names a control of the same time.
   */
  frozen(name: string, measure: ResolvedMeasure, needed: number): Baseline | null {
    if (this.#concurrent) return null;
    if (this.#recordedSpan === null) return this.#fixed(name, null);
    const { watermark } = this.#ledger;
    const isOver = watermark !== null && watermark >= (this.#recordedSpan.to ?? Number.POSITIVE_INFINITY);
    return isOver ? (this.#recorded(measure, needed, null) ?? this.#fixed(name, null)) : null;
  }

  /** The plan's fixed figure. */
  figureOf(name: string): number | null {
    return this.#fixed(name, null)?.value ?? null;
  }

  #recordedScope(): Scope | null {
    return this.#recordedSpan === null ? null : spanScope(this.#recordedSpan);
  }

  /**
   * The control over the same time, or the reason why it is unfair; `null` where the plan names none or the measure has
   * no arm.
   */
  #control(measure: ResolvedMeasure, scope: Scope, needed: number): Control | null {
    if (!this.#concurrent) return null;
    if (measure.kind === 'gauge' || measure.kind === 'lines' || measure.kind === 'signal') return null;
    const because = this.#unfairness(scope);
    if (because !== null) return { kind: 'unfair', because };
    const found = findFigure(measure, scope, 'control');
    const least = Math.max(1, needed);
    const baseline = usable('concurrent', found, least, null);
    return baseline === null
      ? { kind: 'unfair', because: { kind: 'few', n: found.n, needed: least } }
      : { kind: 'fair', baseline };
  }

  #unfairness(scope: Scope): Unfair | null {
    const control = scope.counts('control');
    if (control.n === 0) return { kind: 'none' };
    const newest = Math.max(control.newest, scope.counts('treatment').newest);
    const from = scope.from ?? this.#ledger.earliest ?? eventTime(newest);
    // Nothing is known of the time after the newest record.
    const to = eventTime(Math.min(scope.to ?? Number.POSITIVE_INFINITY, newest));
    const numbers = (since: EventTime, until: EventTime) => ({
      treatment: this.#ledger.number('treatment', since, until),
      control: this.#ledger.number('control', since, until),
    });
    const found = unfairness(from, after(to), numbers, eventTime(control.newest));
    return found === null && scope.percent === 100 ? { kind: 'everybody' } : found;
  }

  #recorded(measure: ResolvedMeasure, needed: number, control: Control | null): Baseline | null {
    const scope = this.#recordedScope();
    if (scope === null) return null;
    if (measure.kind === 'count' || measure.kind === 'lines' || measure.kind === 'signal') return null;
    const ofArm = measure.kind === 'gauge' ? undefined : scope.counts('control').n > 0 ? 'control' : measure.arm;
    // A part of the window is no baseline.
    if (uncounted(measure, scope, ofArm) > 0) return null;
    return usable('window', findFigure(measure, scope, ofArm), Math.max(1, needed), control);
  }

  #fixed(name: string, control: Control | null): Baseline | null {
    const value = this.#figures[name];
    if (value === undefined || !Number.isFinite(value)) return null;
    return { from: 'figure', found: { kind: 'value', value, n: 0, unit: '' }, value, because: becauseOf(control) };
  }

  #unfairText(because: Unfair, { to }: Scope): string {
    const now = to ?? this.#ledger.watermark ?? 0;
    switch (because.kind) {
      case 'none':
        return 'there is no control record in this time';
      case 'everybody':
        return 'at 100 % there is no control';
      case 'few':
        return `control has ${grouped(because.n)} of the ${grouped(because.needed)} records it needs`;
      case 'ended':
        return `control ended at ${clockText(because.at, now, this.#zone)}`;
      case 'gap': {
        const span = spanTexts(because.from, because.to, now, this.#zone).join(' to ');
        return `control has ${because.n === 0 ? 'no record' : `only ${grouped(because.n)} record${because.n === 1 ? '' : 's'}`} from ${span}`;
      }
    }
  }

  #windowText({ to }: Scope): string {
    const { from, to: end } = this.#recordedSpan ?? { from: null, to: null };
    if (from === null || end === null) return '';
    return spanTexts(from, end, to ?? this.#ledger.watermark ?? end, this.#zone).join('–');
  }
}

type Control =
  | { readonly kind: 'fair'; readonly baseline: Baseline }
  | { readonly kind: 'unfair'; readonly because: Unfair };

function becauseOf(control: Control | null): Unfair | null {
  return control?.kind === 'unfair' ? control.because : null;
}

function usable(from: 'concurrent' | 'window', found: Found, needed: number, control: Control | null): Baseline | null {
  const value = figureValue(found);
  return found.n < needed || value === null ? null : { from, found, value, because: becauseOf(control) };
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
