import type { Comparison } from '../../protocol/domain/condition.ts';
import type { MeasureWord } from './measureWords.ts';
import { readNumber } from './quantities.ts';

/** How a guide compares. */
export interface WrittenComparison {
  readonly comparison: Comparison;
  readonly start: number;
  readonly end: number;
  /** Stands after the number: `100 or more`. */
  readonly suffix: boolean;
  /** `worse than`, `better than`: which way that is depends on the measure. */
  readonly judging: 'worse' | 'better' | undefined;
  readonly negated: boolean;
}

const negated =
  "\\b(?:no|not|never|cannot|can't|mustn't|shouldn't|doesn't|don't|didn't|isn't|aren't|hasn't|won't|without)\\b[^,;%\\d]{0,30}?";
const comparisons: readonly (readonly [RegExp, Comparison, boolean])[] = [
  [/≥/, '>=', false],
  [/≤/, '<=', false],
  [/\bat or (?:above|over|higher than|better than)\b/i, '>=', false],
  [/\bat or (?:below|under|lower than)\b/i, '<=', false],
  [/[<]/, '<', false],
  [/[>]/, '>', false],
  [
    new RegExp(
      `${negated}\\b(?:more|greater|higher|above|over|exceed\\w*|beyond|worse|longer|slower|rise above)\\b(?:\\s+than)?`,
      'i',
    ),
    '<=',
    false,
  ],
  [
    new RegExp(
      `${negated}\\b(?:less|lower|fewer|below|under|(?:drop|fall|dip)\\w*(?: below| under)?)\\b(?:\\s+than)?`,
      'i',
    ),
    '>=',
    false,
  ],
  [/\bor (?:more|higher|better|above|greater)\b|\d[\d.,]*\s?(?:k|%)?\+/i, '>=', true],
  [/\bor (?:less|lower|fewer|below|under)\b/i, '<=', true],
  [/\bat least\b|\bmin(?:imum)?\b\.?(?: of)?|\bfloor of\b/i, '>=', false],
  [/\bat most\b|\bmax(?:imum)?\b\.?(?: of)?|\bup to\b|\bcapped at\b|\bwithin\b/i, '<=', false],
  [
    /\b(?:above|over|exceed\w*|beyond|surpass\w*|(?:more|greater|higher|worse|better|slower|longer) than)\b/i,
    '>',
    false,
  ],
  [/\b(?:below|under|beneath|(?:less|fewer|lower|faster) than)\b/i, '<', false],
  [/={1,2}|\b(?:equals?|exactly)\b/i, '==', false],
];

/** The comparison in `plain` text: a sign, or words with or without a negation. */
export function readComparison(text: string): WrittenComparison | undefined {
  for (const [pattern, comparison, suffix] of comparisons) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const judging = /\bworse\b/i.test(match[0]) ? 'worse' : /\bbetter\b/i.test(match[0]) ? 'better' : undefined;
    const negative = new RegExp(negated, 'i').test(match[0]);
    return { comparison, suffix, start: match.index, end: match.index + match[0].length, judging, negated: negative };
  }
  return undefined;
}

/** A figure with its unit. */
export interface Quantity {
  readonly low: number;
  readonly high: number | undefined;
  /** The lower number as the guide writes it, `99.0`, where nothing was converted. */
  readonly written: string | undefined;
  readonly unit: string;
  readonly index: number;
  readonly end: number;
  /** Whether nothing but small words stands between the measure and the number. */
  near(measure: MeasureWord): boolean;
}

const quantityPattern =
  /(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+(?:[.,]\d+)?)(?:\s?%?\s?-\s?(\d+(?:[.,]\d+)?))?\s?(%|percent(?:age)?(?: points?)?|per ?cent|pct|ppt?|k\b|ms\b|milliseconds?|s\b|secs?\b|seconds?|min(?:ute)?s?\b|h\b|hours?\b|days?\b|[KMG]i?B\b|x\b|times\b)?/gi;

