import { HistoryWindow } from '../measure/historyWindow.ts';
import type { Ledger } from '../measure/ledger.ts';
import type { OutcomeCounts } from '../measure/outcomeCounts.ts';
import type { SampleTotals } from '../measure/sampleCell.ts';
import type { NearMiss, TriggerReview } from '../protocol/domain/dailyReview.ts';
import type { Arm, Trigger } from '../protocol/domain/plan.ts';
import { duration, type EventTime, eventTime } from '../protocol/domain/units.ts';
import { closenessOf, nearnessOf } from '../protocol/words/triggerDistance.ts';
import type { Assessment, ConditionJudge } from './conditionJudge.ts';
import { toFigure } from './figure.ts';
import type { Scope } from './scope.ts';

const minuteLength = 60_000;

/** A time in which triggers were judged: [from, to); its windows do not reach back before `since`. */
export interface ExposedTime {
  readonly since: EventTime;
  readonly from: EventTime;
  readonly to: EventTime;
}

interface Candidate {
  readonly miss: NearMiss;
  readonly nearness: number | null;
}

/**
 * How near a trigger came to firing: the same judge judges its condition over the window that ends with each minute.
 * Yields after each, so that the caller can let other work run.
 */
export function* nearMisses(
  trigger: Trigger,
  judge: ConditionJudge,
  ledger: Ledger,
  exposed: readonly ExposedTime[],
  unread: string | null,
): Generator<void, Omit<TriggerReview, 'fired'>> {
  const minutes = Math.max(1, Math.ceil(trigger.over / minuteLength));
  const waits = trigger.for ?? duration(0);
  let worst: Candidate | null = null;
  let most = 0;
  let held = 0;
  let windows = 0;
  let lacking = '';
  for (const { since, from, to } of exposed) {
    const scope = new MinuteScope(ledger, minutes, since);
    let holdsSince: number | null = null;
    for (let minute = Math.floor(from / minuteLength); minute * minuteLength < to; minute += 1) {
      scope.endWith(minute);
      const assessment = judge.assess(scope);
      windows += 1;
      most = Math.max(most, assessment.found.n);
      const { verdict } = assessment;
      if (verdict === 'met') holdsSince ??= minute;
      else if (verdict === 'unmet' || waits === 0) holdsSince = null;
      // A window cannot have held for longer than it was watched: the minute it began to hold in counts from its end.
      if (verdict === 'met' && holdsSince !== null) held = Math.max(held, (minute - holdsSince) * minuteLength);
      if (verdict === 'no-data' || verdict === 'error') lacking = judge.explain(scope, assessment, null).reason;
      const candidate = candidateOf(judge, assessment, eventTime(Math.min(scope.to, to)));
      if (candidate !== null && (worst === null || isWorse(candidate, worst, judge))) worst = candidate;
      yield;
    }
  }
  // A log that was never read does not prove the absence of lines.
  const closest = worst === null || (unread !== null && most === 0) ? null : worst.miss;
  return {
    id: trigger.id,
    when: trigger.when.text,
    consequence: trigger.then,
    window: duration(minutes * minuteLength),
    for: waits,
    ...stateOf(closest, windows, most, judge.needed, unread ?? lacking),
    closest,
    most,
    needed: judge.needed,
    held: duration(held),
  };
}

function stateOf(
  closest: NearMiss | null,
  windows: number,
  most: number,
  needed: number,
  lacking: string,
): Pick<TriggerReview, 'state' | 'reason'> {
  if (closest !== null) return { state: 'judged', reason: '' };
  if (windows === 0) return { state: 'idle', reason: 'nobody was exposed' };
  if (most > 0 && most < needed) {
    return { state: 'insufficient', reason: `needs ${needed} records in a window, had at most ${most}` };
  }
  return { state: 'no-data', reason: lacking };
}

function candidateOf(
  { condition }: ConditionJudge,
  { verdict, found, baseline, limit }: Assessment,
  at: EventTime,
): Candidate | null {
  if ((verdict !== 'met' && verdict !== 'unmet') || limit === null) return null;
  const figure = toFigure(found);
  const { comparison } = condition;
  return {
    nearness: nearnessOf(comparison, figure, limit),
    miss: {
      at,
      figure,
      limit,
      baseline: baseline === null ? null : { ...toFigure(baseline.found), value: baseline.value },
      holds: verdict === 'met',
      closeness: verdict === 'met' ? 1 : closenessOf(comparison, figure, limit),
    },
  };
}

/**
 * A window in which the condition held is worse than any other; then the nearer one, then the more extreme, and of
 * equals the first.
 */
function isWorse(one: Candidate, other: Candidate, { condition: { comparison } }: ConditionJudge): boolean {
  if (one.miss.holds !== other.miss.holds) return one.miss.holds;
  if (one.nearness !== other.nearness) return (one.nearness ?? 0) > (other.nearness ?? 0);
  const [mine, theirs] = [one.miss.figure.value ?? 0, other.miss.figure.value ?? 0];
  return comparison === '<' || comparison === '<=' ? mine < theirs : mine > theirs;
}

/** A trigger's trailing window in whole minutes, made anew for each stretch of exposed time. */
class MinuteScope implements Scope {
  from: EventTime = eventTime(0);
  to: EventTime = eventTime(0);
  readonly #ledger: Ledger;
  readonly #minutes: number;
  readonly #since: EventTime;
  readonly #windows: Partial<Record<Arm, HistoryWindow>> = {};
  #minute = 0;

  constructor(ledger: Ledger, minutes: number, since: EventTime) {
    this.#ledger = ledger;
    this.#minutes = minutes;
    this.#since = since;
  }

  endWith(minute: number): void {
    this.#minute = minute;
    this.from = eventTime(Math.max(this.#since, (minute - this.#minutes + 1) * minuteLength));
    this.to = eventTime((minute + 1) * minuteLength);
  }

  counts(arm: Arm): OutcomeCounts {
    const window = this.#windows[arm] ?? new HistoryWindow(this.#ledger, arm, this.#minutes, this.#since);
    this.#windows[arm] = window;
    window.moveTo(this.#minute);
    return window.counts;
  }

  samples(series: string, limit: number): SampleTotals {
    return this.#ledger.samples(series, this.from, this.to, limit);
  }
}
