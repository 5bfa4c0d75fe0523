/** The 97.5 % quantile of the normal distribution: 95 % lie within it on both sides. */
const z = 1.959964;

/**
 * The range in which a share lies with 95 %: the score interval of E. B. Wilson, "Probable inference, the law of
 * succession, and statistical inference" (1927). Unlike the verdicts it holds for one look, and only shows how far a
 * point may be trusted.
 *
 * @param share of `n` records, 0 to 1
 */
export function likelyRange(share: number, n: number): readonly [low: number, high: number] {
  if (n <= 0) return [0, 1];
  const scale = 1 + z ** 2 / n;
  const middle = (share + z ** 2 / (2 * n)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))) / scale;
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