/** Every figure in `plain` text that has a unit or is compared; `unit` as written. For the count of what was read. */
export function readFigures(text: string): readonly { readonly text: string; readonly values: readonly number[] }[] {
  return [...text.matchAll(quantityPattern)].flatMap((match) => {
    const [whole, first = '', second, unit = ''] = match;
    const compared = /[<>≥≤=±]\s*$|\b(?:than|least|most|minimum of)\s*$/i.test(text.slice(0, match.index));
    // Of `Stage 1 - 10 %`, the 1 is a name and the 10 % is not.
    if (partOfName(text, match)) {
      const value = second === undefined || unit === '' ? undefined : readNumber(second);
      return value === undefined ? [] : [{ text: `${second}${unit}`, values: [value * factorOf(unit)] }];
    }
    if (unit === '' && !compared) return [];
    const values = [first, second].flatMap((each) => (each === undefined ? [] : [readNumber(each) ?? Number.NaN]));
    return [{ text: whole.trim(), values: values.map((value) => value * factorOf(unit)) }];
  });
}

/** The figure in `plain` text, from where its comparison ends; before it when the comparison is a suffix. */
export function readQuantity(text: string, from: number, suffix: boolean): Quantity | undefined {
  const all = [...text.matchAll(quantityPattern)].filter((match) => !partOfName(text, match));
  const match = suffix ? all.at(0) : (all.find((each) => each.index >= from) ?? (from === 0 ? undefined : all.at(0)));
  if (match === undefined) return undefined;
  const unit = unitOf(match[3] ?? '');
  const low = readNumber(match[1] ?? '');
  const high = match[2] === undefined ? undefined : readNumber(match[2]);
  if (unit === undefined || low === undefined) return undefined;
  const end = match.index + match[0].length;
  const factor = factorOf(match[3] ?? '');
  return {
    low: low * factor,
    high: high === undefined ? undefined : high * factor,
    written: factor === 1 ? decimal(match[1] ?? '') : undefined,
    unit,
    index: match.index,
    end,
    // A range may stand behind any verb: `hovers between 0.5 % and 1 %`.
    near: (measure) =>
      (high !== undefined && /^[^\d;]{0,30}$/.test(text.slice(measure.end, match.index))) ||
      /^[\s:(=~-]*(?:(?:is|are|of|at|stays?|remains?|rate|target|usage|reaches|hits|drops? to|consistently|around)\s+)*[\s(~]*$/i.test(
        text.slice(measure.end, match.index),
      ),
  };
}

function decimal(text: string): string | undefined {
  const point = /^\d{1,3}(?:,\d{3})+$/.test(text) ? text.replaceAll(',', '') : text.replace(',', '.');
  return /^\d{1,6}(?:\.\d{1,4})?$/.test(point) && !/^0\d/.test(point) ? point : undefined;
}

/** The 95 of `p95` or `95th percentile`, the 2 of `stage 2`, a year. */
function partOfName(text: string, match: RegExpExecArray): boolean {
  const after = text.slice(match.index + match[0].length);
  if (/^(?:st|nd|rd|th)\b|^(?:\.\d|xx)/i.test(after)) return true;
  return /\b(?:stage|phase|week|day|step|wave|ramp|http|sev|ring|ticket|v)[ -]?$/i.test(text.slice(0, match.index));
}

function unitOf(written: string): string | undefined {
  const lower = written.toLowerCase();
  if (lower === '' || lower === 'k') return '';
  if (/point|^ppt?$/.test(lower)) return undefined;
  if (/^(?:%|per|pct)/.test(lower)) return '%';
  if (/^(?:ms|milli|s|min|h|day)/.test(lower)) return 'ms';
  if (/^(?:x|times)$/.test(lower)) return 'x';
  return 'MiB';
}

/** Thousands, seconds in milliseconds, sizes in MiB; people who write MB or GB mean powers of two. */
function factorOf(written: string): number {
  const lower = written.toLowerCase();
  if (lower === 'k' || lower.startsWith('s')) return 1000;
  if (lower.startsWith('min')) return 60_000;
  if (lower.startsWith('h')) return 3_600_000;
  if (lower.startsWith('day')) return 86_400_000;
  if (lower.startsWith('g')) return 1024;
  return /^ki?b$/.test(lower) ? 1 / 1024 : 1;
}
