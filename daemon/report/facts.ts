import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import type { ConditionVerdict } from '../protocol/domain/verdict.ts';
import type { ReportPeriod } from '../protocol/wire/reportRequest.ts';
import type { SeriesResult } from '../protocol/wire/series.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import type { LeftOut } from '../protocol/words/rejectsText.ts';

/**
 * All facts of a report: the journal up to an instant, the plan, and the stored records up to that instant. No clock is
 * read, so the same journal gives the same report.
 */
export interface ReportFacts {
  readonly period: ReportPeriod;
  /** The period's ends; `null` for the whole rollout. */
  readonly span: { readonly from: WallTime; readonly to: WallTime } | null;
  readonly loaded: LoadedPlan;
  /** The newest entry's time, or the period's end when there are later ones; `null` without an entry by then. */
  readonly asOf: WallTime | null;
  /** The rollout as it stood then, with checklists of all its days. */
  readonly view: RolloutView;
  /** The entries of this rollout up to `asOf`, oldest first. */
  readonly entries: readonly JournalEntry[];
  /** Every stay in a stage up to `asOf`, of all attempts, oldest first. */
  readonly stays: readonly Stay[];
  /** Restricted to the period, up to `asOf`. */
  readonly series: SeriesResult;
  /** The minutes around each of the newest rollbacks, oldest first. */
  readonly closeUps: readonly CloseUp[];
  /** The rejected records of each source, in the period and up to `asOf`; a source without any is left out. */
  readonly leftOut: readonly LeftOut[];
}

/** `seq`: of the journal's entry that started the rollback. */
export interface CloseUp {
  readonly seq: number;
  readonly series: SeriesResult;
}

/** A stay in a stage and how its gate stood at its end, or at `asOf` while it lasts. */
export interface Stay {
  readonly visit: StageVisit;
  /** The index among the plan's stages; -1 when the plan has it no more. */
  readonly index: number;
  readonly gate: readonly ConditionVerdict[];
  readonly arms: { readonly treatment: number; readonly control: number };
  /** `journal`: as it was judged when it was left, kept in the journal; `records`: counted again from stored records. */
  readonly from: 'journal' | 'records';
}
