import { judgeSuite } from '../judge/testSuites.ts';
import type { ChecklistView } from '../protocol/domain/checklistView.ts';
import type { JournalBody, JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { Evidence, LoadedPlan, Plan } from '../protocol/domain/plan.ts';
import type { RolloutState, StageVisit } from '../protocol/domain/rolloutState.ts';
import type { TargetView } from '../protocol/domain/targetView.ts';
import type { TestSuiteView } from '../protocol/domain/testReport.ts';
import { eventTime, type WallTime } from '../protocol/domain/units.ts';
import type { EvidenceFacts } from '../rollout/checklistEvidence.ts';
import { type ChecklistRecord, foldTicks, nothingRecorded } from '../rollout/checklistRecord.ts';
import {
  checklistViews,
  deliverablesView,
  type EvidenceFound,
  evidenceChanges,
  findEvidence,
  noEvidence,
} from '../rollout/checklistRounds.ts';
import type { Execution } from '../rollout/execution.ts';
import { exposedInStages, exposedSince } from '../rollout/exposure.ts';
import { suiteChanges } from '../rollout/suiteChanges.ts';
import { EvidenceFiles } from './evidenceFiles.ts';

interface Options {
  readonly loaded: LoadedPlan;
  now(): WallTime;
  /** The view may have changed. */
  changed(): void;
  /** The files of the evidence could not be looked at, by a defect of ours. */
  failed(error: unknown): void;
  /** The values of the plan's keys in the flag's file. */
  flagValues(): Readonly<Record<string, string | null>>;
}

/** The parts of a view that people and evidence fill. */
interface Parts {
  readonly checklists: readonly ChecklistView[];
  readonly deliverables?: ChecklistView;
  readonly tests?: readonly TestSuiteView[];
  readonly targets?: readonly TargetView[];
}

/** Intervals of quantiles are not worth a computation every second. */
const targetsEvery = 5000;

/** Live checklists of one rollout: ticks, the state of evidence, the tests and the targets. */
export class LiveChecklists {
  readonly #plan: Plan;
  readonly #options: Options;
  readonly #files: EvidenceFiles;
  readonly #asksFlag: boolean;
  #record: ChecklistRecord = nothingRecorded;
  #found: EvidenceFound = noEvidence;
  #targets: readonly TargetView[] = [];
  #targetsAt = Number.NEGATIVE_INFINITY;
  #shown: readonly unknown[] = [];
  #lists: { readonly of: readonly unknown[]; readonly parts: Parts } | null = null;
  #suites: {
    readonly of: readonly unknown[];
    readonly until: number;
    readonly views: readonly TestSuiteView[];
  } | null = null;

  constructor(options: Options) {
    const { plan } = options.loaded;
    this.#plan = plan;
    this.#options = options;
    const evidence = evidenceOf(plan);
    const paths = evidence.flatMap((each) => (typeof each === 'object' && 'file' in each ? [each.file] : []));
    this.#asksFlag = evidence.some((each) => typeof each === 'object' && 'flag' in each);
    this.#files = new EvidenceFiles(options.loaded, [...new Set(paths)], options);
  }

  fold(entries: readonly JournalEntry[]): void {
    this.#record = foldTicks(this.#record, entries);
  }

  /** Judges all evidence; a change is journalled where evidence began to hold or stopped. */
  tick(execution: Execution): readonly JournalBody[] {
    this.#files.start();
    const now = this.#options.now();
    const { state } = execution;
    if (now - this.#targetsAt >= targetsEvery && this.#plan.targets.length > 0) {
      this.#targets = execution.judge.judgeTargets(exposedVisit(state), eventTime(now));
      this.#targetsAt = now;
    }
    const judged = this.#files.isWhole;
    if (judged) {
      const found = findEvidence(this.#plan, { state, now }, this.#facts(execution, now));
      if (JSON.stringify([...found]) !== JSON.stringify([...this.#found])) this.#found = found;
    }
    const { checklists, tests, targets } = this.parts(state);
    const shown = [checklists, tests, targets];
    if (shown.some((each, index) => each !== this.#shown[index])) this.#options.changed();
    this.#shown = shown;
    if (!judged) return [];
    return [
      ...suiteChanges(this.#record, this.#judgedSuites(now), now),
      ...evidenceChanges(this.#plan, this.#record, { state, now }, this.#found),
    ];
  }

  parts(state: RolloutState): Parts {
    const { targets, tests } = this.#plan;
    const now = this.#options.now();
    return {
      ...this.#listParts(state, now),
      // An unread report is not a missing one.
      ...(tests.length > 0 && this.#files.isWhole && { tests: this.#judgedSuites(now) }),
      ...(targets.length > 0 && { targets: this.#targets }),
    };
  }

  /** The checklists with the deliverables, whose items are ticked alike. */
  lists(state: RolloutState): readonly ChecklistView[] {
    const { checklists, deliverables } = this.parts(state);
    return deliverables === undefined ? checklists : [...checklists, deliverables];
  }

  close(): void {
    this.#files.close();
  }

  /** Days and hours are computed anew after each tick or change of evidence, and each minute. */
  #listParts(state: RolloutState, now: WallTime): Parts {
    const of = [state, this.#record, this.#found, Math.floor(now / 60_000)];
    const known = this.#lists;
    if (known?.of.every((each, index) => each === of[index]) === true) return known.parts;
    const deliverables = deliverablesView(this.#plan, this.#record, { state, now }, this.#found);
    const parts = {
      checklists: checklistViews(this.#plan, this.#record, { state, now }, this.#found),
      ...(deliverables !== undefined && { deliverables }),
    };
    this.#lists = { of, parts };
    return parts;
  }

  #facts(execution: Execution, now: WallTime): EvidenceFacts {
    const { judge, judgement, state, visit } = execution;
    const at = { now, eventNow: eventTime(now), visit };
    const stale = judgement?.freshness.find(({ needed, fresh }) => needed && !fresh);
    return {
      now,
      zone: this.#plan.timezone,
      suites: this.#judgedSuites(now),
      condition: (condition, over) => judge.judgeCondition(condition, over, at),
      triggers: judgement?.triggers ?? [],
      exposedSince: exposedSince(state),
      exposedInStages: (stages) => exposedInStages(state, stages),
      fired: (trigger) => lastFired(execution, this.#record, trigger),
      silent: stale === undefined ? null : `${stale.glob} is silent`,
      files: this.#files.facts,
      flag: this.#asksFlag ? this.#options.flagValues() : {},
      newest: (kind) => this.#record.newest.get(kind) ?? null,
    };
  }

  /** Judged again when a report or the commit has changed, and when one has become too old. */
  #judgedSuites(now: WallTime): readonly TestSuiteView[] {
    const { reports, head } = this.#files;
    const known = this.#suites;
    if (known !== null && known.of[0] === reports && known.of[1] === head && now < known.until) return known.views;
    const views = this.#plan.tests.map((suite, index) =>
      judgeSuite(suite, reports[index] ?? { kind: 'missing' }, now, head),
    );
    const ends = views.flatMap(({ freshUntil }) => (freshUntil !== null && freshUntil > now ? [freshUntil] : []));
    const until = ends.reduce<number>((one, other) => Math.min(one, other), now + 3_600_000);
    this.#suites = { of: [reports, head], until, views };
    return views;
  }
}

function evidenceOf({ checklists, deliverables }: Plan): readonly Evidence[] {
  return [...checklists.flatMap(({ items }) => items), ...deliverables].flatMap((item) =>
    typeof item === 'string' || item.evidence === undefined ? [] : [item.evidence],
  );
}

/** The newest stay of this attempt in a stage that exposes anyone. */
function exposedVisit({ attempt, visits }: RolloutState): StageVisit | null {
  return visits.findLast((visit) => visit.attempt === attempt && visit.percent > 0) ?? null;
}

/** Episodes that the judge has seen continue are longer than in the journal, which was written when they began. */
function lastFired({ judge }: Execution, { fired }: ChecklistRecord, trigger: string): number | null {
  let latest = fired.get(trigger) ?? null;
  for (const episode of judge.episodes()) {
    if (episode.trigger === trigger && (latest === null || episode.until > latest)) latest = episode.until;
  }
  return latest;
}
