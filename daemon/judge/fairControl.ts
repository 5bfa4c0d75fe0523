import { type EventTime, eventTime } from '../protocol/domain/units.ts';

/** How many records of each arm a part of a time holds. */
export interface ArmNumbers {
  readonly treatment: number;
  readonly control: number;
}

/** The reason why a control is no fair part of the time over which a treatment is judged. */
export type Unfair =
  | { readonly kind: 'none' }
  /** Everybody has the treatment: remaining control records were in flight, or belong to users left out on purpose. */
  | { readonly kind: 'everybody' }
  | { readonly kind: 'few'; readonly n: number; readonly needed: number }
  /** The treatment continued alone after the control's newest record. */
  | { readonly kind: 'ended'; readonly at: EventTime }
  /** Only `n` records in this part of the time. */
  | { readonly kind: 'gap'; readonly n: number; readonly from: EventTime; readonly to: EventTime };

/** The number of equal parts of the time. */
const partCount = 4;
/** This many records make a control, or half as many as the treatment has where those are fewer. */
const fewest = 20;
/** The least part of the expected records that the control has in each part of the time. */
const leastShare = 1 / 4;

/**
 * Compares a control with the time over which a treatment is judged, [from, to): `null` when it is a fair part of it.
 *
 * A control is fair when it has 20 records (or half as many as the treatment) and is there whenever the treatment is:
 * in each quarter of the time it has at least a quarter of the records that would be there if both arms' traffic rose
 * and fell together. So some stragglers at the start of a stay, which say nothing about the rest of it, are no control;
 * a control that is always small is one.
 *
 *
 * @param numbers of a part of the time.
 * @param newest event time of the control's newest record in it.
 */
export function unfairness(
  from: EventTime,
  to: EventTime,
  numbers: (from: EventTime, to: EventTime) => ArmNumbers,
  newest: EventTime,
): Unfair | null {
  const edge = (part: number) => (part === partCount ? to : eventTime(from + (part * (to - from)) / partCount));
  const parts = Array.from({ length: partCount }, (_, part) => numbers(edge(part), edge(part + 1)));
  const treatment = parts.reduce((sum, part) => sum + part.treatment, 0);
  const n = parts.reduce((sum, part) => sum + part.control, 0);
  const needed = Math.min(fewest, Math.ceil(treatment / 2));
  if (n === 0) return { kind: 'none' };
  if (n < needed) return { kind: 'few', n, needed };
  const isLacking = (part: ArmNumbers | undefined) =>
    part !== undefined && part.control < Math.floor((leastShare * n * part.treatment) / Math.max(1, treatment));
  const first = parts.findIndex(isLacking);
  if (first === -1) return null;
  let end = first + 1;
  while (isLacking(parts[end])) end += 1;
  const left = parts.slice(first, end).reduce((sum, part) => sum + part.control, 0);
  if (end === partCount && parts.at(-1)?.control === 0) return { kind: 'ended', at: newest };
  return { kind: 'gap', n: left, from: edge(first), to: edge(end) };
}
