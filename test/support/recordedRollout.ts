import { type RecordedRun, recordedRuns } from '../../daemon/ingest/recorded/recordedFiles.ts';
import { Judge } from '../../daemon/judge/judge.ts';
import { judgeSuite } from '../../daemon/judge/testSuites.ts';
import { failingRecords } from '../../daemon/live/failingRecords.ts';
import { explainRule } from '../../daemon/live/failureCases.ts';
import { LiveExplanations } from '../../daemon/live/liveExplanations.ts';
import { renderReport } from '../../daemon/live/renderReport.ts';
import { gatherReport } from '../../daemon/live/reportFacts.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import type { ReviewFacts } from '../../daemon/protocol/domain/dailyReview.ts';
import { explanationOf } from '../../daemon/protocol/domain/explanation.ts';
import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Instrument, Observation } from '../../daemon/protocol/domain/observation.ts';
import type { LoadedPlan, Plan } from '../../daemon/protocol/domain/plan.ts';
import type { Command, DecidedOn } from '../../daemon/protocol/domain/rolloutCommand.ts';
import type { FoundReport } from '../../daemon/protocol/domain/testReport.ts';
import { type EventTime, eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import type { FailuresResult } from '../../daemon/protocol/wire/failures.ts';
import type { Params } from '../../daemon/protocol/wire/messages.ts';
import type { ReportFormat, ReportPeriod, ReportResult } from '../../daemon/protocol/wire/reportRequest.ts';
import type { SeriesParams, SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { foldTicks, nothingRecorded } from '../../daemon/rollout/checklistRecord.ts';
import { checklistViews } from '../../daemon/rollout/checklistRounds.ts';
import { tickBody } from '../../daemon/rollout/checklistTick.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { reviewFacts } from '../../daemon/rollout/reviewFacts.ts';
import { standing } from '../../daemon/rollout/rolloutStanding.ts';
import { rolloutView } from '../../daemon/rollout/rolloutView.ts';
import { suiteChanges } from '../../daemon/rollout/suiteChanges.ts';
import type { Turn } from '../../daemon/rollout/turn.ts';
import { entryHash, genesisHash } from '../../daemon/store/verify.ts';
import { fileSources } from './fileSources.ts';

const minute = 60_000;

interface RecordedObservation {
  readonly source: number;
  readonly observation: Observation;
}

async function* oneByOne(runs: AsyncIterable<RecordedRun>): AsyncGenerator<RecordedObservation> {
  for await (const { source, observations } of runs) {
    for (const observation of observations) yield { source, observation };
  }
}

/**
 * A recording played through the real judge and state machine as if it were live, with its stage events as a person who
 * advances, so that the dashboard can be looked at as of any moment. Its flag is set at once.
 */
export class RecordedRollout {
  readonly #plan: Plan;
  readonly #loaded: LoadedPlan;
  readonly #instrument: Instrument;
  readonly #ledger: Ledger;
  readonly #judge: Judge;
  readonly #execution: Execution;
  readonly #records: AsyncGenerator<RecordedObservation>;
  readonly #explanations: LiveExplanations;
  #journal: JournalEntry[] = [];
  #next: RecordedObservation | null = null;
  #now: EventTime = eventTime(0);
  #counted = 0;

  /** `name`: as the journal is to name the file. */
  constructor(loaded: LoadedPlan, file: string, name = 'metrics.jsonl') {
    // The recording's stage changes came at all hours.
    this.#plan = { ...loaded.plan, advance: { ...loaded.plan.advance, deny: [] } };
    this.#loaded = { ...loaded, plan: this.#plan };
    const instrument = compileInstrument(this.#plan);
    this.#instrument = instrument;
    this.#ledger = new Ledger(this.#plan, instrument);
    this.#judge = new Judge(this.#plan, instrument, this.#ledger, null, { freshness: 'given', episodes: 'ticks' });
    this.#execution = new Execution({
      plan: this.#plan,
      judge: this.#judge,
      ledger: this.#ledger,
      state: initialState(this.#plan.id, loaded.hash, wallTime(0)),
      counters: restoreCounters(null, this.#plan.sources.length),
    });
    this.#explanations = new LiveExplanations({
      loaded: this.#loaded,
      now: () => wallTime(this.#now),
      secrets: () => [],
      failed: (error) => {
        throw error;
      },
    });
    this.#records = oneByOne(
      recordedRuns(this.#plan, instrument, [{ file, name }], {
        ignored: 0,
        rejected: {},
        damaged: [],
        read: [],
        untimed: [],
        undecided: {},
      }),
    );
  }

  /** Plays all records before `until`. */
  async play(until: number): Promise<void> {
    for (;;) {
      if (this.#next === null) {
        const { done, value } = await this.#records.next();
        if (done === true) break;
        this.#next = value;
      }
      if (this.#next.observation.reading.at >= until) break;
      this.#take(this.#next);
      this.#next = null;
    }
    this.#now = eventTime(Math.max(this.#now, until));
    this.#tick();
  }

  /** Says what is different about the failures behind each firing, as the daemon does after its decision. */
  async explain(): Promise<void> {
    for (const { trigger, at } of this.#firings) {
      const rule = this.#explanations.ruleOf(
        this.#execution,
        { kind: 'trigger', trigger, firedAt: at },
        this.#firings,
      )?.rule;
      const explanation = rule === undefined ? null : await explainRule(this.#loaded, rule, wallTime(this.#now), []);
      if (explanation !== null) this.#write({ kind: 'explained', explanation });
    }
  }

  /** The answer of the daemon's method `failures`. */
  async failures({ about }: Pick<Params<'failures'>, 'about'>): Promise<FailuresResult> {
    const found = this.#explanations.ruleOf(this.#execution, about, this.#firings);
    if (found === null) return { groups: [], passed: [], gone: [] };
    return await failingRecords(this.#loaded, {
      rule: found.rule,
      secrets: [],
      places: found.firing?.evidence ?? [],
      explanation: explanationOf(this.#explanations.shown, about),
      now: wallTime(this.#now),
      textAt: () => null,
    });
  }

  get #firings(): readonly Firing[] {
    return this.#journal.flatMap(({ body }) => (body.kind === 'firing' ? [body.firing] : []));
  }

  command(command: Command): void {
    const key = `key-${this.#journal.length}`;
    this.#note(this.#execution.command(command, 'ada', key, wallTime(this.#now), this.#now));
  }

  get view(): RolloutView {
    const { state, judgement } = this.#execution;
    const now = wallTime(this.#now);
    const health = fileSources(this.#plan).map(({ file }, source) => ({
      source,
      glob: file,
      state: 'reading' as const,
      detail: null,
      files: [],
      lag: 0,
    }));
    const stand = standing(this.#plan, state, judgement, now, []);
    const rate = state.effect?.percent ?? 0;
    const view = rolloutView(this.#execution, {
      loaded: this.#loaded,
      problem: null,
      standing: stand,
      health,
      flag: {
        target: '.env',
        found: null,
        values: { ASYNC_UPLOAD_ENABLED: String(rate > 0), ASYNC_UPLOAD_ROLLOUT: String(rate) },
      },
      checklists: checklistViews(this.#plan, foldTicks(nothingRecorded, this.#journal.toReversed()), { state, now }),
      explanations: this.#explanations.shown,
      journal: this.#journal.slice(0, 50),
    });
    const sources = view.sources.map((source) =>
      source.source === 0 ? { ...source, records: this.#counted } : source,
    );
    return { ...view, sources };
  }

  /** A person has looked at the open review. */
  acknowledge(reason: string): void {
    if (this.#execution.state.phase.kind === 'review')
      this.command({ kind: 'acknowledge', on: this.#decidedOn, reason });
  }

  tick(item: string): void {
    const asked = tickBody(this.view.checklists, { by: 'ada', item, ticked: true, note: null, as: undefined });
    if (asked.kind === 'refused') throw new Error(asked.message);
    this.#note({ at: wallTime(this.#now), journal: [asked.body], wish: null, outcome: null });
  }

  /** The reports of the plan's suites, as they are found now. */
  tests(found: readonly FoundReport[]): void {
    const now = wallTime(this.#now);
    const views = this.#plan.tests.map((suite, index) =>
      judgeSuite(suite, found[index] ?? { kind: 'missing' }, now, null),
    );
    const record = foldTicks(nothingRecorded, this.#journal.toReversed());
    this.#note({ at: now, journal: suiteChanges(record, views, now), wish: null, outcome: null });
  }

  /** The answer of the daemon's method `report`. */
  async report(format: ReportFormat, period: ReportPeriod): Promise<ReportResult> {
    const facts = await gatherReport(
      {
        loaded: this.#loaded,
        store: { events: () => this.#journal.toReversed() },
        execution: this.#execution,
        instrument: this.#instrument,
      },
      period,
    );
    return renderReport(facts, format);
  }

  /** The answer of the daemon's method `review`. */
  review(): ReviewFacts {
    const steps = reviewFacts(this.#execution, this.#journal.toReversed(), null, wallTime(this.#now));
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
    }
  }

  /** The answer of the daemon's method `series`. */
  series({ from, to, points }: Omit<SeriesParams, 'rollout'>): SeriesResult {
    const first = from ?? this.#ledger.earliest ?? this.#now;
    const last = to ?? this.#now;
    const step = Math.max(1, Math.ceil((last - first) / minute / points)) * minute;
    const times: number[] = [];
    for (let time = Math.floor(first / step) * step; time < last; time += step) times.push(time);
    const arm = (name: 'treatment' | 'control') => {
      const totals = times.map((time) => this.#ledger.totals(name, eventTime(time), eventTime(time + step)));
      return {
        n: totals.map(({ n }) => n),
        good: totals.map(({ good }) => good[0] ?? 0),
        quantiles: [0.5, 0.95].map((at) => ({
          at,
          values: totals.map((counts) => (counts.n === 0 ? null : (counts.sketches[0]?.quantile(at) ?? null))),
        })),
      };
    };
    return {
      step,
      times,
      arms: { treatment: arm('treatment'), control: arm('control') },
      measures: {
        success: 'success_rate',
        error: 'error_rate',
        uploads: 'uploads',
        quantiles: [{ at: 0.95, measure: 'latency' }],
      },
      latencyUnit: 'ms',
    };
  }

  #take({ source, observation }: RecordedObservation): void {
    const { reading } = observation;
    const before = this.#now;
    if (reading.at > this.#now) this.#now = reading.at;
    if (this.#execution.state.phase.kind === 'planned') {
      this.command({ kind: 'begin', on: { attempt: 0, stage: this.#plan.stages[0]?.id ?? '', revision: 0 } });
    }
    const newMinute = Math.floor(before / minute) !== Math.floor(this.#now / minute);
    if (newMinute) {
      this.#execution.gauge('memory', 371 + 9 * Math.sin(this.#now / 4e6), wallTime(this.#now));
      this.#judge.sources.noteAlive(1, wallTime(this.#now), this.#now);
    }
    if (reading.kind === 'stage') {
      this.#advance();
      return;
    }
    if (reading.kind === 'outcome' && reading.arm === 'treatment' && this.#isRolledBack) return;
    this.#counted += 1;
    this.#judge.sources.noteAlive(source, wallTime(this.#now), reading.at);
    this.#execution.observeOne(observation);
    if (this.#judge.hasFired || newMinute) this.#tick();
  }

  /** The application obeys its flag: no user is in treatment any more. */
  get #isRolledBack(): boolean {
    const { kind } = this.#execution.state.phase;
    return kind === 'rolling-back' || kind === 'rolled-back';
  }

  #advance(): void {
    this.command({ kind: 'advance', on: this.#decidedOn, reason: 'as recorded' });
  }

  get #decidedOn(): DecidedOn {
    const { attempt, revision, stage } = this.#execution.state;
    return { attempt, revision, stage: this.#plan.stages[stage]?.id ?? '' };
  }

  #tick(): void {
    this.#note(this.#execution.tick(wallTime(this.#now), this.#now));
  }

  #note({ journal, wish }: Turn): void {
    for (const body of journal) this.#write(body);
    if (wish !== null) this.#obey(wish);
  }

  #obey(effect: Effect): void {
    const now = wallTime(this.#now);
    this.#note(this.#execution.effectReported({ id: effect.id, progress: 'verified', detail: null }, now, this.#now));
  }

  #write(body: JournalBody): void {
    const unsealed = {
      seq: this.#journal.length + 1,
      rollout: this.#plan.id,
      attempt: this.#execution.state.attempt,
      at: wallTime(this.#now),
      body,
      previous: this.#journal[0]?.hash ?? genesisHash,
    };
    const entry = { ...unsealed, hash: entryHash(unsealed) };
    this.#journal = [entry, ...this.#journal];
    this.#explanations.fold([entry]);
  }
}
