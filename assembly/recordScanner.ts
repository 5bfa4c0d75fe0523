// The scanner of JSON lines in WebAssembly, by 16 bytes at a time (AssemblyScript; `daemon/ingest/vector/` is its other half).
// It takes lines that are plain JSON objects, holds every byte of them against the grammar (RFC 8259) and writes one row a
// line into columns. A line that it does not take is left, untouched, to the reader in JavaScript; what it takes, that one
// would read the same. Addresses are of the memory; 0 is "no". Every loop ends at a line feed, which nothing of JSON holds.

/** Decides on a key that has not been seen: index of a wanted field, `harmless` or `delicate`. */
declare function roleOf(start: u32, length: u32): i32;
/** Finds the instants of the minute whose 17 bytes stand there, and calls `knowMinute`, if it is one. */
declare function learnMinute(start: u32): boolean;

const quote: u32 = 0x22;
const comma: u32 = 0x2c;
const minus: u32 = 0x2d;
const point: u32 = 0x2e;
const zero: u32 = 0x30;
const colon: u32 = 0x3a;
const openBracket: u32 = 0x5b;
const backslash: u32 = 0x5c;
const closeBracket: u32 = 0x5d;
const openBrace: u32 = 0x7b;
const closeBrace: u32 = 0x7d;
const lineFeed: u32 = 0x0a;

/** `true`, `alse`, `null` as little-endian words. */
const trueWord: u32 = 0x65757274;
const falseEnd: u32 = 0x65736c61;
const nullWord: u32 = 0x6c6c756e;

// ── What JavaScript reads and writes ────────────────────────────────────────────────────────────────────────────────

/** The bytes of one read: the longest line with its end, and some. */
export const windowSize: u32 = 1024 * 1024 + 4096;
export const windowStart: u32 = <u32>memory.data(1024 * 1024 + 4096 + 64, 16);
export const mostRows: u32 = 8192;
export const mostFields: u32 = 64;
export const mostSlots: u32 = 16;
export const mostNumbers: u32 = 16;
/** Columns: a row for each line taken. */
export const timesColumn: u32 = <u32>memory.data(8192 * 8, 16);
/** Where each line starts, counted from `windowStart`. */
export const startsColumn: u32 = <u32>memory.data(8192 * 4, 16);
export const classesColumn: u32 = <u32>memory.data(8192 * 2, 16);
/** As many numbers a row as are wanted. */
export const numbersColumn: u32 = <u32>memory.data(8192 * 16 * 8, 16);

/** Why a run of lines has ended. */
export const endedAtLimit: u32 = 0;
export const endedFull: u32 = 1;
/** The line at `reached` is not for this scanner. */
export const endedAtOther: u32 = 2;
/** So is that one; but its class is all that is missing, and `learnClass` teaches it. */
export const endedAtUnknownClass: u32 = 3;

/** The start of the line that comes next. */
export let reached: u32 = 0;
export let ended: u32 = 0;

/** A key that nobody reads: it may come twice, and hold anything. */
export const harmless: i32 = -1;
/** A key that may be part of what is read: lines with it are left. */
export const delicate: i32 = -2;

// ── What is wanted ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Of each wanted field: its slot or -1 (i32), whether its number is wanted (u32), its number in this line (f64). */
const fieldSize: u32 = 16;
const fields: u32 = <u32>memory.data(64 * 16, 16);
/** Fields of the values by which a line's class is told. Of each: the field (u32), its token in this line: start, length, hash. */
const slotSize: u32 = 16;
const slots: u32 = <u32>memory.data(16 * 16, 16);
let slotCount: u32 = 0;
/** Of each wanted number: its field, -1 for none (i32), and what it is multiplied with and divided by (f64). */
const numberSize: u32 = 24;
const numbers: u32 = <u32>memory.data(16 * 24, 16);
let numberCount: u32 = 0;

