import { countedFrom } from '../judge/followedStay.ts';
import { suiteAt } from '../judge/testSuites.ts';
import { seriesOf } from '../measure/foldSeries.ts';
import { flagName } from '../protocol/domain/flagKinds.ts';
import type { JournalBody, JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { RolloutState, StageVisit } from '../protocol/domain/rolloutState.ts';
import { sourceName } from '../protocol/domain/sourceKinds.ts';
import { duration, eventTime, type WallTime, wallTime } from '../protocol/domain/units.ts';
import type { ConditionVerdict, Judgement } from '../protocol/domain/verdict.ts';
import type { ReportPeriod } from '../protocol/wire/reportRequest.ts';
import type { SeriesResult } from '../protocol/wire/series.ts';
import type { RolloutView, StageView } from '../protocol/wire/view.ts';
import type { CloseUp, ReportFacts, Stay } from '../report/facts.ts';
import { spanOf } from '../report/period.ts';
import { alignedWith } from '../rollout/alignWithPlan.ts';
import { foldTicks, nothingRecorded } from '../rollout/checklistRecord.ts';
import { checklistViews, deliverablesView } from '../rollout/checklistRounds.ts';
import { evolve, initialState } from '../rollout/evolve.ts';
import type { Execution } from '../rollout/execution.ts';
import { standing } from '../rollout/rolloutStanding.ts';
import { planView } from '../rollout/rolloutView.ts';
import type { Store } from '../store/store.ts';
import { stretches } from './workInStretches.ts';

/** The inputs of a report. */
export interface ReportSources {
  readonly loaded: LoadedPlan;
  readonly store: Pick<Store, 'events'>;
  readonly execution: Execution;
  readonly instrument: Instrument;
}

/** More do not fit into a chart of a page's width. */
const chartPoints = 240;
const mostCloseUps = 5;
const mostCounted = 100;
const minute = 60_000;
const mostRounds = 400;

/**
 * All facts are of one instant: the rollout's newest journal entry, or the end of the requested period. Later data and
 * the present time change nothing, so the same journal gives the same facts.
 * @throws UserError `usage` for an impossible date.
 */
export async function gatherReport(sources: ReportSources, period: ReportPeriod): Promise<ReportFacts> {
  const { loaded, execution } = sources;
  const { plan } = loaded;
  const span = spanOf(period, plan.timezone);
  const pause = stretches();
  const known = await journalOf(sources, pause);
  const entries = span === null ? known : known.filter(({ at }) => at < span.to);
  const last = known.at(-1);
  const asOf = entries.length === 0 || last === undefined ? null : wallTime(Math.min(last.at, span?.to ?? last.at));
  const state = await stateAt(loaded, entries, pause);
  // Counted up to an instant that only this report knows: the ledger must tell earlier records from later ones.
  if (asOf !== null) execution.ledger.splitAt(eventTime(asOf));
  const stays = await staysOf(sources, state.visits, entries, asOf, pause);
  const began = state.visits[0]?.from ?? asOf ?? 0;
  const series = await seriesWithin(sources, { from: Math.max(began, span?.from ?? began), to: asOf ?? 0 }, pause);
  const closeUps = await closeUpsOf(sources, entries, span, asOf ?? 0, pause);
  const moment = { state, now: asOf ?? wallTime(0) };
  const record = foldTicks(nothingRecorded, entries);
  const deliverables = deliverablesView(plan, record, moment);
  const exposed = stays.findLast(({ visit }) => visit.attempt === state.attempt && visit.percent > 0)?.visit ?? null;
  const until = eventTime(asOf ?? 0);
  const measured = exposed === null ? null : { ...exposed, to: exposed.to ?? until };
  const view: RolloutView = {
    ...viewAt(sources, state, stays, asOf),
    checklists: checklistViews(plan, record, moment, undefined, mostRounds),
    ...(deliverables !== undefined && { deliverables }),
    ...(plan.tests.length > 0 && {
      tests: plan.tests.map((suite) => suiteAt(suite, record.suites.get(suite.name)?.suite, moment.now)),
    }),
    ...(plan.targets.length > 0 && { targets: execution.judge.judgeTargets(measured, until) }),
  };
  const leftOut = execution.judge.leftOut(eventTime(Math.max(began, span?.from ?? began)), eventTime((asOf ?? -1) + 1));
  return { period, span, loaded, asOf, view, entries, stays, series, closeUps, leftOut };
}

async function journalOf(
  { store, loaded }: ReportSources,
  pause: () => Promise<void> | undefined,
): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (const entry of store.events(loaded.plan.id)) {
    entries.push(entry);
    await pause();
  }
  return entries;
}

async function stateAt(
  { plan, hash }: LoadedPlan,
  entries: readonly JournalEntry[],
  pause: () => Promise<void> | undefined,
): Promise<RolloutState> {
  let state = initialState(plan.id, hash, entries[0]?.at ?? wallTime(0));
  for (const { body, at } of entries) {
    state = evolve(state, body, at);
    await pause();
  }
  return alignedWith(plan, state) ?? state;
}

