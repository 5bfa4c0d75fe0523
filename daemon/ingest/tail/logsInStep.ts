import type { EventTime } from '../../protocol/domain/units.ts';
import type { LogTurn, Proposal } from './logTurn.ts';

/** A log that has waited so long for the others goes on all the same: a regression in it must not wait for a backlog. */
const longestWait = 5000;

/**
 * Selects the part of the turns that is taken together: nothing that happened later than what a log with more to read has come to, for
 * otherwise that log's backlog would come too late for the triggers' windows (the least watermark of all inputs that are
 * not idle, as stream processors have it). `waiting`: since when each log has waited, in the time of `now`.
 */
export async function inStep(
  turns: readonly LogTurn[],
  window: Buffer,
  waiting: Map<string, number>,
  now: number,
): Promise<{ readonly taken: readonly LogTurn[]; readonly end: EventTime | undefined }> {
  const [first, ...others] = turns.flatMap(({ more, newest }) => (more && newest !== null ? [newest] : []));
  const end = others.reduce((least, newest) => (least === undefined || newest < least ? newest : least), first);
  const taken: LogTurn[] = [];
  for (const turn of turns) {
    const since = waiting.get(turn.log) ?? now;
    const isAhead = end !== undefined && turn.newest !== null && turn.newest > end && now - since < longestWait;
    const part = isAhead ? await turn.upTo(end, window) : turn;
    if (part === null) {
      waiting.set(turn.log, since);
      continue;
    }
    waiting.delete(turn.log);
    taken.push(part);
  }
  return { taken, end };
}

/**
 * @param turns all that could be read, so that each batch can tell whether anything of its source is left; also a source
 * of which nothing is taken yet has its batch, for what is still unread of it may not be taken for silence.
 */
export function joined(
  turns: readonly LogTurn[],
  { taken, end: knownUpTo }: { readonly taken: readonly LogTurn[]; readonly end: EventTime | undefined },
): Proposal {
  const parts = new Map(taken.map((turn) => [turn.log, turn]));
  const isLeft = (turn: LogTurn): boolean => {
    const part = parts.get(turn.log);
    return part === undefined || part.more;
  };
  const unread = new Set(turns.filter(isLeft).map(({ source }) => source));
  const waiting = new Map(turns.flatMap((turn) => (unread.has(turn.source) ? [[turn.source, turn] as const] : [])));
  for (const { source } of taken) waiting.delete(source);
  return {
    batches: [
      ...taken.map((turn) => turn.batch(unread.has(turn.source))),
      ...[...waiting.values()].map((turn) => turn.waits()),
    ].map((batch) => (knownUpTo === undefined ? batch : { ...batch, knownUpTo })),
    adopt: async () => {
      for (const turn of taken) await turn.adopt();
    },
  };
}
