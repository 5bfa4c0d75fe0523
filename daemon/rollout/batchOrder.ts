import type { Batch, Observation } from '../protocol/observation.ts';
import type { EventTime, WallTime } from '../protocol/units.ts';

/**
 * The observations of several batches as they happened; those of one batch keep their order, and a late one among them
 * comes when it was read. Of two at one time the earlier batch's is first. A replay merges its files in the same way.
 */
export function byEventTime(batches: readonly Batch[]): Iterable<Observation> {
  const [only, ...others] = batches;
  return only !== undefined && others.length === 0 ? only.observations : merged(batches);
}

/** An arrival may be dated a moment later than it is taken. */
const clockSlack = 5000;

/**
 * The batch as it is at `now`. One that arrived later was read before the clock was set back: what it dates ahead of the
 * present clock is refused like any record from the future.
 */
export function asOf(batch: Batch, now: WallTime): Batch {
  if (batch.arrived - now <= clockSlack) return batch;
  const observations = batch.observations.filter(({ reading }) => reading.at <= now);
  const refused = batch.observations.length - observations.length;
  const future = (batch.rejected.future ?? 0) + refused;
  return { ...batch, arrived: now, observations, rejected: { ...batch.rejected, ...(future > 0 && { future }) } };
}

export function newestIn({ observations }: Batch): EventTime | null {
  let newest: EventTime | null = null;
  for (const { reading } of observations) if (newest === null || reading.at > newest) newest = reading.at;
  return newest;
}

interface Line {
  readonly observations: readonly Observation[];
  next: number;
  /** The newest event time up to its next observation. */
  progress: number;
}

function* merged(batches: readonly Batch[]): Generator<Observation> {
  const lines = batches.map(
    ({ observations }): Line => ({ observations, next: -1, progress: Number.NEGATIVE_INFINITY }),
  );
  for (const line of lines) step(line);
  for (;;) {
    let first: Line | undefined;
    for (const line of lines) {
      if (line.next < line.observations.length && (first === undefined || line.progress < first.progress)) first = line;
    }
    const observation = first?.observations[first.next];
    if (first === undefined || observation === undefined) return;
    step(first);
    yield observation;
  }
}

function step(line: Line): void {
  line.next += 1;
  const at = line.observations[line.next]?.reading.at;
  if (at !== undefined && at > line.progress) line.progress = at;
}
