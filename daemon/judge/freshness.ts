import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import { formatDuration } from '../protocol/domain/duration.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { holdsLines } from '../protocol/domain/sourceFormat.ts';
import { nameOfSource } from '../protocol/domain/sourceKinds.ts';
import { type Duration, duration, type EventTime, type WallTime } from '../protocol/domain/units.ts';
import type { JudgedSource } from '../protocol/domain/verdict.ts';
import { clockText } from '../protocol/words/clockText.ts';

/** Silence longer than this is no-data, unless the source's `fresh` says otherwise. */
const defaultLimit = duration(15 * 60_000);

/** An arrival may be dated a moment later than the judgement that considers it. */
const clockSlack = 5000;

/**
 * `arrival`: a source is fresh while it keeps sending. `given`: as in a replay, the given files are complete; a missing
 * source is not waited for, and a source that falls silent within the recording is not fresh during that time.
 */
export type FreshnessRule = 'arrival' | 'given';

/** A look at each source is due each second. A source without a look for longer may have been away. */
const longestLookGap = 10_000;
/** A source is present when the newest look that found it is no older than this. */
const newestLook = 3000;

/** Minutes are too coarse for a limit shorter than this. */
const shortLimit = 600_000;

export const noTextSource = 'no text source of the plan is read for these lines';

export interface Alive {
  readonly arrived: WallTime | null;
  readonly newest: EventTime | null;
  /** When a batch came that left more unread; `null` when all has been read since. */
  readonly unreadAt: WallTime | null;
  readonly newestSinceGap: EventTime | null;
  /**
   * The clock was set back: later records may have been written before that, whatever their date, until all has been
   * read.
   */
  readonly doubtful: boolean;
  readonly datedBehind: Duration | null;
  /** The start of the looks that have all found the text source; `null` before the first. */
  readonly seenSince: WallTime | null;
}

const nothing: Alive = {
  arrived: null,
  newest: null,
  unreadAt: null,
  newestSinceGap: null,
  doubtful: false,
  datedBehind: null,
  seenSince: null,
};

/** The progress of reading a source; not remembered over a restart, because the first look tells it anew. */
export type Progress = Pick<JudgedSource, 'readToEnd' | 'behindSince'>;

/**
 * The sources on which a verdict may rest now, judged by arrival.
 *
 * A source of records is alive when records arrive: its silence may be a broken writer. A text source is alive when its
 * file exists and can be read, because a healthy log is silent; each look must confirm that. Either is stale when it
 * has grown faster than it is read for longer than its limit, or when its records are dated longer ago than that: the
 * counts then describe the past, or seem to.
 */
export class Freshness {
  readonly #plan: Plan;
  readonly #rule: FreshnessRule;
  readonly #isText: readonly boolean[];
  /** `note` changes the entries in place, because a replay notes every record. */
  readonly #alive: { -readonly [Part in keyof Alive]: Alive[Part] }[];
  readonly #progress: Progress[];
  /** Event time of the newest record of each source that was folded. */
  readonly #folded: (EventTime | null)[];
  /** By source, the instant up to which nothing is unread in the turn that is being folded; `null` outside of one. */
  readonly #knownUpTo: (number | null)[];
  /** The reason why a source cannot be read, as of the newest look; not remembered over a restart either. */
  readonly #unreadable: (string | null)[];
  readonly #needed: ReadonlySet<number>;
  readonly #sourcesOf = new Map<ResolvedMeasure, readonly number[]>();
  /** The state of each source's reading when the clock stood still. */
  #readAtGap: readonly (WallTime | null)[];

  readonly #isBeside: (source: number) => boolean;

  /** @param isBeside tells if a source is new and belongs to no figure yet. */
  constructor(
    plan: Plan,
    rule: FreshnessRule,
    measures: readonly ResolvedMeasure[],
    isBeside: (source: number) => boolean,
  ) {
    this.#plan = plan;
    this.#isBeside = isBeside;
    this.#rule = rule;
    this.#isText = plan.sources.map(holdsLines);
    this.#alive = plan.sources.map(() => ({ ...nothing }));
    this.#progress = plan.sources.map(() => ({ readToEnd: null, behindSince: null }));
    this.#folded = plan.sources.map(() => null);
    this.#knownUpTo = plan.sources.map(() => null);
    this.#unreadable = plan.sources.map(() => null);
    this.#readAtGap = plan.sources.map(() => null);
    this.#needed = new Set(measures.flatMap((measure) => this.allSourcesOf(measure)));
  }

