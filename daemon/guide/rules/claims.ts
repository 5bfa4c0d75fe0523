import type { Comparison } from '../../protocol/domain/condition.ts';
import { lastingIn } from '../lengths.ts';
import type { Concept } from '../lexicon/concepts.ts';
import { anyMeans, type Figure, means, saysMore, type Token } from '../tag.ts';
import type { Claim, Subject } from '../values.ts';
import { goodOf, isEvent, isShare, quantileOf, subjectOf } from './subject.ts';

/** A claim with the tokens that say it. */
export interface FoundClaim {
  readonly claim: Claim;
  readonly from: number;
  readonly to: number;
  /** The claim names its measure itself; else the label or the cell beside it does. */
  readonly own: boolean;
}

/** A figure that looks like a threshold and is none that a plan can say, and why. */
export interface NoClaim {
  readonly why: string;
  readonly from: number;
  readonly to: number;
}

export interface Claims {
  readonly found: readonly FoundClaim[];
  readonly left: readonly NoClaim[];
}

interface Compared {
  readonly comparison: Comparison;
  readonly start: number;
  readonly end: number;
  readonly figure: Figure;
  readonly at: number;
}

/**
 * Every threshold of a text: a measure, a comparison and a figure. `beside`: the words that name the measure where the
 * text itself does not, such as a row's first cell. Nothing is a threshold without a comparison.
 */
export function readClaims(tokens: readonly Token[], beside: readonly (readonly Token[])[] = []): Claims {
  const found: FoundClaim[] = [];
  const left: NoClaim[] = [];
  const [only] = tokens;
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
    const from = clauseStart(tokens, before, Math.min(compared.start, compared.at));
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
  const lead = tokens.slice(from, Math.min(start, at)).filter((token) => !means(token, 'not'));
  const clause = tokens.slice(from, clauseEnd(tokens, end));
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
  if (subject.family === 'other' && !isNamed(subjectTokens, own, tokens.length))
    return refuse('no measure that a plan could name');
  if (isPerTime(tokens, to)) return refuse('so many in a time, which a plan cannot say');
  if (figure.ambiguous) return refuse('the figure could be read in two ways');
  if (figure.high !== undefined) return refuse('a range with a comparison');
  if (figure.unit === 'points') return refuse('a difference in percentage points, which a plan cannot say');
  return against(
    own
      ? subject
      : (subjectOf(
          subjectTokens.filter(({ text }) => !/^(?:ms|s|sec|seconds)$/i.test(text)),
          unit,
        ) ?? subject),
    comparison,
    named,
    { tokens, clause, start, end, changed, from, to, own },
  );
}

interface Situation {
  readonly tokens: readonly Token[];
  readonly clause: readonly Token[];
  readonly start: number;
  readonly end: number;
  readonly changed: boolean;
  readonly from: number;
  readonly to: number;
  readonly own: boolean;
}

/** `30 tickets per day`, `5/min` */
function isPerTime(tokens: readonly Token[], to: number): boolean {
  const at = tokens.slice(to, to + 3).findIndex(({ text }) => /^(?:per|pro|par|por|an?|every|each|\/)$/i.test(text));
  const unit = at === -1 ? undefined : tokens[to + at + 1]?.text.toLowerCase();
  return (
    unit !== undefined &&
    /^(?:second|sec|s|minute|min|m|hour|h|day|d|week|stunde|tag|heure|jour|hora|día|dia)$/.test(unit)
  );
}

/** A measure of the guide's own is a short name. In a sentence it ends in what is measured, or is written as a field. */
function isNamed(tokens: readonly Token[], own: boolean, length: number): boolean {
  const telling = tokens.filter((token) => !means(token, 'filler', 'must', 'atLeast', 'atMost'));
  const last = telling.at(-1);
  if (last === undefined || telling.length > 5) return false;
  if (telling.some(({ text }) => /^\w+_\w+$/.test(text))) return telling.length === 1;
  if (!own || length <= 12) return true;
  return (
    telling.length <= 3 &&
    means(
      last,
      'rate',
      'error',
      'latency',
      'success',
      'timeout',
      'memory',
      'fallback',
      'throughput',
      'count',
      'population',
    )
  );
}

