import { lastingIn } from '../lengths.ts';
import { anyMeans, type Figure, means, saysMore, type Token } from '../tag.ts';
import type { Claim, Subject } from '../values.ts';
import { against, type FoundClaim, type NoClaim, plainNumber } from './claimLevel.ts';
import { clauseEnd, clauseStart, lastOpening, withoutMood } from './clauses.ts';
import { type Compared, comparisonsIn } from './comparisons.ts';
import { goodOf, isEvent, isShare, measureConcepts, quantileOf, subjectOf } from './subject.ts';

export interface Claims {
  readonly found: readonly FoundClaim[];
  readonly left: readonly NoClaim[];
}

/**
 * Every threshold of a text: a measure, a comparison and a figure. `beside`: the words that name the measure where the
 * text itself does not, such as a row's first cell. Nothing is a threshold without a comparison.
 */
export function readClaims(tokens: readonly Token[], beside: readonly (readonly Token[])[] = []): Claims {
  const found: FoundClaim[] = [];
  const left: NoClaim[] = [];
  const [only] = tokens;
  // `Zero data mismatches` asks for none of them.
  const counted = tokens.slice(1);
  if (
    only?.number?.value === 0 &&
    only.number.unit === '' &&
    counted.length > 0 &&
    counted.length <= 4 &&
    counted.every(({ kind }) => kind === 'word')
  ) {
    const subject = subjectOf(counted, 'count');
    const claim = subject === undefined ? undefined : zeroOf(subject, tokens.length);
    return { found: claim === undefined ? [] : [claim], left };
  }
  // A bare `0` in a cell is the figure itself.
  if (tokens.length === 1 && only?.number?.value === 0 && only.number.unit === '') {
    const read = readClaim(tokens, { comparison: '==', start: 0, end: 0, figure: only.number, at: 0 }, 0, 1, beside);
    return 'why' in read ? { found, left: [read] } : { found: [read], left };
  }
  const colon = tokens.findIndex(({ text }) => text === ':');
  const lasting = lastingIn(tokens.slice(colon + 1));
  let before = 0;
  for (const compared of comparisonsIn(tokens)) {
    if (compared.start < before && found.length > 0) continue;
    const from = compared.from ?? clauseStart(tokens, before, Math.min(compared.start, compared.at));
    const end = Math.max(compared.end, compared.at + 1);
    const read = readClaim(tokens, compared, from, end, beside);
    if ('why' in read) left.push(read);
    else found.push(read);
    before = read.to;
  }
  // Each has the length behind it; one length for all stands at the end or at the beginning.
  const own = found.map(({ to }, at) => lastingIn(tokens.slice(to, found[at + 1]?.from))?.text);
  const whole = own.filter((each) => each !== undefined).length > 1 ? undefined : lasting?.text;
  return { found: found.map((each, at) => ({ ...each, claim: { ...each.claim, over: own[at] ?? whole } })), left };
}

