import type { DraftChecklist } from './checklists.ts';
import type { Place, Sourced } from './findings.ts';
import type { DraftFlag } from './flags.ts';
import type { Identity } from './identity.ts';
import type { Arms, PlainMeasure } from './measures.ts';
import type { DraftDocument, DraftEscalation, DraftTarget } from './outcomes.ts';
import type { Milestone, Schedule } from './schedule.ts';
import type { DraftSources } from './sources.ts';
import type { DraftSuite } from './suites.ts';
import type { DraftTrigger } from './triggers.ts';

export interface DraftStage {
  readonly id: string;
  readonly percent: Sourced<number>;
  readonly soak: Sourced<string>;
  readonly days: Sourced<readonly [number, number]> | undefined;
  readonly gate: readonly Sourced<string>[];
}

export interface DraftBaseline {
  readonly window: Sourced<readonly [string, string]> | undefined;
  readonly places: readonly Place[];
}

/** A plan read from guides, before it is written: every value with where it is from. */
export interface PlanDraft {
  readonly identity: Identity;
  readonly schedule: Schedule;
  readonly sources: DraftSources;
  readonly arms: Arms;
  readonly measures: readonly (readonly [string, Sourced<PlainMeasure>])[];
  readonly baseline: DraftBaseline | undefined;
  readonly stages: readonly DraftStage[];
  readonly rollbackTo: Sourced<'off' | 'previous'>;
  readonly advance: { readonly mode: Sourced<'manual' | 'auto'>; readonly deny: readonly Sourced<string>[] };
  readonly triggers: readonly Sourced<DraftTrigger>[];
  readonly flag: DraftFlag | undefined;
  readonly checklists: readonly DraftChecklist[];
  readonly suites: readonly DraftSuite[];
  readonly targets: readonly Sourced<DraftTarget>[];
  readonly milestones: readonly Sourced<Milestone>[];
  readonly deliverables: readonly Sourced<string>[];
  readonly documents: readonly Sourced<DraftDocument>[];
  readonly escalation: DraftEscalation;
}
