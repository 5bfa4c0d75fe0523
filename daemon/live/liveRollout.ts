import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { targetOf } from '../flag/kinds.ts';
import type { FlagTarget } from '../flag/target.ts';
import { Judge } from '../judge/judge.ts';
import { seriesOf } from '../measure/foldSeries.ts';
import { compileInstrument } from '../measure/instrument.ts';
import { Ledger } from '../measure/ledger.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { CommandOutcome, JournalEntry, JournalNote, RolloutState } from '../protocol/domain/rollout.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { Params, Results } from '../protocol/wire/messages.ts';
import type { ReportParams, ReportResult } from '../protocol/wire/reportRequest.ts';
import type { Health, RolloutView } from '../protocol/wire/view.ts';
import { foundExposureText } from '../protocol/words/figureText.ts';
import { sentence } from '../protocol/words/sentence.ts';
import { tickBody } from '../rollout/checklistTick.ts';
import { restoreCounters } from '../rollout/counters.ts';
import { Execution } from '../rollout/execution.ts';
import { standing } from '../rollout/rolloutStanding.ts';
import { rolloutView } from '../rollout/rolloutView.ts';
import { strayTraffic } from '../rollout/strayTraffic.ts';
import { askedRollbackOf, forgetRollback } from '../store/askedRollback.ts';
import type { Store } from '../store/store.ts';
import { isClockGap } from './clockGap.ts';
import type { SecondReadingRecord } from './countedUnder.ts';
import { Defects } from './defects.ts';
import { EditedCounts } from './editedCounts.ts';
import { startGauges } from './gauges.ts';
import { LiveChecklists } from './liveChecklists.ts';
import { LiveFlag } from './liveFlag.ts';
import { LiveReview } from './liveReview.ts';
import { LiveSources } from './liveSources.ts';
import { renderReport } from './renderReport.ts';
import { gatherReport } from './reportFacts.ts';
import { RolloutJournal } from './rolloutJournal.ts';
import { RolloutRunner, type RunnerCommit } from './rolloutRunner.ts';
import { SecondReadings } from './secondReadings.ts';
import { goesBack, needsWatch, restoredState } from './storedState.ts';
import { inStretches } from './workInStretches.ts';

export interface LiveRolloutOptions {
  readonly loaded: LoadedPlan;
  readonly store: Store;
  /** The private folder of the state. */
  readonly directory: string;
  /** The end of the time for which an earlier daemon watched the rollout; `null` when none did. */
  readonly watchedUntil: WallTime | null;
  /** The text of the plan's file when it was last executed, before this; `null` for a plan that never was. */
  readonly saidBefore: LoadedPlan | null;
  /** Looks at the clock, and reports a gap to every rollout. */
  noteClock(): void;
  now(): WallTime;
  /** The view may have changed. */
  changed(): void;
  /** The other rollouts that set a key of this one's flag. */
  sharing(id: string): readonly LiveRollout[];
  log(level: 'info' | 'warn' | 'error', detail: string): void;
}

const longestLook = 1000;
const longestWrite = 5000;

/** One plan of the workspace, being executed: its runner, the tails of its sources, its flag and its gauges. */
export class LiveRollout {
  readonly loaded: LoadedPlan;
  /** The target of the plan's flag; `null` when the plan names no flag. */
  readonly target: FlagTarget | null;
  /** The reason why the present plan file cannot be used; the rollout continues with the last good one. */
  problem: string | null = null;
  readonly #options: LiveRolloutOptions;
  readonly #runner: RolloutRunner;
  readonly #sources: LiveSources;
  readonly #flag: LiveFlag;
  readonly #instrument: Instrument;
  readonly #gauges: { close(): void };
  readonly #checklists: LiveChecklists;
  readonly #defects: Defects;
  readonly #reviews: LiveReview;
  readonly #counts: EditedCounts;
  readonly #readAgain: SecondReadings;
  #fault: string | null = null;
  #looking: Promise<void> | null = null;
  #lastView: RolloutView | null = null;
  readonly #journal: RolloutJournal;

