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

/** A figure as the plan's conditions write it: at most six decimals, no exponent. */
export function plainNumber(value: number): string | undefined {
  if (!Number.isFinite(value) || value < 0 || value >= 1e12) return undefined;
  const text = String(Number(value.toFixed(6)));
  return /^\d{1,12}(?:\.\d{1,9})?$/.test(text) && text.length <= 13 ? text : undefined;
}
