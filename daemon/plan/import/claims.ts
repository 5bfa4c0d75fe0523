import type { Comparison } from '../../protocol/condition.ts';
import { type Good, type MeasureWord, readCount, readMeasure, readThings } from './measureWords.ts';
import { figure, type LengthOfTime, readLengths } from './quantities.ts';
import { plain } from './text.ts';
import { type Quantity, readComparison, readQuantity } from './thresholds.ts';

/** What a guide says of a measure: `success rate ≥ 99.5%`, `p95 stays under 300 ms`, `95-97% for 30+ minutes`. */
export interface Claim {
  readonly measure: MeasureWord;
  readonly comparison: Comparison;
  /** As the plan writes it, without unit. */
  readonly number: string;
  readonly unit: string;
  readonly ofBaseline: boolean;
  /** The other end of a range, in the same unit. */
  readonly otherEnd: string | undefined;
  /** How long it must hold, or the window it is judged over. */
  readonly lasting: LengthOfTime | undefined;
  /** What the importer read into it; `undefined` when the guide says it. */
  readonly assumed: string | undefined;
}

/** `trigger`: what must not happen; `gate`: what must hold. It decides what a number without a comparison means. */
export type ClaimMood = 'gate' | 'trigger';

export interface ReadClaims {
  readonly claims: readonly Claim[];
  /** The clauses that are no claim. */
  readonly rest: readonly string[];
}

/** Every claim in an item, a cell or a sentence. Texts longer than any criterion are not read. */
export function readClaims(text: string, mood: ClaimMood): ReadClaims {
  if (text.length > 600) return { claims: [], rest: [text] };
  const claims: Claim[] = [];
  const rest: string[] = [];
  let previous: MeasureWord | undefined;
  for (const clause of clausesOf(plain(text))) {
    const claim = readClause(clause, mood, previous);
    if (claim !== undefined) {
      claims.push(claim);
      previous = claim.measure;
      continue;
    }
    const [lasting] = readLengths(clause);
    const last = claims.at(-1);
    if (lasting !== undefined && last !== undefined && last.lasting === undefined && !/%/.test(clause)) {
      claims[claims.length - 1] = { ...last, lasting };
    } else if (clause.trim() !== '') rest.push(clause.trim());
  }
  return { claims, rest };
}

/** Clauses end at commas, semicolons, full stops and conjunctions; numbers and `between … and …` stay whole. */
function clausesOf(text: string): readonly string[] {
  return text
    .replaceAll(/\b(min|max|approx|incl|vs)\.(?=\s)/gi, '$1')
    .replaceAll(/(^|[\s:(])\+\s?(\d[\d.,]*\s?%)/g, '$1up more than $2')
    .replaceAll(/\b(?:doubles?|doubled)\b/gi, '> 2x baseline')
    .replaceAll(/\b(?:triples?|tripled)\b/gi, '> 3x baseline')
    .replaceAll(/(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d.,])/g, (spaced) => spaced.replaceAll(' ', ''))
    .replaceAll(/\bbetween\s+(\d[\d.,]*)\s*(%?)\s+and\s+(\d)/gi, '$1$2-$3')
    .replaceAll(/(\d)\s*(%?)\s*(?:to|and)\s+(\d[\d.,]*\s*%)/gi, '$1$2-$3')
    .split(
      /;|,(?!\d{3}(?!\d))(?!\d+\s?%)|\.\s+|\s\|\s|\s[-→]\s|\b(?:and|but|while|plus|whereas)\b|\bor\b(?!\s+(?:more|higher|better|above|greater|less|lower|fewer|below|under)\b)|\s&\s/i,
    )
    .filter((clause) => clause.trim() !== '');
}

function readClause(clause: string, mood: ClaimMood, previous: MeasureWord | undefined): Claim | undefined {
  const named = readMeasure(clause);
  const zero = readZero(clause, named, mood);
  if (zero !== undefined) return zero;
  const timeless = withoutTimes(clause, named);
  const comparison = readComparison(timeless.text);
  const quantity = readQuantity(timeless.text, comparison?.end ?? 0, comparison?.suffix === true);
  if (quantity === undefined) return undefined;
  const measure =
    named ??
    readCountAt(timeless.text, quantity) ??
    (comparison !== undefined && quantity.unit === '%' ? previous : undefined);
  if (measure === undefined) return undefined;
  if (measure.family === 'count' && (quantity.unit !== '' || (comparison === undefined && !/\bmin/i.test(clause))))
    return undefined;
  if (comparison === undefined && (quantity.unit === '' || !quantity.near(measure))) return undefined;
  return against(
    goodOf(measure, comparison?.comparison, mood),
    comparison?.comparison,
    quantity,
    timeless,
    clause,
    mood,
  );
}

