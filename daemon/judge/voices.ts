import type { RowRun } from '../measure/rowRun.ts';
import type { Arm } from '../protocol/domain/plan.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import { type Duration, type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';

/**
 * The number of records that must have been expected of an arm or a log before their absence is a silence: by chance
 * fewer than one in a thousand such waits is without any (Poisson, e⁻⁷ = 0.0009). At 1 % of ten records an hour the
 * treatment is silent for days without fault.
 */
const expectedInSilence = 7;
/**
 * So many logs of a source are listened to one by one, those that were heard last: they are part of every commit. Of a source
 * with more of them that talk, the silence of one alone is not told.
 */
const mostLogsHeard = 1000;

/** An arm within one stay, or a log. */
export interface Voice {
  readonly n: number;
  readonly first: EventTime;
  readonly last: EventTime;
  /** Records of all voices together before its first, and up to its last. */
  readonly before: number;
  readonly until: number;
}

/** The part of `Judge.memory()` that must survive a restart. */
export interface VoicesMemory {
  readonly stay: string;
  readonly total: number;
  readonly arms: Readonly<{ [Of in Arm]?: Voice | undefined }>;
  readonly logs: readonly { readonly source: number; readonly total: number; readonly voices: readonly NamedVoice[] }[];
}

interface NamedVoice extends Voice {
  readonly log: string;
}

export interface Silence {
  readonly since: EventTime;
}

type MutableVoice = { -readonly [Part in keyof Voice]: Voice[Part] };

interface Logs {
  total: number;
  readonly voices: Map<string, MutableVoice>;
}

/**
 * The silent ones while others talk: an arm among the records of a stay, and one log among those of a source.
 * `Freshness` judges a source as a whole.
 */
export class Voices {
  #stay = '';
  #total = 0;
  #arms: Partial<Record<Arm, MutableVoice>> = {};
  readonly #logs = new Map<number, Logs>();
  /** By source: logs of which no file is found any more, and since when. */
  readonly #missing = new Map<number, Map<string, WallTime>>();
  /** By source: logs that are there and have never had a line, and since when. */
  readonly #unwritten = new Map<number, ReadonlyMap<string, WallTime>>();

