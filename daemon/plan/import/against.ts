import type { Comparison } from '../../protocol/domain/condition.ts';
import type { Claim, ClaimMood } from './claim.ts';
import { type Good, isGoodnessKnown, type MeasureWord } from './measureWords.ts';
import { figure, type LengthOfTime } from './quantities.ts';
import type { Quantity, WrittenComparison } from './thresholds.ts';

/**
 * What a figure is compared with: itself, or the baseline. A threshold misread is worse than one that is listed, so
 * wherever two readings are possible none is taken.
 */

const adjective =
  '(?:(?:old|sync|measured|recorded|concurrent|current|existing|legacy|stable|pre-?rollout|normal|usual|same|established|previous) )';
const noun =
  '(?:baseline|control|pre-?rollout|today|yesterday|before|normal|usual|legacy|(?:old|existing|current|stable|previous|sync) [a-z]+|current|stable|last (?:week|release|version))';
/** The baseline, in a guide's words. */
const baseline = `(?:the |its |our |their )?${adjective}{0,2}?${noun}`;
/** What links a percentage to the baseline behind it. */
const link = new RegExp(
  '^\\s*(?:(?<up>(?:above|over|higher|worse|slower|more|greater|longer|increase|growth|regression|up|degradation|overhead)\\b)|' +
    '(?<down>(?:below|under|lower|less|fewer|decrease|drop|reduction|faster)\\b))?\\s*' +
    `(?:(?<than>than|over|from|vs\\.?|versus|against|relative to|compared (?:to|with)|on)\\s+|(?<of>of)\\s+)?${baseline}\\b`,
  'i',
);
const relativeGrowth =
  /\b(?:spik\w+|increas\w+|grow\w*|ris\w+|rose|jump\w*|regress\w*|degrad\w*|climb\w*|up|worsen\w*|slower|higher|overhead)\b/i;
const relativeFall = /\b(?:drop\w*|decreas\w*|fall\w*|declin(?:e|ed|ing)|down|dip\w*|reduc\w*)\b/i;
/** A difference between shares below this could as well be meant in percentage points. */
const leastRelative = 10;

export interface Timeless {
  readonly text: string;
  readonly lasting: LengthOfTime | undefined;
}

/** The claim that a measure, a comparison and a figure make; `undefined` when it could be read in two ways. */
export function against(
  measure: MeasureWord,
  compared: WrittenComparison | undefined,
  quantity: Quantity,
  { text, lasting }: Timeless,
  clause: string,
  mood: ClaimMood,
): Claim | undefined {
  const before = text.slice(0, quantity.index);
  const after = text.slice(quantity.end);
  const written = directed(measure, compared);
  if (written === 'unknown') return undefined;
  const base = { measure, lasting, otherEnd: undefined };
  const groups = link.exec(after)?.groups;
  const linked = groups === undefined ? undefined : linkOf(groups);
  if (quantity.unit === 'x') {
    if (linked === undefined && !relativeGrowth.test(clause)) return undefined;
    if (linked === 'below') return undefined;
    return relative(base, written ?? harmful(measure.good, mood), quantity.low * 100);
  }
  if (quantity.unit !== '%') return plainFigure(base, written, quantity, mood);
  if (quantity.high !== undefined && linked !== undefined) return undefined;
  if (/\bwithin\s+(?:±\s*)?$|±\s*$/i.test(before)) return withinOf(base, quantity, linked, mood);
  // `5 % below control`: the word is part of the difference, not a comparison.
  const amount = compared !== undefined && compared.start >= quantity.end && !compared.suffix ? undefined : written;
  switch (linked) {
    case 'of':
      if (growthOf(clause) && quantity.low < 100) return grown(base, amount, quantity.low, mood);
      if (quantity.low < 50) return undefined;
      return relative(base, amount ?? harmful(measure.good, mood), quantity.low);
    case 'above':
      return difference(base, amount, quantity.low, 'above', mood);
    case 'below':
      return difference(base, amount, quantity.low, 'below', mood);
    case 'beside': {
      const falls = relativeFall.test(clause);
      if (growthOf(clause) || falls) return difference(base, amount, quantity.low, falls ? 'below' : 'above', mood);
      if (quantity.low >= 60) return relative(base, amount ?? harmful(measure.good, mood), quantity.low);
      return measure.good === 'low' && isGoodnessKnown(measure)
        ? difference(base, amount, quantity.low, 'above', mood)
        : undefined;
    }
    case undefined:
      return unlinked(base, amount, quantity, clause, after, mood);
  }
}

/** How the figure is tied to the baseline that follows it. */
function linkOf(groups: Record<string, string | undefined>): 'of' | 'above' | 'below' | 'beside' {
  if (groups.up !== undefined) return 'above';
  if (groups.down !== undefined) return 'below';
  return groups.of !== undefined || groups.than === undefined ? 'of' : 'beside';
}

