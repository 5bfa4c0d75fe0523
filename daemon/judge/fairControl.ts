import { type EventTime, eventTime } from '../protocol/domain/units.ts';

/** How many records of each arm a part of a time holds. */
export interface ArmNumbers {
  readonly treatment: number;
  readonly control: number;
}

/** Why a control is no fair part of the time that a treatment is judged over. */
export type Unfair =
  | { readonly kind: 'none' }
  /** Everybody has the treatment: what still comes of a control was in flight, or was left out on purpose. */
  | { readonly kind: 'everybody' }
  | { readonly kind: 'few'; readonly n: number; readonly needed: number }
  /** After its newest record the treatment went on alone. */
  | { readonly kind: 'ended'; readonly at: EventTime }
  /** Only `n` records in this part of the time. */
  | { readonly kind: 'gap'; readonly n: number; readonly from: EventTime; readonly to: EventTime };

/** The time is looked at in so many equal parts. */
const partCount = 4;
/** So many records make a control, or half as many as the treatment has where those are fewer. */
const fewest = 20;
/** In each part the control has at least this of the records that the treatment's traffic there stands for. */
const leastShare = 1 / 4;

/**
 * Holds a control against the time that a treatment is judged over, [from, to): `null` when it is a fair part of it.
 *
 * It is one when it has 20 records (or half as many as the treatment) and is there whenever the treatment is: in each quarter
 * of the time it has at least a quarter of the records that would be there if both arms' traffic rose and fell together.
 * So some stragglers at the start of a stay, which say nothing of the rest of it, are no control; one that is small all
 * the time is.
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
