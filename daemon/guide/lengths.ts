import type { UnitName } from './lexicon/concepts.ts';
import { numerals } from './lexicon/vocabulary.ts';
import { type Figure, means, type Token } from './tag.ts';

// biome-ignore format: units stand together
const sizes: Partial<Readonly<Record<UnitName, number>>> = {
  s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000,
};

/** A length of time as a plan writes it: in the unit of the guide where that is whole, else in the largest that is. */
export function lengthText(milliseconds: number, preferred: UnitName | undefined): string | undefined {
  if (milliseconds < 1000 || milliseconds > 3650 * 86_400_000) return undefined;
  const size = preferred === undefined ? undefined : sizes[preferred];
  if (size !== undefined && milliseconds % size === 0) return `${milliseconds / size}${preferred}`;
  const whole = (['w', 'd', 'h', 'm', 's'] as const).find((unit) => milliseconds % (sizes[unit] ?? 1) === 0);
  return whole === undefined ? undefined : `${milliseconds / (sizes[whole] ?? 1)}${whole}`;
}

/** A plain length of time, longer than what a latency is told in. */
export function isLength(figure: Figure | undefined): figure is Figure {
  return figure !== undefined && figure.unit === 'time' && figure.timeUnit !== 'ms' && figure.value >= 1000;
}

/** `for 10 minutes`, `持续 5 分钟`, `for 2 consecutive 5-minute windows` → how long that is. */
export function lastingIn(
  tokens: readonly Token[],
): { readonly text: string; readonly from: number; readonly to: number } | undefined {
  for (const [index, token] of tokens.entries()) {
    if (!isLength(token.number)) continue;
    const before = tokens.slice(Math.max(0, index - 3), index);
    const after = tokens.slice(index + 1, index + 3);
    if (before.some((each) => means(each, 'within'))) continue;
    // `> 2 s for …` is the figure, and no length.
    const compared = means(before.at(-1), 'above', 'below', 'atLeast', 'atMost');
    if (compared && !before.slice(-2).some((each) => means(each, 'lasting'))) continue;
    const windows = before.map(countOf).find((each) => each !== undefined);
    const counted = [...before, ...after].some((each) => means(each, 'consecutive'));
    const lasting =
      before.some((each) => means(each, 'lasting')) ||
      (means(after[0], 'lasting', 'consecutive') && after[1]?.number === undefined);
    if (!lasting && !counted) continue;
    const times = counted ? (windows ?? 1) : 1;
    const text = lengthText(token.number.value * times, token.number.timeUnit);
    if (text === undefined) continue;
    const from =
      index -
      before.length +
      Math.max(
        0,
        before.findIndex((each) => means(each, 'lasting')),
      );
    return { text, from, to: index + 1 + (means(after[0], 'lasting', 'consecutive') ? 1 : 0) };
  }
  return undefined;
}

/** `3`, `three`, `three times`. */
function countOf({ number, text }: Token): number | undefined {
  if (number !== undefined) return number.unit === '' || number.unit === 'x' ? number.value : undefined;
  const word = text.toLowerCase();
  const known = numerals.longest(word, 0);
  return known?.end === word.length ? known.meanings[0] : undefined;
}

/** `(within 5 minutes)`: how soon a consequence is in force. */
export function withinOf(tokens: readonly Token[]): string | undefined {
  for (const [index, token] of tokens.entries()) {
    if (!means(token, 'within')) continue;
    const figure = tokens.slice(index + 1, index + 3).find((each) => isLength(each.number))?.number;
    if (isLength(figure)) return lengthText(figure.value, figure.timeUnit);
  }
  return undefined;
}

/** `for 3 consecutive windows`, `3 intervals in a row`. A length beside the count is one long window (`lastingIn`). */
export function windowsIn(tokens: readonly Token[]): number | undefined {
  for (const [index, token] of tokens.entries()) {
    if (!means(token, 'consecutive')) continue;
    const [next, other] = tokens.slice(index + 1, index + 3);
    if (isLength(next?.number) || isLength(other?.number)) {
      if (!means(next, 'filler')) return undefined;
    }
    if (means(next, 'error', 'population')) continue;
    const near = tokens.slice(Math.max(0, index - 3), index).map(countOf);
    const count = near.findLast((each) => each !== undefined);
    if (count !== undefined && Number.isInteger(count) && count >= 2 && count <= 100) return count;
  }
  return undefined;
}
