import { countedFrom } from '../judge/followedStay.ts';
import { opposite, parseCondition, thresholdValue } from '../protocol/domain/condition.ts';
import { type ExplainedSubject, type Explanation, isSameSubject } from '../protocol/domain/explanation.ts';
import type { JournalBody, JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import type { ConditionVerdict, Firing } from '../protocol/domain/verdict.ts';
import type { Execution } from '../rollout/execution.ts';
import { exposedSince } from '../rollout/exposure.ts';
import { explainRule, isExplainable, type RuleToExplain } from './failureCases.ts';

interface Options {
  readonly loaded: LoadedPlan;
  now(): WallTime;
  /** Texts that must not come back in a text for people. */
  secrets(): readonly string[];
  /** A defect of ours, which must not end the daemon. */
  failed(error: unknown): void;
}

/** So many firings of an attempt are explained, the newest first, and so many explanations are shown. */
const mostFirings = 5;
const mostShown = 20;
/** Fewer failing records explain nothing. */
const leastFailures = 5;
/** An unmet condition is explained again when its failures have doubled, and not before this time has passed. */
const soonest = 60_000;

interface Wanted {
  readonly rule: RuleToExplain;
  /** Failing records, or records of a latency. */
  readonly count: number;
}

/**
 * What is different about the failures behind each firing and unmet condition of an attempt. Records are read again for it
 * after the decision, one rule at a time, and the journal keeps the answer; a restart takes up what is still open.
 */
export class LiveExplanations {
  readonly #options: Options;
  #attempt = 0;
  #shown: readonly Explanation[] = [];
  #firings: readonly Firing[] = [];
  /** By subject: when it was tried last, and how much there was to explain. */
  readonly #tried = new Map<string, { readonly at: WallTime; readonly count: number }>();
  #isBusy = false;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Of the newest attempt, the newest first; each subject once. */
  get shown(): readonly Explanation[] {
    return this.#shown;
  }

  /** @param entries in their order. */
  fold(entries: Iterable<JournalEntry>): void {
    for (const { body, attempt } of entries) {
      if (attempt !== this.#attempt) {
        this.#attempt = attempt;
        this.#shown = [];
        this.#firings = [];
        this.#tried.clear();
      }
      if (body.kind === 'firing') this.#firings = [body.firing, ...this.#firings].slice(0, mostFirings);
      if (body.kind !== 'explained') continue;
      const { explanation } = body;
      const others = this.#shown.filter(({ about }) => !isSameSubject(about, explanation.about));
      this.#shown = [explanation, ...others].slice(0, mostShown);
    }
  }

  /** The rule behind a firing of this attempt or a condition of the gate, and the firing; `null` where none is explained. */
  ruleOf(
    execution: Execution,
    about: ExplainedSubject,
    known: readonly Firing[],
  ): { readonly rule: RuleToExplain; readonly firing: Firing | null } | null {
    if (about.kind === 'gate') {
      const found = this.#wanted(execution).find(({ rule }) => isSameSubject(rule.about, about));
      return found === undefined ? null : { rule: found.rule, firing: null };
    }
    const isAsked = ({ trigger, at }: Firing) => trigger === about.trigger && at === about.firedAt;
    const firing = [...this.#firings, ...known].find(isAsked);
    if (firing === undefined) return null;
    const rule = firingRule(firing, limitOf(execution, firing), firing.window.from);
    return rule === null || !isExplainable(this.#options.loaded.plan, rule.measure) ? null : { rule, firing };
  }

  tick(execution: Execution, record: (bodies: readonly JournalBody[]) => void): void {
    if (this.#isBusy) return;
    const now = this.#options.now();
    const next = this.#wanted(execution).find((wanted) => this.#isDue(wanted, now));
    if (next === undefined) return;
    this.#tried.set(keyOf(next.rule.about), { at: now, count: next.count });
    this.#isBusy = true;
    void this.#explain(next.rule, now, record).finally(() => {
      this.#isBusy = false;
    });
  }

  close(): void {
    this.#closed = true;
  }

  async #explain(rule: RuleToExplain, now: WallTime, record: (bodies: readonly JournalBody[]) => void): Promise<void> {
    try {
      const explanation = await explainRule(this.#options.loaded, rule, now, this.#options.secrets());
      if (explanation !== null && !this.#closed) record([{ kind: 'explained', explanation }]);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  #isDue({ rule, count }: Wanted, now: WallTime): boolean {
    const tried = this.#tried.get(keyOf(rule.about));
    const known = this.#shown.find(({ about }) => isSameSubject(about, rule.about));
    if (rule.about.kind === 'trigger') return tried === undefined && known === undefined;
    const before = tried?.count ?? (known === undefined ? 0 : countOf(known));
    return count >= leastFailures && count >= 2 * before && (tried === undefined || now - tried.at >= soonest);
  }

  #wanted(execution: Execution): readonly Wanted[] {
    const { plan } = this.#options.loaded;
    const { visit, judgement, state } = execution;
    const started = state.visits.find(({ attempt, percent }) => attempt === state.attempt && percent > 0)?.from;
    const since = exposedSince(state) ?? started;
    if (since === undefined) return [];
    const firings = this.#firings.flatMap((firing): readonly Wanted[] => {
      const rule = firingRule(firing, limitOf(execution, firing), since);
      return rule === null || !isExplainable(plan, rule.measure) ? [] : [{ rule, count: firing.n }];
    });
    if (visit === null) return firings;
    const gate = (judgement?.gate ?? []).flatMap((verdict): readonly Wanted[] => {
      if (verdict.verdict !== 'unmet' || !isExplainable(plan, verdict.measure)) return [];
      const rule = gateRule(verdict, visit, since, eventTime(this.#options.now()));
      return rule === null ? [] : [{ rule, count: verdict.figure.n - (verdict.figure.good ?? 0) }];
    });
    return [...firings, ...gate];
  }
}

function limitOf({ judgement }: Execution, { trigger }: Firing): number | null {
  return judgement?.triggers.find(({ id }) => id === trigger)?.verdict.limit ?? null;
}

function firingRule(firing: Firing, limit: number | null, since: EventTime): RuleToExplain | null {
  if (firing.rule === 'missing') return null;
  const condition = parseCondition(firing.condition);
  if (!('measure' in condition)) return null;
  const base = firing.baseline?.value ?? null;
  const own =
    condition.against === 'figure' ? limit : base === null ? null : base * thresholdValue(condition.threshold);
  return {
    about: { kind: 'trigger', trigger: firing.trigger, firedAt: firing.at },
    measure: condition.measure,
    against: condition.comparison,
    limit: firing.beyond ?? own ?? limit,
    from: firing.window.from,
    to: firing.at,
    since,
    isLong: false,
  };
}

function gateRule(
  { condition: text, measure, limit }: ConditionVerdict,
  visit: StageVisit,
  since: EventTime,
  now: EventTime,
): RuleToExplain | null {
  const condition = parseCondition(text);
  if (!('measure' in condition)) return null;
  return {
    about: { kind: 'gate', stage: visit.stage, condition: text },
    measure,
    against: opposite[condition.comparison],
    limit,
    from: countedFrom(visit),
    to: now,
    since,
    isLong: true,
  };
}

/** Of a latency, all of its records are counted, as its figure does. */
function countOf({ of, failed, passed }: Explanation): number {
  return of === 'quantile' ? failed + passed : failed;
}

function keyOf(about: ExplainedSubject): string {
  return about.kind === 'trigger'
    ? `trigger ${about.trigger} ${about.firedAt}`
    : `gate ${about.stage} ${about.condition}`;
}
