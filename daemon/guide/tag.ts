import type { Concept, UnitName } from './lexicon/concepts.ts';
import { folded, isAlphabetic, meanings, numerals, units } from './lexicon/vocabulary.ts';
import { withPlainSigns } from './text/text.ts';

/** A guide's words with what they mean. A passage is tagged once; every rule reads the same tokens. */
export interface Token {
  readonly kind: 'word' | 'number' | 'mark';
  readonly text: string;
  /** Its meanings; empty for a word that no lexicon knows. */
  readonly concepts: readonly Concept[];
  readonly start: number;
  readonly end: number;
  readonly number: Figure | undefined;
}

/** A number with its unit; times in milliseconds, sizes in MiB. */
export interface Figure {
  readonly value: number;
  /** The other end of a range. */
  readonly high: number | undefined;
  readonly unit: '' | '%' | 'points' | 'x' | 'time' | 'size';
  /** The number as written, `99.0`, where nothing was converted. */
  readonly written: string | undefined;
  /** `30+`, `≥`-like. */
  readonly open: boolean;
  /** `1.500` could be two numbers. */
  readonly ambiguous: boolean;
  /** The unit of a time as written, for plans: `48h` stays in hours. */
  readonly timeUnit: UnitName | undefined;
}

const numberAt = /\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?/y;
const rangeAt = /\s?%?\s?(?:-|~|to|à|bis|至|到|〜)\s?(?=\d)/y;
const ofHundred =
  /\s(?:in|out of)\s(?:every )?(100|1,?000|10)(?![\d.,]*\d|\s?(?:%|m|s|h|d|min|sec|hour|day|second)\w*\b)/y;
const quantileAt = /p\d{2,3}(?:\.\d+)?(?!\w)|\d{2}(?:\.\d+)?(?:th|st|rd)[ -]?percentile/iy;
const markAt = /[^\s\p{L}\p{N}]/uy;
const wordAt = /[\p{L}\p{N}_$][\p{L}\p{N}_.$]*/uy;
// biome-ignore format: units stand together
const scale: Readonly<Record<UnitName, number>> = {
  ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, '%': 1, points: 1, x: 1, k: 1000,
  KiB: 1 / 1024, MiB: 1, GiB: 1024,
};

export function tag(written: string): readonly Token[] {
  const text = withPlainSigns(written);
  const small = folded(text);
  const tokens: Token[] = [];
  const push = (kind: Token['kind'], start: number, end: number, more: Partial<Token> = {}) => {
    tokens.push({ kind, text: text.slice(start, end), concepts: [], start, end, number: undefined, ...more });
  };
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? '';
    if (/\s/.test(character)) {
      at += 1;
      continue;
    }
    const quantile = matchAt(quantileAt, text, at);
    if (quantile !== undefined && !isAlphabetic(text[at - 1] ?? '')) {
      push('word', at, at + quantile.length, { concepts: ['median'] });
      at += quantile.length;
      continue;
    }
    const figure = figureAt(text, small, at, means(tokens.at(-1), 'stage', 'calendar'));
    if (figure !== undefined) {
      push('number', at, figure.end, { number: figure.figure });
      at = figure.end;
      continue;
    }
    const known = meanings.longest(small, at);
    const word = matchAt(wordAt, text, at);
    // A name such as `error_budget.left` is one word, whatever its parts mean.
    if (word !== undefined && /\w[_.]\w/.test(word) && (known === undefined || known.end < at + word.length)) {
      push('word', at, at + word.replace(/\.+$/, '').length);
      at += word.replace(/\.+$/, '').length;
    } else if (known !== undefined) {
      const kind = /^[^\p{L}\p{N}]+$/u.test(text.slice(at, known.end)) ? 'mark' : 'word';
      push(kind, at, known.end, { concepts: known.meanings });
      at = known.end;
    } else if (word !== undefined && isAlphabetic(character)) {
      const size = alphabeticLength(word);
      push('word', at, at + size);
      at += size;
    } else if (matchAt(markAt, text, at) !== undefined) {
      push('mark', at, at + 1);
      at += 1;
    } else {
      at = unknownRun(small, at, push);
    }
  }
  return tokens;
}

/** Letters of a script without blanks, up to the next word that is known. */
function unknownRun(small: string, start: number, push: (kind: 'word', start: number, end: number) => void): number {
  let end = start + 1;
  while (
    end < small.length &&
    /[\p{L}\p{M}]/u.test(small[end] ?? '') &&
    !isAlphabetic(small[end] ?? '') &&
    meanings.longest(small, end) === undefined
  )
    end += 1;
  push('word', start, end);
  return end;
}

