import type { Comparison } from '../../protocol/domain/condition.ts';
import { anyMeans, type Figure, means, type Token } from '../tag.ts';
import type { Claim, Subject } from '../values.ts';
import { isShare } from './subject.ts';

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

interface Situation {
  readonly tokens: readonly Token[];
  readonly clause: readonly Token[];
  readonly start: number;
  readonly end: number;
  /** The place of the figure. */
  readonly at: number;
  readonly changed: boolean;
  readonly from: number;
  readonly to: number;
  readonly own: boolean;
}

/** Compared with a figure, or with the baseline. Where two readings are possible none is taken. */
export function against(
  subject: Subject,
  comparison: Comparison,
  figure: Figure,
  situation: Situation,
): FoundClaim | NoClaim {
  const { tokens, clause, end, changed, from, own } = situation;
  const refuse = (why: string): NoClaim => ({ why, from, to: end });
  const { to } = situation;
  const claim = (
    number: string | undefined,
    unit: Claim['unit'],
    ofBaseline: boolean,
    last = to,
    compared = comparison,
  ): FoundClaim | NoClaim =>
    number === undefined
      ? refuse('a figure that a plan cannot hold')
      : { claim: { subject, comparison: compared, number, unit, ofBaseline, over: undefined }, from, to: last, own };
  const behind = tokens.slice(end, end + 4);
  const baselineAt = behind.findIndex((token) => means(token, 'baseline'));
  const baseline = anyMeans(clause, 'baseline');
  if (baseline) {
    const link = behind.slice(0, Math.max(0, baselineAt));
    const direct = baselineAt !== -1 && link.every((token) => means(token, 'filler'));
    const more = baselineAt > 0 && means(link[0], 'above') && figure.unit === '%';
    const plus = tokens.slice(situation.start, end + baselineAt + 3).some(({ text }) => /^[+±]$/.test(text));
    const fell =
      !isShare(subject) &&
      figure.unit === '%' &&
      figure.value < 100 &&
      anyMeans(clause, 'falls') &&
      !anyMeans(clause, 'rises');
    if (fell && direct && !plus && comparison !== '==')
      return claim(
        plainNumber(100 - figure.value),
        '%',
        true,
        end + baselineAt + 1,
        mirrored[comparison === '!=' ? '>' : comparison],
      );
    const differs = differenceOf(subject, comparison, figure, { ...situation, link });
    if (differs !== undefined) {
      const read = claim(plainNumber(figure.value), differs.unit, true, Math.max(to, end + baselineAt + 1));
      if ('why' in read) return read;
      return { ...read, claim: { ...read.claim, comparison: differs.comparison, difference: differs.difference } };
    }
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
    const level = subject.family === 'other' ? crosses(clause) : clause.some(({ text }) => levelWord.test(text));
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
      // `Devices offline longer than an hour`: a length, unless what is measured is one.
      if (figure.unit === 'time' && figure.value >= 60_000 && !aTime.test(subject.words))
        return refuse('a length of time');
      if (figure.unit === 'time') return claim(number, 'ms', false);
      return figure.unit === 'size' ? claim(number, 'MiB', false) : claim(number, '', false);
  }
}

const aTime = /(?:time|lag|delay|age|latency|zeit|verzug|latenz|retraso|retard|atraso|latencia|延迟|遅延)\b/i;
const levelWord = /^(?:above|below|over|under|past|über|unter|sobre|acima|abaixo)$/i;

/** `falls under 98 %`, `rises above 2 %`: a level that is crossed, and no change. */
function crosses(clause: readonly Token[]): boolean {
  return clause.some((token, at) => means(token, 'rises', 'falls') && levelWord.test(clause[at + 1]?.text ?? ''));
}

interface Difference {
  readonly unit: Claim['unit'];
  readonly comparison: Comparison;
  readonly difference: 'above' | 'below';
}

/**
 * `baseline + 0.5 %`, `0.5 points above the baseline`, `overhead < 200 ms vs baseline`: of shares in points, else in the measure's
 * unit. `0.5 % above the baseline` of a share has two readings, and neither is taken.
 */
function differenceOf(
  subject: Subject,
  comparison: Comparison,
  figure: Figure,
  { tokens, start, at, clause, link }: Situation & { readonly link: readonly Token[] },
): Difference | undefined {
  if (comparison === '==' || comparison === '!=') return undefined;
  const unit = differenceUnit(subject, figure);
  if (unit === undefined) return undefined;
  const sign = tokens[at - 1]?.text ?? '';
  const added = at > start && /^[+-]$/.test(sign) && means(tokens[at - 2], 'baseline');
  if (added) return { unit, comparison, difference: sign === '+' ? 'above' : 'below' };
  if (figure.unit === '%') return undefined;
  const [falls, rises] = [anyMeans(clause, 'falls'), anyMeans(clause, 'rises')];
  const below = means(link[0], 'below') || (falls && !rises);
  if (!below && !rises && !means(link[0], 'above')) return undefined;
  return below
    ? { unit, comparison: mirrored[comparison], difference: 'below' }
    : { unit, comparison, difference: 'above' };
}

function differenceUnit(subject: Subject, figure: Figure): Claim['unit'] | undefined {
  if (isShare(subject)) return figure.unit === '%' || figure.unit === 'points' ? 'points' : undefined;
  if (subject.family === 'latency') return figure.unit === 'time' ? 'ms' : undefined;
  return subject.family === 'memory' && figure.unit === 'size' ? 'MiB' : undefined;
}

/** A fall by more than a point is a share below the baseline less a point. */
const mirrored = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' } as const;

/** A figure as the plan's conditions write it: at most six decimals, no exponent. */
export function plainNumber(value: number): string | undefined {
  if (!Number.isFinite(value) || value < 0 || value >= 1e12) return undefined;
  const text = String(Number(value.toFixed(6)));
  return /^\d{1,12}(?:\.\d{1,9})?$/.test(text) && text.length <= 13 ? text : undefined;
}
