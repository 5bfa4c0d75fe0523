import type { Agreement } from './agreement.ts';
import type { Arms, PlainMeasure } from './measures.ts';
import type { DraftEscalation } from './parts/contacts.ts';
import type { DraftDocument } from './parts/documents.ts';
import type { DraftChecklist } from './parts/lists.ts';
import type { Milestone } from './parts/schedule.ts';
import type { DraftSources } from './parts/sources.ts';
import type { Place, Sourced } from './text/findings.ts';

export interface DraftStage {
  readonly id: string;
  readonly percent: Sourced<number>;
  /** `undefined` where no guide says how long. */
  readonly soak: Sourced<string> | undefined;
  readonly days: Sourced<readonly [number, number]> | undefined;
  readonly gate: readonly Sourced<string>[];
}

export interface DraftTrigger {
  readonly id: string;
  readonly when: string;
  readonly over: string | undefined;
  /** `3 windows`. */
  readonly for: string | undefined;
  /** The ids of the stages in which alone it is judged. */
  readonly stages: readonly string[] | undefined;
  readonly consequence: 'rollback' | 'review' | 'hold';
  readonly within: string | undefined;
  readonly ofShare: boolean;
}

export interface DraftFlag {
  readonly dotenv: Sourced<string>;
  readonly set: readonly (readonly [string, Sourced<string>])[];
}

export interface DraftSuite {
  readonly name: string;
  readonly junit: string;
  readonly expect: Sourced<number>;
  readonly groups: readonly (readonly [string, number])[];
}

/** A plan read from guides, before it is written: every value with where it is from. */
export interface PlanDraft {
  readonly id: Sourced<string>;
  readonly name: Sourced<string> | undefined;
  readonly timezone: Sourced<string>;
  readonly start: Sourced<string> | undefined;
  readonly end: Sourced<string> | undefined;
  readonly sources: DraftSources;
  readonly arms: Arms;
  readonly measures: readonly (readonly [string, Sourced<PlainMeasure>])[];
  readonly baseline: boolean;
  readonly stages: readonly DraftStage[];
  readonly rollbackTo: Sourced<'off' | 'previous'>;
  readonly advance: { readonly mode: Sourced<'manual' | 'auto'>; readonly deny: readonly Sourced<string>[] };
  readonly triggers: readonly Sourced<DraftTrigger>[];
  readonly flag: DraftFlag | undefined;
  readonly checklists: readonly DraftChecklist[];
  readonly suites: readonly DraftSuite[];
  readonly targets: readonly Sourced<{ readonly measure: string; readonly change: string }>[];
  readonly milestones: readonly Sourced<Milestone>[];
  readonly deliverables: readonly Sourced<string>[];
  readonly documents: readonly Sourced<DraftDocument>[];
  readonly escalation: DraftEscalation;
  /** Disputes: not written until a person picks. */
  readonly disputes: {
    readonly stages: readonly { readonly percent: number; readonly from: readonly Place[] }[];
    readonly values: Agreement['disputes'];
  };
}