/** Compared with a figure, or with the baseline. Where two readings are possible none is taken. */
function against(subject: Subject, comparison: Comparison, figure: Figure, situation: Situation): FoundClaim | NoClaim {
  const { tokens, clause, end, changed, from, own } = situation;
  const refuse = (why: string): NoClaim => ({ why, from, to: end });
  const { to } = situation;
  const claim = (
    number: string | undefined,
    unit: Claim['unit'],
    ofBaseline: boolean,
    last = to,
  ): FoundClaim | NoClaim =>
    number === undefined
      ? refuse('a figure that a plan cannot hold')
      : { claim: { subject, comparison, number, unit, ofBaseline, over: undefined }, from, to: last, own };
  const behind = tokens.slice(end, end + 4);
  const baselineAt = behind.findIndex((token) => means(token, 'baseline'));
  const baseline = anyMeans(clause, 'baseline');
  if (baseline) {
    const link = behind.slice(0, Math.max(0, baselineAt));
    const direct = baselineAt !== -1 && link.every((token) => means(token, 'filler'));
    const more = baselineAt > 0 && means(link[0], 'above') && figure.unit === '%';
    const plus = tokens.slice(situation.start, end + baselineAt + 3).some(({ text }) => /^[+±]$/.test(text));
    if (direct && figure.unit === 'x') return claim(plainNumber(figure.value * 100), '%', true, end + baselineAt + 1);
    if (direct && figure.unit === '%' && !changed && !plus && figure.value >= 20)
      return claim(plainNumber(figure.value), '%', true, end + baselineAt + 1);
    if (!isShare(subject) && figure.unit === '%' && !plus && (more || (direct && changed)) && comparison !== '==')
      return claim(plainNumber(100 + figure.value), '%', true, end + baselineAt + 1);
    return refuse('a difference to the baseline, which a plan cannot say');
  }
  if (figure.unit === 'x') return refuse('a multiple of what is not said');
  if (changed) {
    const relative = ['latency', 'memory'].includes(subject.family) && figure.unit === '%' && anyMeans(clause, 'rises');
    if (relative) return claim(plainNumber(100 + figure.value), '%', true);
    const level =
      subject.family !== 'other' && clause.some((token) => /^(?:above|below|over|under)$/i.test(token.text));
    if (!level) return refuse('a change, and no level: a plan cannot say it');
  }
  const number = figure.written ?? plainNumber(figure.value);
  switch (subject.family) {
    case 'success':
    case 'error':
    case 'timeout':
    case 'fallback':
      if (figure.unit === '%' && figure.value <= 100) return claim(number, '%', false);
      if (
        figure.unit === '' &&
        figure.value <= 1 &&
        (figure.value > 0 || subject.family === 'error') &&
        !Number.isInteger(figure.value)
      )
        return claim(number, '', false);
      return figure.unit === '' && figure.value === 0 && subject.family !== 'success'
        ? claim('0', '%', false)
        : refuse('a share without a percentage');
    case 'latency':
      return figure.unit === 'time' ? claim(number, 'ms', false) : refuse('no unit of time');
    case 'memory':
      return figure.unit === 'size' ? claim(number, 'MiB', false) : refuse('no size');
    case 'critical':
    case 'complaint':
    case 'incident':
    case 'count':
    case 'throughput':
      return figure.unit === '' ? claim(number, '', false) : refuse('a count with a unit');
    case 'other':
      if (figure.unit === 'time') return claim(number, 'ms', false);
      return figure.unit === 'size' ? claim(number, 'MiB', false) : claim(number, '', false);
  }
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
  const known = subjectOf(named, '');
  if (known !== undefined && known.family !== 'other') return { subject: known, to: end + named.length };
  const last = named.at(-1);
  // `5 working days` counts nothing; a thing that is counted is named in the plural.
  const plural =
    last !== undefined &&
    (means(last, 'population') || /s$/i.test(last.text) || !/^[\p{Script=Latin}]+$/u.test(last.text));
  const subject = plural ? subjectOf(named, 'count') : undefined;
  return subject === undefined ? undefined : { subject, to: end + named.length };
}

