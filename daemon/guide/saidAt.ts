import { parseDuration } from '../protocol/domain/duration.ts';
import type { PlanDraft } from './draft.ts';
import { daysBetween } from './lexicon/dates.ts';
import type { Mention } from './mentions.ts';
import type { Place } from './text/findings.ts';
import { sameWording } from './text/text.ts';

interface Said {
  readonly texts: string[];
  readonly numbers: Set<number>;
  /** Those that are of the baseline. */
  readonly relative: Set<number>;
  readonly lengths: Set<number>;
  readonly quantiles: Set<number>;
}

/** A draft's values, by the guides' lines that they cite. */
export class SaidAt {
  readonly #lines = new Map<string, Said>();
  readonly #start: string | undefined;
  /** The lines about the whole rollout, and about a week. */
  readonly #wholes = new Set<number>([7 * 86_400_000]);

  constructor(draft: PlanDraft) {
    this.#start = draft.start?.value;
    const end = draft.end?.value;
    if (this.#start !== undefined && end !== undefined) {
      const days = daysBetween(this.#start, end);
      for (const whole of [days, days + 1]) this.#wholes.add(whole * 86_400_000);
    }
    this.#walk(draft);
    // `At 10 %: error rate < 1 %` says which stage asks.
    for (const { percent, gate } of draft.stages)
      for (const { places } of gate) this.#add(places, String(percent.value));
    for (const [, { value, places }] of draft.measures)
      if (typeof value.quantile === 'number')
        for (const place of places) this.#lines.get(keyOf(place))?.quantiles.add(rounded(value.quantile));
  }

  /** `overall`: the passage speaks of a whole rollout, so that its length is the schedule's. */
  holds(place: Place, mention: Mention, overall: boolean): boolean {
    if (overall && mention.kind === 'length' && this.#wholes.has(mention.milliseconds)) return true;
    const said = this.#lines.get(keyOf(place));
    if (said === undefined) return false;
    const literal = ` ${sameWording(mention.text)} `;
    // A bare number may be part of another, as the 0 of `0.99`.
    if ((mention.kind === 'words' || !/^[\d\s]*$/.test(literal)) && said.texts.some((text) => text.includes(literal)))
      return true;
    switch (mention.kind) {
      case 'words':
        return false;
      case 'figure':
        // `within 10 % of baseline` is 110 %, `2x` is 200 %, and `2x faster` half.
        return mention.values.every(
          (value) =>
            said.numbers.has(rounded(value)) ||
            said.quantiles.has(rounded(value / 100)) ||
            [100 + value, 100 - value, value * 100, Math.abs(1 / value - 1) * 100].some((each) =>
              said.relative.has(rounded(each)),
            ),
        );
      case 'length':
        return (
          said.lengths.has(mention.milliseconds) ||
          said.numbers.has(mention.milliseconds) ||
          said.numbers.has(mention.milliseconds / 60_000)
        );
      case 'date':
        return (
          said.texts.some((text) => text.includes(sameWording(mention.date))) ||
          (this.#start !== undefined && said.numbers.has(daysBetween(this.#start, mention.date) + 1))
        );
    }
  }

  /** True when a text of this line stands in the plan: one holds the other, word by word. */
  tells(place: Place, text: string): boolean {
    const words = ` ${sameWording(text)} `;
    return (
      this.#lines
        .get(keyOf(place))
        ?.texts.some((each) => each.includes(words) || (each.trim().length > 8 && words.includes(each))) ?? false
    );
  }

  /** Every object with places counts for its own fields; what is nested in it counts for itself. */
  #walk(node: unknown): void {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      // `KEY → value` of a flag: the key is said where the value is.
      const [key, value] = node;
      if (node.length === 2 && typeof key === 'string' && isCited(value)) this.#add(value.places, key);
      for (const each of node) this.#walk(each);
      return;
    }
    if (isCited(node)) for (const text of ownTexts(node)) this.#add(node.places, text);
    for (const each of Object.values(node)) this.#walk(each);
  }

  #add(places: readonly Place[], text: string): void {
    for (const place of places) {
      const said = this.#lines.get(keyOf(place)) ?? {
        texts: [],
        numbers: new Set(),
        relative: new Set(),
        lengths: new Set(),
        quantiles: new Set(),
      };
      this.#lines.set(keyOf(place), said);
      said.texts.push(` ${sameWording(text)} `);
      const relative = /% of baseline$|^[-+]\d[\d.+-]*%$/.test(text);
      for (const [number] of text.matchAll(/\d+(?:\.\d+)?/g)) {
        said.numbers.add(rounded(Number(number)));
        if (relative) said.relative.add(rounded(Number(number)));
      }
      for (const [length] of text.matchAll(/\b\d+(?:\.\d+)?(?:ms|s|m|h|d|w)\b/g)) {
        const milliseconds = parseDuration(length);
        if (milliseconds !== undefined) said.lengths.add(milliseconds);
      }
    }
  }
}

function isCited(node: unknown): node is { readonly places: readonly Place[] } {
  return typeof node === 'object' && node !== null && 'places' in node && Array.isArray(node.places);
}

/** A checklist's title is no place for a figure: it only repeats the heading. */
function ownTexts(node: object): readonly string[] {
  const list = 'items' in node;
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === 'places' || key === 'assumed' || (list && (key === 'title' || key === 'items'))) return [];
    if (typeof value === 'string' || typeof value === 'number') return [String(value)];
    return key === 'value' ? plainTexts(value) : [];
  });
}

function plainTexts(value: unknown): readonly string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(plainTexts);
}

function keyOf(place: Place): string {
  return `${place.file}:${place.line}`;
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}
