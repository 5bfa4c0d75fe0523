import type { Span } from '../measure/followedSpans.ts';
import { after, type Ledger } from '../measure/ledger.ts';
import type { Effect } from '../protocol/domain/flagEffect.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { type EventTime, eventTime, type Percent, type WallTime, wallTime } from '../protocol/domain/units.ts';
import type { ObservedShare, ShareProof } from '../protocol/domain/verdict.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { grouped } from '../protocol/words/figureText.ts';
import { confidenceSequence, type Trials } from '../statistics/statistics.ts';
import { type ProofWait, proofWait, sooner, waitText } from './proofWait.ts';
import { expected, type ShareBand, shareBand } from './shareTolerance.ts';

/** A proof is wrong at most once in twenty times; a contradiction, which alarms people, once in a hundred. */
const proofAlpha = 0.05;
const contradictionAlpha = 0.01;
/** The assumed distance of the percentage before, when nothing is known about it, or when it was the same. */
const smallestStep = 0.01;
/**
 * An application that restarts heeds the flag later than it was set: counting begins anew at times that grow by this
 * factor.
 */
const laterStart = 1.25;
/** A run without a straggler, at the earlier rate of stragglers, is by chance once in a hundred times. */
const runAlpha = 0.01;
const hour = 3_600_000;
/** Fewer records than this in the last hour tell no rate: then the last day does. */
const enoughForRate = 10;

/** The inputs of an effect's proof. */
export interface ProofContext {
  readonly effect: Effect | null;
  /** The percentage in force before the effect, when known. */
  readonly previous: Percent | null;
  /** The shares that the traffic has shown for the earlier stages of this attempt. */
  readonly observed?: readonly ObservedShare[] | undefined;
  readonly eventNow: EventTime;
}

interface Found {
  readonly kind: ShareProof['kind'];
  readonly since: EventTime;
  /** What it lacks; `null` when it is proven. */
  readonly waits: ProofWait | null;
  readonly band: ShareBand | null;
}

/**
 * Proves an effect from the traffic's own share, from outcomes later than the flag was verified. A share between 0 and
 * 100 % is proven by a confidence sequence (valid at every look) that reaches into the shares that count as intended
 * (`shareTolerance.ts`) and excludes the share before; it is contradicted by one at 99 % that lies outside, of records
 * later than those in flight can come.
 *
 * Nobody knows when the application has heeded the flag: it may take a restart. So counting begins anew at times that
 * are each a quarter further from the flag's write than the one before, every start with its own part of the probability
 * to err, and the latest start that can tell decides; after records that contradicted, they must show another share than those. A
 * proof heals with the traffic soon after the traffic has, and what goes wrong later is found as soon.
 *
 * At 0 % (and at 100 %, with the arms' parts exchanged) one record of the wrong arm is worth more than an interval:
 * proven is so much traffic without any that the percentage before would have shown one with a probability of 95 %;
 * contradicted is one that came later than records in flight can. It is forgiven after a run without another that is too
 * long to be chance, as often as they came before.
 */
export class ShareProofs {
  readonly #ledger: Ledger;
  readonly #proof: NonNullable<Plan['flag']>['proof'];
  readonly #zone: string;
  readonly #settle: number;
  #since: { readonly verifiedAt: WallTime; readonly all: Span; readonly settled: Span } | null = null;

  constructor(plan: Plan, ledger: Ledger) {
    this.#ledger = ledger;
    this.#proof = plan.flag?.proof;
    this.#zone = plan.timezone;
    this.#settle = plan.settle;
  }

