import type { Batch } from '../protocol/domain/observation.ts';
import { type EventTime, eventTime, type WallTime, wallTime } from '../protocol/domain/units.ts';
import type { Progress } from './freshness.ts';
import type { Knowledge } from './knowledge.ts';

/** The signs of life and of trouble that the sources give, from which the judge tells what is known. */
export class SourceSigns {
  readonly #knowledge: Knowledge;
  /** The arrival of the records that are folded now, or the newest look. */
  #arrived: WallTime = wallTime(0);

  constructor(knowledge: Knowledge) {
    this.#knowledge = knowledge;
  }

  get arrived(): WallTime {
    return this.#arrived;
  }

  noteLook(now: WallTime): void {
    this.#arrived = now;
  }

  /**
   * A source is alive: its records arrived, the newest of them of this event time; or (`null`) its file exists and can
   * be read, which is a sign of life of a text source only.
   */
  noteAlive(source: number, arrived: WallTime, newest: EventTime | null): void {
    this.#knowledge.freshness.note(source, arrived, newest);
  }

  /** Records of a source are about to be folded: the source talks, and this many of its records were rejected. */
  noteRead(
    source: number,
    arrived: WallTime,
    {
      counted,
      read,
      rejected,
    }: { readonly counted: number; readonly read: number; readonly rejected: Batch['rejected'] },
  ): void {
    this.#arrived = arrived;
    if (counted > 0) this.#knowledge.freshness.noteArriving(source, arrived);
    this.#knowledge.rejects.note(source, eventTime(arrived), read, rejected);
  }

  /** This many records came from one log of a source; a log keeps its identity when its file is rotated. */
  noteLog(source: number, log: string, count: number, oldest: EventTime, newest: EventTime): void {
    this.#knowledge.voices.hearLog(source, log, count, oldest, newest);
  }

  /** The logs of a source of which the newest search has found a file, and those that have never had a line. */
  noteLogsThere(
    source: number,
    { logs, unwritten }: { readonly logs: ReadonlySet<string>; readonly unwritten?: ReadonlySet<string> | undefined },
    now: WallTime,
  ): void {
    this.#knowledge.voices.noteThere(source, logs, now);
    this.#knowledge.voices.noteUnwritten(source, unwritten ?? new Set(), now);
  }

  /** The reason why a source cannot be read, as of the newest look; `null` when it can. */
  noteUnreadable(source: number, detail: string | null): void {
    this.#knowledge.freshness.noteUnreadable(source, detail);
  }

  /** The progress of reading a source, as of the newest look at it. */
  noteProgress(source: number, progress: Progress): void {
    this.#knowledge.freshness.noteProgress(source, progress);
  }

  /** An edit has brought the source into the plan, and it is not read to its end yet; `null`: it is now. */
  noteFirstReading(source: number, percent: number | null): void {
    this.#knowledge.noteFirstReading(source, percent);
  }

  /** A batch has come from a source that has more unread; `null`: no more is unread. */
  noteUnread(source: number, at: WallTime | null): void {
    this.#knowledge.freshness.noteUnread(source, at);
  }

  /** Nothing of the source is unread up to `until`, once the turn is folded that begins now; `null`: the turn is over. */
  noteKnownUpTo(source: number, until: number | null): void {
    this.#knowledge.freshness.noteKnownUpTo(source, until);
  }
}