  constructor(options: LiveRolloutOptions) {
    const { loaded, store } = options;
    this.loaded = loaded;
    this.#options = options;
    const { plan } = loaded;
    const { now, changed } = options;
    this.#defects = new Defects((detail) => options.log('error', `${plan.id}: ${detail}`));
    this.target = targetOf(loaded);
    this.#flag = new LiveFlag({
      target: this.target,
      rightAt: options.watchedUntil,
      now,
      seen: (drift) => this.#runner.flagSeen(drift),
      exposed: (exposure) => this.#runner.exposureSeen(exposure),
      isSharedInUse: () => options.sharing(plan.id).some(({ needsWatch }) => needsWatch),
      traffic: () => strayTraffic(plan, this.#state, this.#runner.execution.ledger, now()),
      undone: (effect, detail) => this.#runner.effectUndone(effect, detail),
    });
    this.#checklists = new LiveChecklists({
      loaded,
      now,
      changed,
      flagValues: () => this.#flag.values(),
      failed: (error) => this.#defects.note('the checklists', error),
    });
    this.#checklists.fold([...store.events(plan.id)]);
    const instrument = compileInstrument(plan);
    this.#instrument = instrument;
    this.#journal = new RolloutJournal({
      loaded,
      instrument,
      store,
      now,
      record: (bodies) => this.#runner.record(bodies),
      failed: (error) => this.#defects.note('the journal', error),
    });

    // A refused edit leaves everything as it is.
    restoredState(loaded, store, now());
    this.#counts = new EditedCounts({
      loaded,
      instrument,
      store,
      saidBefore: options.saidBefore,
      now,
      log: options.log,
    });

    this.#runner = new RolloutRunner({
      noteClock: options.noteClock,
      now: options.now,
      restore: () => {
        const { cells, outcomes, keptSince, memory, counters } = this.#counts.load();
        const ledger = Ledger.restore(plan, instrument, cells, outcomes, keptSince);
        const judge = new Judge(plan, instrument, ledger, memory, { freshness: 'arrival', episodes: 'ticks' });
        return new Execution({
          plan,
          judge,
          ledger,
          state: restoredState(loaded, store, options.now()),
          counters: restoreCounters(counters, plan.sources.length),
        });
      },
      commit: (commit) => this.#commit(commit),
      receipt: (key) => store.receipt(plan.id, key),
      carryOut: (effect) => this.#flag.carryOut(effect),
      isOverruled: ({ purpose }) =>
        purpose !== 'rollback' &&
        this.#defects.guard('the flag', () => askedRollbackOf(options.directory, plan.id) !== null, false),
      changed: (entries) => {
        this.#journal.take(entries);
        this.#defects.guard('the checklists', () => this.#checklists.fold(entries), undefined);
        for (const entry of entries) options.log('info', `${plan.id}: ${describeEntry(entry)}`);
        options.changed();
      },
      fault: (detail) => {
        if (detail !== this.#fault && detail !== null) options.log('error', `${plan.id}: ${detail}`);
        this.#fault = detail;
        if (detail !== null) options.changed();
      },
      defect: (area, error) => {
        if (error === null) this.#defects.over(area);
        else this.#defects.note(area, error);
      },
    });

    // Before anything is read: new records must not seem to be from the time when nobody watched.
    const started = now();
    const { watchedUntil } = options;
    if (watchedUntil !== null && isClockGap(started - watchedUntil, 0)) this.#runner.clockGap(watchedUntil, started);
    else this.#runner.heedFuture();
    this.#noteUnread(started);

    this.#reviews = new LiveReview({
      loaded,
      now,
      execution: () => this.#runner.execution,
      entries: () => store.events(plan.id),
      lists: () => this.#checklists.lists(this.#state),
      sentence: (at) => sentence(this.view(), at),
      journal: (key, body, done) => this.attach(key, body, done),
    });

    this.#sources = new LiveSources({
      root: loaded.root,
      sources: plan.sources,
      instrument,
      positions: store.load(plan.id).positions,
      gaps: this.#runner.execution.counters.flatMap(({ gaps }) => gaps),
      now: options.now,
      take: (batches) => {
        // A line that came since the source was read to its end can be dated by its arrival.
        if (this.#counts.first.length > 0) this.#noteUncounted();
        this.#runner.batch(...this.#counts.dated(batches));
      },
      judge: () => this.#runner.execution.judge,
      onHealth: () => options.changed(),
    });
    this.#readAgain = new SecondReadings({
      rollout: plan.id,
      root: loaded.root,
      file: loaded.file,
      store,
      readings: this.#counts.second,
      now,
      finished: (reading, isWhole) => this.#joined(reading, isWhole),
      failed: (error) => {
        // The first reading reports a store that refuses, and the second continues when the store works again.
        if (!(error instanceof UserError)) this.#defects.note('a second reading', error);
      },
    });
    this.#noteUncounted();
    this.#gauges = startGauges(loaded, {
      sampled: (name, value) => this.#runner.gauge(name, value),
      over: () => this.#defects.over('a gauge'),
      failed: (error) => this.#defects.note('a gauge', error),
    });
  }

  get #state(): RolloutState {
    return this.#runner.execution.state;
  }

  get id(): string {
    return this.loaded.plan.id;
  }

  get exposesUsers(): boolean {
    return this.#runner.exposesUsers;
  }

  /** An attempt is under way. */
  get needsWatch(): boolean {
    return needsWatch(this.#state);
  }

  /** The daemon must live on for it: an attempt, or users who are exposed without one. */
  get needsDaemon(): boolean {
    return this.needsWatch || this.exposesUsers;
  }

  get goesBack(): boolean {
    return goesBack(this.#state);
  }

  /** One line while the state of this rollout cannot be stored. */
  get fault(): string | null {
    if (this.#fault === null || !this.#runner.owesRollback) return this.#fault;
    return `${this.#fault}; the rollback is carried out, and will be journalled when that works again`;
  }

  /** The present risk, when the daemon ends now. */
  get guarded(): string {
    const stage = this.#state.visits.at(-1)?.stage ?? '';
    const { exposure } = this.#state;
    if (exposure !== null) {
      return `${this.id} is ${foundExposureText(exposure)}: without the daemon no trigger can roll it back`;
    }
    return this.goesBack
      ? `the rollback of ${this.id} from stage ${stage} is not finished: without the daemon nobody finishes it`
      : `${this.id} exposes users in stage ${stage}: without the daemon no trigger can roll it back`;
  }

  /** A rollback that was carried out in the flag's file without us comes before all our own plans for the flag. */
  #takeAsked(): void {
    const { directory } = this.#options;
    const asked = this.#defects.guard('the flag', () => askedRollbackOf(directory, this.id), null);
    if (asked === null) return;
    const { key, by, reason } = asked;
    this.#defects.guard(
      'the flag',
      () => {
        this.#runner.command({ key, by, command: { kind: 'rollback', reason, to: 'off' } });
        forgetRollback(directory, asked);
      },
      undefined,
    );
  }

  /** A target that hangs must not delay the start of a daemon. */
  async lookAtFlag(): Promise<void> {
    await within(this.#look(), longestLook);
    this.#noteExposure();
  }

  #noteExposure(): void {
    this.#defects.guard('the flag', () => this.#flag.noteExposure(this.#state, 'tick'), undefined);
  }

  tick(): void {
    this.#takeAsked();
    this.#defects.guard('the sources', () => this.#sources.note(), undefined);
    this.#defects.guard('a second reading', () => this.#noteUncounted(), undefined);
    void this.#look();
    this.#defects.guard('the flag', () => this.#flag.keepRollback(this.#state), undefined);
    this.#defects.guard('the flag', () => this.#flag.note(this.#state, 'tick'), undefined);
    this.#noteExposure();
    this.#runner.tick();
    this.#runner.record(this.#defects.guard('the checklists', () => this.#checklists.tick(this.#runner.execution), []));
    this.#defects.guard('the journal', () => this.#journal.tick(this.#runner.execution), undefined);
  }

  /** One look at a time: a target that hangs must not collect a queue of them. */
  #look(): Promise<void> {
    this.#looking ??= this.#flag
      .look()
      .catch((error) => this.#defects.note('the flag', error))
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  /** Records may have been written in the gap: the absence of records proves nothing until all has been read. */
  #noteUnread(at: WallTime): void {
    const { judge, plan } = this.#runner.execution;
    for (const source of plan.sources.keys()) judge.noteUnread(source, at);
  }

  /** A second reading, and a source that an edit has brought into the plan, are unknown until they are read. */
  #noteUncounted(): void {
    const { judge } = this.#runner.execution;
    judge.doubts.readAgain = this.#readAgain.progress;
    for (const source of this.#counts.first) {
      const percent = this.#sources.firstReading(source);
      judge.noteFirstReading(source, percent);
      if (percent === null) this.#counts.firstIsRead(source);
    }
  }

  #joined(reading: SecondReadingRecord, isWhole: boolean): void {
    this.#runner.recount(() => this.#counts.join(reading, isWhole, this.#state.attempt));
    this.#defects.over('a second reading');
    this.#noteUncounted();
  }

  clockGap(from: WallTime, to: WallTime): void {
    this.#runner.clockGap(from, to);
    this.#noteUnread(to);
  }

  planChanged(hash: string): void {
    if (this.#runner.planChanged(hash, this.#counts.toldBefore)) this.#counts.told();
  }

  async command({ key, by, command }: Params<'command'>): Promise<CommandOutcome> {
    this.#takeAsked();
    if (command.kind !== 'rollback') {
      await this.#look();
      this.#defects.guard('the flag', () => this.#flag.note(this.#state, 'command'), undefined);
    }
    this.#defects.guard('the flag', () => this.#flag.noteExposure(this.#state, 'command'), undefined);
    const { revision } = this.#state;
    const outcome = this.#runner.command({ key, by, command }, this.#remarks());
    // No later view tells when the flag is set, so the answer waits for it.
    const isShown = this.#state.revision !== revision && !this.#runner.owesRollback;
    if (command.kind === 'rollback' && !isShown) await within(this.#runner.settled(), longestWrite);
    return outcome;
  }

  /** Remarks for the person who begins: other rollouts would undo the settings of this one. */
  #remarks(): readonly string[] {
    return this.#options.sharing(this.id).map(({ loaded, target }) => {
      const own = this.target?.places.map(({ place }) => place) ?? [];
      const keys = target?.places.flatMap(({ key, place }) => (own.includes(place) ? [key] : [])) ?? [];
      return `${basename(loaded.file)} sets ${keys.join(', ')} too, and each undoes the other`;
    });
  }

  tickItem({ key, by, item, ticked, note, as }: Params<'tick'>): CommandOutcome {
    const { revision } = this.#state;
    const asked = tickBody(this.#checklists.lists(this.#state), {
      by,
      item,
      ticked,
      note: note ?? null,
      as,
    });
    if (asked.kind === 'refused') return { kind: 'refused', code: asked.code, revision, message: asked.message };
    return this.attach(key, asked.body, asked.message);
  }

  signal({ key, by, name, note }: Params<'signal'>): CommandOutcome {
    const known = Object.values(this.loaded.plan.measures).flatMap((measure) =>
      'signal' in measure ? [measure.signal] : [],
    );
    if (!known.includes(name)) {
      const message = `no measure of ${this.id} counts the signal \`${name}\`; the plan has ${known.join(', ') || 'none'}`;
      return { kind: 'refused', code: 'no-signal', revision: this.#state.revision, message };
    }
    return this.#runner.note(
      key,
      (execution, now) => execution.signal(name, by, note ?? null, now),
      `Counted ${name}.`,
    );
  }

  /** An entry of the journal that is no event of the state machine; the same key attaches it once. */
  attach(key: string, note: JournalNote, done: string): CommandOutcome {
    return this.#runner.note(key, (_, at) => ({ at, journal: [note], wish: null, outcome: null }), done);
  }

  /** Figures over time. A long range is summed in stretches, between which all other work continues. */
  async series(params: Params<'series'>): Promise<Results['series']> {
    const steps = seriesOf(this.loaded.plan, this.#instrument, this.#runner.execution.ledger, params);
    return inStretches(steps);
  }

  /** The results of the rollout, as a text to keep; the same journal gives the same text. */
  async report({ format, period }: Pick<ReportParams, 'format' | 'period'>): Promise<ReportResult> {
    const facts = await gatherReport(
      {
        loaded: this.loaded,
        store: this.#options.store,
        execution: this.#runner.execution,
        instrument: this.#instrument,
      },
      period,
    );
    return renderReport(facts, format);
  }

  /** The records that speak against a condition of a gate; none when the attempt has not been in the stage. */
  records({ stage, condition }: Params<'records'>): readonly Place[] {
    const { execution } = this.#runner;
    const { attempt, visits } = execution.state;
    const asked = this.loaded.plan.stages.find(({ id }) => id === stage)?.gate.find(({ text }) => text === condition);
    const visit = visits.findLast((each) => each.attempt === attempt && each.stage === stage);
    return asked === undefined || visit === undefined ? [] : execution.judge.recordsAgainst(asked, visit);
  }

  /** @throws when the report cannot be made now and never could. */
  review({ since }: Params<'review'>): Promise<Results['review']> {
    return this.#reviews.facts(since);
  }

  closeReview(params: Params<'closeReview'>): Promise<Results['closeReview']> {
    return this.#reviews.close(params);
  }

  view(): RolloutView {
    const last = this.#lastView;
    if (last === null) {
      this.#lastView = this.#viewNow();
      return this.#lastView;
    }
    const view = this.#defects.guard('the view', () => this.#viewNow(), null);
    if (view === null) {
      const health: Health = { kind: 'alarm', detail: this.#defects.line ?? '' };
      return { ...last, standing: { ...last.standing, health } };
    }
    // Read again after a refused commit and not judged yet: the shown state still holds, except for the fault itself.
    if (this.#runner.execution.judgement === null) {
      const health = this.#sources.health();
      return {
        ...last,
        standing: { ...last.standing, health: view.standing.health },
        sources: last.sources.map((source) => ({ ...source, health: health[source.source] ?? source.health })),
      };
    }
    this.#lastView = view;
    return view;
  }

  #viewNow(): RolloutView {
    const { execution } = this.#runner;
    const now = this.#options.now();
    const health = this.#sources.health();
    const drift = this.#flag.drift(execution.state);
    const troubles: Health[] = [
      ...[this.fault, this.#defects.line, drift].flatMap((detail) =>
        detail === null ? [] : [{ kind: 'alarm', detail } as const],
      ),
      ...[this.#flag.doubt(execution.state)].flatMap((detail) =>
        detail === null ? [] : [{ kind: 'degraded', detail } as const],
      ),
      ...health.flatMap(({ state, detail }) =>
        (state === 'error' || state === 'degraded') && detail !== null ? [{ kind: 'degraded', detail } as const] : [],
      ),
    ];
    const stand = standing(this.loaded.plan, execution.state, execution.judgement, now, troubles);
    return rolloutView(execution, {
      loaded: this.loaded,
      problem: this.problem,
      standing: { ...stand, effects: this.#flag.previews(stand.effects ?? {}) },
      health,
      flag: this.target === null ? null : { target: this.target.name, values: this.#flag.values() },
      ...this.#checklists.parts(execution.state),
      journal: this.#journal.shown,
    });
  }

  async close(): Promise<void> {
    this.#gauges.close();
    await this.#readAgain.close();
    this.#checklists.close();
    this.#journal.close();
    await this.#sources.close();
    await this.#runner.settled();
  }

  #commit({ counters, ...commit }: RunnerCommit): readonly JournalEntry[] {
    const { store } = this.#options;
    return store.commit({ ...commit, rollout: this.id, counters: this.#counts.wrapped(counters) });
  }
}

function describeEntry({ body }: JournalEntry): string {
  const { kind, ...rest } = body;
  return `${kind} ${JSON.stringify(rest)}`;
}

async function within(promise: Promise<void>, limit: number): Promise<void> {
  await Promise.race([promise, pause(limit, undefined, { ref: false })]);
}
