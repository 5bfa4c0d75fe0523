import type { LogOrder } from '../../measure/logOrder.ts';
import { type Scanner, type ScanState, windowSize } from './scan.ts';
import { Tally } from './tally.ts';

/** So much is read ahead of a log that begins in a repeated hour; a longer hour stays undecided. */
const mostWindows = 64;

/** The bytes from an offset on; `end`: nothing follows. */
type ReadAt = (offset: number, into: Buffer) => Promise<{ readonly length: number; readonly end: boolean }>;

/**
 * The order to read a log in that begins in a repeated hour, if its first record is of the second pass; `null` if it is
 * of the first, as it was taken, or nothing tells. @param order of the records read so far, up to `state`.
 */
export async function orderOfSecondPass(
  order: LogOrder,
  state: ScanState,
  scanner: Scanner,
  readAt: ReadAt,
): Promise<LogOrder | null> {
  const reading = order.copy();
  let ahead = state;
  const window = reading.opening === 'open' ? Buffer.alloc(windowSize) : Buffer.alloc(0);
  for (let count = 0; count < mostWindows && reading.opening === 'open'; count += 1) {
    const { length, end } = await readAt(ahead.offset, window);
    const tally = new Tally('', { lines: Number.POSITIVE_INFINITY, upTo: null }, reading);
    const next = scanner.scan(window.subarray(0, length), ahead, end ? 'whole' : 'open', tally);
    if (end || next.offset === ahead.offset) break;
    ahead = next;
  }
  if (reading.opening === 'first' && order.opening === 'open') order.beginsInFirstPass();
  return reading.opening === 'second' ? reading.fromSecondPass() : null;
}
