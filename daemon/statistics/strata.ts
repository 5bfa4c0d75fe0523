import type { ArmBlock } from './armComparison.ts';
import type { Minute } from './declineDetector.ts';

/**
 * Like is compared with like: records with the same values of the plan's `strata` (a size class, a provider) make blocks of
 * their own, and are healthy as the control's of the same values are. A treatment that has more of what often fails, or of
 * what is slow, has then not declined (Simpson's paradox). Strata multiply: Turner and Grünwald, arXiv 2302.11401.
 */
export interface Stratum {
  readonly key: number;
  /** All its records of the control. */
  readonly control: Minute;
  /** Those of both arms that no comparison has been made of yet. */
  readonly block: ArmBlock;
}

/** The records of one stratum within a slot. */
export interface StratumSlot extends ArmBlock {
  /** `rest`: of the combinations that are not told apart. */
  readonly key: number | 'rest';
}

/** So many combinations are told apart. */
export const mostStrata = 16;
/** A block of a stratum waits for the other arm no longer than until it should have had so many of it. */
const mostAwaited = 20;
/** Of a stratum so many records are assumed to fail as all of the control do. */
const assumedRecords = 50;

const none: Minute = { n: 0, failures: 0 };
const noBlock: ArmBlock = { treatment: none, control: none };

export interface Stratified {
  readonly strata: readonly Stratum[];
  /** The blocks that are complete: each is a comparison. */
  readonly closed: readonly ArmBlock[];
  /** What has no counterpart of its own stratum, to be compared with all that have none. */
  readonly rest: ArmBlock;
  /** The arms' records of this slot, with the control's share of failures of their stratum; `null` where none is known. */
  readonly parts: readonly (ArmBlock & { readonly failing: number | null })[];
}

/**
 * The strata after one more slot. Numbers decide which blocks are complete and which wait in vain, never outcomes.
 *
 * @param perControl records of the treatment for each of the control, of the newest traffic.
 * @param pooled the control's share of failures, of all strata.
 * @param isEnough whether a block is complete.
 */
export function stratify(
  strata: readonly Stratum[],
  slots: readonly StratumSlot[],
  perControl: number,
  pooled: number,
  isEnough: (block: ArmBlock) => boolean,
): Stratified {
  const next = [...strata];
  const closed: ArmBlock[] = [];
  const parts: (ArmBlock & { failing: number | null })[] = [];
  let rest = noBlock;
  for (const { key, treatment, control } of slots) {
    const slot = { treatment, control };
    let at = next.findIndex((stratum) => stratum.key === key);
    if (at === -1 && key !== 'rest' && next.length < mostStrata) {
      at = next.length;
      next.push({ key, control: none, block: noBlock });
    }
    const known = next[at];
    if (known === undefined) {
      rest = both(rest, slot);
      parts.push({ ...slot, failing: null });
      continue;
    }
    const { n, failures } = known.control;
    parts.push({ ...slot, failing: (failures + assumedRecords * pooled) / (n + assumedRecords) });
    const block = both(known.block, slot);
    const isComplete = isEnough(block);
    const isStuck = !isComplete && waitsInVain(block, perControl);
    if (isComplete) closed.push(block);
    if (isStuck) rest = both(rest, block);
    next[at] = {
      key: known.key,
      control: plus(known.control, control),
      block: isComplete || isStuck ? noBlock : block,
    };
  }
  return { strata: next, closed, rest, parts };
}

/** The other arm should have had enough of it by now, if both arms had the same mix. */
function waitsInVain({ treatment, control }: ArmBlock, perControl: number): boolean {
  if (perControl <= 0) return false;
  return treatment.n / perControl >= mostAwaited || control.n * perControl >= mostAwaited;
}

export function both(one: ArmBlock, other: ArmBlock): ArmBlock {
  return { treatment: plus(one.treatment, other.treatment), control: plus(one.control, other.control) };
}

export function plus(one: Minute, other: Minute): Minute {
  return { n: one.n + other.n, failures: one.failures + other.failures };
}
