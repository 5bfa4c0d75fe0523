import type { Ledger } from '../measure/ledger.ts';
import type { ResolvedMeasure } from '../measure/resolvedMeasure.ts';
import type { RowRun } from '../measure/rowRun.ts';
import type { Comparison } from '../protocol/domain/condition.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import { isTextUnsaid } from '../protocol/domain/sourceFormat.ts';
import { nameOfSource } from '../protocol/domain/sourceKinds.ts';
import {
  type Duration,
  duration,
  type EventTime,
  eventTime,
  type WallTime,
  wallTime,
} from '../protocol/domain/units.ts';
import type { JudgedSource, SourceTrouble, Verdict } from '../protocol/domain/verdict.ts';
import { armlessText } from '../protocol/words/armlessText.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { ConditionJudge } from './conditionJudge.ts';
import type { Doubts } from './doubts.ts';
import { Freshness, type FreshnessRule, noTextSource } from './freshness.ts';
import { type RejectedShare, Rejects } from './rejects.ts';
import type { Scope } from './scope.ts';
import type { Unknown } from './unknown.ts';
import { Voices } from './voices.ts';

/** So many records of no arm are no accident. */
const leastArmless = 20;

/** At a record its source is known to talk; at a tick only earlier records are known. */
export type Instant =
  | { readonly now: WallTime; readonly by: 'record'; readonly at: EventTime }
  | { readonly now: WallTime; readonly by: 'tick' };

interface KnownFrom {
  readonly rule: FreshnessRule;
  readonly measures: readonly ResolvedMeasure[];
  readonly ledger: Ledger;
  readonly doubts: Doubts;
}

/**
 * The known and the unknown, decided once for gates, triggers, ticks and records: per measure, its sources and its arm.
 * Freshness judges a complete source, voices an arm or a log that is silent while others talk, rejects the uncounted
 * records. Only a known measure passes a gate or fires a trigger.
 */
export class Knowledge {
  readonly freshness: Freshness;
  readonly voices = new Voices();
  readonly rejects: Rejects;
  readonly #plan: Plan;
  readonly #doubts: Doubts;
  /** By source: the reason why nothing may rest on it yet. */
  readonly #firstReadings = new Map<number, string>();
  readonly #zone: string;
  readonly #ledger: Ledger;
  readonly #limits: Readonly<Record<'records' | 'text', Duration>>;
  /** The rejects of each source at the newest look: computing them at every record would cost more than the record. */
  readonly #rejected: (RejectedShare | null)[];
  #stay: StageVisit | null = null;
  #latest: EventTime = eventTime(Number.NEGATIVE_INFINITY);
  #lookedAt: WallTime = wallTime(0);
  /** Since when records have come, from any source, without a gap longer than is fresh; by event time. */
  #steadySince: EventTime | null = null;

  constructor(plan: Plan, { rule, measures, ledger, doubts }: KnownFrom) {
    this.#plan = plan;
    this.#doubts = doubts;
    this.freshness = new Freshness(plan, rule, measures, (source) => ledger.isBeside(source));
    this.rejects = new Rejects(plan, ledger);
    this.#zone = plan.timezone;
    this.#ledger = ledger;
    this.#rejected = plan.sources.map(() => null);
    const limits = (text: boolean) =>
      plan.sources.flatMap((_, source) =>
        this.freshness.isText(source) === text ? [this.freshness.limitOf(source)] : [],
      );
    const forever = rule === 'given' ? [Number.POSITIVE_INFINITY] : limits(true);
    this.#limits = { records: duration(Math.min(...limits(false))), text: duration(Math.min(...forever)) };
  }

