import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FlagTarget } from '../flag/target.ts';
import { seriesOf } from '../measure/foldSeries.ts';
import { hopelessGates } from '../plan/lint/gatePower.ts';
import { explanationOf } from '../protocol/domain/explanation.ts';
import type { JournalBody, JournalNote } from '../protocol/domain/journalEntry.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import { decidingFirings } from '../protocol/domain/rolloutPhase.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import type { Firing } from '../protocol/domain/verdict.ts';
import type { FailuresResult } from '../protocol/wire/failures.ts';
import type { Params, Results } from '../protocol/wire/messages.ts';
import type { ReportParams, ReportResult } from '../protocol/wire/reportRequest.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { foundExposureText } from '../protocol/words/figureText.ts';
import { sentence } from '../protocol/words/sentence.ts';
import { tickBody } from '../rollout/checklistTick.ts';
import { strayTraffic } from '../rollout/strayTraffic.ts';
import { askedRollbackOf, forgetRollback } from '../store/askedRollback.ts';
import type { ClockGap } from './clockGap.ts';
import { failingRecords } from './failingRecords.ts';
import type { FlagDecisions } from './liveFlag.ts';
import { LiveReview } from './liveReview.ts';
import { renderReport } from './renderReport.ts';
import { gatherReport } from './reportFacts.ts';
import { type LiveRolloutOptions, type RolloutParts, rolloutParts } from './rolloutParts.ts';
import { RolloutReading } from './rolloutReading.ts';
import type { RolloutRunner } from './rolloutRunner.ts';
import { RolloutShown } from './rolloutShown.ts';
import { saidCommand, saidText } from './saidText.ts';
import { startRunner } from './startRunner.ts';
import { goesBack, needsWatch } from './storedState.ts';
import { inStretches } from './workInStretches.ts';

const longestLook = 1000;
const longestWrite = 5000;

/** One plan of the workspace, being executed: its runner, the tails of its sources, its flag and its gauges. */
export class LiveRollout {
  readonly loaded: LoadedPlan;
  /** Why the plan file as it is now cannot be used; the rollout goes on with the last good one. */
  problem: string | null = null;
  readonly #options: LiveRolloutOptions;
  readonly #parts: RolloutParts;
  readonly #runner: RolloutRunner;
  readonly #reading: RolloutReading;
  readonly #shown: RolloutShown;
  readonly #reviews: LiveReview;
  /** The runner's side of a look at the flag. */
  readonly #flagDecisions: FlagDecisions;
  #looking: Promise<void> | null = null;