/** `worse` and `better` turn with what is good; `unknown` when that is not known. */
function directed(measure: MeasureWord, compared: WrittenComparison | undefined): Comparison | undefined | 'unknown' {
  if (compared === undefined || compared.judging === undefined) return compared?.comparison;
  if (!isGoodnessKnown(measure)) return 'unknown';
  const upward = (measure.good === 'high') === (compared.judging === 'better');
  // `99.7 % or better`
  if (compared.suffix) return upward ? '>=' : '<=';
  return compared.negated ? (upward ? '<=' : '>=') : upward ? '>' : '<';
}

/** `within 10 %` is a distance, `within 110 %` a limit; between them it could be either. */
function withinOf(base: ClaimBase, quantity: Quantity, linked: string | undefined, mood: ClaimMood): Claim | undefined {
  const { measure } = base;
  const share = isShare(measure);
  if (
    (linked === undefined && (share || measure.family === 'gauge')) ||
    !isGoodnessKnown(measure) ||
    mood === 'trigger'
  )
    return undefined;
  if (linked === 'above' || linked === 'below') return undefined;
  if (quantity.low >= 100) return measure.good === 'low' ? relative(base, '<=', quantity.low) : undefined;
  if (quantity.low > 50) return undefined;
  const side = measure.good === 'low' ? 'above' : 'below';
  const claim = difference(base, '<=', quantity.low, side, mood);
  if (claim === undefined || linked !== undefined) return claim;
  return { ...claim, assumed: 'a percentage of what is no share: read as of the baseline' };
}

/** `no more than 10 % above control`: the comparison is of the difference. */
function difference(
  base: ClaimBase,
  amount: Comparison | undefined,
  percent: number,
  side: 'above' | 'below',
  mood: ClaimMood,
): Claim | undefined {
  const { measure } = base;
  const pointsLikely = isShare(measure) && measure.good === 'low' && percent < leastRelative;
  if (pointsLikely || percent > 1000 || (side === 'below' && percent >= 100)) return undefined;
  const usual = mood === 'trigger' ? '>' : '<=';
  const harm = (side === 'above') === (measure.good === 'low');
  if (!harm && (amount === undefined || mood === 'trigger')) {
    // Twenty per cent better than the control is asked for, not forbidden.
    if (mood === 'trigger' || amount !== undefined) return undefined;
    return relative(base, side === 'above' ? '>=' : '<=', side === 'above' ? 100 + percent : 100 - percent);
  }
  const chosen = amount === undefined || amount === '==' || amount === '!=' ? usual : amount;
  const claim =
    side === 'above' ? relative(base, chosen, 100 + percent) : relative(base, inverted(chosen), 100 - percent);
  if (claim === undefined || !isShare(measure)) return claim;
  return { ...claim, assumed: 'the difference is read as relative to the baseline, not in percentage points' };
}

function inverted(comparison: Comparison): Comparison {
  switch (comparison) {
    case '<=':
      return '>=';
    case '>=':
      return '<=';
    case '<':
      return '>';
    case '>':
      return '<';
    default:
      return comparison;
  }
}

/** A verb of growth without a level it grows to. */
function growthOf(clause: string): boolean {
  return relativeGrowth.test(clause) && !/\b(?:ris|up|increas|grow)\w* to\b/i.test(clause);
}

function grown(base: ClaimBase, amount: Comparison | undefined, percent: number, mood: ClaimMood): Claim | undefined {
  const { measure } = base;
  if (isShare(measure) && percent < leastRelative) return undefined;
  const claim = relative(
    base,
    amount === undefined || amount === '==' ? harmful(measure.good, mood) : amount,
    100 + percent,
  );
  return claim === undefined ? undefined : { ...claim, assumed: 'read as growth over the baseline' };
}

/** `105 % of week 1`, `5 % worse than v3`: compared with something that is not the baseline. */
const otherReference =
  /^\s*(?:of\s+(?:the\s+)?(?:weeks?|stages?|phases?|steps?|waves?|previous|preceding|prior|v?\d)|(?:[a-z]+\s+)?(?:than|vs\.?|versus|relative to|compared (?:to|with)))\b/i;

/** A percentage that names no baseline. */
function unlinked(
  base: ClaimBase,
  amount: Comparison | undefined,
  quantity: Quantity,
  clause: string,
  after: string,
  mood: ClaimMood,
): Claim | undefined {
  const { measure } = base;
  if (otherReference.test(after)) return undefined;
  // The baseline is named in a way that was not understood.
  if (/\b(?:baseline|control)\b/i.test(clause.replaceAll(/\([^)]*\)/g, ' '))) return undefined;
  const falls = relativeFall.test(clause) && !/\b(?:below|under|beneath|to|less than|lower than)\b|[<≤]/i.test(clause);
  if (isShare(measure)) {
    if (falls) {
      if (measure.good === 'low' || mood === 'gate') return undefined;
      const claim = relative(base, '<', 100 - quantity.low);
      return claim === undefined ? undefined : { ...claim, assumed: 'read as a fall from the baseline' };
    }
    // `error rate increase < 10 %` is a difference; `increases above 5 %` and `rises to 5 %` are levels.
    const noun =
      /\b(?:increase|growth|rise|regression|drop|decrease|decline|reduction|degradation|change|delta|difference)\b/i.test(
        clause,
      );
    const level = /\b(?:above|over|beyond|past|to|exceed\w*|below|under)\b/i.test(clause);
    return noun && !level ? undefined : plainFigure(base, amount, quantity, mood);
  }
  if (falls && measure.good === 'high' && measure.family !== 'gauge') {
    const claim = relative(base, mood === 'trigger' ? '<' : '>=', 100 - quantity.low);
    return claim === undefined ? undefined : { ...claim, assumed: 'read as a fall from the baseline' };
  }
  if (growthOf(clause) && measure.family !== 'gauge') {
    if (quantity.low > 50 && quantity.low < 100 && /\b(?:above|over|to)\b/i.test(clause)) return undefined;
    return grown(base, amount, quantity.low, mood);
  }
  return plainFigure(base, amount, quantity, mood);
}