/** Of a quantity of the guide's own, what it asks for is what is good. */
function goodOf(measure: MeasureWord, comparison: Comparison | undefined, mood: ClaimMood): MeasureWord {
  if (measure.family !== 'gauge' || comparison === undefined || comparison === '==') return measure;
  const up = comparison.startsWith('>');
  return { ...measure, good: up === (mood === 'gate') ? 'high' : 'low' };
}

/** `no critical errors`, `zero P1 incidents`, `any data loss`, and in a trigger's list the bare `critical errors`. */
function readZero(clause: string, named: MeasureWord | undefined, mood: ClaimMood): Claim | undefined {
  if (named === undefined || !['critical', 'signal', 'timeout', 'error'].includes(named.family)) return undefined;
  const [lasting] = readLengths(clause);
  const timeless = lasting === undefined ? clause : clause.slice(0, lasting.index) + clause.slice(lasting.end);
  if (/\d/.test(timeless.replace(named.words, '').replaceAll(/\b0\b|\([^)]*\)/g, ''))) return undefined;
  const before = clause.slice(0, named.index);
  const none =
    /\b(?:no|zero|0|without(?: any)?|free of)\s*(?:new |unexpected |open )?$/i.test(before) ||
    /^[\s:=]*(?:none|zero|0)\b/i.test(clause.slice(named.end));
  const claim = { measure: named, number: '0', unit: '', ofBaseline: false, otherEnd: undefined, lasting };
  if (none && named.family !== 'error' && named.family !== 'timeout')
    return { ...claim, comparison: '==', assumed: undefined };
  if (mood !== 'trigger' || named.family === 'error' || named.family === 'timeout' || none) return undefined;
  const any = /\b(?:any|one or more|a)\s*$/i.test(before);
  return { ...claim, comparison: '>', assumed: any ? undefined : 'the guide gives no figure: any is one too many' };
}

interface Timeless {
  readonly text: string;
  readonly lasting: LengthOfTime | undefined;
}

/** Takes windows and durations out, so that `for 30+ minutes` is no threshold; `under 2 seconds` of a latency stays. */
function withoutTimes(clause: string, named: MeasureWord | undefined): Timeless {
  let [text, removed] = [clause, 0];
  let lasting: LengthOfTime | undefined;
  for (const time of readLengths(clause)) {
    const before = clause.slice(0, time.index);
    const preposition =
      /(?:\b(?:for|over|in|within|during|across|sustained|lasting|last|every|per|at least|more than|longer than|a|any|the|than|rolling|trailing|consecutive|straight)\s+)+$/i.exec(
        before,
      )?.[0] ?? '';
    const after =
      /^\+?\s*(?:window|period|interval|average|straight|in a row|or (?:more|longer))\b/i.exec(
        clause.slice(time.end),
      )?.[0] ?? '';
    const threshold =
      named?.family === 'latency' &&
      time.milliseconds < 60_000 &&
      !/\b(?:for|last|sustained|during|window|rolling|trailing)\b/i.test(preposition) &&
      after === '';
    if (threshold) continue;
    lasting ??= time;
    const start = time.index - preposition.length - removed;
    const end = time.end + after.length - removed;
    text = `${text.slice(0, start)} ${text.slice(end)}`;
    removed += end - start - 1;
  }
  return { text: text.replaceAll(/\(\s*\)|\s\+(?=\s|$)/g, ' '), lasting };
}

/** `≥100 uploads`, `minimum uploads: 100`, `sample size of 100`. */
function readCountAt(text: string, quantity: Quantity): MeasureWord | undefined {
  const after = text.slice(quantity.end);
  const count = readCount(after) ?? readThings(after);
  if (count !== undefined && count.index <= 30) return count;
  return readCount(text.slice(0, quantity.index));
}

const reference =
  '(?:the |its |our )?(?:\\w+ ){0,2}?(?:baseline|control|current|today|pre-?rollout|stable|existing|legacy|before|normal|sync|old)';
