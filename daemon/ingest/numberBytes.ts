/** No number so short and without an exponent is beyond a float64. */
const longestNumber = 300;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;

/** 10⁰ … 10²²: the powers of ten that a float64 holds exactly. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * The offset behind the JSON number that starts at `at`, or -1: there is none, or it has an exponent or hundreds of
 * digits, and so may be beyond a float64.
 */
export function numberEnd(bytes: Buffer, at: number): number {
  const first = bytes[at] === minus ? at + 1 : at;
  let end = digitsEnd(bytes, first);
  if (end === first || (bytes[first] === zero && end > first + 1)) return -1;
  if (bytes[end] === point) {
    const fraction = end + 1;
    end = digitsEnd(bytes, fraction);
    if (end === fraction) return -1;
  }
  const next = bytes[end];
  return next === 0x65 || next === 0x45 || end - at > longestNumber ? -1 : end;
}

/**
 * The value of the number in `bytes[start, end)`, bit for bit as JSON.parse gives it. Digits and a power of ten that a
 * float64 both holds exactly need one division, which rounds correctly (Clinger 1990, "How to read floating point
 * numbers accurately").
 */
export function numberOf(bytes: Buffer, start: number, end: number): number {
  const negative = bytes[start] === minus;
  let digits = 0;
  let decimals = 0;
  for (let at = negative ? start + 1 : start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === point) decimals = end - at - 1;
    else digits = digits * 10 + (byte - zero);
  }
  const power = powersOfTen[decimals];
  if (digits > Number.MAX_SAFE_INTEGER || power === undefined) return Number(bytes.toString('latin1', start, end));
  const value = digits / power;
  return negative ? -value : value;
}

function digitsEnd(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte < zero || byte > 0x39) return at;
    at += 1;
  }
}
