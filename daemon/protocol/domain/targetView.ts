/** A figure and the interval the data leave for it. */
export interface TargetFigure {
  /** A share in 0..1, a value in the measure's unit, or a rate per hour. */
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly n: number;
}

/** An expected improvement, and its present result. */
export interface TargetView {
  readonly measure: string;
  /** As the plan writes it: `-30..-50%`, `5..10x`. */
  readonly wanted: string;
  readonly outcome: 'achieved' | 'missed' | 'not-measurable';
  /** One line: the measured change, or why nothing is known. */
  readonly detail: string;
  /** `%` for shares, `/h` for counts, else the measure's own. */
  readonly unit: string;
  readonly baseline: (TargetFigure & { readonly from: 'concurrent' | 'window' | 'figure' }) | null;
  readonly current: TargetFigure | null;
  /** Current by baseline; the interval holds with 95 %. Its upper end is the largest number there is when the baseline may be zero. */
  readonly ratio: { readonly value: number; readonly lower: number; readonly upper: number } | null;
}
