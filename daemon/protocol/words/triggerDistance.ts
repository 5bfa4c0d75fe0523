import { type Comparison, parseCondition, type Threshold } from '../domain/condition.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Figure, TriggerStatus } from '../domain/verdict.ts';
import { english, type Translate } from './factWords.ts';
import { countedOn, grouped, valueText } from './figureText.ts';

export interface Distance {
  /** 0: as far as possible; 1: the condition holds. `null` where no figure tells. */
  readonly closeness: number | null;
  readonly text: string;
}

/**
 * The distance of a trigger's condition from holding, by the present content of its window. For shares in records, the
 * unit in which the change will come: the number of further failures, with nothing else between them, that would make
 * it hold.
 */
export function triggerDistance(trigger: TriggerStatus, t: Translate = english): Distance {
  const { when, min, verdict, phase } = trigger;
  const condition = parseCondition(when);
  const { figure, limit } = verdict;
  if (phase.kind === 'idle') return { closeness: null, text: '' };
  if (!('measure' in condition) || figure.value === null || limit === null) {
    return { closeness: null, text: verdict.verdict === 'error' ? t('cannot be judged') : t('no data in its window') };
  }
  const { comparison, threshold } = condition;
  const falls = comparison === '<' || comparison === '<=';
  const rises = comparison === '>' || comparison === '>=';
  if (!falls && !rises) return { closeness: null, text: '' };
  if (phase.kind !== 'armed') return { closeness: 1, text: t('the condition holds') };

  if (figure.good !== null && condition.against === 'figure') {
    const counts = { n: figure.n, good: countedOn(figure) ?? figure.good };
    const inclusive = comparison === '<=' || comparison === '>=';
    const more = falls
      ? failuresToFall(counts, threshold, inclusive, min)
      : recordsToRise(counts, threshold, inclusive, min);
    return { closeness: closenessOf(comparison, figure, limit), text: recordsText(more, trigger.for, t) };
  }
  if (figure.unit === '' && rises && Number.isInteger(figure.value)) {
    const more = comparison === '>' ? Math.floor(limit) + 1 - figure.value : Math.ceil(limit) - figure.value;
    return {
      closeness: closenessOf(comparison, figure, limit),
      text: more === 1 ? t('1 more would fire it') : t('{0} more would fire it', grouped(more)),
    };
  }
  const closeness = closenessOf(comparison, figure, limit);
  const edge = valueText(limit, figure.unit, figure.value);
  // The figure stands beside it; against a baseline the figure is a ratio, and the limit is in the measure's own unit.
  if (condition.against === 'figure') {
    return { closeness, text: rises ? t('fires above {0}', edge) : t('fires below {0}', edge) };
  }
  const value = valueText(figure.value, figure.unit, limit);
  return {
    closeness,
    text: rises ? t('{0}, fires above {1}', value, edge) : t('{0}, fires below {1}', value, edge),
  };
}

/** 0: as far from the limit as possible; 1: at the limit or beyond. `null` for a comparison without a distance. */
export function closenessOf(comparison: Comparison, figure: Figure, limit: number): number | null {
  const nearness = nearnessOf(comparison, figure, limit);
  return nearness === null ? null : Math.min(1, Math.max(0, nearness));
}

/** The same, growing beyond 1 with the excess: orders the figures of one condition by how bad they are. */
export function nearnessOf(comparison: Comparison, { value, unit, good }: Figure, limit: number): number | null {
  if (value === null || comparison === '==' || comparison === '!=') return null;
  const falls = comparison === '<' || comparison === '<=';
  if (good !== null || unit === '%') return number(falls ? (1 - value) / (1 - limit) : value / limit);
  if (!falls && unit === '' && Number.isInteger(value)) {
    const first = comparison === '>' ? Math.floor(limit) + 1 : Math.ceil(limit);
    return first === 0 ? 1 : value / first;
  }
  return number(falls ? limit / value : value / limit);
}

function number(ratio: number): number {
  return Number.isNaN(ratio) ? 0 : ratio;
}

/** `length`: how long the condition must hold before the trigger fires. */
function recordsText(more: number | null, length: number, t: Translate): string {
  if (more === null) return t('no run of failures would fire it');
  if (length > 0) {
    return more === 1
      ? t('1 more failure would start its {0}', formatDuration(length))
      : t('{0} failures in a row would start its {1}', grouped(more), formatDuration(length));
  }
  return more === 1 ? t('1 more failure would fire it') : t('{0} failures in a row would fire it', grouped(more));
}

interface Counts {
  readonly n: number;
  readonly good: number;
}

/** Smallest k with good / (n + k) below the threshold and n + k at least `min`. In whole numbers, so exact. */
function failuresToFall({ n, good }: Counts, threshold: Threshold, inclusive: boolean, min: number): number | null {
  const { coefficient, scale } = threshold;
  if (coefficient === 0) return null;
  const holds = (k: number) =>
    inclusive ? good * scale <= coefficient * (n + k) : good * scale < coefficient * (n + k);
  return smallest(Math.max(0, Math.floor((good * scale) / coefficient) - n - 1), holds, Math.max(1, min - n));
}

/** Smallest k with (good + k) / (n + k) above the threshold: for a share of failures, k more of them. */
function recordsToRise({ n, good }: Counts, threshold: Threshold, inclusive: boolean, min: number): number | null {
  const { coefficient, scale } = threshold;
  if (coefficient >= scale) return null;
  const holds = (k: number) =>
    inclusive ? (good + k) * scale >= coefficient * (n + k) : (good + k) * scale > coefficient * (n + k);
  const about = (coefficient * n - scale * good) / (scale - coefficient);
  return smallest(Math.max(0, Math.floor(about) - 1), holds, Math.max(1, min - n));
}

/** Starts a little below the real-valued answer: rounding may put that off by one or two. */
function smallest(from: number, holds: (k: number) => boolean, least: number): number {
  let k = Math.max(from, least);
  while (!holds(k)) k += 1;
  return k;
}
