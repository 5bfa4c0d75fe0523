/**
 * Finds the assignments of a `.env` as the `dotenv` package (17) reads it, in linear time: its own expression is not
 * linear, and a rollback must never wait for one. The text is bytes as characters (`latin1`), so that an offset is a
 * byte's and bytes that are not UTF-8 survive.
 */

export type Quote = "'" | '"' | '`';

export interface Assignment {
  readonly key: string;
  /** As a reader sees it, still bytes as characters. */
  readonly value: string;
  /** Where the value is written, quotes included, blanks around it not. */
  readonly from: number;
  readonly to: number;
  readonly quote: Quote | null;
  /** Right behind the `=`. */
  readonly sign: number;
  /**
   * Readers disagree. `comment`: a `#` follows at once, part of the value to some. `next-line`: a quoted text on a later
   * line, which only `dotenv` takes for the value. `next-key`: a `KEY:` alone on its line, for which only `dotenv` takes
   * the line below, whatever that says to others.
   */
  readonly ambiguous: 'comment' | 'next-line' | 'next-key' | null;
}

const blank = /[ \t\v\f\r\n]/;
const word = /[A-Za-z0-9_.-]/;

export function scanDotenv(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  const closings = new Map<string, (open: number) => number>();
  const closing = (open: number): number => {
    const quote = text.charAt(open);
    const known = closings.get(quote) ?? closingsOf(text, quote);
    closings.set(quote, known);
    return known(open);
  };
  let at = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
  while (at < text.length) {
    const start = skip(text, at, blank);
    const head = headAt(text, start);
    if (head === undefined) {
      at = nextLine(text, start);
      continue;
    }
    const assignment = assignmentAt(text, head.key, head.end, closing);
    found.push(assignment);
    at = nextLine(text, assignment.to);
  }
  return found;
}

/** `KEY=`, `export KEY = ` or `KEY: `; `end` is where the value may begin. */
function headAt(text: string, start: number): { readonly key: string; readonly end: number } | undefined {
  if (text.startsWith('export', start)) {
    const afterExport = skip(text, start + 6, blank);
    const exported = afterExport > start + 6 ? plainHeadAt(text, afterExport) : undefined;
    if (exported !== undefined) return exported;
  }
  return plainHeadAt(text, start);
}

function plainHeadAt(text: string, start: number): { readonly key: string; readonly end: number } | undefined {
  const keyEnd = skip(text, start, word);
  if (keyEnd === start) return undefined;
  const key = text.slice(start, keyEnd);
  const sign = skip(text, keyEnd, blank);
  if (text.charAt(sign) === '=') return { key, end: sign + 1 };
  if (text.charAt(keyEnd) !== ':' || !blank.test(text.charAt(keyEnd + 1))) return undefined;
  return { key, end: keyEnd + (text.startsWith('\r\n', keyEnd + 1) ? 3 : 2) };
}

function assignmentAt(text: string, key: string, start: number, closing: (open: number) => number): Assignment {
  const open = skip(text, start, blank);
  const quote = text.charAt(open);
  const nextKey = /[\r\n]/.test(text.charAt(start - 1)) ? 'next-key' : null;
  if (isQuote(quote)) {
    const close = closing(open);
    if (close !== -1) {
      const value = unquoted(text.slice(open, close + 1));
      const ambiguous = nextKey ?? (/[\r\n]/.test(text.slice(start, open)) ? 'next-line' : null);
      return { key, value, from: open, to: close + 1, quote, sign: start, ambiguous };
    }
  }
  const end = skip(text, start, /[^#\r\n]/);
  const from = Math.min(skip(text, start, /[ \t\v\f]/), end);
  const written = trimEnd(text.slice(from, end));
  const empty = written === '';
  const to = empty ? start : from + written.length;
  return {
    key,
    value: unquoted(written),
    from: empty ? start : from,
    to,
    quote: null,
    sign: start,
    ambiguous: nextKey ?? (text.charAt(to) === '#' ? 'comment' : null),
  };
}

/**
 * For an opening quote, where its value ends, or -1. A value ends at the first quote without a backslash before it when
 * nothing but blanks or a comment follows on that line; else at the last one before that of which this is true.
 */
function closingsOf(text: string, quote: string): (open: number) => number {
  const places: number[] = [];
  /** For each place: the index in `places` of the next quote without a backslash, from there on. */
  const nextPlain: number[] = [];
  /** For each place: the last quote at which a value may end that has a backslash, up to there; -1 for none. */
  const lastEscaped: number[] = [];
  for (let at = text.indexOf(quote); at !== -1; at = text.indexOf(quote, at + 1)) places.push(at);
  let escaped = -1;
  for (const place of places) {
    if (text.charAt(place - 1) === '\\' && endsLine(text, place + 1)) escaped = place;
    lastEscaped.push(escaped);
  }
  let plain = places.length;
  for (let index = places.length - 1; index >= 0; index -= 1) {
    if (text.charAt((places[index] ?? 0) - 1) !== '\\') plain = index;
    nextPlain[index] = plain;
  }
  return (open) => {
    const first = indexAfter(places, open);
    if (first === places.length) return -1;
    const end = nextPlain[first] ?? places.length;
    const place = places[end];
    if (place !== undefined && endsLine(text, place + 1)) return place;
    const before = lastEscaped[end - 1] ?? -1;
    return before > open ? before : -1;
  };
}

/** The index of the first place after `offset`; `places` is sorted. */
function indexAfter(places: readonly number[], offset: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function endsLine(text: string, offset: number): boolean {
  const next = text.charAt(skip(text, offset, /[ \t\v\f]/));
  return next === '' || next === '#' || next === '\n' || next === '\r';
}

/** Strips one pair of like quotes; only in double quotes are `\n` and `\r` more than themselves. */
function unquoted(written: string): string {
  const text = written.replaceAll(/\r\n?/g, '\n');
  const quote = text.charAt(0);
  const paired = isQuote(quote) && text.length > 1 && text.endsWith(quote);
  const inner = paired ? text.slice(1, -1) : text;
  return quote === '"' ? inner.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : inner;
}

function isQuote(character: string): character is Quote {
  return character === "'" || character === '"' || character === '`';
}

function skip(text: string, start: number, what: RegExp): number {
  let at = start;
  while (at < text.length && what.test(text.charAt(at))) at += 1;
  return at;
}

function nextLine(text: string, start: number): number {
  return Math.max(start, skip(text, start, /[^\r\n]/)) + 1;
}

/** ASCII blanks only: the others are bytes of something else here. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && blank.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