  /** Everything as of now: the basis for every record until the next look. */
  look(now: WallTime, latest: EventTime, stay: StageVisit | null): void {
    this.#lookedAt = now;
    this.#latest = latest;
    this.#stay = stay;
    this.voices.enter(
      stay,
      (source) => this.freshness.limitOf(source),
      (source) => this.freshness.isText(source),
    );
    for (const source of this.#rejected.keys()) this.#rejected[source] = this.rejects.recent(source, latest);
  }

  /** A record is about to be counted; `newest` is the newest event time so far. */
  hear(arm: Arm | null, at: EventTime, newest: EventTime | null): void {
    if (this.#steadySince === null || newest === null || at - newest > this.#limits.records) this.#steadySince = at;
    this.voices.hear(arm, at);
  }

  /** True where a run after `newest`, all of one minute, is heard without a silence within it. */
  hearsRun(newest: EventTime, { newest: last }: RowRun): boolean {
    return this.#steadySince !== null && last - newest <= this.#limits.records;
  }

  hearRun(run: RowRun): void {
    this.voices.hearRun(run);
  }

  /**
   * The part of the time between two instants of a held condition that counts as observed: all of it, or none where
   * nobody can tell what lay between.
   */
  observed(measure: ResolvedMeasure, over: Duration, from: EventTime, to: EventTime): Duration {
    const length = to - from;
    const isSteady = (): boolean => this.#steadySince !== null && this.#steadySince <= from;
    switch (measure.kind) {
      case 'signal':
        return duration(length);
      case 'lines':
        return duration(length <= this.#limits.text ? length : 0);
      case 'count':
        return duration(isSteady() ? length : 0);
      case 'share':
      case 'quantile':
        // The window between them was empty for a while.
        return duration(length <= over && isSteady() ? length : 0);
      case 'gauge':
        return duration(length <= over && (measure.field === null || isSteady()) ? length : 0);
    }
  }

  /** The end of the time for which a tick confirms a condition: its own instant, or the newest record of a count. */
  confirmedAt(measure: ResolvedMeasure, tick: EventTime): EventTime | null {
    if (measure.kind === 'lines' || measure.kind === 'signal') return tick;
    return measure.kind === 'count' ? this.#ledger.watermark : null;
  }

  /** The reason why the stay's counts cannot meet a gate's condition; `null` when they can. */
  ofGate(measure: ResolvedMeasure, stay: Scope | null): Unknown | null {
    return (
      this.#errorOf(measure, this.freshness.allSourcesOf(measure)) ??
      this.#rejectedNow(measure) ??
      (stay === null ? null : this.rejectedIn(measure, stay)) ??
      this.#silenceOf(measure, 'gate')
    );
  }

  /** For a past time: rejected records, and logs that were never read. */
  inHindsight(measure: ResolvedMeasure, scope: Scope): Unknown | null {
    const unread = this.freshness.neverSeen(measure);
    return unread === null ? this.rejectedIn(measure, scope) : { kind: 'no-data', reason: unread };
  }

  /** More of the measure's records were rejected in the scope than its sources tolerate. */
  rejectedIn(measure: ResolvedMeasure, scope: Scope): Unknown | null {
    for (const source of this.freshness.sourcesOf(measure)) {
      const found = this.rejects.within(source, scope);
      if (found !== null) return { kind: 'error', reason: this.rejects.text(source, found, 'short') };
    }
    return null;
  }

  /**
   * The reason why a trigger's verdict is unknown; `null` when it is known. A condition that more data could only
   * strengthen (`> 0` lines that were seen) lacks nothing; for a count of few, the whole window must have been watched.
   */
  ofTrigger(judge: ConditionJudge, verdict: Verdict, window: Scope, instant: Instant): Unknown | null {
    const { now } = instant;
    const { measure } = judge;
    const { comparison } = judge.condition;
    if (measure.kind === 'signal' || (measure.kind === 'gauge' && measure.field === null)) return null;
    if (verdict === 'met' && holdsWithMore(measure, comparison)) return null;
    const doubt = this.#doubts.reason(measure, window, false);
    if (doubt !== null) return { kind: 'no-data', reason: doubt };
    const error = this.#errorOf(measure);
    if (error !== null) return error;
    const rejected = this.#rejectedNow(measure);
    const isSure = (): boolean => verdict === 'met' && judge.isMetWithLost(window, this.#lostPerRecord(measure));
    if (rejected !== null && !isSure()) return rejected;
    const silence =
      instant.by === 'tick' ? this.#silenceOf(measure, 'trigger') : this.#silentAt(measure, now, instant.at);
    if (silence !== null) return silence;
    const isCount = measure.kind === 'count' || measure.kind === 'lines';
    if (!isCount || verdict !== 'met') return null;
    // A source that is not read yet may hold what the count lacks.
    const first = this.#firstReadingOf(measure, true);
    return first === null ? this.#unwatched(measure, window, now) : { kind: 'no-data', reason: first };
  }

  /** True when the figure to which a record adds can be relied on. */
  isKnownAt(measure: ResolvedMeasure, now: WallTime, at: EventTime): boolean {
    return (this.#errorOf(measure) ?? this.#rejectedNow(measure) ?? this.#silentAt(measure, now, at)) === null;
  }

  /** The reason why a trigger's measure is unknown now, whatever its figure; `null` when it is known. */
  missing(measure: ResolvedMeasure): Unknown | null {
    if (measure.kind === 'signal' || (measure.kind === 'gauge' && measure.field === null)) return null;
    return this.#errorOf(measure) ?? this.#rejectedNow(measure) ?? this.#silenceOf(measure, 'trigger');
  }

  /** The longest silence that a measure's sources are allowed. */
  patienceFor(measure: ResolvedMeasure): Duration {
    return duration(Math.max(0, ...this.freshness.sourcesOf(measure).map((source) => this.freshness.limitOf(source))));
  }

  /** The sources with their faults; a source with a silent arm or log is not fresh. */
  sources(now: WallTime): readonly JudgedSource[] {
    return this.freshness.all(now).map((source): JudgedSource => {
      const trouble = this.#troubleOf(source.source);
      return trouble === null ? source : { ...source, fresh: false, trouble };
    });
  }

  /** The clock stood still or was set. */
  noteGap(setBack: WallTime | null): void {
    this.freshness.noteGap(setBack);
    if (setBack !== null) {
      this.voices.forget();
      this.#steadySince = null;
    }
  }

  /** An edit has brought the source into the plan, and it is not read to its end yet; `null`: it is now. */
  noteFirstReading(source: number, percent: number | null): void {
    const glob = nameOfSource(this.#plan, source);
    if (percent === null) this.#firstReadings.delete(source);
    else this.#firstReadings.set(source, `${glob} is read for the first time, ${percent} % read`);
  }

  get steadySince(): EventTime | null {
    return this.#steadySince;
  }

  restoreSteady(since: EventTime | null): void {
    this.#steadySince = since;
  }

  #troubleOf(source: number): SourceTrouble | null {
    const unreadable = this.freshness.unreadable(source);
    if (unreadable !== null) return { kind: 'error', detail: unreadable };
    const rejected = this.#rejected[source] ?? null;
    if (rejected !== null) return { kind: 'error', detail: this.rejects.text(source, rejected, 'whole') };
    if (this.#isUncounted(source)) {
      const name = plainText(nameOfSource(this.#plan, source));
      return {
        kind: 'error',
        detail: `${name} is read as lines of text, which no measure counts: write its \`format\` (\`rampwatch lint --data\` names it), or a measure of \`lines\``,
      };
    }
    const armless = this.freshness.isText(source) ? null : this.#armless();
    if (armless !== null) return { kind: 'error', detail: armless };
    const detail = this.#silentLog(source);
    return detail === null ? null : { kind: 'silent', detail };
  }

  /** Nothing of a source is used, and nobody has said that it is text. */
  #isUncounted(source: number): boolean {
    const of = this.#plan.sources[source];
    if (of === undefined || !isTextUnsaid(of)) return false;
    return !Object.values(this.#plan.measures).some((measure) => 'lines' in measure);
  }

  /** Records come, and the plan's arms fit none of them; `null` when they do, or few have come. */
  #armless(): string | null {
    const { arms, sources } = this.#plan;
    const { records, hasOutcomes } = this.#ledger;
    // Without a control, or where another record says the arm, records of neither are usual.
    if (hasOutcomes || records < leastArmless || arms.control === undefined) return null;
    if (sources.some((source) => 'join' in source && source.join !== undefined)) return null;
    return `${armlessText(records, this.#ledger.values)}; check \`arms\` in the plan`;
  }

  /** How many records of a measure's sources may have been lost for each counted one. */
  #lostPerRecord(measure: ResolvedMeasure): number {
    const shares = this.freshness.sourcesOf(measure).map((source) => this.#rejected[source]?.share ?? 0);
    const share = Math.max(0, ...shares);
    return share >= 1 ? Number.POSITIVE_INFINITY : share / (1 - share);
  }

  #errorOf(measure: ResolvedMeasure, sources = this.freshness.sourcesOf(measure)): Unknown | null {
    for (const source of sources) {
      const reason = this.freshness.unreadable(source);
      if (reason !== null) return { kind: 'error', reason };
    }
    return null;
  }

  #rejectedNow(measure: ResolvedMeasure): Unknown | null {
    for (const source of this.freshness.sourcesOf(measure)) {
      const found = this.#rejected[source] ?? null;
      if (found !== null) return { kind: 'error', reason: this.rejects.text(source, found, 'short') };
    }
    return null;
  }

  #silenceOf(measure: ResolvedMeasure, of: 'gate' | 'trigger'): Unknown | null {
    const sources = this.freshness.sourcesOf(measure);
    const first = this.#firstReadingOf(measure, of === 'gate' || sources.length === 0);
    if (first !== null) return { kind: 'no-data', reason: first };
    if (measure.kind === 'lines' && sources.length === 0) return { kind: 'no-data', reason: noTextSource };
    for (const source of sources) {
      const reason = this.freshness.stale(source, this.#lookedAt) ?? this.#silentLog(source);
      if (reason !== null) return { kind: 'no-data', reason };
    }
    // A source that talks shows that its arm has no records: a count of few may say so.
    const ofArm =
      measure.kind === 'share' || measure.kind === 'quantile' || (measure.kind === 'count' && of === 'gate');
    const reason = ofArm && measure.arm !== 'any' ? this.#silentArm(measure.arm) : null;
    return reason === null ? null : { kind: 'no-data', reason };
  }

  /**
   * The reason why a measure is unknown while a new source of it is read for the first time. Where its counts are made
   * beside the others, triggers are judged on those alone meanwhile.
   */
  #firstReadingOf(measure: ResolvedMeasure, beside: boolean): string | null {
    for (const source of this.freshness.allSourcesOf(measure)) {
      const isBeside = this.#ledger.isBeside(source);
      if (isBeside && !beside) continue;
      const reason = this.#firstReadings.get(source);
      if (reason !== undefined) return reason;
      if (isBeside) return `${nameOfSource(this.#plan, source)} is read for the first time`;
    }
    return null;
  }

  /** The silence of another source of the measure, at the arrival of a record. */
  #silentAt(measure: ResolvedMeasure, now: WallTime, at: EventTime): Unknown | null {
    for (const source of this.freshness.sourcesOf(measure)) {
      if (this.freshness.isSilent(source, now)) {
        return { kind: 'no-data', reason: this.freshness.stale(source, now) ?? noTextSource };
      }
      if (this.freshness.wasSilentAt(source, at)) {
        const since = this.freshness.foldedUpTo(source) ?? at;
        const { glob } = this.freshness.at(source, now);
        return { kind: 'no-data', reason: `nothing had come from ${plainText(glob)} since ${this.#clock(since)} then` };
      }
    }
    return null;
  }

  /** A count of few is known only where the source was watched all the time. */
  #unwatched(measure: ResolvedMeasure, { from, to }: Scope, now: WallTime): Unknown | null {
    const begin = from ?? Number.NEGATIVE_INFINITY;
    if (measure.kind !== 'lines') {
      const newest = this.#ledger.watermark;
      if (newest === null || newest <= begin) {
        return { kind: 'no-data', reason: 'no record of any arm has come in the whole window' };
      }
      if (this.#steadySince !== null && this.#steadySince <= begin) return null;
      return { kind: 'no-data', reason: 'its source has not sent data through the whole window' };
    }
    for (const source of this.freshness.sourcesOf(measure)) {
      const since = this.freshness.seenSince(source, now);
      if (since === null) return { kind: 'no-data', reason: this.#goneText(source) };
      if (since > begin && to !== null) {
        return { kind: 'no-data', reason: 'its log has not existed through the whole window' };
      }
    }
    return null;
  }

  #goneText(source: number): string {
    const { glob, arrived } = this.freshness.at(source, this.#lookedAt);
    const name = plainText(glob);
    if (arrived === null) return `no file of ${name} has been there yet`;
    return `no file of ${name} has been there since ${clockText(arrived, this.#lookedAt, this.#zone)}`;
  }

  #silentLog(source: number): string | null {
    if (this.freshness.isText(source)) return this.#goneLog(source);
    const silence = this.voices.silentLog(source, this.#latest, this.freshness.limitOf(source));
    if (silence === null) return this.#unwrittenLog(source);
    return `nothing has come from ${plainText(silence.log)} since ${this.#clock(silence.since)}, although its other files continue`;
  }

  #unwrittenLog(source: number): string | null {
    const mute = this.voices.unwrittenLog(source, this.#lookedAt, this.freshness.limitOf(source));
    return mute === null
      ? null
      : `nothing has ever come from ${plainText(mute.log)}, although its other files continue`;
  }

  /** A text log may be quiet, but its file must be there. */
  #goneLog(source: number): string | null {
    const gone = this.voices.goneLog(source, this.#lookedAt, this.freshness.limitOf(source));
    if (gone === null) return null;
    const since = clockText(gone.since, this.#lookedAt, this.#zone);
    return `the file ${plainText(gone.log)} is gone since ${since}, although others of its source are there`;
  }

  #silentArm(arm: Arm): string | null {
    const percent = this.#stay?.percent ?? 0;
    const share = arm === 'treatment' ? percent / 100 : 1 - percent / 100;
    const silence = this.voices.silentArm(arm, share, this.#latest, this.#limits.records);
    if (silence === null) return null;
    return `no record of the ${arm} has come since ${this.#clock(silence.since)}, although others have`;
  }

  #clock(at: EventTime): string {
    return clockText(wallTime(at), this.#lookedAt, this.#zone);
  }
}

/** Comparisons that more records could only confirm. */
function holdsWithMore(measure: ResolvedMeasure, comparison: Comparison): boolean {
  if (comparison !== '>' && comparison !== '>=') return false;
  return measure.kind === 'count' || measure.kind === 'lines' || (measure.kind === 'gauge' && measure.take === 'max');
}