/** @param index of the field; the first one holds the time stamp. */
export function wantField(index: u32, isTested: boolean, isNumber: boolean): void {
  const field = fields + index * fieldSize;
  store<i32>(field, isTested ? <i32>slotCount : -1);
  store<u32>(field, isNumber ? 1 : 0, 4);
  if (!isTested) return;
  store<u32>(slots + slotCount * slotSize, index);
  slotCount += 1;
}

export function wantNumber(field: i32, times: f64, over: f64): void {
  const number = numbers + numberCount * numberSize;
  store<i32>(number, field);
  store<f64>(number, times, 8);
  store<f64>(number, over, 16);
  numberCount += 1;
}

// ── What this line has ──────────────────────────────────────────────────────────────────────────────────────────────

/** Bits of the wanted fields that it has, and of those whose value is a number. */
let present: u64 = 0;
let numeric: u64 = 0;
let stamp: f64 = 0;
/** The string that was passed last has an escape. */
let isEscaped: boolean = false;
/** The number that was read last. */
let value: f64 = 0;

// ── Known bytes ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Sixteen bytes of ones and sixteen of zeros: loaded at 16 - n, a mask of n bytes. */
const masks: u32 = <u32>memory.data(48, 16);
memory.fill(masks, 0xff, 16);

function isSame(one: u32, other: u32, length: u32): boolean {
  let at: u32 = 0;
  while (at + 16 <= length) {
    if (v128.any_true(v128.xor(v128.load(one + at), v128.load(other + at)))) return false;
    at += 16;
  }
  const rest = v128.load(masks + 16 - (length - at));
  return !v128.any_true(v128.and(v128.xor(v128.load(one + at), v128.load(other + at)), rest));
}

function hashOf(start: u32, length: u32): u32 {
  let hash: u64 = <u64>length;
  let at: u32 = 0;
  while (at + 8 <= length) {
    hash = rotl<u64>((hash ^ load<u64>(start + at)) * 0x9e3779b97f4a7c15, 29);
    at += 8;
  }
  const rest = length - at;
  if (rest > 0)
    hash = rotl<u64>((hash ^ (load<u64>(start + at) & (((<u64>1) << (rest * 8)) - 1))) * 0x9e3779b97f4a7c15, 29);
  return <u32>(hash ^ (hash >> 32));
}

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────

// A writer repeats its order: each key knows the one that followed it last, and the bytes between its value and the value of
// that one. They are compared as a whole; any other order or spacing is read byte by byte.
/** hash, length, role (i32), follower, length of the gap; its bytes (64 and padding); the gap's (96 and padding). */
const keySize: u32 = 224;
const keyBytes: u32 = 32;
const gapBytes: u32 = 112;
const longestKey: u32 = 64;
const longestGap: u32 = 96;
const mostKeys: u32 = 512;
const keys: u32 = <u32>memory.data(513 * 224, 16);
/** The first place is the start of a line. */
let keyCount: u32 = 0;
const keyTable: u32 = <u32>memory.data(2048 * 4, 16);
const keyTableMask: u32 = 2047;

/** The key whose bytes begin at `start`; 0 for one that is too long. */
function keyAt(start: u32, length: u32): u32 {
  if (length > longestKey) return 0;
  const hash = hashOf(start, length);
  let place = hash & keyTableMask;
  while (true) {
    const known = load<u32>(keyTable + place * 4);
    if (known === 0) break;
    if (load<u32>(known) === hash && load<u32>(known, 4) === length && isSame(known + keyBytes, start, length))
      return known;
    place = (place + 1) & keyTableMask;
  }
  // Keys that are made up line by line must not fill the memory.
  if (keyCount === mostKeys) return 0;
  keyCount += 1;
  const key = keys + keyCount * keySize;
  store<u32>(key, hash);
  store<u32>(key, length, 4);
  store<i32>(key, roleOf(start, length), 8);
  store<u32>(key, 0, 12);
  store<u32>(key, 0, 16);
  memory.copy(key + keyBytes, start, length);
  store<u32>(keyTable + place * 4, key);
  return key;
}

function forgetKeys(): void {
  memory.fill(keyTable, 0, 2048 * 4);
  store<u32>(keys, 0, 12);
  keyCount = 0;
}

// ── Tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The first byte from `at` on that is not JSON's white space; a line feed is the line's end. */
function behindSpace(start: u32): u32 {
  let at = start;
  while (true) {
    const byte: u32 = load<u8>(at);
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return at;
    at += 1;
  }
}

function isHexadecimal(byte: u32): boolean {
  return byte - zero <= 9 || (byte | 0x20) - 0x61 <= 5;
}

/** The closing quote of the string whose first byte is at `start`; 0 when it is none. */
function stringEnd(start: u32): u32 {
  let at = start;
  isEscaped = false;
  while (true) {
    const bytes = v128.load(at);
    const marked = v128.or(
      v128.or(v128.eq<u8>(bytes, v128.splat<u8>(0x22)), v128.eq<u8>(bytes, v128.splat<u8>(0x5c))),
      v128.lt<u8>(bytes, v128.splat<u8>(0x20)),
    );
    const bits = v128.bitmask<u8>(marked);
    if (bits === 0) {
      at += 16;
      continue;
    }
    at += <u32>ctz<i32>(bits);
    const byte: u32 = load<u8>(at);
    if (byte === quote) return at;
    if (byte !== backslash) return 0;
    isEscaped = true;
    const letter: u32 = load<u8>(at + 1);
    if (letter === 0x75) {
      for (let digit: u32 = 2; digit < 6; digit += 1) if (!isHexadecimal(load<u8>(at + digit))) return 0;
      at += 6;
    } else if (isEscapeLetter(letter)) at += 2;
    else return 0;
  }
}

/** One of `"\/bfnrt`. */
function isEscapeLetter(letter: u32): boolean {
  return (
    letter === quote ||
    letter === backslash ||
    letter === 0x2f ||
    letter === 0x62 ||
    letter === 0x66 ||
    letter === 0x6e ||
    letter === 0x72 ||
    letter === 0x74
  );
}

/** Behind the word (`true`, `false`, `null`) that stands at `at`; 0 when none does. */
function wordEnd(at: u32): u32 {
  const word = load<u32>(at);
  if (word === trueWord || word === nullWord) return at + 4;
  return load<u8>(at) === 0x66 && load<u32>(at + 1) === falseEnd ? at + 5 : 0;
}

function digitsEnd(start: u32): u32 {
  let at = start;
  while (<u32>load<u8>(at) - zero <= 9) at += 1;
  return at;
}

/** Behind the number that stands at `start`, whatever it is worth; 0 when none does. */
function numberEnd(start: u32): u32 {
  const first = load<u8>(start) === minus ? start + 1 : start;
  let at = digitsEnd(first);
  if (at === first || (at > first + 1 && load<u8>(first) === zero)) return 0;
  if (load<u8>(at) === point) {
    const fraction = at + 1;
    at = digitsEnd(fraction);
    if (at === fraction) return 0;
  }
  if ((<u32>load<u8>(at) | 0x20) !== 0x65) return at;
  at += 1;
  const sign: u32 = load<u8>(at);
  if (sign === 0x2b || sign === minus) at += 1;
  const exponent = at;
  at = digitsEnd(exponent);
  return at === exponent ? 0 : at;
}

/** Deeper nesting is left: the reader in JavaScript knows how deep is too deep. */
const deepest: u32 = 24;

/** Behind the object or list that opens at `start`; 0 when it is none, or a deep one. */
function nestedEnd(start: u32): u32 {
  let at = start;
  let depth: u32 = 0;
  /** A bit for each level: it is an object. */
  let levels: u32 = 0;
  while (true) {
    const byte: u32 = load<u8>(at);
    let isOpen = false;
    if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth > deepest) return 0;
      levels = (levels << 1) | (byte === openBrace ? 1 : 0);
      at = behindSpace(at + 1);
      isOpen = load<u8>(at) !== (byte === openBrace ? closeBrace : closeBracket);
    } else {
      at = scalarEnd(at);
      if (at === 0) return 0;
    }
    if (!isOpen) {
      at = behindClosed(at, depth, levels);
      if (at === 0 || closedTo === 0) return at;
      depth = closedTo;
      levels = closedLevels;
    }
    if ((levels & 1) === 0) continue;
    if (load<u8>(at) !== quote) return 0;
    at = stringEnd(at + 1);
    if (at === 0) return 0;
    at = behindSpace(at + 1);
    if (load<u8>(at) !== colon) return 0;
    at = behindSpace(at + 1);
  }
}

