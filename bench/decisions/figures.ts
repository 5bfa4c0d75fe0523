/** Figures of a cell as text. */

/** Wilson at 95 %, in percent. */
export function interval(
  count: number,
  n: number,
): { readonly low: number; readonly high: number; readonly share: number } {
  const z = 1.96;
  const p = count / n;
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  const percent = (value: number) => 100 * Math.min(1, Math.max(0, value));
  return { low: percent(middle - half), high: percent(middle + half), share: percent(p) };
}

/** `2.0 (0.7–4.9)` */
export function shareText(count: number, n: number): string {
  const { low, high, share } = interval(count, n);
  return `${share.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`;
}

export function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length * share)] ?? Number.NaN;
}