  /** The stay that is judged from now on. A log that is silent already was so when a person continued all the same. */
  enter(
    visit: StageVisit | null,
    limitOf: (source: number) => Duration,
    mayBeQuiet: (source: number) => boolean,
  ): void {
    const stay = visit === null ? '' : `${visit.attempt} ${visit.stage} ${visit.from}`;
    if (stay === this.#stay) return;
    this.#stay = stay;
    this.#total = 0;
    this.#arms = {};
    if (visit === null) return;
    for (const [source, { voices }] of this.#logs) {
      for (const [log, { last }] of voices) {
        const isOver = mayBeQuiet(source) ? this.#isMissing(source, log) : visit.from - last > limitOf(source);
        if (isOver) voices.delete(log);
      }
    }
  }

  /** One record of an arm, or (`null`) of neither. */
  hear(arm: Arm | null, at: EventTime): void {
    this.#total += 1;
    if (arm === null) return;
    const voice = this.#arms[arm];
    if (voice === undefined) this.#arms[arm] = newVoice(at, 1, this.#total);
    else hear(voice, at, 1, this.#total);
  }

  /** The records of a run, as `hear` does one by one. */
  hearRun({ arms, from, length }: RowRun): void {
    const before = this.#total;
    this.#total += length;
    for (const arm of ['treatment', 'control'] as const) {
      const { columns, rows, length: ofArm, newest } = arms[arm];
      if (ofArm === 0) continue;
      const [first = 0, last = 0] = [rows[0], rows[ofArm - 1]];
      let voice = this.#arms[arm];
      if (voice === undefined) {
        voice = newVoice(eventTime(columns.times[first] ?? 0), 0, before + first - from);
        this.#arms[arm] = voice;
      }
      hear(voice, eventTime(newest), ofArm, before + last - from + 1);
    }
  }

  /** This many records of one log of a source, the newest of them of this time. */
  hearLog(source: number, log: string, count: number, oldest: EventTime, newest: EventTime): void {
    let logs = this.#logs.get(source);
    if (logs === undefined) {
      logs = { total: 0, voices: new Map() };
      this.#logs.set(source, logs);
    }
    logs.total += count;
    let voice = logs.voices.get(log);
    if (voice === undefined) {
      voice = newVoice(oldest, 0, logs.total - count);
      if (logs.voices.size >= mostLogsHeard) this.#stopListening(source, logs.voices);
      logs.voices.set(log, voice);
    }
    hear(voice, newest, count, logs.total);
  }

  /**
   * The silence of an arm while the other records of the stay continue; `null` when it is not silent, or when so few of
   * its records were expected that none may be chance.
   * @param share of all records that the stage's percentage gives it, 0 to 1.
   */
  silentArm(arm: Arm, share: number, now: EventTime, limit: Duration): Silence | null {
    const voice = this.#arms[arm];
    return voice === undefined ? null : silenceOf(voice, this.#total, share, now, limit);
  }

  /** A log of the source that used to talk and has no successor. */
  silentLog(source: number, now: EventTime, limit: Duration): (Silence & { readonly log: string }) | null {
    const logs = this.#logs.get(source);
    if (logs === undefined || logs.voices.size < 2) return null;
    if (!someTalkedBefore(logs, now, limit)) return null;
    const named = [...logs.voices].map(([log, voice]) => ({ log, voice }));
    const silent = named
      .filter(({ voice }) => now - voice.last > limit)
      .sort((one, other) => one.voice.last - other.voice.last);
    const successors = named.map(({ log, voice }) => ({ log, first: voice.first }));
    for (const { log, voice } of silent) {
      const heir = successors.findIndex((each) => each.log !== log && each.first >= voice.last - limit);
      if (heir !== -1) {
        successors.splice(heir, 1);
        continue;
      }
      const silence = silenceOfLog(voice, logs.total, now, limit);
      if (silence !== null) return { ...silence, log };
    }
    return null;
  }

  /** The logs of a source of which a file is there now. */
  noteThere(source: number, logs: ReadonlySet<string>, now: WallTime): void {
    const voices = this.#logs.get(source)?.voices;
    // A source without any file is told as a whole, by its freshness.
    if (logs.size === 0) {
      this.#missing.delete(source);
      return;
    }
    const missing = this.#missing.get(source) ?? new Map<string, WallTime>();
    this.#missing.set(source, missing);
    for (const log of missing.keys()) if (logs.has(log) || voices?.has(log) !== true) missing.delete(log);
    for (const log of voices?.keys() ?? []) if (!logs.has(log) && !missing.has(log)) missing.set(log, now);
  }

  /** The logs of a source whose file is there and has never had a line. */
  noteUnwritten(source: number, logs: ReadonlySet<string>, now: WallTime): void {
    const known = this.#unwritten.get(source);
    if (logs.size === 0) {
      this.#unwritten.delete(source);
      return;
    }
    const voices = this.#logs.get(source)?.voices;
    const since = new Map<string, WallTime>();
    for (const log of logs) {
      if (since.size === mostLogsHeard) break;
      // A log that was emptied did have lines.
      if (voices?.has(log) !== true) since.set(log, Math.min(known?.get(log) ?? now, now) as WallTime);
    }
    this.#unwritten.set(source, since);
  }

  /** A log that has never had a line for longer than the limit, while others of its source have. */
  unwrittenLog(source: number, now: WallTime, limit: Duration): { readonly log: string } | null {
    if ((this.#logs.get(source)?.voices.size ?? 0) === 0) return null;
    for (const [log, since] of this.#unwritten.get(source) ?? []) if (now - since > limit) return { log };
    return null;
  }

  /** A log of the source that had lines and has no file for longer than the limit, whose place no later log has taken. */
  goneLog(source: number, now: WallTime, limit: Duration): { readonly log: string; readonly since: WallTime } | null {
    const missing = this.#missing.get(source);
    const voices = this.#logs.get(source)?.voices;
    if (missing === undefined || missing.size === 0 || voices === undefined) return null;
    const heirs = [...voices].map(([log, { first }]) => ({ log, first }));
    const gone = [...missing]
      .flatMap(([log, since]) => ({ log, since, last: voices.get(log)?.last ?? Number.POSITIVE_INFINITY }))
      .sort((one, other) => one.last - other.last);
    for (const { log, since, last } of gone) {
      const heir = heirs.findIndex((each) => each.log !== log && each.first > last);
      if (heir !== -1) heirs.splice(heir, 1);
      else if (now - since > limit) return { log, since };
    }
    return null;
  }

  /** To make room: to the one that has been quiet for longest. */
  #stopListening(source: number, voices: Map<string, MutableVoice>): void {
    let quietest = '';
    let last = Number.POSITIVE_INFINITY;
    for (const [log, voice] of voices) {
      if (voice.last >= last) continue;
      last = voice.last;
      quietest = log;
    }
    voices.delete(quietest);
    this.#missing.get(source)?.delete(quietest);
  }

  #isMissing(source: number, log: string): boolean {
    return this.#missing.get(source)?.has(log) === true;
  }

  /** A clock that was set back makes the time of all earlier records unknown. */
  forget(): void {
    this.#total = 0;
    this.#arms = {};
    this.#logs.clear();
    this.#missing.clear();
    this.#unwritten.clear();
  }

  get memory(): VoicesMemory {
    return {
      stay: this.#stay,
      total: this.#total,
      arms: copied(this.#arms),
      logs: [...this.#logs].map(([source, { total, voices }]) => ({
        source,
        total,
        voices: [...voices].map(([log, voice]) => ({ log, ...voice })),
      })),
    };
  }

  restore({ stay, total, arms, logs }: VoicesMemory): void {
    this.#stay = stay;
    this.#total = total;
    this.#arms = copied(arms);
    this.#logs.clear();
    for (const { source, total: ofSource, voices } of logs) {
      const named = voices.slice(-mostLogsHeard).map(({ log, ...voice }) => [log, { ...voice }] as const);
      this.#logs.set(source, { total: ofSource, voices: new Map(named) });
    }
  }
}

function newVoice(at: EventTime, count: number, total: number): MutableVoice {
  return { n: count, first: at, last: at, before: total - count, until: total };
}

/** Changed in place: an object for each record would cost more than everything else. */
function hear(voice: MutableVoice, newest: EventTime, count: number, total: number): void {
  voice.n += count;
  if (newest > voice.last) voice.last = newest;
  voice.until = total;
}

function silenceOf(voice: Voice, total: number, most: number, now: EventTime, limit: Duration): Silence | null {
  const { n, last, before, until } = voice;
  if (now - last <= limit) return null;
  // Its first record only shows that it exists: the later ones tell its rate.
  const share = Math.min(most, (n - 1) / Math.max(1, until - before));
  const others = total - until;
  return others * share < expectedInSilence ? null : { since: last };
}

function silenceOfLog(voice: Voice, total: number, now: EventTime, limit: Duration): Silence | null {
  // A log with records only at its beginning did not use to talk.
  return voice.last - voice.first < limit ? null : silenceOf(voice, total, 1, now, limit);
}

/** Asked with every look at the sources: mostly no log is silent, and nobody has to look for the successor of one. */
function someTalkedBefore({ voices, total }: Logs, now: EventTime, limit: Duration): boolean {
  for (const voice of voices.values())
    if (now - voice.last > limit && silenceOfLog(voice, total, now, limit) !== null) return true;
  return false;
}

function copied({ treatment, control }: VoicesMemory['arms']): Partial<Record<Arm, MutableVoice>> {
  return { ...(treatment && { treatment: { ...treatment } }), ...(control && { control: { ...control } }) };
}