  /** @throws UserError for an edit of the plan that cannot be taken: everything is left as it was then. */
  constructor(options: LiveRolloutOptions) {
    const { loaded, now, store } = options;
    this.loaded = loaded;
    this.#options = options;
    const parts = rolloutParts(options);
    const runner = startRunner(parts);
    this.#parts = parts;
    this.#runner = runner;
    this.#reading = new RolloutReading(parts, runner);
    this.#shown = new RolloutShown(parts, runner, this.#reading);
    this.#flagDecisions = {
      seen: (drift) => runner.flagSeen(drift),
      exposed: (exposure) => runner.exposureSeen(exposure),
      traffic: () => strayTraffic(loaded.plan, runner.execution.state, runner.execution.ledger, now()),
      undone: (effect, detail) => runner.effectUndone(effect, detail),
    };
    this.#reviews = new LiveReview({
      loaded,
      now,
      execution: () => runner.execution,
      entries: () => store.events(loaded.plan.id),
      lists: () => parts.checklists.lists(runner.execution.state),
      sentence: (at) => sentence(this.view(), at),
      journal: (key, body, done) => this.attach(key, body, done),
    });
  }

  /** The target that the plan actuates; `null` when it names no flag. */
  get target(): FlagTarget | null {
    return this.#parts.target;
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
    return this.#shown.fault;
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
    const asked = this.#parts.defects.guard('the flag', () => askedRollbackOf(directory, this.id), null);
    if (asked === null) return;
    const { key, by, reason } = asked;
    this.#parts.defects.guard(
      'the flag',
      () => {
        this.#runner.command({ key, by, command: { kind: 'rollback', reason: saidText(reason), to: 'off' } });
        forgetRollback(directory, asked);
      },
      undefined,
    );
  }

  /** A target that hangs must not delay the start of a daemon. */
  async lookAtFlag(): Promise<void> {
    await within(this.#look('tick'), longestLook);
    this.#noteExposure();
  }

  #noteExposure(): void {
    const { defects, flag } = this.#parts;
    defects.guard('the flag', () => flag.noteExposure(this.#state, 'tick', this.#flagDecisions), undefined);
  }

  tick(): void {
    const { defects, flag, checklists, journal, explanations, messages } = this.#parts;
    this.#takeAsked();
    this.#reading.tick();
    void this.#look('tick');
    defects.guard('the flag', () => flag.keepRollback(this.#state, this.#flagDecisions), undefined);
    defects.guard('the flag', () => flag.note(this.#state, 'tick', this.#flagDecisions), undefined);
    this.#noteExposure();
    this.#runner.tick();
    // After the tick: a trigger that fires on what was written meanwhile comes before a renewal.
    const renewed = flag.dueRenewal(this.#state);
    if (renewed !== null && this.#options.lease?.obstacle() == null) {
      this.#runner.renew(renewed, async (signal) => {
        if ((await this.#options.lease?.permit(renewed.purpose)) == null)
          await flag.renew(renewed, this.#state.phase, signal);
      });
    }
    this.#runner.record(defects.guard('the checklists', () => checklists.tick(this.#runner.execution), []));
    this.#runner.record(defects.guard('the journal', () => journal.tick(this.#runner.execution), []));
    const { execution } = this.#runner;
    explanations.tick(execution, (bodies) => this.#runner.record(bodies));
    messages.tick();
  }

  /** A credential has come, gone or changed: what waits for one looks again at once. */
  credentialChanged(place: string): void {
    const { defects, flag } = this.#parts;
    defects.guard('the sources', () => this.#reading.credentialChanged(place), undefined);
    flag.lookSoon();
  }

  /** One look at a time: a target that hangs must not collect a queue of them. */
  #look(before: 'tick' | 'command'): Promise<void> {
    this.#looking ??= this.#parts.flag
      .look(before)
      .catch((error) => this.#parts.defects.note('the flag', error))
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  clockGap(gap: ClockGap): void {
    this.#runner.clockGap(gap);
    this.#reading.noteUnread(gap.to);
  }

  planChanged(hash: string): void {
    if (this.#runner.planChanged(hash, this.#parts.counts.toldBefore)) this.#parts.counts.told();
  }

  async command({ key, by, command }: Params<'command'>): Promise<CommandOutcome> {
    this.#takeAsked();
    if (command.kind !== 'rollback') {
      const { revision } = this.#state;
      const isForward = command.kind === 'begin' || command.kind === 'advance' || command.kind === 'restore';
      const unleased = isForward ? (this.#options.lease?.decisionObstacle() ?? null) : null;
      if (unleased !== null) return { kind: 'refused', code: 'no-lease', revision, message: unleased };
      const obstacle = isForward && command.kind !== 'restore' ? this.#parts.flag.obstacle() : null;
      if (obstacle !== null) return { kind: 'refused', code: 'not-approved', revision, message: obstacle };
      await this.#look('command');
      this.#parts.defects.guard(
        'the flag',
        () => this.#parts.flag.note(this.#state, 'command', this.#flagDecisions),
        undefined,
      );
    }
    this.#parts.defects.guard(
      'the flag',
      () => this.#parts.flag.noteExposure(this.#state, 'command', this.#flagDecisions),
      undefined,
    );
    const { revision } = this.#state;
    const outcome = this.#runner.command({ key, by, command: saidCommand(command) }, this.#remarks());
    // No later view tells when the flag is set, so the answer waits for it.
    const isShown = this.#state.revision !== revision && !this.#runner.owesRollback;
    if (command.kind === 'rollback' && !isShown) await within(this.#runner.settled(), longestWrite);
    return outcome;
  }

  /** Remarks for the person who begins: gates that it is likely to wait for, and rollouts that would undo its settings. */
  #remarks(): readonly string[] {
    const shared = this.#options.sharing(this.id).map(({ loaded, target }) => {
      const own = this.target?.places.map(({ place }) => place) ?? [];
      const keys = target?.places.flatMap(({ key, place }) => (own.includes(place) ? [key] : [])) ?? [];
      return `${basename(loaded.file)} sets ${keys.join(', ')} too, and each undoes the other`;
    });
    return [...hopelessGates(this.loaded.plan), ...shared];
  }

  tickItem({ key, by, item, ticked, note, as }: Params<'tick'>): CommandOutcome {
    const { revision } = this.#state;
    const asked = tickBody(this.#parts.checklists.lists(this.#state), {
      by,
      item,
      ticked,
      note: saidText(note ?? null),
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
      (execution, now) => execution.signal(name, by, saidText(note ?? null), now),
      `Counted ${name}.`,
    );
  }

  /** An entry of the journal that is no event of the state machine; the same key attaches it once. */
  attach(key: string, note: JournalNote, done: string): CommandOutcome {
    return this.#runner.note(key, (_, at) => ({ at, journal: [note], wish: null, outcome: null }), done);
  }

  /** Figures over time. A long range is summed in stretches, between which all other work continues. */
  async series(params: Params<'series'>): Promise<Results['series']> {
    const steps = seriesOf(this.loaded.plan, this.#parts.instrument, this.#runner.execution.ledger, params);
    return inStretches(steps);
  }

  /** The results of the rollout, as a text to keep; the same journal gives the same text. */
  async report({ format, period }: Pick<ReportParams, 'format' | 'period'>): Promise<ReportResult> {
    const facts = await gatherReport(
      {
        loaded: this.loaded,
        store: this.#options.store,
        execution: this.#runner.execution,
        instrument: this.#parts.instrument,
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

  /** The records behind a firing or an unmet condition, field by field; none where single records say nothing about it. */
  async failures({ about }: Params<'failures'>): Promise<FailuresResult> {
    const { explanations, journal, texts } = this.#parts;
    const { execution } = this.#runner;
    const known = [...decidingFirings(execution.state.phase), ...journal.shown.flatMap(({ body }) => firingsIn(body))];
    const found = explanations.ruleOf(execution, about, known);
    if (found === null) return { groups: [], passed: [], gone: [] };
    return failingRecords(this.loaded, {
      rule: found.rule,
      places: found.firing?.evidence ?? (about.kind === 'gate' ? this.records({ rollout: this.id, ...about }) : []),
      explanation: explanationOf(explanations.shown, about),
      now: this.#options.now(),
      secrets: this.#parts.secrets(),
      textAt: (place) => texts.at(place),
    });
  }

  /** @throws when the report cannot be made now and never could. */
  review({ since }: Params<'review'>): Promise<Results['review']> {
    return this.#reviews.facts(since);
  }

  closeReview(params: Params<'closeReview'>): Promise<Results['closeReview']> {
    return this.#reviews.close(params);
  }

  view(): RolloutView {
    return this.#shown.view(this.problem);
  }

  async close(): Promise<void> {
    this.#parts.checklists.close();
    this.#parts.journal.close();
    this.#parts.explanations.close();
    this.#parts.messages.close();
    await this.#reading.close();
    await this.#runner.close();
  }
}

function firingsIn(body: JournalBody): readonly Firing[] {
  return body.kind === 'firing' ? [body.firing] : [];
}

async function within(promise: Promise<void>, limit: number): Promise<void> {
  await Promise.race([promise, pause(limit, undefined, { ref: false })]);
}
