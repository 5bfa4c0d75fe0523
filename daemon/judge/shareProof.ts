import { after, type Ledger, type Span } from '../measure/ledger.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import type { Effect } from '../protocol/domain/rollout.ts';
import { type EventTime, eventTime, type Percent, type WallTime } from '../protocol/domain/units.ts';
import type { ShareProof } from '../protocol/domain/verdict.ts';
import { clockText } from '../protocol/words/clockText.ts';
import { grouped } from '../protocol/words/figureText.ts';
import { confidenceSequence, type Trials } from '../statistics/statistics.ts';

/** A record may have begun under the old flag and ended after the new one was verified. */
const inFlight = 10_000;
/** A proof is wrong at most once in twenty times; a contradiction, which alarms people, once in a hundred. */
const proofAlpha = 0.05;
const contradictionAlpha = 0.01;
/** When nothing is known of the percentage before, or it was the same: as if it had been this far away. */
const smallestStep = 0.01;
/** After a straggler, so many times the traffic that it took to see it must pass without another: e⁻⁵ by chance. */
const healing = 5;

/**
 * Proves an effect from the traffic's own share, from outcomes later than the flag was verified. A share of neither 0 nor
 * 100 % is proven by a confidence sequence (valid at every look) that holds it and excludes the percentage before, and
 * contradicted by one at 99 % that excludes it, of records later than those in flight can come.
 *
 * At 0 % (and at 100 %, with the arms' parts exchanged) one record of the wrong arm is worth more than an interval:
 * proven is so much traffic without any that the percentage before would have shown one with a probability of 95 %;
 * contradicted is one that came later than records in flight can. A straggler is forgiven after a five times longer run
 * without another.
 */
export class ShareProofs {
  readonly #ledger: Ledger;
  readonly #arm: Arm | null;
  readonly #zone: string;
  #since: { readonly verifiedAt: WallTime; readonly all: Span; readonly settled: Span } | null = null;

  constructor(plan: Plan, ledger: Ledger) {
    this.#ledger = ledger;
    this.#arm = plan.flag?.proof?.share ?? null;
    this.#zone = plan.timezone;
  }

  /**
   * `null` when the plan asks for no proof or the flag is not verified yet.
   * @param previous the percentage in force before the effect, when known.
   */
  judge(effect: Effect | null, previous: Percent | null): ShareProof | null {
    if (this.#arm === null || effect?.verifiedAt == null) return null;
    const { all, settled } = this.#follow(effect.verifiedAt);
    const treatment = all.arms[this.#arm].n;
    const total = all.arms.treatment.n + all.arms.control.n;
    // The proof is of the arm it names: at a tenth of treatment, nine tenths are control.
    const share = effect.percent / 100;
    const wanted = this.#arm === 'treatment' ? share : 1 - share;
    const before = previous === null ? null : this.#arm === 'treatment' ? previous / 100 : 1 - previous / 100;
    const kind =
      wanted === 0 || wanted === 1
        ? this.#extreme(wanted, before, all, settled)
        : between(this.#trials(all), this.#trials(settled), wanted, before);
    const since = clockText(effect.verifiedAt, this.#ledger.watermark ?? effect.verifiedAt, this.#zone, 'second');
    return { kind, treatment, total, detail: describe(this.#arm, treatment, total, wanted, since, kind) };
  }

  #trials({ arms }: Span): Trials {
    const named = this.#arm ?? 'treatment';
    return { successes: arms[named].n, failures: arms[named === 'treatment' ? 'control' : 'treatment'].n };
  }

  #follow(verifiedAt: WallTime) {
    if (this.#since?.verifiedAt === verifiedAt) return this.#since;
    if (this.#since !== null) {
      this.#ledger.unfollow(this.#since.all);
      this.#ledger.unfollow(this.#since.settled);
    }
    const all = this.#ledger.follow(after(verifiedAt), null);
    const settled = this.#ledger.follow(after(verifiedAt + inFlight), null);
    this.#since = { verifiedAt, all, settled };
    return this.#since;
  }

  #extreme(wanted: 0 | 1, before: number | null, all: Span, settled: Span): ShareProof['kind'] {
    const named = this.#arm ?? 'treatment';
    const wrong: Arm = wanted === 0 ? named : named === 'treatment' ? 'control' : 'treatment';
    const right: Arm = wrong === 'treatment' ? 'control' : 'treatment';
    const wrongBefore = before === null ? smallestStep : Math.max(smallestStep, Math.abs(wanted - before));
    const enough = wrongBefore >= 1 ? 1 : Math.ceil(Math.log(proofAlpha) / Math.log1p(-wrongBefore));
    if (all.arms[wrong].n === 0) return all.arms[right].n >= enough ? 'proven' : 'unproven';
    const strays = settled.arms[wrong].n;
    if (strays === 0) return settled.arms[right].n >= enough ? 'proven' : 'unproven';
    const lastStray: EventTime = eventTime(settled.arms[wrong].newest);
    const run = this.#ledger.totals(right, after(lastStray), null).n;
    const untilStray = strays + settled.arms[right].n - run;
    return run >= Math.max(enough, healing * untilStray) ? 'proven' : 'contradicted';
  }
}

/** Records in flight may delay a proof, but never contradict one, nor keep it from what came after them. */
function between(all: Trials, settled: Trials, wanted: number, before: number | null): ShareProof['kind'] {
  if (proves(all, wanted, before) || proves(settled, wanted, before)) return 'proven';
  const { lower, upper } = confidenceSequence(settled, contradictionAlpha);
  return wanted < lower || wanted > upper ? 'contradicted' : 'unproven';
}

function proves(trials: Trials, wanted: number, before: number | null): boolean {
  const { lower, upper } = confidenceSequence(trials, proofAlpha);
  // When nothing was known before, or nothing was to change, it must at least be told from nothing at all.
  const other = before === null || before === wanted ? 0 : before;
  return wanted >= lower && wanted <= upper && (other < lower || other > upper);
}

function describe(
  arm: Arm,
  count: number,
  total: number,
  wanted: number,
  since: string,
  kind: ShareProof['kind'],
): string {
  if (total === 0) return `no records since ${since} yet (${percent(wanted)} wanted)`;
  const found = `${grouped(count)} of ${grouped(total)} records since ${since} were ${arm} (${percent(count / total)}, ${percent(wanted)} wanted)`;
  return kind === 'contradicted' ? `${found}: the flag is not in force everywhere` : found;
}

/** Three digits: half of 0.1 % is not 0.1 %, and 9.999 % is 10 %. */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