function isShare(measure: MeasureWord): boolean {
  return ['success', 'error', 'timeout', 'fallback'].includes(measure.family);
}

type ClaimBase = Pick<Claim, 'measure' | 'lasting' | 'otherEnd'>;

function relative(base: ClaimBase, comparison: Comparison, percent: number): Claim | undefined {
  const number = percent < 0 ? undefined : figure(percent);
  return number === undefined
    ? undefined
    : { ...base, comparison, number, unit: '%', ofBaseline: true, assumed: undefined };
}

function plainFigure(
  base: ClaimBase,
  written: Comparison | undefined,
  quantity: Quantity,
  mood: ClaimMood,
): Claim | undefined {
  const { measure } = base;
  // Of a range, a good measure is held to one end and a bad one to the other; both ends are told.
  const ranged = quantity.high !== undefined;
  const chosen = ranged ? rangeEnd(measure.good, mood, quantity.low, quantity.high ?? quantity.low) : quantity.low;
  const other = ranged ? (chosen === quantity.low ? quantity.high : quantity.low) : undefined;
  const number = chosen === quantity.low ? (quantity.written ?? figure(chosen)) : figure(chosen);
  if (number === undefined || figure(chosen) === undefined) return undefined;
  const comparison = ranged || written === undefined ? harmful(measure.good, mood) : written;
  switch (measure.family) {
    case 'success':
    case 'error':
    case 'timeout':
    case 'fallback':
      // `success ratio ≥ 0.995`
      if (isRatio(quantity, measure)) {
        const percent = figure(chosen * 100);
        const assumed = 'a ratio between 0 and 1: read in percent';
        return percent === undefined
          ? undefined
          : { ...base, comparison, number: percent, unit: '%', ofBaseline: false, otherEnd: undefined, assumed };
      }
      if (quantity.unit !== '%' || chosen > 100) return undefined;
      break;
    case 'critical':
    case 'signal':
    case 'count':
      if (quantity.unit !== '') return undefined;
      break;
    case 'latency':
    case 'memory':
    case 'throughput': {
      if (quantity.unit !== '%') {
        if (quantity.unit !== '' && quantity.unit !== (measure.family === 'latency' ? 'ms' : 'MiB')) return undefined;
        if (measure.family === 'throughput' && quantity.unit !== '') return undefined;
        break;
      }
      // A percentage of something that is no share can only be of the baseline; below 100 it may be of what there is.
      if (chosen < 100 || ranged) return undefined;
      const claim = relative(base, comparison, chosen);
      return claim === undefined
        ? undefined
        : { ...claim, assumed: 'a percentage of what is no share: read as of the baseline' };
    }
    case 'gauge':
      break;
  }
  const assumption = () => {
    if (written === undefined && !ranged) return `the guide gives no comparison: read as \`${comparison}\``;
    const unit = measure.family === 'latency' ? 'ms' : measure.family === 'memory' ? 'MiB' : undefined;
    return unit !== undefined && quantity.unit === '' && !new RegExp(`\\b${unit}\\b`, 'i').test(measure.words)
      ? `the guide names no unit: read as ${unit}`
      : undefined;
  };
  return {
    ...base,
    comparison,
    number,
    unit: quantity.unit,
    ofBaseline: false,
    otherEnd: other === undefined ? undefined : figure(other),
    assumed: assumption(),
  };
}

function isRatio({ unit, low, high }: Quantity, { words }: MeasureWord): boolean {
  return unit === '' && high === undefined && low > 0 && low < 1 && /\b(?:ratio|rate|share)s?\b/i.test(words);
}

function rangeEnd(good: Good, mood: ClaimMood, low: number, high: number): number {
  if (mood === 'trigger') return good === 'high' ? high : low;
  return good === 'high' ? low : high;
}

/** What a number without a comparison means: a gate asks for the good side, a trigger fires on the bad one. */
function harmful(good: Good, mood: ClaimMood): Comparison {
  if (mood === 'trigger') return good === 'high' ? '<' : '>';
  return good === 'high' ? '>=' : '<=';
}
