import { formatDuration } from '../protocol/domain/duration.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import type { JudgedSource } from '../protocol/domain/verdict.ts';
import { plainText } from '../protocol/words/plainText.ts';

/** Zones differ by whole quarters of an hour; a lag of less than two of them is a late writer. */
const zoneStep = 15 * 60_000;
const leastZone = 2 * zoneStep;
/** How long a record may take from its stamp to its writing. */
const writing = 2 * 60_000;

/**
 * The line for a source whose records are dated well before they are written, with advice; `null` when they are not, or
 * when the plan allows it. Every window is then empty although data come, and nothing else would show it.
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
