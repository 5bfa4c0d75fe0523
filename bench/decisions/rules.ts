import { thresholdsOf } from '../../daemon/judge/falseAlarm.ts';
import { declineRates } from '../../daemon/statistics/declineDetector.ts';
import { crossingProof, freshProof, type Slot, stepProof } from '../../daemon/statistics/provenDecline.ts';
import { freshCapital, stepCapital } from '../../daemon/statistics/sequentialTest.ts';

/** Rules that roll back, each fed slot by slot of 15 seconds. They say whether they fire at the slot's end. */
export interface Rule {
  readonly name: string;
  start(): (slot: Slot) => boolean;
}

const slotsOfMinute = 4;
const share = 0.95;

/** Sums over the newest slots. */
class Window {
  readonly #slots: { n: number; failures: number }[] = [];
  readonly #length: number;
  n = 0;
  failures = 0;
  #begin = 0;

  constructor(minutes: number) {
    this.#length = minutes * slotsOfMinute;
  }

  add(n: number, failures: number): void {
    this.n += n;
    this.failures += failures;
    const old = this.#slots[this.#begin];
    if (this.#slots.length < this.#length) this.#slots.push({ n, failures });
    else if (old !== undefined) {
      this.n -= old.n;
      this.failures -= old.failures;
      this.#slots[this.#begin] = { n, failures };
      this.#begin = (this.#begin + 1) % this.#length;
    }
  }
}

export const proven: Rule = {
  name: 'Rampwatch, `rule: proven`',
  start() {
    const rates = declineRates(share);
    const thresholds = thresholdsOf({ false_alarm: 100, stages: [] });
    let state = freshProof();
    return (slot) => {
      if (slot.treatment.n + slot.control.n === 0) return false;
      state = stepProof(state, slot, rates, thresholds);
      return crossingProof(state, thresholds, ({ n, failures }) => n - failures < share * n) !== null;
    };
  },
};

function literalWindow(): (slot: Slot) => boolean {
  const window = new Window(5);
  return ({ treatment }) => {
    window.add(treatment.n, treatment.failures);
    return treatment.n > 0 && window.n >= 20 && window.n - window.failures < share * window.n;
  };
}

function eCusum(good: number, bad: number, threshold: number): (slot: Slot) => boolean {
  let capital: number = freshCapital;
  return ({ treatment }) => {
    for (let record = 0; record < treatment.n; record += 1) {
      capital = stepCapital(capital, record >= treatment.failures, { good, bad, threshold }, 1);
    }
    return capital >= threshold;
  };
}

const literal: Rule = { name: '`rule: literal`, < 95 % in 5 min, min 20', start: literalWindow };

const also: Rule = {
  name: 'the same with `also: sequential`',
  start() {
    const [window, cusum] = [literalWindow(), eCusum(0.98, 0.9, 1e4)];
    return (slot) => {
      const [one, other] = [window(slot), cusum(slot)];
      return one || other;
    };
  },
};

/** A measurement every five minutes; more failed ones than the limit end the rollout (Argo Rollouts' `failureLimit`). */
function argo(limit: number): Rule {
  return {
    name: `Argo Rollouts' kind: every 5 min, failureLimit ${limit}`,
    start() {
      const window = new Window(5);
      let failed = 0;
      return ({ index, treatment }) => {
        window.add(treatment.n, treatment.failures);
        if ((index + 1) % (5 * slotsOfMinute) !== 0 || window.n === 0) return false;
        if (window.n - window.failures < share * window.n) failed += 1;
        return failed > limit;
      };
    },
  };
}

/** A check every minute over that minute; failed checks are counted and never forgiven (Flagger's `threshold`). */
const flagger: Rule = {
  name: "Flagger's kind: every minute, threshold 5",
  start() {
    const window = new Window(1);
    let failed = 0;
    return ({ index, treatment }) => {
      window.add(treatment.n, treatment.failures);
      if ((index + 1) % slotsOfMinute !== 0 || window.n === 0) return false;
      if (window.n - window.failures < share * window.n) failed += 1;
      return failed >= 5;
    };
  },
};

/** 14.4 times the budget in 1 h and 5 min, or 6 times in 6 h and 30 min, of an objective of 99 % (SRE workbook). */
const burnRate: Rule = {
  name: 'burn rate 14.4 × / 6 ×, objective 99 %',
  start() {
    const windows = [60, 5, 360, 30].map((minutes) => new Window(minutes));
    const burns = (window: Window | undefined, times: number) =>
      window !== undefined && window.n > 0 && window.failures > times * 0.01 * window.n;
    return ({ treatment }) => {
      for (const window of windows) window.add(treatment.n, treatment.failures);
      const [hour, five, six, thirty] = windows;
      return (burns(hour, 14.4) && burns(five, 14.4)) || (burns(six, 6) && burns(thirty, 6));
    };
  },
};

/** The difference of the arms since the start, an asymptotic confidence sequence at 5 % (Waudby-Smith et al. 2103.06476). */
const sinceStart: Rule = {
  name: "GrowthBook's kind: sequential test of the arms since the start, α 5 %",
  start() {
    let [n, f, m, g] = [0, 0, 0, 0];
    const alpha = 0.1;
    const rho2 = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / 5000;
    return ({ treatment, control }) => {
      n += treatment.n;
      f += treatment.failures;
      m += control.n;
      g += control.failures;
      if (n < 50 || m < 50 || treatment.n === 0) return false;
      const [p, q] = [f / n, g / m];
      const all = n + m;
      const deviation = Math.sqrt(all * ((p * (1 - p)) / n + (q * (1 - q)) / m));
      const bound = Math.sqrt(
        ((2 * (all * rho2 + 1)) / (all * all * rho2)) * Math.log(Math.sqrt(all * rho2 + 1) / alpha),
      );
      return p - q > deviation * bound;
    };
  },
};

/** Every hour, a one-sided test at 1 % of the minutes' shares of failures, treatment against control (Mann and Whitney). */
const kayenta: Rule = {
  name: "Kayenta's kind: Mann-Whitney of the minutes, hourly",
  start() {
    let treated: number[] = [];
    let controls: number[] = [];
    const minute = { n: 0, f: 0, m: 0, g: 0 };
    return ({ index, treatment, control }) => {
      minute.n += treatment.n;
      minute.f += treatment.failures;
      minute.m += control.n;
      minute.g += control.failures;
      if ((index + 1) % slotsOfMinute !== 0) return false;
      if (minute.n > 0) treated.push(minute.f / minute.n);
      if (minute.m > 0) controls.push(minute.g / minute.m);
      Object.assign(minute, { n: 0, f: 0, m: 0, g: 0 });
      if ((index + 1) % (60 * slotsOfMinute) !== 0) return false;
      const isWorse = treated.length >= 5 && controls.length >= 5 && rankScore(treated, controls) > 2.326;
      treated = [];
      controls = [];
      return isWorse;
    };
  },
};

/** The standardized rank sum of `one`, with ties: large where its numbers are. */
function rankScore(one: readonly number[], other: readonly number[]): number {
  const all = [...one.map((value) => ({ value, own: 1 })), ...other.map((value) => ({ value, own: 0 }))];
  all.sort((a, b) => a.value - b.value);
  let [ranks, ties] = [0, 0];
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1;
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at += 1) ranks += rank * (all[at]?.own ?? 0);
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const [n, m, N] = [one.length, other.length, all.length];
  const variance = ((n * m) / 12) * (N + 1 - ties / (N * (N - 1)));
  return variance <= 0 ? 0 : (ranks - (n * (N + 1)) / 2) / Math.sqrt(variance);
}

/** The treatment is worse with a probability of 95 % a posteriori, since the start, looked at all the time (normal approximation). */
const bayesian: Rule = {
  name: "LaunchDarkly's kind, Bayesian: worse at 95 %, since the start",
  start() {
    let [n, f, m, g] = [0, 0, 0, 0];
    return ({ treatment, control }) => {
      n += treatment.n;
      f += treatment.failures;
      m += control.n;
      g += control.failures;
      if (treatment.failures === 0 || n < 100 || m < 100) return false;
      const [p, q] = [(f + 1) / (n + 2), (g + 1) / (m + 2)];
      return p - q > 1.645 * Math.sqrt((p * (1 - p)) / (n + 3) + (q * (1 - q)) / (m + 3));
    };
  },
};

const optimal: Rule = {
  name: 'CUSUM that knows both shares (.99, .90): the limit for independent records',
  start: () => eCusum(0.99, 0.9, 1e4),
};

export const rules: readonly Rule[] = [
  proven,
  literal,
  also,
  argo(0),
  argo(3),
  flagger,
  kayenta,
  burnRate,
  sinceStart,
  bayesian,
  optimal,
];