async function staysOf(
  { loaded, execution }: ReportSources,
  visits: readonly StageVisit[],
  entries: readonly JournalEntry[],
  asOf: WallTime | null,
  pause: () => Promise<void> | undefined,
): Promise<readonly Stay[]> {
  const kept = keptFigures(entries);
  const stays: Stay[] = [];
  for (const [number, visit] of visits.entries()) {
    await pause();
    const index = loaded.plan.stages.findIndex(({ id }) => id === visit.stage);
    const left = kept.get(`${visit.attempt} ${visit.from}`);
    const stage = loaded.plan.stages[index];
    const to = visit.to ?? eventTime(asOf ?? visit.from);
    if (left !== undefined && visit.to !== null)
      stays.push({ visit, index, gate: left.gate, arms: left.arms, from: 'journal' });
    // Stays beyond the report's room are not counted again.
    else if (stage === undefined || number < visits.length - mostCounted) {
      stays.push({ visit, index, gate: [], arms: { treatment: 0, control: 0 }, from: 'records' });
    } else {
      const gate = execution.judge.judgeGate(stage, countedFrom(visit), to);
      stays.push({ visit, index, gate, arms: execution.judge.countsOf({ ...visit, to }), from: 'records' });
    }
  }
  return stays;
}

type LeftFigures = NonNullable<Extract<JournalBody, { kind: 'rollback-started' }>['left']>;

/** By attempt and start of the stay that was left. */
function keptFigures(entries: readonly JournalEntry[]): ReadonlyMap<string, Pick<LeftFigures, 'gate' | 'arms'>> {
  const kept = new Map<string, Pick<LeftFigures, 'gate' | 'arms'>>();
  for (const { body } of entries) {
    if (body.kind !== 'stage-entered' && body.kind !== 'rollback-started' && body.kind !== 'completed') continue;
    const { left } = body;
    if (left !== undefined) kept.set(`${left.attempt} ${left.from}`, left);
  }
  return kept;
}

/** The rollout as it stood, as far as the sentence and the sections read it. */
function viewAt(
  { loaded }: ReportSources,
  state: RolloutState,
  stays: readonly Stay[],
  asOf: WallTime | null,
): RolloutView {
  const { plan } = loaded;
  const current = stays.at(-1);
  const gate = current === undefined || current.visit.to !== null ? [] : current.gate;
  const judgement = judgementOf(plan, gate, asOf);
  return {
    rollout: plan.id,
    plan: planView(loaded, null),
    standing: standing(plan, state, judgement, asOf ?? wallTime(0), []),
    stages: plan.stages.map((stage, index): StageView => {
      const stay = stays.findLast(({ visit }) => visit.attempt === state.attempt && visit.stage === stage.id);
      const named = stage.title === undefined ? {} : { title: stage.title };
      const common = { id: stage.id, ...named, percent: stage.percent, soak: stage.soak };
      if (stay === undefined) {
        return { ...common, state: 'ahead', gate: [], visit: null, arms: { treatment: 0, control: 0 } };
      }
      const { visit, arms, gate: verdicts } = stay;
      const stood = visit.to === null ? 'current' : index < state.stage ? 'passed' : 'left';
      return { ...common, state: stood, gate: verdicts, visit, arms };
    }),
    triggers: [],
    sources: [],
    flag:
      plan.flag === undefined ? null : { target: flagName(plan.flag), effect: state.effect, proof: null, values: {} },
    checklists: [],
    journal: [],
  };
}

/** Only the journal tells afterwards if a source was silent at that instant. */
function judgementOf(plan: LoadedPlan['plan'], gate: readonly ConditionVerdict[], asOf: WallTime | null): Judgement {
  return {
    gate,
    triggers: [],
    fired: [],
    freshness: plan.sources.map((of, source) => ({
      source,
      glob: sourceName(of),
      arrived: null,
      newest: null,
      fresh: true,
      limit: of.fresh ?? duration(0),
      needed: false,
      kind: 'records',
      newestSinceGap: null,
      readToEnd: asOf,
      behindSince: null,
      datedBehind: null,
      trouble: null,
    })),
    proof: null,
    watermark: null,
  };
}

/** A step that people use, so that as many fit as a chart is wide. */
function stepFor(length: number): number {
  const day = 24 * 60;
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, day].find(
    (each) => length / each / 60_000 <= chartPoints,
  );
  const wanted = minutes ?? Math.ceil(length / chartPoints / 60_000 / day) * day;
  return wanted * 60_000;
}

/** A rollback shows in the minutes before it; a chart of a rollout of weeks does not show them. */
async function closeUpsOf(
  sources: ReportSources,
  entries: readonly JournalEntry[],
  span: ReportFacts['span'],
  asOf: number,
  pause: () => Promise<void> | undefined,
): Promise<readonly CloseUp[]> {
  const rollbacks = entries.filter(({ at, body }) => body.kind === 'rollback-started' && at >= (span?.from ?? at));
  const found: CloseUp[] = [];
  for (const { seq, at } of rollbacks.slice(-mostCloseUps)) {
    const to = Math.min(asOf, at + 15 * minute);
    const series = await seriesWithin(sources, { from: Math.floor((at - 60 * minute) / minute) * minute, to }, pause);
    found.push({ seq, series });
  }
  return found;
}

async function seriesWithin(
  { loaded, instrument, execution }: ReportSources,
  range: { readonly from: number; readonly to: number },
  pause: () => Promise<void> | undefined,
): Promise<SeriesResult> {
  const from = eventTime(range.from);
  const to = eventTime(Math.max(range.from, range.to));
  const step = stepFor(to - from);
  const steps = seriesOf(loaded.plan, instrument, execution.ledger, { from, to, points: chartPoints }, { step });
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
    await pause();
  }
}
