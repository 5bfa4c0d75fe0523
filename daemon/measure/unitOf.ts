import type { Plan } from '../protocol/domain/plan.ts';

/**
 * A number for the text that names a request: equal for equal texts, and different for others but by a chance of one in
 * 2⁵³ (two hashes of 32 bits each, FNV-1a with different starts). A number takes no memory of its own.
 */
export function unitOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = typeof value === 'string' ? value : String(value);
  let [one, other] = [0x811c9dc5, 0x1b873593];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x85ebca6b);
    other ^= other >>> 13;
  }
  return (one >>> 0) * 0x200000 + ((other >>> 0) & 0x1fffff);
}

/**
 * One number for a record's values of the plan's `strata`, with the absent ones; `undefined` for a plan without strata.
 */
export function compileStratum(
  { strata }: Plan,
  indexOf: (field: string) => number,
): ((values: readonly unknown[]) => number | undefined) | undefined {
  if (strata === undefined) return undefined;
  const indices = strata.map(indexOf);
  return (values) => unitOf(indices.map((index) => JSON.stringify(values[index] ?? null)).join(','));
}