function alphabeticLength(word: string): number {
  let size = 0;
  while (size < word.length && (isAlphabetic(word[size] ?? '') || /[._$\p{M}]/u.test(word[size] ?? ''))) size += 1;
  const trimmed = word.slice(0, Math.max(1, size)).replace(/\.+$/, '');
  return Math.max(1, trimmed.length);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** @param isNumbered a stage's name stands before: `Phase 1 – 5 %` is no range. */
function figureAt(
  text: string,
  small: string,
  at: number,
  isNumbered: boolean,
): { figure: Figure; end: number } | undefined {
  const before = text[at - 1] ?? '';
  const digits = matchAt(numberAt, text, at);
  if (digits === undefined) return numeralAt(small, at);
  if (isAlphabetic(before) || before === '_' || before === '#' || (before === '-' && isAlphabetic(text[at - 2] ?? '')))
    return undefined;
  let end = at + digits.length;
  // `3/3`, `2026-02-04` and `10:30` are no numbers; dates and ratios have readers of their own.
  if (/^[/:.]\d/.test(text.slice(end)) || /\d[/:.]$/.test(text.slice(Math.max(0, at - 2), at))) return undefined;
  if (/^-\d{1,2}-\d/.test(text.slice(end)) || /\d-$/.test(text.slice(Math.max(0, at - 2), at))) return undefined;
  let high: number | undefined;
  const range = matchAt(rangeAt, text, end);
  if (range !== undefined) {
    const other = matchAt(numberAt, text, end + range.length) ?? '';
    const value = amount(other);
    const behind = text.slice(end + range.length + other.length);
    const isShare = isNumbered && /^\s/.test(range) && /^\s?%/.test(behind);
    if (other !== '' && value > amount(digits) && !isShare && !/^[-:/]\d/.test(behind)) {
      high = value;
      end += range.length + other.length;
    }
  }
  const parts = high === undefined ? matchAt(ofHundred, text, end) : undefined;
  if (parts !== undefined || /^\s?‰/.test(text.slice(end))) {
    const whole = parts === undefined ? 1000 : Number(parts.replaceAll(/[^\d]/g, ''));
    const share = plainFigure(rounded((100 * amount(digits)) / whole), '%');
    if (share.value <= 100)
      return { figure: share, end: parts === undefined ? text.indexOf('‰', end) + 1 : end + parts.length };
  }
  const open = /^\s?\+/.test(text.slice(end));
  const behind = open ? text.indexOf('+', end) + 1 : end;
  const found = unitAt(text, small, behind);
  if (found === undefined && isAlphabetic(text[end] ?? '')) return undefined;
  const factor = found === undefined ? 1 : scale[found.unit];
  const ambiguous = /^[1-9]\d{0,2}\.\d{3}$/.test(digits) && found === undefined;
  const figure: Figure = {
    value: rounded(amount(digits) * factor),
    high: high === undefined ? undefined : rounded(high * factor),
    unit: kindOf(found?.unit),
    written:
      factor === 1 && !/,\d{3}$/.test(digits) && /^\d{1,6}(?:[.,]\d{1,4})?$/.test(digits) ? pointed(digits) : undefined,
    open,
    ambiguous,
    timeUnit: kindOf(found?.unit) === 'time' ? found?.unit : undefined,
  };
  return { figure, end: found?.end ?? (open ? behind : end) };
}

function plainFigure(value: number, unit: Figure['unit'], timeUnit?: UnitName): Figure {
  return { value, high: undefined, unit, written: undefined, open: false, ambiguous: false, timeUnit };
}

/** Number words count where a unit follows; `zero` alone does too. */
function numeralAt(small: string, at: number): { figure: Figure; end: number } | undefined {
  if (isAlphabetic(small[at - 1] ?? '')) return undefined;
  const numeral = numerals.longest(small, at);
  const [value] = numeral?.meanings ?? [];
  if (numeral === undefined || value === undefined) return undefined;
  // `more than twice the control`
  if (small.slice(at, numeral.end) === 'twice') return { figure: plainFigure(value, 'x'), end: numeral.end };
  const found = unitAt(small, small, numeral.end);
  if (found === undefined && value !== 0 && value < 100) return undefined;
  if (found !== undefined && found.end - numeral.end <= 2 && isAlphabetic(small[found.end - 1] ?? '')) return undefined;
  const factor = found === undefined ? 1 : scale[found.unit];
  const unit = kindOf(found?.unit);
  return {
    figure: plainFigure(rounded(value * factor), unit, unit === 'time' ? found?.unit : undefined),
    end: found?.end ?? numeral.end,
  };
}

function unitAt(text: string, small: string, end: number): { unit: UnitName; end: number } | undefined {
  const gap = /^[\s-]?/.exec(text.slice(end))?.[0].length ?? 0;
  const found = units.longest(small, end + gap);
  const [unit] = found?.meanings ?? [];
  if (found === undefined || unit === undefined) return undefined;
  const word = text.slice(end + gap, found.end);
  // `5 M` is not five minutes, and in `10 - s` nothing is a unit.
  if (word.length === 1 && word !== word.toLowerCase()) return undefined;
  if (gap === 1 && text[end] === '-' && word.length === 1) return undefined;
  return { unit, end: found.end };
}

// biome-ignore format: units stand together
const kinds: Readonly<Record<UnitName, Figure['unit']>> = {
  ms: 'time', s: 'time', m: 'time', h: 'time', d: 'time', w: 'time', KiB: 'size', MiB: 'size', GiB: 'size',
  '%': '%', points: 'points', x: 'x', k: '',
};

function kindOf(unit: UnitName | undefined): Figure['unit'] {
  return unit === undefined ? '' : kinds[unit];
}

function pointed(digits: string): string {
  return digits.replace(',', '.');
}

function amount(digits: string): number {
  return Number(/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(digits) ? digits.replaceAll(',', '') : pointed(digits));
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}

export function means(token: Token | undefined, ...wanted: readonly Concept[]): boolean {
  return token !== undefined && wanted.some((concept) => token.concepts.includes(concept));
}

export function anyMeans(tokens: readonly Token[], ...wanted: readonly Concept[]): boolean {
  return tokens.some((token) => means(token, ...wanted));
}

/** True when anything but fillers and marks is left. */
export function saysMore(tokens: readonly Token[]): boolean {
  return tokens.some((token) => token.kind !== 'mark' && !means(token, 'filler'));
}

/** The percentages of a text. */
export function sharesOut(tokens: readonly Token[]): readonly number[] {
  return tokens.flatMap(({ number }) => (number?.unit === '%' && number.high === undefined ? [number.value] : []));
}
