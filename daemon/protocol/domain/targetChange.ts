import type { Target } from './plan.ts';

/** The change that a target asks for, as a ratio of the current figure to the baseline's. */
export interface WantedRatio {
  readonly text: string;
  /** `down`: the ratio is to be at most `least`; `up`: at least. */
  readonly direction: 'down' | 'up';
  /** The weaker end of the range: enough to have achieved it. */
  readonly least: number;
  /** The stronger end; the same without a range. */
  readonly most: number;
}

const pattern = /^\s*([+\-−]?\d+(?:\.\d+)?)(?:\s*\.\.\s*([+\-−]?\d+(?:\.\d+)?))?\s*([%x×])\s*$/;

export const changeForm = 'write `-30%`, `-30..-50%` or `5..10x`';

/** `null` for a text of another form, for a fall by more than everything, and for no change. */
export function wantedRatio({ change, factor }: Pick<Target, 'change' | 'factor'>): WantedRatio | null {
  const text = change ?? (typeof factor === 'number' ? `${factor}x` : factor);
  const [, one, other, unit] = pattern.exec(text ?? '') ?? [];
  if (text === undefined || one === undefined) return null;
  const first = ratioOf(one, unit);
  // The second end of `-30..50%` goes the same way as the first.
  const sign = /^[-−]/.test(one) && other !== undefined && !/^[-−+]/.test(other) ? '-' : '';
  const second = other === undefined ? first : ratioOf(sign + other, unit);
  if (first < 0 || second < 0 || (first - 1) * (second - 1) <= 0) return null;
  const direction = first < 1 ? 'down' : 'up';
  const [low, high] = [Math.min(first, second), Math.max(first, second)];
  return { text, direction, least: direction === 'down' ? high : low, most: direction === 'down' ? low : high };
}

function ratioOf(number: string, unit: string | undefined): number {
  const value = Number(number.replace('−', '-'));
  return unit === '%' ? 1 + value / 100 : value;
}
