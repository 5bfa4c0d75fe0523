/** The quantiles of a latency that charts, reports, reviews and replays show, ascending. One more is one more number here. */
export const shownQuantiles: readonly number[] = [0.5, 0.95];

/** The one among these that a chart draws as its main line. */
export const mainQuantile = 0.95;

/** The main one first, then the others, the highest first. */
export const quantilesByWeight: readonly number[] = [
  mainQuantile,
  ...shownQuantiles.filter((at) => at !== mainQuantile).toReversed(),
];

/** `p95`, `p99.9`. */
export function quantileName(at: number): string {
  return `p${Number((at * 100).toFixed(6))}`;
}

/** One quantile of an arm over time; empty where it is not told. */
export function quantileValues(
  {
    quantiles,
  }: { readonly quantiles: readonly { readonly at: number; readonly values: readonly (number | null)[] }[] },
  at: number,
): readonly (number | null)[] {
  return quantiles.find((quantile) => quantile.at === at)?.values ?? [];
}

/** The measure of the plan that is this quantile; `null` without one. */
export function quantileMeasure(
  { quantiles }: { readonly quantiles: readonly { readonly at: number; readonly measure: string | null }[] },
  at: number,
): string | null {
  return quantiles.find((quantile) => quantile.at === at)?.measure ?? null;
}