/** The words of a text without those that say what follows from it. */
function withoutMood(tokens: readonly Token[]): readonly Token[] {
  const colon = tokens.findLastIndex(({ text }) => text === ':');
  const behind = tokens.slice(colon + 1);
  const named = saysMore(withoutLead(behind).filter((token) => !means(token, 'not')))
    ? behind
    : tokens.slice(0, Math.max(0, colon));
  return withoutLead(named).filter(
    (token) =>
      (token.kind === 'word' || token.number?.unit === '') &&
      !(means(token, 'rises', 'falls', 'afterwards', 'automatic') && !means(token, 'error', 'success')) &&
      !(means(token, 'lasting', 'within', 'baseline', 'only') && !means(token, 'filler')),
  );
}

const moods: readonly Concept[] = [
  'rollback',
  'abort',
  'pause',
  'ask',
  'alert',
  'gate',
  'advance',
  'automatic',
  'expose',
  'condition',
  'observe',
  'measured',
  'total',
];

const opensCondition = /^(?:if|when|whenever|once|until|unless|wenn|falls|sobald|si|se|cuando|quando|lorsque|quand)$/i;
const measured: readonly Concept[] = [
  'filler',
  'rate',
  'whole',
  'count',
  'median',
  'success',
  'error',
  'latency',
  'memory',
  'timeout',
  'fallback',
  'throughput',
  'must',
  'atLeast',
];

/** `Roll back when the error rate …`: what leads to the condition is no part of what is measured. */
function withoutLead(tokens: readonly Token[]): readonly Token[] {
  let from = 0;
  for (const [at, token] of tokens.entries()) {
    if (!means(token, ...moods) || means(token, 'success', 'error', 'latency', 'memory')) continue;
    const next = tokens[at + 1];
    const leads = !saysMore(tokens.slice(from, at));
    if (leads || next === undefined || next.kind === 'mark' || means(next, 'filler')) from = at + 1;
  }
  // `Automatic rollback fires when the error rate …`
  const condition = tokens.findLastIndex(({ text }) => opensCondition.test(text));
  if (condition !== -1 && saysMore(tokens.slice(condition + 1))) from = Math.max(from, condition + 1);
  // `Check the error rate`: what is done about it comes first.
  const verb = tokens.findIndex((token) => !means(token, 'filler') && token.kind === 'word');
  if (
    verb >= from &&
    means(tokens[verb], 'task') &&
    tokens.slice(verb + 1).every((token) => means(token, ...measured) || token.kind === 'mark')
  )
    from = verb + 1;
  const behind = tokens.slice(from);
  return saysMore(behind) || from > verb
    ? behind
    : tokens.filter((token) => !means(token, ...moods) || means(token, 'success'));
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

/** Each comparison with its figure, from left to right. */
function* comparisonsIn(tokens: readonly Token[]): Generator<Compared> {
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    const near = means(token, 'within') ? tokens[at + 1]?.number : undefined;
    // `within 110 % of the baseline` is a limit; of `within 10 %` nobody knows which way.
    const limit = near?.unit === '%' && near.value >= 100 ? '<=' : undefined;
    const written = limit ?? (means(token, 'must') && tokens[at + 1]?.number?.value === 0 ? '==' : comparisonOf(token));
    if (token === undefined || written === undefined) continue;
    const next = figureBehind(tokens, at);
    if (token.text === '=' && isAssignment(tokens, at)) continue;
    const figureAt = next ?? figureBefore(tokens, at);
    const figure = figureAt === undefined ? undefined : tokens[figureAt]?.number;
    if (figureAt === undefined || figure === undefined) continue;
    // `over 5 minutes` says how long, and compares nothing.
    if (means(token, 'lasting') && figure.unit === 'time' && figure.timeUnit !== 'ms' && figure.timeUnit !== 's')
      continue;
    if (means(token, 'observe') && figure.unit === 'time') continue;
    const negated = tokens.slice(Math.max(0, at - 2), at).some((each) => means(each, 'not'));
    const comparison = negated ? inverted(written) : written;
    yield { comparison, start: at, end: isBeyondBaseline(tokens, at) ? at : at + 1, figure, at: figureAt };
    if (figureAt > at) at = figureAt;
    // `no more than 10 % above the baseline` compares once.
    if (isBeyondBaseline(tokens, at + 1)) at += 1;
  }
}

/** `ROLLOUT=10` sets something; `tax mismatches = 0` compares. */
function isAssignment(tokens: readonly Token[], at: number): boolean {
  const [before, next] = [tokens[at - 1], tokens[at + 1]];
  return (
    before === undefined ||
    /[_.]|^[A-Z\d]+$/.test(before.text) ||
    next?.number?.value !== 0 ||
    tokens.slice(0, at).some((token) => means(token, 'task'))
  );
}

