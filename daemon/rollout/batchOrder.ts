import type { Batch, Observation } from '../protocol/domain/observation.ts';
import { cursorOf, ObservationBlock, type ObservationCursor } from '../protocol/domain/observationBlock.ts';
import type { EventTime, WallTime } from '../protocol/domain/units.ts';

/**
 * The observations of several batches in the order of their events; those of one batch keep their order, and a late one
 * among them counts at the time of its reading. Of two at one time the earlier batch's is first. A replay merges its
 * files in the same way. Each is written over by the next (`observationBlock.ts`).
 *
 * @param reached is told the source of each observation before it is given.
 */
export function byEventTime(
  batches: readonly Batch[],
  reached: { source: number } = { source: -1 },
): Iterable<Observation> {
  const [only, ...others] = batches;
  if (only === undefined || others.length > 0) return merged(batches, reached);
  reached.source = only.source;
  return shown(only);
}

function* shown({ observations }: Batch): Generator<Observation> {
  const cursor = cursorOf(observations);
  for (let index = 0; index < observations.length; index += 1) yield cursor.show(index);
}

/** The block of the only batch; `null` where observations are merged, or are a list. */
export function soleBlock(
  batches: readonly Batch[],
): { readonly block: ObservationBlock; readonly source: number } | null {
  const [only, ...others] = batches;
  if (only === undefined || others.length > 0) return null;
  const { observations, source } = only;
  return observations instanceof ObservationBlock ? { block: observations, source } : null;
}

/** An arrival may be dated a moment later than it is taken. */
const clockSlack = 5000;

/**
 * The batch as it is at `now`. A later arrival was read before the clock was set back: records ahead of the present
 * clock are refused like any record from the future.
 */
export function asOf(batch: Batch, now: WallTime): Batch {
  if (batch.arrived - now <= clockSlack) return batch;
  const observations = [...batch.observations].filter(({ reading }) => reading.at <= now);
  const refused = batch.observations.length - observations.length;
  const future = (batch.rejected.future ?? 0) + refused;
  return { ...batch, arrived: now, observations, rejected: { ...batch.rejected, ...(future > 0 && { future }) } };
}

export function newestIn({ observations }: Batch): EventTime | null {
  const cursor = cursorOf(observations);
  let newest: EventTime | null = null;
  for (let index = 0; index < observations.length; index += 1) {
    const at = cursor.timeAt(index);
    if (newest === null || at > newest) newest = at;
  }
  return newest;
}

export function oldestIn({ observations }: Batch): EventTime | null {
  const cursor = cursorOf(observations);
  let oldest: EventTime | null = null;
  for (let index = 0; index < observations.length; index += 1) {
    const at = cursor.timeAt(index);
    if (oldest === null || at < oldest) oldest = at;
  }
  return oldest;
}

/** By source, the instant up to which nothing of it is unread once these batches are folded. */
export function knownUpTo(batches: readonly Batch[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const batch of batches) {
    const ofUnread = batch.knownUpTo ?? newestIn(batch) ?? Number.NEGATIVE_INFINITY;
    const until = batch.unread ? ofUnread : Number.POSITIVE_INFINITY;
    found.set(batch.source, Math.min(until, found.get(batch.source) ?? until));
  }
  return found;
}

/** A batch that is being merged; some observation of it is left. */
interface Line {
  readonly source: number;
  readonly cursor: ObservationCursor;
  readonly length: number;
  /** Its place among the batches. */
  readonly rank: number;
  next: number;
  /** The newest event time up to its next observation. */
  progress: number;
}

/** By a heap: there may be thousands of logs. */
function* merged(batches: readonly Batch[], reached: { source: number }): Generator<Observation> {
  const heap: Line[] = [];
  for (const [rank, { observations, source }] of batches.entries()) {
    const cursor = cursorOf(observations);
    const { length } = observations;
    const line: Line = { cursor, length, source, rank, next: -1, progress: Number.NEGATIVE_INFINITY };
    if (stepped(line)) heap.push(line);
  }
  for (let at = (heap.length >> 1) - 1; at >= 0; at -= 1) sink(heap, at);
  for (let first = heap[0]; first !== undefined; first = heap[0]) {
    const { cursor, next, source } = first;
    if (!stepped(first)) {
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) heap[0] = last;
    }
    sink(heap, 0);
    reached.source = source;
    yield cursor.show(next);
  }
}

/** Moves to the next observation, if there is one. */
function stepped(line: Line): boolean {
  line.next += 1;
  if (line.next >= line.length) return false;
  const at = line.cursor.timeAt(line.next);
  if (at > line.progress) line.progress = at;
  return true;
}

function isBefore(one: Line, other: Line): boolean {
  return one.progress === other.progress ? one.rank < other.rank : one.progress < other.progress;
}

/** Moves the line at `start` to its place among those below it. */
function sink(heap: Line[], start: number): void {
  const line = heap[start];
  if (line === undefined) return;
  for (let at = start; ; ) {
    let child = 2 * at + 1;
    let least = heap[child];
    const right = heap[child + 1];
    if (least !== undefined && right !== undefined && isBefore(right, least)) {
      child += 1;
      least = right;
    }
    if (least === undefined || isBefore(line, least)) {
      heap[at] = line;
      return;
    }
    heap[at] = least;
    at = child;
  }
}