function readClaim(
  tokens: readonly Token[],
  { comparison, start, figure, at }: Compared,
  from: number,
  end: number,
  beside: readonly (readonly Token[])[],
): FoundClaim | NoClaim {
  // `App not responding` is a name; `is not above` denies.
  const lead = tokens
    .slice(from, Math.min(start, at))
    .filter(
      (token, index, all) => !means(token, 'not') || (token.text === 'not' && index > 0 && index < all.length - 1),
    );
  // `Back to the control when the error rate …`: what follows from a condition compares nothing.
  const opening = lastOpening(tokens.slice(from, start));
  const clause = tokens.slice(from + opening + 1, clauseEnd(tokens, end));
  const refuse = (why: string): NoClaim => ({ why, from, to: end });
  const changed = anyMeans(clause, 'rises', 'falls');
  // A difference to the baseline is in percent, whatever the measure itself is in.
  const unit = changed || anyMeans(clause, 'baseline') ? '' : figure.unit;
  let subjectTokens = withoutMood(lead);
  let [own, to] = [true, end];
  let subject = subjectOf(subjectTokens, unit);
  if (!saysMore(subjectTokens) || (subject === undefined && !namesMore(subjectTokens))) {
    const counted = figure.unit === '' ? countedBehind(tokens, end) : undefined;
    if (counted !== undefined) {
      subject = counted.subject;
      subjectTokens = tokens.slice(end, counted.to);
      to = counted.to;
    } else {
      own = false;
      const context = beside.find((each) => saysMore(withoutMood(each)));
      subjectTokens = [...withoutMood(context ?? []), ...subjectTokens];
      subject = subjectOf(subjectTokens, unit);
    }
  }
  const behind = tokens.slice(end, end + 3);
  if (subject?.family === 'latency' && subject.quantile === undefined) {
    const quantile = behind.map(quantileOf).find((each) => each !== undefined);
    if (quantile !== undefined)
      subject = subjectOf([...subjectTokens, ...behind.filter((each) => quantileOf(each) !== undefined)], unit);
  }
  if (subject?.family === 'other' && figure.unit === '' && comparison === '>=' && anyMeans(lead, 'count', 'atLeast'))
    subject =
      subjectOf(
        subjectTokens.filter((token) => !means(token, 'count')),
        'count',
      ) ?? subject;
  const named = own ? figure : withUnitOf(beside.flat(), figure);
  if (subject === undefined) return refuse('no measure that a plan could name');
  // A sign stands in a list of criteria, where a sentence would have words.
  const length = /^[<>≤≥]=?$/.test(tokens[start]?.text ?? '') ? end - from : tokens.length;
  const conditional = anyMeans(tokens, 'rollback', 'ask', 'pause', 'abort', 'off', 'must', 'alert', 'advance');
  if (subject.family === 'other' && !isNamed(subjectTokens, own, conditional ? end - from : length))
    return refuse('no measure that a plan could name');
  if (isPerTime(tokens, to)) return refuse('so many in a time, which a plan cannot say');
  if (figure.ambiguous) return refuse('the figure could be read in two ways');
  if (figure.high !== undefined) return refuse('a range with a comparison');
  if (figure.unit === 'points' && !anyMeans(clause, 'baseline'))
    return refuse('a difference in percentage points, and nothing says to what');
  const labelled = own
    ? undefined
    : subjectOf(
        subjectTokens.filter(({ text }) => !unitWord.test(text)),
        unit,
      );
  const situation = { tokens, clause, start, end, at, changed, from, to, own };
  return against(labelled ?? subject, comparison, named, situation);
}

function zeroOf(subject: Subject, to: number): FoundClaim {
  const claim: Claim = { subject, comparison: '==', number: '0', unit: '', ofBaseline: false, over: undefined };
  return { claim, from: 0, to, own: true };
}

const unitWord = /^(?:ms|s|sec|seconds)$/i;

/** `30 tickets per day`, `5/min` */
function isPerTime(tokens: readonly Token[], to: number): boolean {
  const at = tokens.slice(to, to + 3).findIndex(({ text }) => /^(?:per|pro|par|por|am|an?|every|each|\/)$/i.test(text));
  const unit = at === -1 ? '' : (tokens[to + at + 1]?.text.toLowerCase() ?? '');
  return /^(?:second|sec|s|minute|min|m|hour|h|day|d|week|stunde|tag|heure|jour|hora|día|dia)$/.test(unit);
}

/** A measure of the guide's own is a short name. In a sentence it ends in what is measured, or is written as a field. */
function isNamed(tokens: readonly Token[], own: boolean, length: number): boolean {
  const telling = tokens.filter(
    (token) => !means(token, 'filler', 'must', 'atLeast', 'atMost') && quantileOf(token) === undefined,
  );
  const last = telling.at(-1);
  if (last === undefined || telling.length > 5) return false;
  if (telling.some(({ text }) => /^\w+_\w+$/.test(text))) return telling.length === 1;
  if (!own || length <= 12) return true;
  return telling.length <= 3 && means(last, ...measureConcepts, 'rate', 'count', 'population');
}

