import type { Concept } from '../lexicon/concepts.ts';
import { anyMeans, means, saysMore, type Token, tag } from '../tag.ts';
import { slug } from '../text/text.ts';
import type { Family, Subject } from '../values.ts';

/** Concept → the measure that a plan has for it. What says more than these words is a measure of its own. */
// biome-ignore format: the measures stand together
const known: readonly (readonly [Concept, Family, string])[] = [
  ['critical', 'critical', 'critical_errors'], ['complaint', 'complaint', 'complaints'],
  ['incident', 'incident', 'incidents'], ['success', 'success', 'success_rate'], ['error', 'error', 'error_rate'],
  ['timeout', 'timeout', 'timeout_rate'], ['fallback', 'fallback', 'fallback_rate'],
  ['latency', 'latency', 'latency'], ['memory', 'memory', 'memory'], ['throughput', 'throughput', 'throughput'],
];
export const measureConcepts: readonly Concept[] = known.map(([concept]) => concept);
// biome-ignore format: a list of words is read across
const asides: readonly Concept[] = [
  'filler', 'rate', 'whole', 'count', 'must', 'each', 'lasting', 'equal', 'atLeast', 'atMost',
];

/** The measure that the words before or behind a figure name; `undefined` when they name nothing a plan could. */
export function subjectOf(tokens: readonly Token[], unit: string): Subject | undefined {
  const telling = tokens.filter((token) => token.kind !== 'mark');
  const words = telling.map(({ text }) => text).join(' ');
  if (
    telling.length === 0 ||
    telling.length > 8 ||
    telling.some((token) => token.number !== undefined && unit === 'count')
  )
    return undefined;
  const quantile = telling.map(quantileOf).find((each) => each !== undefined);
  const rest = telling.filter((token) => quantileOf(token) === undefined);
  // The concepts that a plan has a measure for come first; what they say is not said again by an aside.
  for (const [concept, family, name] of known) {
    if (!rest.some((token) => means(token, concept))) continue;
    const others = rest.filter((token) => !means(token, concept, ...asides) && !/^[=≥≤]$/.test(token.text));
    if (others.length > 0 || (family === 'memory' && unit === '%')) break;
    const named =
      family === 'latency' && quantile !== undefined && quantile !== 0.95 ? `${name}_p${percentile(quantile)}` : name;
    return { family, name: named, quantile: family === 'latency' ? quantile : undefined, words };
  }
  if (quantile !== undefined && !saysMore(rest))
    return { family: 'latency', name: latencyName(quantile), quantile, words };
  return ownMeasure(rest, unit, words, quantile);
}

function latencyName(quantile: number): string {
  return quantile === 0.95 ? 'latency' : `latency_p${percentile(quantile)}`;
}

function percentile(quantile: number): string {
  return String(Number((quantile * 100).toFixed(3))).replace('.', '_');
}

/** A measure that goes by the guide's own words: `stock check latency`, `fallback_rate`, `breaker openings`. */
function ownMeasure(
  tokens: readonly Token[],
  unit: string,
  words: string,
  quantile: number | undefined,
): Subject | undefined {
  const counted = unit === 'count' || unit === '';
  const telling = tokens.filter(
    (token) =>
      !means(token, 'filler', 'must', 'atLeast', 'atMost', 'equal', 'each') && !(counted && means(token, 'count')),
  );
  const named = telling.filter((token) => token.number === undefined || token.number.unit === '');
  const [only] = named;
  if (
    only === undefined ||
    named.length > 6 ||
    !named.some(({ text, number }) => number === undefined && /\p{L}/u.test(text))
  )
    return undefined;
  // `403 error rate`: a name begins with a letter.
  const ordered = [
    ...named.filter(({ number }) => number === undefined),
    ...named.filter(({ number }) => number !== undefined),
  ];
  const name =
    named.length === 1 && /^\w*_\w*$/.test(only.text)
      ? only.text
      : slug(ordered.map(({ text }) => text).join(' '), '_');
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.length < 2) return undefined;
  const records =
    counted &&
    (named.length === 1
      ? means(only, 'population') || unit === 'count'
      : unit === 'count' && named.length === 2 && means(named[1], 'population'));
  // The approval rate is a name, and an approval is none.
  const rated = named.length > 1 && means(named.at(-1), 'rate');
  if (named.every((token) => means(token, ...signals)) && !rated) return undefined;
  const ranked = quantile === undefined || quantile === 0.95 ? name : `${name}_p${percentile(quantile)}`;
  return { family: records ? 'count' : 'other', name: records ? plural(name, words) : ranked, quantile, words };
}

/** Words that name no measure by themselves. */
// biome-ignore format: a list of words is read across
const signals: readonly Concept[] = [
  'stage', 'rollback', 'abort', 'pause', 'ask', 'alert', 'gate', 'automatic', 'condition', 'rate', 'calendar',
  'observe', 'goal', 'measured', 'baseline', 'not', 'rises', 'falls', 'procedure', 'notShare', 'total', 'afterwards',
  'only',
];

/** `Upload count` and `uploads` are one count. */
function plural(name: string, words: string): string {
  // Only of English words is it known how.
  if (!/^[\w ]*$/.test(words) || /en$/.test(name)) return name;
  return /s$/.test(name) ? name : /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** `p99`, `95th percentile`, `median`; an average is no quantile. */
export function quantileOf(token: Token): number | undefined {
  const digits = /^p?(\d{2,3}(?:\.\d+)?)/i.exec(token.text)?.[1];
  if (!means(token, 'median')) return undefined;
  if (digits === undefined) return /^median/i.test(token.text) ? 0.5 : undefined;
  // `p999` is 99.9 %.
  const percent = digits.length === 3 && !digits.includes('.') ? Number(digits) / 10 : Number(digits);
  return percent > 0 && percent < 100 ? Number((percent / 100).toFixed(5)) : undefined;
}

/** Which way is good, where that is known. */
export function goodOf({ family, words }: Subject): 'high' | 'low' | undefined {
  switch (family) {
    case 'success':
    case 'throughput':
    case 'count':
      return 'high';
    case 'other': {
      const tokens = tag(words);
      if (anyMeans(tokens, 'success')) return 'high';
      return anyMeans(tokens, 'error', 'latency', 'timeout', 'fallback', 'critical', 'complaint', 'incident')
        ? 'low'
        : undefined;
    }
    default:
      return 'low';
  }
}

export function isShare({ family }: Subject): boolean {
  return ['success', 'error', 'timeout', 'fallback'].includes(family);
}

/** Things that are told of one by one, so that a guide may name them without a figure. */
export function isEvent({ family }: Subject): boolean {
  return ['critical', 'complaint', 'incident'].includes(family);
}