let closedTo: u32 = 0;
let closedLevels: u32 = 0;

/**
 * From behind a value on: passes what closes there, and the comma behind that. `closedTo` is the depth that is left; at 0 all
 * is closed and the answer is behind it. 0 when neither follows.
 */
function behindClosed(start: u32, depth: u32, levels: u32): u32 {
  let at = start;
  closedTo = depth;
  closedLevels = levels;
  while (true) {
    at = behindSpace(at);
    const byte: u32 = load<u8>(at);
    if (byte === comma) return behindSpace(at + 1);
    if (byte !== ((closedLevels & 1) === 1 ? closeBrace : closeBracket)) return 0;
    at += 1;
    closedTo -= 1;
    closedLevels >>= 1;
    if (closedTo === 0) return at;
  }
}

function scalarEnd(at: u32): u32 {
  const byte: u32 = load<u8>(at);
  if (byte === quote) {
    const end = stringEnd(at + 1);
    return end === 0 ? 0 : end + 1;
  }
  return byte >= 0x61 ? wordEnd(at) : numberEnd(at);
}

// ── Numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** 10⁰ … 10²²: the powers of ten that a float64 holds exactly. */
const powersOfTen: u32 = <u32>memory.data(23 * 8, 16);
fillPowers();

function fillPowers(): void {
  let power: f64 = 1;
  for (let exponent: u32 = 0; exponent < 23; exponent += 1) {
    store<f64>(powersOfTen + exponent * 8, power);
    power *= 10;
  }
}

const largestExact: f64 = 9007199254740991;
/** 2²⁷ + 1 splits a float64 into two halves whose products are exact (Dekker 1971). */
const splitter: f64 = 134217729;
/** More than what three roundings can amount to. */
const roundingMargin: f64 = 8.881784197001252e-16;

/**
 * Behind the number at `start`, and in `value` the float64 that is nearest to it. 0 when it is none, or when only JavaScript
 * knows: an exponent, more digits than 64 bits hold, an integer beyond 2⁵³, the middle between two float64s.
 */
function readNumber(start: u32): u32 {
  const first = load<u8>(start) === minus ? start + 1 : start;
  let at = first;
  let digits: u64 = 0;
  while (true) {
    const digit = <u32>load<u8>(at) - zero;
    if (digit > 9) break;
    digits = digits * 10 + <u64>digit;
    at += 1;
  }
  let length = at - first;
  if (length === 0 || (length > 1 && load<u8>(first) === zero)) return 0;
  let decimals: u32 = 0;
  if (load<u8>(at) === point) {
    const fraction = at + 1;
    at = fraction;
    while (true) {
      const eight = load<u64>(at);
      if (!areDigits(eight)) break;
      digits = digits * 100000000 + valueOfEight(eight);
      at += 8;
    }
    while (true) {
      const digit = <u32>load<u8>(at) - zero;
      if (digit > 9) break;
      digits = digits * 10 + <u64>digit;
      at += 1;
    }
    decimals = at - fraction;
    if (decimals === 0) return 0;
    length += decimals;
    // Zeros at the front take no place.
    if (length > 19) {
      let front = first;
      while (load<u8>(front) === zero || load<u8>(front) === point) {
        if (load<u8>(front) === zero) length -= 1;
        front += 1;
      }
    }
  }
  if (length > 19 || decimals > 22 || (<u32>load<u8>(at) | 0x20) === 0x65) return 0;
  const power = load<f64>(powersOfTen + decimals * 8);
  const magnitude = digits <= 9007199254740992 ? <f64>digits / power : quotient(digits, power);
  if (!(magnitude <= largestExact)) return 0;
  value = first > start ? -magnitude : magnitude;
  return at;
}

