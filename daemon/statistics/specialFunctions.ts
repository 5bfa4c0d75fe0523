/**
 * The two functions the statistics need, in logarithms, because likelihoods of thousands of records leave the range of a
 * float64. Accurate to about 1e-12 of the logarithm; the statistics' published values are the test.
 */

/** ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b), for positive a and b. */
export function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}

/** ln Iₓ(a, b), the regularised incomplete beta function; `-Infinity` where it is zero. */
export function lnBetaIncomplete(x: number, a: number, b: number): number {
  if (x <= 0) return Number.NEGATIVE_INFINITY;
  if (x >= 1) return 0;
  const lnPrefix = a * Math.log(x) + b * Math.log1p(-x) - lnBeta(a, b);
  if (x < (a + 1) / (a + b + 2)) return lnPrefix + Math.log(continuedFraction(x, a, b) / a);
  // Iₓ(a, b) = 1 − I₁₋ₓ(b, a), on the side where the fraction converges quickly.
  return Math.log1p(-Math.min(1, Math.exp(lnPrefix + Math.log(continuedFraction(1 - x, b, a) / b))));
}

const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];

/** Stirling's series from 15 up, reached by Γ(x + 1) = x Γ(x). */
function lnGamma(x: number): number {
  let shift = 0;
  let argument = x;
  while (argument < 15) {
    shift += Math.log(argument);
    argument += 1;
  }
  const square = 1 / (argument * argument);
  let power = 1 / argument;
  let series = 0;
  for (const coefficient of stirling) {
    series += coefficient * power;
    power *= square;
  }
  return (argument - 0.5) * Math.log(argument) - argument + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

const tiny = 1e-300;

/** The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method. */
function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  // The terms needed grow with the square root of the larger argument.
  const most = 200 + 10 * Math.sqrt(Math.max(a, b));
  for (let m = 1; m <= most; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}
