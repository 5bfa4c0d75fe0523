import type { Comparison } from '../protocol/domain/condition.ts';
import type { Place } from './text/findings.ts';

/** Where a value is from: the line, and the words that say it. */
export interface Provenance extends Place {
  readonly quote: string;
  /** Words of other lines that the value rests on: the heading that names the stage, the column, the label above. */
  readonly context: readonly { readonly line: number; readonly words: string }[];
}

export type Family =
  | 'success'
  | 'error'
  | 'timeout'
  | 'fallback'
  | 'latency'
  | 'memory'
  | 'throughput'
  | 'critical'
  | 'complaint'
  | 'incident'
  | 'count'
  | 'other';

/** The measure, by the guide's words. `other`: a measure of its own, which no known one stands for. */
export interface Subject {
  readonly family: Family;
  /** The name in the plan. */
  readonly name: string;
  /** The quantile of a latency, 0 to 1; `undefined` when the guide names none. */
  readonly quantile: number | undefined;
  readonly words: string;
}

/** `success rate ≥ 99.5 %`. */
export interface Claim {
  readonly subject: Subject;
  readonly comparison: Comparison;
  /** As the plan writes it, in milliseconds and MiB. */
  readonly number: string;
  readonly unit: '' | '%' | 'points' | 'ms' | 'MiB';
  readonly ofBaseline: boolean;
  /** `baseline + 0.5 points`, in place of a ratio. */
  readonly difference?: 'above' | 'below' | undefined;
  /** For how long it holds, as the plan writes it. */
  readonly over: string | undefined;
}

/** Everything that either reader may say of a guide and that decides something. */
export type GuideValue = { readonly from: Provenance } & (
  | { readonly kind: 'stage'; readonly percent: number }
  | { readonly kind: 'soak'; readonly stage: number; readonly length: string }
  | { readonly kind: 'gate'; readonly stage: number | 'every'; readonly claim: Claim }
  | {
      readonly kind: 'trigger';
      readonly claim: Claim;
      /** `automatic`: the plan rolls back by itself; `asked`: a person decides; `paused`: it stays where it is. */
      readonly consequence: 'automatic' | 'asked' | 'paused';
      readonly within: string | undefined;
      /** The number of windows in a row that must show it. */
      readonly windows: number | undefined;
      /** The stages of which the guide says it; `undefined`: of all. */
      readonly stages: readonly number[] | undefined;
    }
  | { readonly kind: 'flag'; readonly variable: string; readonly holds: 'enabled' | 'percent' }
  | { readonly kind: 'test'; readonly name: string; readonly count: number }
  | { readonly kind: 'start' | 'end'; readonly date: string }
);
export type ValueKind = GuideValue['kind'];
export type ValueOf<K extends ValueKind> =
  | Extract<GuideValue, { kind: K }>
  | (K extends 'start' | 'end' ? Extract<GuideValue, { kind: 'start' | 'end' }> : never);

export const consequences = { automatic: 'rollback', asked: 'review', paused: 'hold' } as const;

export function conditionText({ subject, comparison, number, unit, ofBaseline, difference }: Claim): string {
  if (difference !== undefined) {
    const amount = unit === 'points' ? `${number} points` : `${number}${unit}`;
    return `${subject.name} ${comparison} baseline ${difference === 'above' ? '+' : '-'} ${amount}`;
  }
  return `${subject.name} ${comparison} ${number}${unit}${ofBaseline ? ' of baseline' : ''}`;
}

/** A value in one line, for messages, tests and comparing two readers. */
export function valueText(value: GuideValue): string {
  switch (value.kind) {
    case 'stage':
      return `stage ${value.percent} %`;
    case 'soak':
      return `soak ${value.stage} %: ${value.length}`;
    case 'gate':
      return `gate ${value.stage === 'every' ? 'every stage' : `${value.stage} %`}: ${conditionText(value.claim)}`;
    case 'trigger': {
      const over = value.claim.over === undefined ? '' : ` over ${value.claim.over}`;
      const windows = value.windows === undefined ? '' : ` for ${value.windows} windows`;
      const at = value.stages === undefined ? '' : ` at ${value.stages.map((stage) => `${stage} %`).join(', ')}`;
      return `${consequences[value.consequence]}: ${conditionText(value.claim)}${over}${windows}${at}`;
    }
    case 'flag':
      return `flag ${value.variable}: ${value.holds}`;
    case 'test':
      return `test ${value.name}: ${value.count}`;
    case 'start':
    case 'end':
      return `${value.kind} ${value.date}`;
  }
}
