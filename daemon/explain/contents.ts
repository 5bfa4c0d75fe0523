import type { FieldContent } from '../protocol/domain/explanation.ts';
import type { EventTime } from '../protocol/domain/units.ts';
import type { Case } from './caseSamples.ts';
import type { FieldValue, RecordFields } from './recordFields.ts';

/** A field and what it may hold: one thing that records are compared by. */
export interface Content {
  readonly field: string;
  readonly content: FieldContent;
}

/** Up to so many different numbers of a field are names (a status, a version); more are amounts. */
const mostNamedNumbers = 12;
const mostCutPoints = 24;
/** A number that rises or falls with time so evenly, and hardly repeats, is another name of the time: an id, a sequence, a clock. */
const evenly = 0.95;
const hardlyRepeats = 0.9;

export function hasContent(fields: RecordFields, { field, content }: Content): boolean {
  const value = fields.get(field);
  switch (content.kind) {
    case 'absent':
      return value === undefined;
    case 'value':
      return value !== undefined && writtenValue(value) === content.text;
    case 'like':
      return value?.kind === 'words' && value.template === content.text;
    case 'frame':
      return value?.kind === 'words' && value.frame === content.text;
    case 'at-least':
      return value?.kind === 'number' && value.number >= content.number;
    case 'below':
      return value?.kind === 'number' && value.number < content.number;
  }
}

/** The value as the record writes it; `null` of a text too long to be one. */
export function writtenValue(value: FieldValue): string | null {
  return value.kind === 'number' ? String(value.number) : value.text;
}

/**
 * Everything that so many of the cases have in common at least. Whether it is listed depends on all cases together, never on
 * their outcome, so that the number of comparisons is honest.
 */
export function contentsOf(cases: readonly Case[], least: number, left: ReadonlySet<string>): readonly Content[] {
  const counts = new Map<string, FieldCounts>();
  for (const { at, fields } of cases) {
    for (const [field, value] of fields) {
      if (left.has(field)) continue;
      let found = counts.get(field);
      if (found === undefined) {
        found = new FieldCounts();
        counts.set(field, found);
      }
      found.add(value, at);
    }
  }
  return [...counts].flatMap(([field, found]) =>
    found.contents(cases.length, least).map((content) => ({ field, content })),
  );
}

class FieldCounts {
  #n = 0;
  readonly #numbers: { readonly number: number; readonly at: EventTime }[] = [];
  readonly #values = new Map<string, number>();
  readonly #templates = new Map<string, number>();
  readonly #frames = new Map<string, number>();

  add(value: FieldValue, at: EventTime): void {
    this.#n += 1;
    if (value.kind === 'number') this.#numbers.push({ number: value.number, at });
    count(this.#values, writtenValue(value));
    if (value.kind !== 'words') return;
    count(this.#templates, value.template);
    count(this.#frames, value.frame);
  }

  contents(all: number, least: number): readonly FieldContent[] {
    const numbers = this.#numbers.map(({ number }) => number);
    const isAmount = this.#numbers.length * 2 > this.#n && this.#values.size > mostNamedNumbers;
    return [
      ...(isAmount
        ? this.#goesWithTime
          ? []
          : cutsOf(numbers)
        : frequent(this.#values, least).map((text) => ({ kind: 'value', text }) as const)),
      ...frequent(this.#templates, least).map((text) => ({ kind: 'like', text }) as const),
      ...frequent(this.#frames, least).map((text) => ({ kind: 'frame', text }) as const),
      ...(all - this.#n >= least ? [{ kind: 'absent' } as const] : []),
    ];
  }

  get #goesWithTime(): boolean {
    return this.#values.size > hardlyRepeats * this.#n && Math.abs(correlationWithTime(this.#numbers)) >= evenly;
  }
}

/** The rank correlation of numbers with their times (Spearman 1904); those of one time are in the order of their numbers. */
function correlationWithTime(numbers: readonly { readonly number: number; readonly at: EventTime }[]): number {
  const n = numbers.length;
  if (n < 2) return 0;
  const byTime = numbers.toSorted((one, other) => one.at - other.at || one.number - other.number);
  const byNumber = byTime
    .map((_, rank) => rank)
    .sort((one, other) => (byTime[one]?.number ?? 0) - (byTime[other]?.number ?? 0));
  const squares = byNumber.reduce((sum, time, rank) => sum + (time - rank) ** 2, 0);
  return 1 - (6 * squares) / (n * (n * n - 1));
}

function count(into: Map<string, number>, text: string | null): void {
  if (text !== null) into.set(text, (into.get(text) ?? 0) + 1);
}

function frequent(counts: ReadonlyMap<string, number>, least: number): readonly string[] {
  return [...counts].flatMap(([text, n]) => (n >= least ? [text] : []));
}

/** Round numbers between the ends of the amounts: 1, 2 and 5 times the powers of ten. */
function cutsOf(numbers: readonly number[]): readonly FieldContent[] {
  const sorted = numbers.toSorted((one, other) => one - other);
  const low = sorted[Math.floor(sorted.length * 0.02)] ?? 0;
  const high = sorted[Math.ceil(sorted.length * 0.98) - 1] ?? 0;
  if (high <= 0) return [];
  const cuts: number[] = [];
  for (
    let power = Math.floor(Math.log10(high));
    cuts.length < mostCutPoints && 10 ** power * 10 > Math.max(low, high / 1e6);
    power -= 1
  ) {
    for (const digit of [5, 2, 1]) {
      const cut = Number(`${digit}e${power}`);
      if (cut > low && cut <= high) cuts.push(cut);
    }
  }
  return cuts.flatMap((number) => [
    { kind: 'at-least', number },
    { kind: 'below', number },
  ]);
}
