import { countedFrom } from '../judge/followedStay.ts';
import type { ChecklistView } from '../protocol/domain/checklistView.ts';
import type { Explanation } from '../protocol/domain/explanation.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { SourceHealth } from '../protocol/domain/observation.ts';
import type { LoadedPlan, Stage } from '../protocol/domain/plan.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import type { TargetView } from '../protocol/domain/targetView.ts';
import type { TestSuiteView } from '../protocol/domain/testReport.ts';
import type { EventTime, Percent } from '../protocol/domain/units.ts';
import type { ConditionVerdict, JudgedSource, TriggerStatus } from '../protocol/domain/verdict.ts';
import type { WantedCredential } from '../protocol/wire/credentials.ts';
import type { FlagView, PlanView, RolloutView, SourceView, StageView, StandingView } from '../protocol/wire/view.ts';
import { datedBehindText } from './datedBehind.ts';
import type { Execution } from './execution.ts';

/** The inputs of a view beside the execution itself. */
export interface ViewContext {
  readonly loaded: LoadedPlan;
  /** The reason why the present plan file cannot be used, if any. */
  readonly problem: string | null;
  readonly standing: StandingView;
  readonly health: readonly SourceHealth[];
  /** The flag's target at the newest look; `null` when the plan names no flag. */
  readonly flag: (Pick<FlagView, 'target' | 'values'> & { readonly found: Percent | null }) | null;
  readonly checklists: readonly ChecklistView[];
  readonly deliverables?: ChecklistView;
  readonly tests?: readonly TestSuiteView[];
  readonly targets?: readonly TargetView[];
  readonly explanations?: readonly Explanation[];
  readonly credentials?: readonly WantedCredential[] | undefined;
  /** Newest first. */
  readonly journal: readonly JournalEntry[];
}

export function rolloutView(execution: Execution, context: ViewContext): RolloutView {
  const {
    loaded,
    standing,
    checklists,
    deliverables,
    tests,
    targets,
    explanations = [],
    credentials,
    journal,
  } = context;
  return {
    rollout: loaded.plan.id,
    plan: planView(context.loaded, context.problem),
    standing,
    stages: loaded.plan.stages.map((stage, index) => stageView(execution, stage, index)),
    triggers: (execution.judgement?.triggers ?? []).map((trigger) => ({
      ...steady(trigger),
      ...titleOf(loaded.plan.triggers.find(({ id }) => id === trigger.id)),
    })),
    sources: sourceViews(execution, context),
    flag: flagView(execution, context),
    checklists,
    ...(deliverables !== undefined && { deliverables }),
    ...(tests !== undefined && { tests }),
    ...(targets !== undefined && { targets }),
    ...(explanations.length > 0 && { explanations }),
    ...(credentials !== undefined && { credentials }),
    journal,
  };
}

export function planView({ plan, file, hash, lines }: LoadedPlan, problem: string | null): PlanView {
  return {
    id: plan.id,
    name: plan.name ?? plan.id,
    file,
    hash,
    timezone: plan.timezone,
    mode: plan.advance.mode,
    agents: plan.agents,
    lines,
    documents: plan.documents,
    problem,
  };
}

function stageView(execution: Execution, stage: Stage, index: number): StageView {
  const { state, judge } = execution;
  const visit = lastVisit(execution, stage.id);
  const common = { id: stage.id, ...titleOf(stage), percent: stage.percent, soak: stage.soak, visit };
  if (visit === null) {
    return { ...common, state: 'ahead', gate: stage.gate.map(unjudged), arms: { treatment: 0, control: 0 } };
  }
  if (visit.to === null) {
    const gate = (execution.judgement?.gate ?? []).map(withoutClock);
    return { ...common, state: 'current', gate, arms: judge.countsOf(visit) };
  }
  return { ...common, state: leftOrPassed(index, state.stage), ...finished(execution, stage, visit, visit.to) };
}

type Finished = Pick<StageView, 'gate' | 'arms'>;

/** A past stay does not change any more; summing it again for each view would cost its whole length. */
const finishedVisits = new WeakMap<StageVisit, Finished>();

function finished({ judge }: Execution, stage: Stage, visit: StageVisit, to: EventTime): Finished {
  const known = finishedVisits.get(visit);
  if (known !== undefined) return known;
  const summed = {
    gate: judge.judgeGate(stage, countedFrom(visit), to).map(withoutClock),
    arms: judge.countsOf(visit),
  };
  finishedVisits.set(visit, summed);
  return summed;
}

function leftOrPassed(index: number, current: number): 'passed' | 'left' {
  return index < current ? 'passed' : 'left';
}

/** The newest stay in the stage within the newest attempt. */
function lastVisit(execution: Execution, id: string): StageVisit | null {
  const { attempt, visits } = execution.state;
  return visits.findLast((visit) => visit.attempt === attempt && visit.stage === id) ?? null;
}

function unjudged(condition: Stage['gate'][number]): ConditionVerdict {
  return {
    condition: condition.text,
    measure: condition.measure,
    verdict: 'no-data',
    figure: { value: null, unit: condition.threshold.unit, n: 0, good: null },
    limit: null,
    baseline: null,
    window: { from: null, to: null },
    label: null,
    reason: '',
  };
}

/** A window that ends now would make every second a change; the client knows `over` and the watermark. */
function withoutClock(verdict: ConditionVerdict): ConditionVerdict {
  return { ...verdict, window: { from: null, to: null } };
}

function titleOf(part: { readonly title?: string | undefined } | undefined): { readonly title?: string } {
  return part?.title === undefined ? {} : { title: part.title };
}

function steady(trigger: TriggerStatus): TriggerStatus {
  return { ...trigger, verdict: withoutClock(trigger.verdict) };
}

function sourceViews(execution: Execution, { health }: ViewContext): readonly SourceView[] {
  return (execution.judgement?.freshness ?? []).map((judged) => {
    const { source, glob, arrived, newest, fresh, limit, needed } = judged;
    const counters = execution.counters[source];
    return {
      // The progress of reading changes with every look; clients see its meaning, and the lag.
      ...{ source, glob, arrived, newest, fresh, limit, needed },
      health: sourceHealth(execution, judged, health[source]),
      records: counters?.records ?? 0,
      ignored: counters?.ignored ?? 0,
      rejected: counters?.rejected ?? {},
      gaps: counters?.gaps ?? [],
    };
  });
}

/** The state of a source by its reading, and else by its dates. */
function sourceHealth({ plan }: Execution, judged: JudgedSource, known: SourceHealth | undefined): SourceHealth {
  const { source, glob } = judged;
  const health = known ?? { source, glob, state: 'waiting', detail: null, files: [], lag: 0 };
  const { trouble } = judged;
  if (trouble !== null && health.state !== 'error') {
    return { ...health, state: trouble.kind === 'error' ? 'error' : 'degraded', detail: trouble.detail };
  }
  const dated = datedBehindText(plan, judged);
  return health.state === 'reading' && dated !== null ? { ...health, state: 'degraded', detail: dated } : health;
}

function flagView({ state, judgement }: Execution, { flag }: ViewContext): FlagView | null {
  if (flag === null) return null;
  const { drift, effect } = state;
  const { found, ...shown } = flag;
  return {
    ...shown,
    effect,
    proof: judgement?.proof ?? null,
    ...(drift !== null && effect !== null && { drift: { found, wanted: effect.percent } }),
  };
}