function areDigits(eight: u64): boolean {
  return (
    ((eight & 0xf0f0f0f0f0f0f0f0) | (((eight + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) === 0x3333333333333333
  );
}

/** The number that eight digits are, the first of them in the lowest byte. */
function valueOfEight(eight: u64): u64 {
  const tens = ((eight & 0x0f0f0f0f0f0f0f0f) * 2561) >> 8;
  const hundreds = ((tens & 0x00ff00ff00ff00ff) * 6553601) >> 16;
  return ((hundreds & 0x0000ffff0000ffff) * 42949672960001) >> 32;
}

/**
 * digits / power, correctly rounded, or NaN when that is not certain: the quotient of the nearest float64, mended by its exact
 * remainder (Dekker 1971), as `jsonNumber.ts` does.
 */
function quotient(digits: u64, power: f64): f64 {
  const dividend = <f64>digits;
  const rest = <f64>(<i64>(digits - <u64>dividend));
  const estimate = dividend / power;
  const product = estimate * power;
  const remainder = dividend - product - productError(estimate, power, product) + rest;
  const mending = remainder / power;
  const least = estimate + mending * (1 - roundingMargin);
  return least === estimate + mending * (1 + roundingMargin) ? least : NaN;
}

/** The part of one · other that `product`, the rounded one, lacks. */
function productError(one: f64, other: f64, product: f64): f64 {
  const oneSplit = splitter * one;
  const oneHigh = oneSplit - (oneSplit - one);
  const oneLow = one - oneHigh;
  const otherSplit = splitter * other;
  const otherHigh = otherSplit - (otherSplit - other);
  const otherLow = other - otherHigh;
  return oneHigh * otherHigh - product + oneHigh * otherLow + oneLow * otherHigh + oneLow * otherLow;
}

// ── Time stamps ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** `2025-11-01T10:00:` */
const minuteLength: u32 = 17;
/** Records come minute by minute, and those around a minute's end take turns. Of each: its bytes, and two instants (f64). */
const minuteSize: u32 = 48;
const minutes: u32 = <u32>memory.data(4 * 48, 16);
const mostMinutes: u32 = 4;
let nextMinute: u32 = 0;

/**
 * @param zoned the start of the minute whose bytes are at `start`, in the source's zone; NaN when it comes twice.
 * @param civil the same when the stamp says UTC.
 */
export function knowMinute(start: u32, zoned: f64, civil: f64): void {
  const minute = minutes + nextMinute * minuteSize;
  memory.copy(minute, start, minuteLength);
  store<f64>(minute, zoned, 32);
  store<f64>(minute, civil, 40);
  latestMinute = minute;
  nextMinute = (nextMinute + 1) % mostMinutes;
}

let latestMinute: u32 = minutes;

function minuteAt(start: u32): u32 {
  if (isSame(latestMinute, start, minuteLength)) return latestMinute;
  for (let index: u32 = 0; index < mostMinutes; index += 1) {
    const minute = minutes + index * minuteSize;
    if (!isSame(minute, start, minuteLength)) continue;
    latestMinute = minute;
    return minute;
  }
  return learnMinute(start) ? latestMinute : 0;
}

function twoDigits(at: u32): f64 {
  const tens = <u32>load<u8>(at) - zero;
  const ones = <u32>load<u8>(at + 1) - zero;
  return tens <= 9 && ones <= 9 ? <f64>(tens * 10 + ones) : NaN;
}

/** The instant of the stamp in [start, end), as `stampBytes.ts` reads it; NaN when only its text can tell. */
function stampIn(start: u32, end: u32): f64 {
  if (end - start < minuteLength + 2) return NaN;
  const minute = minuteAt(start);
  if (minute === 0) return NaN;
  const second = twoDigits(start + minuteLength);
  // A leap second belongs to the next minute.
  if (!(second <= 59)) return NaN;
  let at = start + minuteLength + 2;
  let microsecond: u32 = 0;
  const mark: u32 = load<u8>(at);
  if (mark === point || mark === comma) {
    at += 1;
    const first = at;
    let scale: u32 = 100000;
    while (true) {
      const digit = <u32>load<u8>(at) - zero;
      if (digit > 9) break;
      microsecond += digit * scale;
      scale /= 10;
      at += 1;
    }
    if (at === first || at - first > 9) return NaN;
  }
  return ((minuteStart(minute, at, end) + second * 1000) * 1000 + <f64>microsecond) / 1000;
}

/** The minute's start by the stamp's end: nothing, `Z` or an offset such as `+01:00`. */
function minuteStart(minute: u32, at: u32, end: u32): f64 {
  if (at === end) return load<f64>(minute, 32);
  const civil = load<f64>(minute, 40);
  const sign: u32 = load<u8>(at);
  if (end === at + 1) return sign === 0x5a ? civil : NaN;
  if (end !== at + 6 || load<u8>(at + 3) !== colon || (sign !== 0x2b && sign !== minus)) return NaN;
  const offset = (twoDigits(at + 1) * 60 + twoDigits(at + 4)) * 60000;
  return sign === minus ? civil + offset : civil - offset;
}

/** Seconds, milliseconds or microseconds since the epoch, told apart by magnitude, as `timestamp.ts` reads them; NaN for anything else. */
function epochNumber(number: f64): f64 {
  if (!(number >= 0)) return NaN;
  if (number < 1e11) return toMicrosecond(number * 1000);
  if (number < 1e14) return toMicrosecond(number);
  return number < 1e17 ? toMicrosecond(number / 1000) : NaN;
}

function toMicrosecond(milliseconds: f64): f64 {
  const microseconds = milliseconds * 1000;
  const whole = Math.floor(microseconds);
  return (microseconds - whole >= 0.5 ? whole + 1 : whole) / 1000;
}

// ── Classes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

// The class of a line is told by the bytes of its tested values. JavaScript finds it once for each tuple of them.
/** hash, whether its lines are rows, the mask of the numbers that count, and length and bytes of the value in each slot. */
const classSize: u32 = 144;
const classSlots: u32 = 16;
const mostClasses: u32 = 256;
const classes: u32 = <u32>memory.data(256 * 144, 16);
let classCount: u32 = 0;
const classTable: u32 = <u32>memory.data(1024 * 2, 16);
const classTableMask: u32 = 1023;
/** 0 before there is any. */
let latestClass: u32 = 0;
const longestToken: u32 = 256;
const absent: u32 = 0xffffffff;
const tokensSize: u32 = 64 * 1024;
const tokens: u32 = <u32>memory.data(64 * 1024 + 16, 16);
let tokensLength: u32 = 0;
/** The hash of this line's tuple. */
let classHash: u32 = 0;

function slotLength(slot: u32): u32 {
  return ((present >> <u64>load<u32>(slot)) & 1) === 1 ? load<u32>(slot, 8) : absent;
}

function isClass(known: u32): boolean {
  if (load<u32>(known) !== classHash) return false;
  for (let index: u32 = 0; index < slotCount; index += 1) {
    const slot = slots + index * slotSize;
    const length = load<u32>(known + classSlots + index * 8);
    if (length !== slotLength(slot)) return false;
    if (length === absent) continue;
    if (!isSame(load<u32>(known + classSlots + index * 8, 4), load<u32>(slot, 4), length)) return false;
  }
  return true;
}

function hashSlots(): void {
  let hash: u32 = 0;
  for (let index: u32 = 0; index < slotCount; index += 1) {
    const slot = slots + index * slotSize;
    const own: u32 = slotLength(slot) === absent ? 0x9e3779b9 : load<u32>(slot, 12);
    hash = (rotl<u32>(hash, 7) ^ own) * 0x85ebca6b;
  }
  classHash = hash ^ (hash >> 15);
}

/** The class of this line; 0 when its tuple is unknown. */
function classOfLine(): u32 {
  hashSlots();
  if (latestClass !== 0 && isClass(latestClass)) return latestClass;
  let place = classHash & classTableMask;
  while (true) {
    const index: u32 = load<u16>(classTable + place * 2);
    if (index === 0) return 0;
    const known = classes + (index - 1) * classSize;
    if (isClass(known)) {
      latestClass = known;
      return known;
    }
    place = (place + 1) & classTableMask;
  }
}

/**
 * Teaches the class of the line at which the last run ended. The answer is its number, or -1 when there is no room.
 * @param isRow lines of this class are rows; others are left to JavaScript, one by one.
 * @param counted bit i is set when the i-th number of the row counts in this class.
 */
export function learnClass(isRow: boolean, counted: u32): i32 {
  if (classCount === mostClasses) return -1;
  const known = classes + classCount * classSize;
  for (let index: u32 = 0; index < slotCount; index += 1) {
    const slot = slots + index * slotSize;
    const length = slotLength(slot);
    store<u32>(known + classSlots + index * 8, length);
    if (length === absent) continue;
    if (tokensLength + length > tokensSize) return -1;
    memory.copy(tokens + tokensLength, load<u32>(slot, 4), length);
    store<u32>(known + classSlots + index * 8, tokens + tokensLength, 4);
    tokensLength += length;
  }
  store<u32>(known, classHash);
  store<u32>(known, isRow ? 1 : 0, 4);
  store<u32>(known, counted, 8);
  let place = classHash & classTableMask;
  while (load<u16>(classTable + place * 2) !== 0) place = (place + 1) & classTableMask;
  classCount += 1;
  store<u16>(classTable + place * 2, <u16>classCount);
  return <i32>(classCount - 1);
}

export function forgetClasses(): void {
  memory.fill(classTable, 0, 1024 * 2);
  classCount = 0;
  tokensLength = 0;
  latestClass = 0;
}

// ── Lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Takes the value at `start` for a wanted field. The answer is behind it, or 0. */
function takeValue(start: u32, index: u32): u32 {
  const bit = (<u64>1) << (<u64>index);
  if ((present & bit) !== 0) return 0;
  present |= bit;
  const field = fields + index * fieldSize;
  const byte: u32 = load<u8>(start);
  let end: u32 = 0;
  if (byte === quote) {
    end = stringEnd(start + 1);
    if (end === 0 || isEscaped || load<u32>(field, 4) !== 0) return 0;
    if (index === 0) stamp = stampIn(start + 1, end);
    end += 1;
  } else if (byte >= 0x61) {
    end = wordEnd(start);
    // Only JavaScript takes note of what is no number, and of what is no time.
    if (end === 0 || index === 0 || (byte !== 0x6e && load<u32>(field, 4) !== 0)) return 0;
  } else {
    end = readNumber(start);
    if (end === 0) return 0;
    if (index === 0) stamp = epochNumber(value);
    store<f64>(field, value, 8);
    numeric |= bit;
  }
  const slotIndex = load<i32>(field);
  if (slotIndex < 0) return end;
  const length = end - start;
  if (length > longestToken) return 0;
  const slot = slots + <u32>slotIndex * slotSize;
  store<u32>(slot, start, 4);
  store<u32>(slot, length, 8);
  store<u32>(slot, hashOf(start, length), 12);
  return end;
}

/** The key whose value comes next in this line, and where that begins. */
let memberKey: u32 = 0;

/**
 * From behind the value of the key `before` (or the line's start) to the next value: its start, and its key in `memberKey`.
 * When the object ends instead, `memberKey` is 0 and the answer is behind its brace. 0 when neither follows.
 */
function nextMember(start: u32, before: u32): u32 {
  const follower = load<u32>(before, 12);
  if (follower !== 0) {
    const gap = load<u32>(before, 16);
    if (isSame(before + gapBytes, start, gap)) {
      memberKey = follower;
      return start + gap;
    }
  }
  let at = behindSpace(start);
  const mark: u32 = load<u8>(at);
  if (mark !== comma && mark !== (before === keys ? openBrace : closeBrace)) return 0;
  at += 1;
  memberKey = 0;
  if (mark === closeBrace) return at;
  if (mark === comma && before === keys) return 0;
  at = behindSpace(at);
  if (mark === openBrace && load<u8>(at) === closeBrace) return at + 1;
  if (load<u8>(at) !== quote) return 0;
  const keyStart = at + 1;
  at = stringEnd(keyStart);
  if (at === 0 || isEscaped) return 0;
  const key = keyAt(keyStart, at - keyStart);
  if (key === 0) return 0;
  at = behindSpace(at + 1);
  if (load<u8>(at) !== colon) return 0;
  at = behindSpace(at + 1);
  memberKey = key;
  const gap = at - start;
  if (gap <= longestGap) {
    store<u32>(before, key, 12);
    store<u32>(before, gap, 16);
    memory.copy(before + gapBytes, start, gap);
  }
  return at;
}

/** Reads the line at `start`: where its line feed is, or 0. */
function readLine(start: u32): u32 {
  present = 0;
  numeric = 0;
  stamp = NaN;
  let at = start;
  let before = keys;
  while (true) {
    at = nextMember(at, before);
    if (at === 0) return 0;
    if (memberKey === 0) break;
    before = memberKey;
    const role = load<i32>(before, 8);
    if (role >= 0) at = takeValue(at, <u32>role);
    else if (role === delicate) return 0;
    else {
      const byte: u32 = load<u8>(at);
      at = byte === openBrace || byte === openBracket ? nestedEnd(at) : scalarEnd(at);
    }
    if (at === 0) return 0;
  }
  at = behindSpace(at);
  return load<u8>(at) === lineFeed ? at : 0;
}

function isAscii(start: u32, end: u32): boolean {
  let at = start;
  while (at + 16 <= end) {
    if (v128.bitmask<u8>(v128.load(at)) !== 0) return false;
    at += 16;
  }
  while (at < end) {
    if (load<u8>(at) >= 0x80) return false;
    at += 1;
  }
  return true;
}

/**
 * Reads lines from `start` on, up to the byte `limit`, which is behind a line feed. The answer is how many rows the columns
 * have; `reached` and `ended` tell the rest.
 * @param isText the bytes are known to be UTF-8; else lines beyond ASCII are left.
 * @param least and `most`: lines of earlier or later times are left.
 * @param longest longer lines are left.
 */
export function scan(start: u32, limit: u32, rows: u32, isText: boolean, least: f64, most: f64, longest: u32): u32 {
  let at = start;
  let row: u32 = 0;
  ended = endedAtLimit;
  if (keyCount === mostKeys) forgetKeys();
  while (at < limit) {
    if (row === rows) {
      ended = endedFull;
      break;
    }
    const feed = readLine(at);
    if (feed === 0 || feed - at > longest || !(stamp >= least && stamp <= most) || (!isText && !isAscii(at, feed))) {
      ended = endedAtOther;
      break;
    }
    const known = classOfLine();
    if (known === 0) {
      ended = endedAtUnknownClass;
      break;
    }
    if (load<u32>(known, 4) === 0) {
      ended = endedAtOther;
      break;
    }
    store<f64>(timesColumn + row * 8, stamp);
    store<u32>(startsColumn + row * 4, at - windowStart);
    store<u16>(classesColumn + row * 2, <u16>((known - classes) / classSize));
    writeNumbers(numbersColumn + row * numberCount * 8, load<u32>(known, 8));
    row += 1;
    at = feed + 1;
  }
  reached = at;
  return row;
}

/** @param counted bit i is set when the i-th number counts. */
function writeNumbers(into: u32, counted: u32): void {
  for (let index: u32 = 0; index < numberCount; index += 1) {
    const number = numbers + index * numberSize;
    const field = load<i32>(number);
    let written: f64 = NaN;
    if (((counted >> index) & 1) === 1 && field >= 0 && ((numeric >> <u64>field) & 1) === 1) {
      written = (load<f64>(fields + <u32>field * fieldSize, 8) * load<f64>(number, 8)) / load<f64>(number, 16);
    }
    store<f64>(into + index * 8, written);
  }
}
