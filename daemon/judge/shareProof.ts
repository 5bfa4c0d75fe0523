import type { Span } from '../measure/followedSpans.ts';
import { after, type Ledger } from '../measure/ledger.ts';
import type { Effect } from '../protocol/domain/flagEffect.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { type EventTime, eventTime, type Percent, type WallTime } from '../protocol/domain/units.ts';
import type { ObservedShare, ShareProof } from '../protocol/domain/verdict.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { grouped } from '../protocol/words/figureText.ts';
import { confidenceSequence, type Trials } from '../statistics/statistics.ts';
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
/** No proof waits for more records than this. */
const mostNeeded = 10_000_000;

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
  /** Records that show it so far, and the number that would; `null` when no number is known. */
  readonly waits: { readonly has: number; readonly needed: number | null } | null;
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
        ? this.#extreme(wanted, before, all, settled)
        : this.#between(
            effect.verifiedAt,
            shareBefore(previous, before, wanted),
            shareBand(wanted, observed, tolerance, effect.purpose === 'rollback'),
            { wanted, eventNow, all: trialsOf(all) },
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

  #extreme(wanted: 0 | 1, before: number | null, all: Span, settled: Span): Found {
    const wrong: Arm = wanted === 0 ? 'treatment' : 'control';
    const right: Arm = wanted === 0 ? 'control' : 'treatment';
    const wrongBefore = before === null ? smallestStep : Math.max(smallestStep, Math.abs(wanted - before));
    const enough = wrongBefore >= 1 ? 1 : Math.ceil(Math.log(proofAlpha) / Math.log1p(-wrongBefore));
    const since = all.from ?? eventTime(0);
    const clean = (from: EventTime, has: number, needed: number, failing: 'unproven' | 'contradicted'): Found => ({
      kind: has >= needed ? 'proven' : failing,
      since: from,
      waits: { has, needed },
      band: null,
    });
    if (all.arms[wrong].n === 0) return clean(since, all.arms[right].n, enough, 'unproven');
    const strays = settled.arms[wrong].n;
    if (strays === 0) return clean(settled.from ?? since, settled.arms[right].n, enough, 'unproven');
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
    more: { readonly wanted: number; readonly eventNow: EventTime; readonly all: Trials },
  ): Found {
    const { wanted, eventNow, all } = more;
    const start = after(verifiedAt);
    const settled = after(verifiedAt + this.#settle);
    const starts = [settled];
    const first = Math.max(1000, this.#settle);
    for (let reach = first * laterStart; verifiedAt + reach < eventNow; reach *= laterStart) {
      starts.push(eventTime(verifiedAt + reach));
    }
    const whole = this.#shownSince(settled);
    // The earliest start that proves it, as far back as nothing contradicts: it has the most records.
    let proven: Found | null = null;
    let contradicted = false;
    for (let index = starts.length - 1; index >= 0; index -= 1) {
      const since = starts[index] ?? settled;
      const part = index === 0 ? 1 : 6 / (Math.PI * index) ** 2;
      const trials = this.#shownSince(since);
      const earlier = { successes: whole.successes - trials.successes, failures: whole.failures - trials.failures };
      // Earlier records may have contradicted: then only a share that differs from theirs shows that the contradiction
      // is over.
      const isAnother = !contradicts(earlier, band, contradictionAlpha) || excludes(trials, earlier, proofAlpha * part);
      if (isAnother && proves(trials, band, before, proofAlpha * part)) {
        proven = { kind: 'proven', since, waits: null, band };
      } else if (contradicts(trials, band, contradictionAlpha * part)) {
        contradicted = true;
        break;
      }
    }
    if (proven !== null && contradicted) return proven;
    if (!contradicted && proves(all, band, before, proofAlpha))
      return { kind: 'proven', since: start, waits: null, band };
    if (proven !== null) return proven;
    const centre = Math.min(band.high, Math.max(band.low, wanted));
    const needed = recordsNeeded(centre, band, before);
    const has = contradicted ? 0 : all.successes + all.failures;
    return { kind: contradicted ? 'contradicted' : 'unproven', since: start, waits: { has, needed }, band };
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
      kind === 'proven' || waits === null ? '' : `; ${this.#waitText(waits, total, verifiedAt ?? 0, eventNow)}`;
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

  /** `12 of about 40 records that would show it; about 4 h at this rate`. */
  #waitText({ has, needed }: NonNullable<Found['waits']>, total: number, verifiedAt: number, now: EventTime): string {
    if (needed === null) return 'no number of records would tell it from before';
    const left = Math.max(1, needed - has);
    const what = `${grouped(has)} of about ${grouped(needed)} records that would show it`;
    const elapsed = now - verifiedAt;
    const lately = this.#shownSince(eventTime(now - hour));
    const rate = total >= 10 && elapsed > 0 ? total / elapsed : (lately.successes + lately.failures) / hour;
    if (rate <= 0) return `${what}; none come at present`;
    return `${what}; about ${roughly(left / rate)} at this rate`;
  }
}

/** The share before, and the direction in which the new one must differ from it. */
interface Before {
  readonly share: number;
  readonly rises: boolean;
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

/** The number of records that would prove it, at the wanted share; `null` when no finite number would. */
function recordsNeeded(share: number, band: ShareBand, before: Before): number | null {
  const enough = (n: number) => {
    // No nearer to the share before than they come.
    const successes = before.rises ? Math.floor(share * n) : Math.ceil(share * n);
    return proves({ successes, failures: n - successes }, band, before, proofAlpha);
  };
  let most = 1;
  while (!enough(most)) {
    most *= 2;
    if (most > mostNeeded) return null;
  }
  let least = Math.floor(most / 2);
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (enough(middle)) most = middle;
    else least = middle;
  }
  return most;
}

/** `30 s`, `4 h`, `25 h`, `3 d`: rounded, because a forecast must not change each second. */
function roughly(length: number): string {
  const [unit, name] =
    length < 60_000
      ? [1000, 's']
      : length < hour
        ? [60_000, 'min']
        : length < 48 * hour
          ? [hour, 'h']
          : [24 * hour, 'd'];
  const count = length / unit;
  return `${count >= 10 ? Math.round(count / 5) * 5 : Math.max(1, Math.round(count))} ${name}`;
}

function bandText({ low, high }: ShareBand, arm: Arm): string {
  const [from, to] = arm === 'treatment' ? [low, high] : [1 - high, 1 - low];
  return from === to ? percentText(from) : `${percentText(from)} to ${percentText(to)}`;
}

/** Three digits: half of 0.1 % is not 0.1 %, and 9.999 % is 10 %. */
function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