  /** `null` when the plan asks for no proof or the flag is not verified yet. */
  judge({ effect, previous, observed = [], eventNow }: ProofContext): ShareProof | null {
    if (this.#proof === undefined || effect?.verifiedAt == null) return null;
    const { all, settled } = this.#follow(effect.verifiedAt);
    const { share: named, tolerance } = this.#proof;
    const total = all.arms.treatment.n + all.arms.control.n;
    const wanted = effect.percent / 100;
    const before =
      previous === null ? null : (observed.find(({ percent }) => percent === previous)?.share ?? previous / 100);
    const isLess = wanted === 1 && (expected(1, observed)[0] ?? 1) < 1;
    const found =
      (wanted === 0 || wanted === 1) && !isLess
        ? this.#extreme(wanted, before, all, settled, after(effect.verifiedAt + this.#settle))
        : this.#between(
            effect.verifiedAt,
            shareBefore(previous, before, wanted),
            shareBand(wanted, observed, tolerance, effect.purpose === 'rollback'),
            { wanted, eventNow, all: trialsOf(all), rate: this.#rate(effect.verifiedAt, eventNow) },
          );
    const shown = this.#shownSince(found.since);
    const isOther = wanted > 0 && wanted < 1 ? differs(shown, wanted) : isLess;
    return {
      kind: found.kind,
      treatment: all.arms[named].n,
      total,
      share: isOther ? { percent: effect.percent, ...learntShare(shown, wanted) } : null,
      since: found.since,
      detail: this.#describe(effect, found, { named, all, total, wanted, eventNow }),
    };
  }

  #follow(verifiedAt: WallTime) {
    if (this.#since?.verifiedAt === verifiedAt) return this.#since;
    if (this.#since !== null) {
      this.#ledger.unfollow(this.#since.all);
      this.#ledger.unfollow(this.#since.settled);
    }
    const all = this.#ledger.follow(after(verifiedAt), null);
    const settled = this.#ledger.follow(after(verifiedAt + this.#settle), null);
    this.#since = { verifiedAt, all, settled };
    return this.#since;
  }

  #shownSince(from: EventTime): Trials {
    return {
      successes: this.#ledger.number('treatment', from, Number.POSITIVE_INFINITY),
      failures: this.#ledger.number('control', from, Number.POSITIVE_INFINITY),
    };
  }