function isBeyondBaseline(tokens: readonly Token[], at: number): boolean {
  const next = tokens.slice(at + 1, at + 3);
  return means(tokens[at], 'above', 'below') && tokens[at - 1]?.number !== undefined && anyMeans(next, 'baseline');
}

function comparisonOf(token: Token | undefined): Comparison | undefined {
  if (means(token, 'atLeast')) return '>=';
  if (means(token, 'atMost')) return '<=';
  if (means(token, 'above')) return '>';
  if (means(token, 'below')) return '<';
  return means(token, 'equal') ? '==' : undefined;
}

function inverted(comparison: Comparison): Comparison {
  return comparison === '>' ? '<=' : comparison === '<' ? '>=' : comparison;
}

function figureBehind(tokens: readonly Token[], at: number): number | undefined {
  for (let next = at + 1; next < tokens.length && next <= at + 3; next += 1) {
    const token = tokens[next];
    if (token?.number !== undefined) return next;
    if (!means(token, 'filler', 'baseline', 'equal', 'count') && !/^[(~+±]$/.test(token?.text ?? '')) return undefined;
  }
  return undefined;
}

function figureBefore(tokens: readonly Token[], at: number): number | undefined {
  for (let before = at - 1; before >= Math.max(0, at - 2); before -= 1) {
    if (tokens[before]?.number !== undefined) return before;
    if (!means(tokens[before], 'filler')) return undefined;
  }
  return undefined;
}

const breaks = /^[;,.|→(]$/;

/** Where the clause of a comparison begins. A bracket that is closed again belongs to the words before it. */
function clauseStart(tokens: readonly Token[], least: number, end: number): number {
  for (let at = end - 1; at >= least; at -= 1) {
    const text = tokens[at]?.text ?? '';
    if (text === ')') {
      // `(a) error rate …, (b) …`
      if (tokens[at - 2]?.text === '(' && (tokens[at - 1]?.text.length ?? 0) <= 2) return at + 1;
      while (at > least && tokens[at]?.text !== '(') at -= 1;
      continue;
    }
    // `Upload count (target: ≥ 500)`: the bracket says nothing of its own.
    if (text === '(' && !saysMore(withoutLead(tokens.slice(at + 1, end)))) continue;
    // `Increase to 10 % – success rate ≥ 99 %`
    const dash =
      text === '-' &&
      (tokens[at]?.start ?? 0) > (tokens[at - 1]?.end ?? 0) &&
      (tokens[at + 1]?.start ?? 0) > (tokens[at]?.end ?? 0);
    if (dash || breaks.test(text) || (text === ':' && saysMore(withoutLead(tokens.slice(at + 1, end))))) return at + 1;
  }
  return least;
}

function clauseEnd(tokens: readonly Token[], from: number): number {
  for (let at = from; at < tokens.length; at += 1) {
    // `≥ 99.2 % (baseline 99.1 %)` tells what the baseline is.
    if (tokens[at]?.text === '(' && tokens.slice(at + 1, at + 5).some(({ number }) => number !== undefined)) return at;
    if (
      /^[;,.|→]$/.test(tokens[at]?.text ?? '') ||
      (comparisonOf(tokens[at]) !== undefined && !isBeyondBaseline(tokens, at))
    )
      return at;
  }
  return tokens.length;
}

/** A figure as the plan's conditions write it: at most six decimals, no exponent. */
function plainNumber(value: number): string | undefined {
  if (!Number.isFinite(value) || value < 0 || value >= 1e12) return undefined;
  const text = String(Number(value.toFixed(6)));
  return /^\d{1,12}(?:\.\d{1,9})?$/.test(text) && text.length <= 13 ? text : undefined;
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
  if (
    negated !== (mood === 'gate') ||
    (!negated && lead.some((token) => means(token, 'task') && !means(token, 'complaint')))
  )
    return undefined;
  const subject = subjectOf(telling.slice(first, first + 1), '');
  if (subject === undefined || !isEvent(subject)) return undefined;
  const claim: Claim = {
    subject: {
      ...subject,
      words: telling
        .slice(first)
        .map(({ text }) => text)
        .join(' '),
    },
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