const relativeGrowth =
  /\b(?:spik\w+|increas\w+|grow\w*|ris\w+|rose|jump\w*|regress\w*|degrad\w*|climb\w*|up|worsen\w*|slower|higher|overhead)\b/i;
const relativeFall = /\b(?:drop\w*|decreas\w*|fall\w*|declin\w*|down|dip\w*|reduc\w*)\b/i;

/** Decides what the number is compared with: a figure, or the baseline. */
function against(
  measure: MeasureWord,
  written: Comparison | undefined,
  quantity: Quantity,
  timeless: Timeless,
  clause: string,
  mood: ClaimMood,
): Claim | undefined {
  const { text, lasting } = timeless;
  const share = quantity.unit === '%';
  const names = new RegExp(`\\b${reference}\\b`, 'i').test(text.slice(quantity.end));
  const ofBaseline =
    share &&
    new RegExp(
      `^\\s*(?:(?:of|vs\\.?|versus|relative to|compared (?:to|with))\\s+${reference}|(?:the )?baseline|control)\\b`,
      'i',
    ).test(text.slice(quantity.end));
  const within = /\bwithin\b|[±]/i.test(text.slice(0, quantity.index));
  const growth = relativeGrowth.test(clause) && !/\b(?:ris|up|increas|grow)\w* to\b/i.test(clause);
  const fall =
    relativeFall.test(clause) &&
    /\b(?:by|of|more than|>|over)\b/i.test(clause) &&
    !/\b(?:below|under|to)\b/i.test(clause);
  const base = { measure, lasting, otherEnd: undefined };
  if (quantity.unit === 'x') {
    if (!names && !growth) return undefined;
    return relative(base, written ?? harmful(measure.good, mood), quantity.low * 100);
  }
  if (share && within && (names || ofBaseline)) {
    return measure.good === 'low' ? relative(base, '<=', 100 + quantity.low) : relative(base, '>=', 100 - quantity.low);
  }
  if (share && ofBaseline && !(growth && quantity.low < 100)) {
    return relative(base, written ?? harmful(measure.good, mood), quantity.low);
  }
  if (
    share &&
    names &&
    /^\s*(?:\w+ ){0,2}?(?:above|over|higher|worse|slower|more|greater|longer|increase|regression|up|of|vs\.?|against|from|than|relative|compared)\b/i.test(
      text.slice(quantity.end),
    )
  ) {
    return relative(
      base,
      written === '>' || mood === 'trigger' ? '>' : written === '<' ? '<' : '<=',
      100 + quantity.low,
    );
  }
  const isShare =
    measure.family === 'success' ||
    measure.family === 'error' ||
    measure.family === 'timeout' ||
    measure.family === 'fallback';
  if (share && fall && measure.good === 'high')
    return relative(base, mood === 'trigger' ? '<' : '>=', 100 - quantity.low);
  if (share && growth && !(isShare && !names)) {
    const claim = relative(
      base,
      written === undefined || written === '==' ? harmful(measure.good, mood) : written,
      100 + quantity.low,
    );
    return claim === undefined ? undefined : { ...claim, assumed: 'read as growth over the baseline' };
  }
  return plainFigure(base, written, quantity, mood);
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
      // A percentage of something that is no share can only be of the baseline.
      const percent = chosen >= 100 ? chosen : measure.good === 'low' ? 100 + chosen : 100 - chosen;
      const claim = relative(base, comparison, percent);
      return claim === undefined
        ? undefined
        : { ...claim, assumed: 'a percentage of what is no share: read as of the baseline' };
    }
    case 'gauge':
      break;
  }
  return {
    ...base,
    comparison,
    number,
    unit: quantity.unit,
    ofBaseline: false,
    otherEnd: other === undefined ? undefined : figure(other),
    assumed: written === undefined && !ranged ? `the guide gives no comparison: read as \`${comparison}\`` : undefined,
  };
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

/** Whether a claim asks for the good side (`success ≥ 99 %`) or tells of the bad one (`success < 95 %`). */
export function asksForGood(claim: Claim): boolean {
  if (claim.comparison === '==') return true;
  const up = claim.comparison === '>=' || claim.comparison === '>';
  return up === (claim.measure.good === 'high');
}