  #extreme(wanted: 0 | 1, before: number | null, all: Span, settled: Span, settledAt: EventTime): Found {
    const wrong: Arm = wanted === 0 ? 'treatment' : 'control';
    const right: Arm = wanted === 0 ? 'control' : 'treatment';
    const wrongBefore = before === null ? smallestStep : Math.max(smallestStep, Math.abs(wanted - before));
    const enough = wrongBefore >= 1 ? 1 : Math.ceil(Math.log(proofAlpha) / Math.log1p(-wrongBefore));
    const since = all.from ?? eventTime(0);
    const clean = (
      from: EventTime,
      has: number,
      needed: number,
      failing: 'unproven' | 'contradicted',
      opens: EventTime = from,
    ): Found => ({
      kind: has >= needed ? 'proven' : failing,
      since: from,
      waits: has >= needed ? null : { has, needed, opens },
      band: null,
    });
    if (all.arms[wrong].n === 0) return clean(since, all.arms[right].n, enough, 'unproven');
    const strays = settled.arms[wrong].n;
    if (strays === 0) return clean(settled.from ?? since, settled.arms[right].n, enough, 'unproven', settledAt);
    const lastStray = after(settled.arms[wrong].newest);
    const run = this.#ledger.totals(right, lastStray, null).n;
    const rate = this.#strayRate(wrong, settled.from ?? since, lastStray);
    const needed = Math.max(enough, rate >= 1 ? 1 : Math.ceil(Math.log(runAlpha) / Math.log1p(-rate)));
    return clean(lastStray, run, needed, 'contradicted');
  }

  /** The rate of stragglers up to the last one; that of the later half of the time, when it is lower. */
  #strayRate(wrong: Arm, from: EventTime, lastStray: EventTime): number {
    const of = (start: number) => {
      const strays = this.#ledger.number(wrong, start, lastStray);
      const right = this.#ledger.number(wrong === 'treatment' ? 'control' : 'treatment', start, lastStray);
      // One early straggler does not show that all are.
      return Math.max(1, strays) / (Math.max(1, strays) + Math.max(right, strays === 1 ? 1 : 0));
    };
    return Math.min(of(from), of((from + lastStray) / 2));
  }

  #between(
    verifiedAt: WallTime,
    before: Before,
    band: ShareBand,
    more: { readonly wanted: number; readonly eventNow: EventTime; readonly all: Trials; readonly rate: number },
  ): Found {
    const { wanted, eventNow, all, rate } = more;
    const start = after(verifiedAt);
    const settled = after(verifiedAt + this.#settle);
    const first = Math.max(1000, this.#settle);
    const startAt = (index: number) =>
      index === 0 ? settled : eventTime(Math.round(verifiedAt + first * laterStart ** index));
    let newest = 0;
    while (startAt(newest + 1) < eventNow) newest += 1;
    const whole = this.#shownSince(settled);
    /** How the records later than a start decide: with its part of the probability to err, and beside the earlier ones. */
    const of = (index: number) => {
      const alpha = proofAlpha * partOf(index);
      const trials = this.#shownSince(startAt(index));
      const earlier = { successes: whole.successes - trials.successes, failures: whole.failures - trials.failures };
      // Earlier records may have contradicted: then only a share that differs from theirs shows that the contradiction
      // is over.
      const isOver = contradicts(earlier, band, contradictionAlpha);
      const shows = (seen: Trials) => (!isOver || excludes(seen, earlier, alpha)) && proves(seen, band, before, alpha);
      return { trials, shows };
    };
    // The earliest start that proves it, as far back as nothing contradicts: it has the most records.
    let proven: Found | null = null;
    let contradicted: number | null = null;
    for (let index = newest; index >= 0; index -= 1) {
      const { trials, shows } = of(index);
      if (shows(trials)) {
        proven = { kind: 'proven', since: startAt(index), waits: null, band };
      } else if (contradicts(trials, band, contradictionAlpha * partOf(index))) {
        contradicted = index;
        break;
      }
    }
    if (proven !== null && contradicted !== null) return proven;
    const showsAtOnce = (seen: Trials) => proves(seen, band, before, proofAlpha);
    if (contradicted === null && showsAtOnce(all)) return { kind: 'proven', since: start, waits: null, band };
    if (proven !== null) return proven;
    // At the wanted share, but no nearer to the share before than records come.
    const centre = Math.min(band.high, Math.max(band.low, wanted));
    const round = before.rises ? Math.floor : Math.ceil;
    const waitFrom = (index: number) => {
      const { trials, shows } = of(index);
      return proofWait({ trials, share: centre, round, shows, opens: startAt(index) });
    };
    if (contradicted !== null) {
      return { kind: 'contradicted', since: start, waits: waitFrom(contradicted + 1), band };
    }
    const waits = proofWait({ trials: all, share: centre, round, shows: showsAtOnce, opens: start });
    // Where the application was late, the newest start forgets more of the old share than it loses of its certainty.
    return { kind: 'unproven', since: start, waits: sooner(waits, waitFrom(newest), rate, eventNow), band };
  }

  /** Records a millisecond at present. */
  #rate(verifiedAt: WallTime, now: EventTime): number {
    const within = (length: number) => {
      const span = Math.min(length, now - verifiedAt);
      const { successes, failures } = this.#shownSince(eventTime(now - span));
      return { n: successes + failures, span };
    };
    const lately = within(hour);
    const { n, span } = lately.n >= enoughForRate ? lately : within(24 * hour);
    return span <= 0 ? 0 : n / span;
  }

  #describe(
    { percent, verifiedAt }: Effect,
    { kind, waits, band }: Found,
    more: {
      readonly named: Arm;
      readonly all: Span;
      readonly total: number;
      readonly wanted: number;
      readonly eventNow: EventTime;
    },
  ): string {
    const { named, all, total, wanted, eventNow } = more;
    const intended = percentText(named === 'treatment' ? wanted : 1 - wanted);
    const since = clockText(verifiedAt ?? 0, this.#ledger.watermark ?? verifiedAt ?? 0, this.#zone, 'second');
    const wait =
      waits === null ? '' : `; ${waitText(waits, this.#rate(verifiedAt ?? wallTime(0), eventNow), eventNow)}`;
    if (total === 0) return `no records since ${since} yet (${intended} wanted)${wait}`;
    const share = all.arms[named].n / total;
    const found = `${grouped(all.arms[named].n)} of ${grouped(total)} records since ${since} were ${named} (${percentText(share)}, ${intended} wanted)`;
    if (kind === 'contradicted') {
      const beyond =
        band === null ? '' : `, beyond the ${bandText(band, named)} that count as ${percentText(percent / 100)}`;
      return `${found}: the flag is not in force everywhere${beyond}${wait}`;
    }
    if (kind === 'proven' && band !== null && differs(trialsOf(all), wanted)) {
      return `${found}: observed against intended, within the ${bandText(band, named)} that count as it`;
    }
    return `${found}${wait}`;
  }
}

