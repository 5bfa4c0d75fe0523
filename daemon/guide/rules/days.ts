import { weekIn } from '../parts/schedule.ts';
import { anyMeans, means } from '../tag.ts';
import { type Place, type Sourced, said } from '../text/findings.ts';
import type { Passage } from '../text/passages.ts';
import type { Situated } from './ladder.ts';

/** The days that a guide plans a stage for, counted from its start: `Day 5-7: Begin Phase 2 (1%)` of week 1. */
export function readDays(
  { guide, ladder }: Situated,
  start: string | undefined,
): ReadonlyMap<number, Sourced<readonly [number, number]>> {
  const found = new Map<number, { from: number; to: number; places: Place[] }>();
  if (start === undefined) return new Map();
  for (const [passage, percents] of ladder.named) {
    const [percent] = percents;
    const range = percents.length === 1 && passage.kind !== 'row' ? daysIn(passage) : undefined;
    if (range === undefined || percent === undefined || percent === 0) continue;
    const week = [passage, ...guide.above(passage), ...passage.trail.slice(0, 1)]
      .map(({ text }) => weekIn(guide, text))
      .find((each) => each !== undefined);
    const offset = week === undefined || range[0] > 7 ? 0 : (week - 1) * 7;
    const known = found.get(percent) ?? { from: range[0] + offset, to: range[1] + offset, places: [] };
    found.set(percent, {
      from: Math.min(known.from, range[0] + offset),
      to: Math.max(known.to, range[1] + offset),
      places: [...known.places, passage],
    });
  }
  const ordered = [...found].sort(([a], [b]) => a - b);
  // Days that do not go up with the shares are counted anew somewhere, and say nothing certain.
  const rising = ordered.every(([, { from }], index) => index === 0 || from > (ordered[index - 1]?.[1].from ?? 0));
  return rising
    ? new Map(ordered.map(([percent, { from, to, places }]) => [percent, said([from, to] as const, ...places)]))
    : new Map();

  function daysIn(passage: Passage): readonly [number, number] | undefined {
    const tokens = guide.tokens(passage.text);
    if (anyMeans(tokens.slice(0, 1), 'measured')) return undefined;
    const at = tokens.findIndex(
      (token) => means(token, 'calendar') && /^(?:days?|tage?|jours?|días?|dias?)$/i.test(token.text),
    );
    const figure = at === -1 ? undefined : tokens[at + 1]?.number;
    if (
      figure === undefined ||
      figure.unit !== '' ||
      !Number.isInteger(figure.value) ||
      figure.value < 1 ||
      figure.value > 400
    )
      return undefined;
    return [figure.value, figure.high ?? figure.value];
  }
}
