import { type CountedUnder, canonical, type KeptParts, keptParts, sketchedFields } from '../measure/keptParts.ts';
import type { PositionRecord } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { holdsLines } from '../protocol/domain/sourceFormat.ts';
import { nameOfSource } from '../protocol/domain/sourceKinds.ts';
import type { SourceCounters } from '../rollout/counters.ts';
import { isLogOf, logsRead } from '../sources/kinds.ts';
import type { Holds } from './countedParts.ts';
import { linesOf } from './linesRead.ts';

/**
 * The counts made under one plan that hold under another, given the progress of each source.
 * @param of counts of these sources alone; of all, when nothing is said.
 */
export function keptFrom(
  before: CountedUnder,
  after: CountedUnder,
  positions: readonly PositionRecord[],
  counters: readonly (SourceCounters | undefined)[],
  of: readonly number[] | null = null,
): KeptParts {
  const read = before.plan.sources.map((source, index) => {
    const logs = logsRead(
      source,
      positions.filter((position) => position.source === index),
    );
    const isOf = of === null || of.includes(index);
    return { wasRead: isOf && (logs.length > 0 || linesOf([counters[index]]) > 0), logs };
  });
  return keptParts(before, after, read, isLogOf);
}

/** True when a plan's counts have the same layout and every source has its place: only rules and words were edited. */
export function isLaidOutAlike(kept: KeptParts, before: CountedUnder, after: CountedUnder): boolean {
  const same = (now: readonly (number | null)[], then: number) =>
    now.length === then && now.every((old, index) => old === index);
  return (
    kept.arms &&
    kept.lines &&
    before.plan.sources.length === after.plan.sources.length &&
    [...kept.sources].length === after.plan.sources.length &&
    [...kept.sources].every(
      ([old, now]) =>
        old === now &&
        heldBy(before.plan, old) === heldBy(after.plan, now) &&
        nameOfSource(before.plan, old) === nameOfSource(after.plan, now),
    ) &&
    same(kept.shares, before.instrument.shares.length) &&
    same(kept.fields, before.instrument.fields.length) &&
    same(kept.sketches, sketchedFields(before.plan).length) &&
    same(kept.values, before.instrument.valueFields.length) &&
    canonical(before.instrument.lines) === canonical(after.instrument.lines) &&
    [...kept.series].every(([series, { from }]) => series === from)
  );
}

function heldBy({ sources }: Plan, index: number): Holds | null {
  const source = sources[index];
  if (source === undefined) return null;
  return holdsLines(source) ? 'lines' : 'records';
}
