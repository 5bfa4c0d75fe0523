import type { WallTime } from './units.ts';

/** Who said that an item is done, when, and what they noted. */
export interface TickView {
  readonly by: string;
  readonly at: WallTime;
  readonly note: string | null;
}

/** `unknown` is neither: the evidence cannot be judged now, and does not tick. */
export type EvidenceState = 'holds' | 'fails' | 'unknown';

/**
 * The present state of an item's evidence. The line has no ages in it, so that it changes only when the evidence does.
 */
export interface EvidenceView {
  readonly state: EvidenceState;
  readonly detail: string;
}

/**
 * `waiting`: its time has not come, or no attempt is running; `due`: to be done now; `overdue`: late; `done`: ticked or
 * skipped.
 */
export type ItemPhase = 'waiting' | 'due' | 'overdue' | 'done';

export interface ChecklistItemView {
  /** `<checklist>/<item>`. */
  readonly id: string;
  readonly title: string;
  /** The newest tick of the current occurrence; `by` is `evidence` when evidence ticked the item. */
  readonly ticked: TickView | null;
  /** The basis of `ticked`: a person's word, or evidence that holds now. */
  readonly from?: 'claim' | 'evidence' | undefined;
  /** Each person's newest tick, newest first. */
  readonly ticks?: readonly TickView[] | undefined;
  /** Not done in this occurrence, and why (`note`). */
  readonly skipped?: TickView | null | undefined;
  /** Newest first. */
  readonly notes?: readonly TickView[] | undefined;
  readonly phase?: ItemPhase | undefined;
  /** The evidence of the current occurrence held and then stopped: since when, and its last words (`note`). */
  readonly lost?: TickView | undefined;
  /** Left out for an item that no evidence ticks. */
  readonly evidence?: EvidenceView | undefined;
  /** Earlier occurrences, newest first. */
  readonly history?: readonly PastItem[] | undefined;
}

export interface PastItem {
  readonly occurrence: string;
  readonly outcome: 'ticked' | 'evidence' | 'skipped' | 'missed';
  /** `null` when it was missed. */
  readonly tick: TickView | null;
}

/** One round of a checklist: a day of a daily one, a stay in a stage, or the only one. */
export interface OccurrenceView {
  /** `daily@2025-11-03`. */
  readonly id: string;
  /** `null`: the round has no beginning of its own. */
  readonly from: WallTime | null;
  /** When it is to be done; `null` when the plan does not say. */
  readonly due: WallTime | null;
  /** An open item is overdue from then on. */
  readonly overdueAt: WallTime | null;
  /** When the next round is due; left out where none is expected. */
  readonly nextDue?: WallTime | undefined;
}

export interface ChecklistView {
  readonly id: string;
  readonly title: string;
  readonly items: readonly ChecklistItemView[];
  readonly every?: 'day' | 'evening' | 'weekday' | 'week' | 'stage' | undefined;
  /** The stage it belongs to. */
  readonly stage?: string | undefined;
  /** The current one; `null` while there is none (a checklist of a stage that was not entered). */
  readonly occurrence?: OccurrenceView | null | undefined;
  /** The latest phase of its items: overdue before due before waiting before done. */
  readonly phase?: ItemPhase | undefined;
  /** Earlier occurrences, newest first. */
  readonly history?: readonly PastOccurrence[] | undefined;
}

export interface PastOccurrence {
  readonly id: string;
  readonly from: WallTime;
  readonly done: number;
  readonly skipped: number;
  readonly total: number;
}