/** The share before, and the direction in which the new one must differ from it. */
interface Before {
  readonly share: number;
  readonly rises: boolean;
}

/** A start's part of the probability to err; all of them sum to less than three. */
function partOf(index: number): number {
  return index === 0 ? 1 : 6 / (Math.PI * index) ** 2;
}

/** When nothing was known before, or nothing was to change, the share must at least differ from zero. */
function shareBefore(previous: Percent | null, share: number | null, wanted: number): Before {
  if (previous === null || share === null || previous / 100 === wanted) return { share: 0, rises: true };
  return { share, rises: previous / 100 < wanted };
}

function trialsOf({ arms }: Span): Trials {
  return { successes: arms.treatment.n, failures: arms.control.n };
}

/** The share has left the one before in the wanted direction, and may be one that counts as the wanted share. */
function proves(trials: Trials, band: ShareBand, before: Before, alpha: number): boolean {
  const { lower, upper } = confidenceSequence(trials, alpha);
  const isBeyond = before.rises ? before.share < lower : before.share > upper;
  return isBeyond && lower <= band.high && upper >= band.low;
}

/** The share of the earlier records differs from the share of these. */
function excludes(trials: Trials, { successes, failures }: Trials, alpha: number): boolean {
  const { lower, upper } = confidenceSequence(trials, alpha);
  const share = successes / (successes + failures);
  return share < lower || share > upper;
}

/** So many records tell a share well enough to take it as it is. */
const enoughToLearn = 200;

/**
 * The share that a stage's traffic shows. Of a few records the bound nearest to the wanted share: the first two may both be
 * of the treatment, and the next percentage would have to differ from 100 %.
 */
function learntShare(trials: Trials, wanted: number): { readonly share: number; readonly n: number } {
  const n = trials.successes + trials.failures;
  const share = trials.successes / n;
  if (n >= enoughToLearn) return { share, n };
  const { lower, upper } = confidenceSequence(trials, proofAlpha);
  return { share: share > wanted ? Math.max(lower, wanted) : Math.min(upper, wanted), n };
}

function contradicts(trials: Trials, band: ShareBand, alpha: number): boolean {
  const { lower, upper } = confidenceSequence(trials, alpha);
  return band.high < lower || band.low > upper;
}

function differs(trials: Trials, wanted: number): boolean {
  return contradicts(trials, { low: wanted, high: wanted }, proofAlpha);
}

function bandText({ low, high }: ShareBand, arm: Arm): string {
  const [from, to] = arm === 'treatment' ? [low, high] : [1 - high, 1 - low];
  return from === to ? percentText(from) : `${percentText(from)} to ${percentText(to)}`;
}

/** Three digits: half of 0.1 % is not 0.1 %, and 9.999 % is 10 %. */
function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
