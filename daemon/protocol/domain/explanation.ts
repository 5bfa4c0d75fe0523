import type { EventTime } from './units.ts';

/** What is different about the records that speak against a rule, beside those that do not, and beside the control's. */
export interface Explanation {
  readonly about: ExplainedSubject;
  /** The time of the failing records that were read again. */
  readonly from: EventTime;
  readonly to: EventTime;
  /** Records of the rule's arm that fail in that time, and records that do not, some of them from before it. */
  readonly failed: number;
  readonly passed: number;
  /** The same of the other arm; `null` where it has no records. */
  readonly control: { readonly failed: number; readonly passed: number } | null;
  /**
   * What the failing records are: those that miss a share, those beyond a latency's limit, or the matching lines of a text, whose
   * `control` is the time before the attempt.
   */
  readonly of: 'share' | 'quantile' | 'lines';
  /** The strongest first. */
  readonly factors: readonly Factor[];
  /** The most frequent first. */
  readonly signatures: readonly Signature[];
  /** `null` where the arms' mix of records decides nothing. */
  readonly mix: MixShift | null;
  /** Fields and values that were compared: the more, the more is asked of each. */
  readonly compared: { readonly fields: number; readonly values: number };
  /** Why not all could be read; `null` when nothing is missing. */
  readonly left: string | null;
}

export type ExplainedSubject =
  | { readonly kind: 'trigger'; readonly trigger: string; readonly firedAt: EventTime }
  | { readonly kind: 'gate'; readonly stage: string; readonly condition: string };

/** So many of so many. */
export interface CountOf {
  readonly n: number;
  readonly of: number;
}

/** What a field holds. Texts are of logs: redacted, and to be escaped. */
export type FieldContent =
  | { readonly kind: 'value'; readonly text: string }
  /** A text with its numbers, ids and quotes masked. */
  | { readonly kind: 'like'; readonly text: string }
  /** The place in the source that a stack trace names first. */
  | { readonly kind: 'frame'; readonly text: string }
  | { readonly kind: 'at-least'; readonly number: number }
  | { readonly kind: 'below'; readonly number: number }
  | { readonly kind: 'absent' };

/** A field whose content makes failure more likely, by more than chance and by enough to matter. */
export interface Factor {
  readonly field: string;
  readonly content: FieldContent;
  /** Of the failing records, and of the passing ones, those with it. */
  readonly failed: CountOf;
  readonly passed: CountOf;
  /** Of the other arm's records with it, those that fail; `null` without any. */
  readonly control: CountOf | null;
}

/** What failing records say, and passing ones do not: an error's type, its message, its place. */
export interface Signature {
  readonly field: string;
  readonly content: FieldContent;
  readonly failed: CountOf;
  /** Of the other arm's failing records (of lines: of those before the attempt), those with it; `null` without the other arm. */
  readonly control: CountOf | null;
  /** No record of the other arm has it, and enough were seen to say so. */
  readonly isNew: boolean;
  readonly firstSeen: EventTime;
}

/**
 * The arms have unlike mixes of a field, and that alone makes the figure (Simpson's paradox): in every group the arm fails
 * no more often than the other one does.
 */
export interface MixShift {
  readonly field: string;
  /** The largest groups, by their records of both arms. */
  readonly groups: readonly {
    readonly content: FieldContent;
    readonly treatment: CountOf;
    readonly control: CountOf;
  }[];
  /** The share of failures of the arm, of the other arm, and of the arm with the other's mix. */
  readonly treatment: number;
  readonly other: number;
  readonly adjusted: number;
}

export function isSameSubject(one: ExplainedSubject, other: ExplainedSubject): boolean {
  if (one.kind === 'trigger')
    return other.kind === 'trigger' && one.trigger === other.trigger && one.firedAt === other.firedAt;
  return other.kind === 'gate' && one.stage === other.stage && one.condition === other.condition;
}

/** The explanation of exactly this subject. */
export function explanationOf(
  explanations: readonly Explanation[] | undefined,
  subject: ExplainedSubject,
): Explanation | null {
  return explanations?.find(({ about }) => isSameSubject(about, subject)) ?? null;
}