/** `at least 200 requests`, `≥ 100 uploads processed`: the noun right behind the figure. */
function countedBehind(
  tokens: readonly Token[],
  end: number,
): { readonly subject: Subject; readonly to: number } | undefined {
  const [first, second] = [tokens[end], tokens[end + 1]];
  if (
    first === undefined ||
    first.kind !== 'word' ||
    means(first, 'filler', 'lasting', 'within', 'each', 'above', 'below', 'calendar', 'observe')
  )
    return undefined;
  const paired =
    second?.kind === 'word' && means(second, 'population', 'complaint', 'incident') && !means(first, 'population');
  const named = paired ? [first, second] : [first];
  // `More than 5 tenants complain` counts complaints.
  const verb = tokens[end + named.length];
  if (means(named.at(-1), 'population') && verb?.kind === 'word' && verb.concepts.length === 0) return undefined;
  const known = subjectOf(named, '');
  if (known !== undefined && known.family !== 'other') return { subject: known, to: end + named.length };
  const last = named.at(-1);
  // `5 working days` counts nothing; a thing that is counted is named in the plural.
  const plural =
    last !== undefined &&
    (means(last, 'population') ||
      /s$|^\p{Lu}\p{Ll}+(?:en|er|e)$/u.test(last.text) ||
      !/^[\p{Script=Latin}]+$/u.test(last.text));
  const subject = plural ? subjectOf(named, 'count') : undefined;
  return subject === undefined ? undefined : { subject, to: end + named.length };
}

/** `p95 (ms)` above a bare figure. */
function withUnitOf(beside: readonly Token[], figure: Figure): Figure {
  if (figure.unit !== '') return figure;
  const unit = beside.find(({ text }) => /^(?:ms|s|sec|seconds|%)$/i.test(text))?.text.toLowerCase();
  if (unit === '%') return { ...figure, unit: '%' };
  if (unit === undefined) return figure;
  const factor = unit === 'ms' ? 1 : 1000;
  return { ...figure, unit: 'time', value: figure.value * factor, written: factor === 1 ? figure.written : undefined };
}

function namesMore(tokens: readonly Token[]): boolean {
  return tokens.some(
    (token) =>
      token.kind === 'word' &&
      (token.concepts.length === 0 || means(token, 'latency', 'error', 'success')) &&
      quantileOf(token) === undefined,
  );
}

/** `95-97 % for 30 minutes`: the end that comes first on the bad side. Only where a person looks. */
export function rangeClaim(tokens: readonly Token[]): FoundClaim | undefined {
  const at = tokens.findIndex(({ number }) => number?.high !== undefined && number.unit === '%');
  const figure = tokens[at]?.number;
  if (figure?.high === undefined || anyMeans(tokens, 'baseline', 'rises', 'falls')) return undefined;
  const subject = subjectOf(withoutMood(tokens.slice(0, at)), '%');
  const good = subject === undefined ? undefined : goodOf(subject);
  if (subject === undefined || good === undefined || !isShare(subject)) return undefined;
  const number = plainNumber(good === 'high' ? figure.high : figure.value);
  if (number === undefined) return undefined;
  const comparison = good === 'high' ? '<' : '>';
  const over = lastingIn(tokens)?.text;
  return { claim: { subject, comparison, number, unit: '%', ofBaseline: false, over }, from: 0, to: at + 1, own: true };
}

/** `No critical errors`, `security incident`: what is told of one by one needs no figure. */
export function eventClaim(tokens: readonly Token[], mood: 'gate' | 'trigger'): FoundClaim | undefined {
  const telling = tokens.filter((token) => token.kind === 'word' && !(means(token, 'filler') && !means(token, 'not')));
  const first = telling.findIndex((token) => means(token, 'critical', 'complaint', 'incident'));
  if (first === -1 || first > 2 || tokens.some(({ number }) => number !== undefined && number.value > 1))
    return undefined;
  const lead = telling.slice(0, first);
  const negated = lead.some((token) => means(token, 'not'));
  const isTask = lead.some((token) => means(token, 'task') && !means(token, 'complaint'));
  if (negated !== (mood === 'gate') || (!negated && isTask)) return undefined;
  const subject = subjectOf(telling.slice(first, first + 1), '');
  if (subject === undefined || !isEvent(subject)) return undefined;
  const words = Array.from(telling.slice(first), ({ text }) => text).join(' ');
  const claim: Claim = {
    subject: { ...subject, words },
    comparison: mood === 'gate' ? '==' : '>',
    number: '0',
    unit: '',
    ofBaseline: false,
    over: lastingIn(tokens)?.text,
  };
  return { claim, from: 0, to: tokens.length, own: true };
}

/** True when a claim asks for the good side (`success ≥ 99 %`); `undefined` where the good side is not known. */
export function asksForGood({ subject, comparison }: Claim): boolean | undefined {
  const good = goodOf(subject);
  if (comparison === '==') return true;
  if (good === undefined) return undefined;
  return comparison.startsWith('>') === (good === 'high');
}
