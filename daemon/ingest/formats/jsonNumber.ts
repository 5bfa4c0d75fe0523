/** No number so short and without an exponent is beyond a float64. */
const longestNumber = 300;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;

/** 10⁰ … 10²²: the powers of ten that a float64 holds exactly. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** A head below this takes one more digit and stays exact. */
const headLimit = 1e14;
/** So many digits behind the head are exact together. */
const longestTail = 15;
/** 2²⁷ + 1 splits a float64 into two halves whose products are exact (Dekker 1971). */
const splitter = 134_217_729;
/** More than what three roundings can amount to. */
const roundingMargin = 2 ** -50;

/** Reads JSON numbers from bytes in one pass, each held against the grammar and valued as JSON.parse values it. */
export class JsonNumber {
  /** The value of the number just read, bit for bit as JSON.parse gives it. */
  value = Number.NaN;

  /**
   * The offset behind the JSON number that starts at `at`, or -1: there is none, or it has an exponent or hundreds of
   * digits, and so may be beyond a float64.
   */
  read(bytes: Uint8Array, at: number): number {
    const first = bytes[at] === minus ? at + 1 : at;
    let end = first;
    // All digits as one whole number, in two parts that are exact.
    let head = 0;
    let tail = 0;
    let tailLength = 0;
    let decimals = 0;
    for (let fraction = -1; ; end += 1) {
      const digit = (bytes[end] ?? 0) - zero;
      if (digit >= 0 && digit <= 9) {
        if (head < headLimit) head = head * 10 + digit;
        else {
          tail = tail * 10 + digit;
          tailLength += 1;
        }
        continue;
      }
      if (fraction !== -1) {
        decimals = end - fraction;
        if (decimals === 0) return -1;
        break;
      }
      if (end === first || (bytes[first] === zero && end > first + 1)) return -1;
      if (digit + zero !== point) break;
      fraction = end + 1;
    }
    const next = bytes[end];
    if (next === 0x65 || next === 0x45 || end - at > longestNumber) return -1;
    const power = powersOfTen[decimals];
    let value = Number.NaN;
    if (power !== undefined) value = tailLength === 0 ? head / power : quotient(head, tail, tailLength, power);
    // Digits beyond all bounds, or so near the middle between two float64s that rounding might err.
    if (Number.isNaN(value)) this.value = Number(Buffer.from(bytes.subarray(at, end)).toString('latin1'));
    else this.value = first > at ? -value : value;
    return end;
  }
}

/**
 * (head · 10^tailLength + tail) / power, correctly rounded, or `NaN` when that is not certain. One division rounds
 * correctly when both sides are exact (Clinger 1990, "How to read floating point numbers accurately"); here the dividend is
 * a sum of two float64s, so the quotient is mended by its exact remainder (Dekker 1971, "A floating-point technique for
 * extending the available precision"). Half of all numbers that a program prints in full have so many digits.
 */
function quotient(head: number, tail: number, tailLength: number, power: number): number {
  const scale = powersOfTen[tailLength];
  if (scale === undefined || tailLength > longestTail) return Number.NaN;
  const dividend = head * scale;
  const rest = productError(head, scale, dividend) + tail;
  const estimate = dividend / power;
  const product = estimate * power;
  const remainder = dividend - product - productError(estimate, power, product) + rest;
  const mending = remainder / power;
  const least = estimate + mending * (1 - roundingMargin);
  return least === estimate + mending * (1 + roundingMargin) ? least : Number.NaN;
}

/** The part of one · other that `product`, the rounded one, lacks. */
function productError(one: number, other: number, product: number): number {
  const oneSplit = splitter * one;
  const oneHigh = oneSplit - (oneSplit - one);
  const oneLow = one - oneHigh;
  const otherSplit = splitter * other;
  const otherHigh = otherSplit - (otherSplit - other);
  const otherLow = other - otherHigh;
  return oneHigh * otherHigh - product + oneHigh * otherLow + oneLow * otherHigh + oneLow * otherLow;
}