  /** The sources a measure rests on now: not those that are new and belong to no figure yet. */
  sourcesOf(measure: ResolvedMeasure): readonly number[] {
    const all = this.allSourcesOf(measure);
    // Asked at each record of a firing: without a new source no list is made.
    for (const source of all) if (this.#isBeside(source)) return all.filter((each) => !this.#isBeside(each));
    return all;
  }

  /** The sources a measure rests on, as indices into the plan. Process gauges and signals rest on none. */
  allSourcesOf(measure: ResolvedMeasure): readonly number[] {
    const known = this.#sourcesOf.get(measure);
    if (known !== undefined) return known;
    const sources = this.#findSourcesOf(measure);
    this.#sourcesOf.set(measure, sources);
    return sources;
  }

  #findSourcesOf(measure: ResolvedMeasure): readonly number[] {
    switch (measure.kind) {
      case 'lines':
        return [...measure.sources];
      case 'signal':
        return [];
      case 'gauge':
        if (measure.field === null) return [];
        break;
      case 'share':
      case 'count':
      case 'quantile':
    }
    return this.#isText.flatMap((text, source) => (text ? [] : [source]));
  }

  /** @param newest event time of the newest record that arrived; `null` when none did and only the file is there. */
  note(source: number, arrived: WallTime, newest: EventTime | null): void {
    const known = this.#alive[source];
    if (known === undefined) throw new RangeError(`the plan has no source ${source}`);
    if (newest === null && !this.#isText[source]) return;
    const wait = arrived - (known.arrived ?? Number.NEGATIVE_INFINITY);
    const isNewStretch = this.#rule === 'arrival' && (wait > longestLookGap || wait < -clockSlack);
    if (this.#isText[source] && (known.seenSince === null || isNewStretch)) known.seenSince = arrived;
    // The newest arrival counts, even one by a clock which was set back.
    known.arrived = arrived;
    if (newest === null) return;
    known.newest = later(known.newest, newest);
    if (!known.doubtful) known.newestSinceGap = later(known.newestSinceGap, newest);
    known.datedBehind = this.#lag(source, known, newest) ?? known.datedBehind;
  }

  /**
   * How long before its writing a record is dated: a record that comes after the source was read to its end was not
   * there yet at that time. `null` for a backlog, which is old with reason.
   */
  #lag(source: number, { unreadAt }: Alive, newest: EventTime): Duration | null {
    const { readToEnd, behindSince } = this.#progress[source] ?? { readToEnd: null, behindSince: null };
    if (readToEnd === null || behindSince !== null || unreadAt !== null) return null;
    // To the minute: the shown state must not change with every record.
    return duration(Math.max(0, Math.round((readToEnd - newest) / 60_000) * 60_000));
  }

  noteProgress(source: number, progress: Progress): void {
    if (this.#progress[source] === undefined) throw new RangeError(`the plan has no source ${source}`);
    this.#progress[source] = progress;
    const known = this.#alive[source] ?? nothing;
    const wasRead = progress.readToEnd !== null && progress.readToEnd !== this.#readAtGap[source];
    if (known.doubtful && wasRead) this.#alive[source] = { ...known, doubtful: false };
    const { unreadAt } = known;
    if (unreadAt !== null && progress.readToEnd !== null && progress.readToEnd > unreadAt)
      this.noteUnread(source, null);
  }

  /**
   * The clock stood still or was set: earlier data prove nothing about the time since.
   * @param setBack to when it was set back, else `null`: no known time can be later then.
   */
  noteGap(setBack: WallTime | null): void {
    for (const [source, alive] of this.#alive.entries()) {
      const { newest, unreadAt } = alive;
      const folded = this.#folded[source] ?? null;
      if (setBack !== null && folded !== null && folded > setBack) this.#folded[source] = null;
      const known = { ...alive, newestSinceGap: null, datedBehind: null, seenSince: null };
      this.#alive[source] =
        setBack === null
          ? known
          : {
              ...known,
              doubtful: true,
              newest: newest !== null && newest > setBack ? null : newest,
              unreadAt: unreadAt !== null && unreadAt > setBack ? setBack : unreadAt,
            };
    }
    this.#readAtGap = this.#progress.map(({ readToEnd }) => readToEnd);
  }

  /** A record of the source is folded. */
  noteFolded(source: number, at: EventTime): void {
    this.#folded[source] = later(this.#folded[source] ?? null, at);
  }

  /** Nothing of the source is unread up to `until`, once the turn is folded that begins now; `null`: the turn is over. */
  noteKnownUpTo(source: number, until: number | null): void {
    this.#knownUpTo[source] = until;
  }

  /**
   * True when a source of records said nothing for longer than its limit up to an instant of the past, as a replay finds it:
   * a backlog that is read late was silent then, although all of it arrives now. Unread records may still break the silence.
   */
  wasSilentAt(source: number, at: EventTime): boolean {
    const folded = this.#folded[source] ?? null;
    if (this.#rule === 'given' || this.#isText[source] || folded === null) return false;
    // Outside of a turn nobody has said which source a record is of.
    if (this.#knownUpTo.every((until) => until === null)) return false;
    if (at - folded <= this.limitOf(source)) return false;
    const known = this.#knownUpTo[source] ?? null;
    return known === null ? (this.#alive[source] ?? nothing).unreadAt === null : known >= at;
  }

  /** The newest event time of a source, for a silence of the past. */
  foldedUpTo(source: number): EventTime | null {
    return this.#folded[source] ?? null;
  }

  noteUnread(source: number, at: WallTime | null): void {
    const known = this.#alive[source];
    if (known !== undefined) this.#alive[source] = { ...known, unreadAt: at };
  }

  /** Records are about to be folded: they have arrived, and their newest time is known once all are folded. */
  noteArriving(source: number, arrived: WallTime): void {
    const known = this.#alive[source];
    if (known !== undefined && !this.#isText[source]) known.arrived = arrived;
  }

  /** The reason why the source cannot be read; `null` when it can. */
  noteUnreadable(source: number, detail: string | null): void {
    this.#unreadable[source] = detail;
  }

  unreadable(source: number): string | null {
    return this.#unreadable[source] ?? null;
  }

  /** Silence longer than this is no-data. */
  limitOf(source: number): Duration {
    return this.#plan.sources[source]?.fresh ?? defaultLimit;
  }

  isText(source: number): boolean {
    return this.#isText[source] === true;
  }

  /**
   * Nothing has come for longer than the source's limit, whatever else is known about it; in a replay also when nothing
   * came at all. The silence of a source is known only when it was read to its end: until then records may be unread.
   */
  isSilent(source: number, now: WallTime): boolean {
    const { arrived, unreadAt } = this.#alive[source] ?? nothing;
    if (this.#rule === 'given') {
      return this.#isText[source] ? arrived === null : arrived !== null && now - arrived > this.limitOf(source);
    }
    return this.#wasReadToEnd(source) && unreadAt === null && !isRecent(arrived, now, this.limitOf(source));
  }

  /** A look has read the source to its end since this daemon began, and since the clock stood still or was set. */
  #wasReadToEnd(source: number): boolean {
    const readToEnd = this.#progress[source]?.readToEnd ?? null;
    return readToEnd !== null && readToEnd !== this.#readAtGap[source];
  }

  /** Since when a text source has been there at every look, up to now; `null` when it is not there now. */
  seenSince(source: number, now: WallTime): WallTime | null {
    const { arrived, seenSince } = this.#alive[source] ?? nothing;
    if (this.#rule === 'arrival' && !isRecent(arrived, now, duration(newestLook))) return null;
    return seenSince;
  }

  /** True when records of the measure are known to be unread. */
  hasUnread(measure: ResolvedMeasure): boolean {
    return this.sourcesOf(measure).some((source) => (this.#alive[source]?.unreadAt ?? null) !== null);
  }

  /** The reason why a source's counts are out of date, in one line; `null` when they are not. */
  stale(source: number, now: WallTime): string | null {
    const { fresh, arrived, newest, glob, limit, behindSince, datedBehind } = this.at(source, now);
    if (fresh) return null;
    if (arrived === null) return `nothing has come from ${glob} yet`;
    if (arrived - now > clockSlack) return `nothing has come from ${glob} since the clock was set back`;
    if (now - arrived <= limit && behindSince !== null) {
      return `${glob} has had unread data for ${formatDuration(now - behindSince)}, longer than ${formatDuration(limit)}`;
    }
    if (now - arrived <= limit && newest !== null) {
      return `the newest record of ${glob} is dated ${formatDuration(datedBehind ?? arrived - newest)} before it came, longer than ${formatDuration(limit)}`;
    }
    // An instant, because an age would be another sentence each second.
    const since = clockText(arrived, now, this.#plan.timezone, limit < shortLimit ? 'second' : 'minute');
    return `${glob} has been silent since ${since}, longer than ${formatDuration(limit)}`;
  }

  /** The reason why nothing is known about lines at all; `null` when every text source of theirs has been read. */
  neverSeen(measure: ResolvedMeasure): string | null {
    if (measure.kind !== 'lines') return null;
    if (measure.sources.length === 0) return noTextSource;
    const unseen = measure.sources.find((source) => this.#alive[source]?.arrived == null);
    return unseen === undefined ? null : `nothing has come from ${nameOfSource(this.#plan, unseen)} yet`;
  }

  all(now: WallTime): JudgedSource[] {
    return this.#plan.sources.map((_, source) => this.at(source, now));
  }

  get memory(): readonly Alive[] {
    return this.#alive;
  }

  restore(memory: readonly Alive[]): void {
    for (const [source, alive] of memory.entries()) {
      if (source >= this.#alive.length) continue;
      this.#alive[source] = { ...alive };
      this.#folded[source] = alive.newest;
    }
  }

  at(source: number, now: WallTime): JudgedSource {
    const limit = this.limitOf(source);
    const { arrived, newest, newestSinceGap, datedBehind } = this.#alive[source] ?? nothing;
    // In a replay, a log that was not given is unknown, and does not prove the absence of errors.
    const given = this.#isText[source] ? arrived !== null : true;
    const { readToEnd: read, behindSince } = this.#progress[source] ?? { readToEnd: null, behindSince: null };
    const readToEnd = this.#wasReadToEnd(source) ? read : null;
    const keepsUp = behindSince === null || now - behindSince <= limit;
    // A quiet log has no newest line to be old; records dated long before their arrival say nothing about the present.
    const isOfNow = this.#isText[source] || (arrived !== null && newest !== null && arrived - newest <= limit);
    const isDatedWell = isOfNow && (datedBehind === null || datedBehind <= limit);
    // Silence in the middle of a recording was silence when it was recorded.
    const wasSilent = !this.#isText[source] && arrived !== null && now - arrived > limit;
    const fresh =
      this.#rule === 'given' ? given && !wasSilent : isRecent(arrived, now, limit) && keepsUp && isDatedWell;
    const glob = nameOfSource(this.#plan, source);
    const kind = this.#isText[source] ? 'lines' : 'records';
    const needed = this.#needed.has(source);
    return {
      source,
      glob,
      kind,
      arrived,
      newest,
      newestSinceGap,
      readToEnd,
      behindSince,
      datedBehind,
      trouble: null,
      fresh,
      limit,
      needed,
    };
  }
}

/** A record with a future arrival was dated by a clock that has been set back since. */
function isRecent(arrived: WallTime | null, now: WallTime, limit: Duration): boolean {
  return arrived !== null && now - arrived <= limit && arrived - now <= clockSlack;
}

function later<Time extends number>(known: Time | null, now: Time): Time {
  return known === null || now > known ? now : known;
}
