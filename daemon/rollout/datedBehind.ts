import { formatDuration } from '../protocol/domain/duration.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { JudgedSource } from '../protocol/domain/verdict.ts';
import { plainText } from '../protocol/words/plainText.ts';

/** Zones differ by whole quarters of an hour; less than two of them is a late writer. */
const zoneStep = 15 * 60_000;
const leastZone = 2 * zoneStep;
/** A record may take so long from its stamp until it is written. */
const writing = 2 * 60_000;

/**
 * That the records of a source are dated well before they are written, and what to do; `null` when they are not, or when
 * the plan allows so much. Every window is then empty although data come, which nothing else would tell.
 */
export function datedBehindText(plan: Plan, source: JudgedSource): string | null {
  const { datedBehind, limit, glob } = source;
  if (datedBehind === null) return null;
  const off = Math.round(datedBehind / zoneStep) * zoneStep;
  const isZone = off >= leastZone && Math.abs(datedBehind - off) <= writing;
  const name = plainText(glob);
  const shortest = Math.min(...plan.triggers.map(({ over }) => over));
  if (!isZone && datedBehind <= limit) {
    if (datedBehind <= Math.max(writing, shortest)) return null;
    return `${name}: records are dated ${formatDuration(datedBehind)} before they are written, so a trigger over ${formatDuration(shortest)} may not see them: look at the writer and its clock`;
  }
  if (!isZone) {
    return `${name}: records are dated ${formatDuration(datedBehind)} before they are written, so no window sees them: look at the writer and its clock, or give the source a longer \`fresh\``;
  }
  const zone = plan.sources[source.source]?.time?.zone ?? plan.timezone;
  return `${name}: time stamps are ${formatDuration(off)} behind their arrival: wrong zone? They are read as ${plainText(zone)}; set the source's \`time.zone\` to the zone in which they are written`;
}
