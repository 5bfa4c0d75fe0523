import type { Matcher } from './plan.ts';

/** A share whose records say how many they stand for: of `total`, so many are good, or bad. */
export interface CountedShare {
  readonly field: string;
  readonly says: 'good' | 'bad';
  readonly total: string;
}

/**
 * `{ bad: errors, total: requests }` or `{ good: FIELD, total: FIELD }`: the names of fields that count. `null` for a share
 * that matches records; one whose records have fields of those names says `{ is: … }`.
 */
export function countedShare(share: Matcher): CountedShare | null {
  const keys = Object.keys(share);
  const { total, good, bad } = share;
  if (keys.length !== 2 || typeof total !== 'string') return null;
  if (typeof bad === 'string') return { field: bad, says: 'bad', total };
  return typeof good === 'string' ? { field: good, says: 'good', total } : null;
}
