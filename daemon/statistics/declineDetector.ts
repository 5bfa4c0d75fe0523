/**
 * A capped mixture of e-CUSUMs over minutes: it sees that the share of successes has fallen below what the plan calls
 * healthy, at whatever size. Each component is a running likelihood ratio of a lower share against the healthy one, never
 * below 1 at the start of a minute (Shin, Ramdas, Rinaldo, arXiv 2203.03532); their mean is one again (Vovk and Wang 2021).
 * While the share is healthy the expected number of minutes between two alarms is at least the threshold, so an alarm within
 * N minutes has a probability of at most N / threshold.
 */
export interface DeclineRates {
  /** The share of successes that counts as healthy. */
  readonly healthy: number;
  /** The lower shares that are looked for, from the mildest decline to the worst. */
  readonly declined: readonly number[];
}

/** The records of one arm within one closed minute. */
export interface Minute {
  readonly n: number;
  readonly failures: number;
}

export interface DeclineTempering {
  /** ln of what one step may count in full: failures that come together are one event. */
  readonly lnCap: number;
  /** The part of what goes beyond it that counts; less than a likelihood ratio's own, so its mean stays at most one. */
  readonly beyondCap: number;
  /** At least 1: so many times more than independent records the arm's failures vary from minute to minute. */
  readonly overdispersion: number;
}

/** ln of each component; all 0 before the first minute. */
export type DeclineCapital = readonly number[];

/** The most failures per record that a component looks for; beyond it nothing is gained. */
const mostFailures = 0.6;
const healthyFailures = 0.4;
const declines = [1, 2, 5, 12] as const;

/**
 * The rates for a plan's threshold, a share of successes in 0..1: with b failures per record at the threshold, 0.4 b are
 * healthy, and b, 2 b, 5 b and 12 b are looked for.
 */
export function declineRates(threshold: number): DeclineRates {
  const failures = 1 - threshold;
  return {
    healthy: 1 - healthyFailures * failures,
    declined: declines.map((times) => 1 - Math.max(failures, Math.min(mostFailures, times * failures))),
  };
}

/**
 * A treatment that fails as often as the control always does has not declined; the margins are for the control's own error.
 * The wider one holds up to the plan's threshold: with it a lower threshold of the evidence keeps the same rate of false
 * alarms, and finds a drop sooner (docs/decisions.md).
 */
const leastMargin = 1.2;
const wideMargin = 1.3;
/** Beyond it nothing is looked for that a plan could call healthy. */
const mostHealthy = 0.3;
/** Each component stays so many times the healthy failures, up to the last figure. */
const leastTimes = [1.6, 2.5, 5, 8] as const;
const mostLooked = 0.9;

/** The same rates beside a control of which the part `failing` always fails: healthy is then what the control is. */
export function besideControl(rates: DeclineRates, failing: number): DeclineRates {
  const atThreshold = 1 - (rates.declined[0] ?? 0);
  const margin = Math.max(leastMargin * failing, Math.min(wideMargin * failing, atThreshold));
  const healthy = Math.min(margin, mostHealthy);
  if (healthy <= 1 - rates.healthy) return rates;
  const declined = rates.declined.map((share, component) =>
    Math.min(share, 1 - Math.min(mostLooked, (leastTimes[component] ?? 1) * healthy)),
  );
  return { healthy: 1 - healthy, declined };
}

export const freshDecline: DeclineCapital = declines.map(() => 0);

/** The capital after one more closed minute. */
export function stepDecline(
  capital: DeclineCapital,
  minute: Minute,
  rates: DeclineRates,
  tempering: DeclineTempering,
): DeclineCapital {
  return stepDeclines(capital, [{ minute, rates }], tempering);
}

/** The same of a minute's strata, each with rates of its own: together they are one step. */
export function stepDeclines(
  capital: DeclineCapital,
  strata: readonly { readonly minute: Minute; readonly rates: DeclineRates }[],
  tempering: DeclineTempering,
): DeclineCapital {
  if (isNothing(capital) && strata.every(({ minute }) => minute.failures === 0)) return capital;
  const lnRatios = capital.map(() => 0);
  for (const { minute, rates } of strata) addLnRatios(lnRatios, minute, rates);
  return capital.map((held, component) => Math.max(0, held) + tempered(lnRatios[component] ?? 0, tempering));
}

function addLnRatios(lnRatios: number[], { n, failures }: Minute, { healthy, declined }: DeclineRates): void {
  const perSuccess = Math.log(healthy);
  const perFailure = Math.log(1 - healthy);
  for (let component = 0; component < declined.length; component += 1) {
    const share = declined[component] ?? 0;
    // No records say nothing, whatever the factor is.
    let lnRatio = n === failures ? 0 : (n - failures) * (Math.log(share) - perSuccess);
    if (failures > 0) lnRatio += failures * (Math.log(1 - share) - perFailure);
    lnRatios[component] = (lnRatios[component] ?? 0) + lnRatio;
  }
}

/** Beyond so much no single batch or burst goes: some twenty records that fail, where hardly one does. More of it counts. */
const farBeyond = 60;
const timesFar = 4;

/** A step's worth: its logarithm over the overdispersion, cut off at the cap but for a part of the rest. */
export function tempered(lnRatio: number, { lnCap, beyondCap, overdispersion }: DeclineTempering): number {
  const ln = lnRatio / overdispersion;
  if (ln <= lnCap) return ln;
  const far = Math.max(0, ln - lnCap - farBeyond);
  return lnCap + beyondCap * (ln - lnCap - far) + Math.min(1, timesFar * beyondCap) * far;
}

/** No component has evidence: only a failure can bring some. */
export function isNothing(capital: readonly number[]): boolean {
  for (let component = 0; component < capital.length; component += 1) if ((capital[component] ?? 0) > 0) return false;
  return true;
}

/**
 * The weights of the components: a decline to twice the threshold's failures is the one that takes longest to find of those
 * that must be found soon; one of everything is found in a few records, whatever its weight is.
 */
export const mixtureWeights: readonly number[] = [0.3, 0.4, 0.2, 0.1];

/** ln of the mixture: the evidence of a decline so far; 0 when there is none. */
export function lnDecline(capital: DeclineCapital, weights: readonly number[] = mixtureWeights): number {
  return isNothing(capital) ? 0 : lnMixture(capital, weights);
}

/** The share of successes above which the component can never alarm: its drift there is not positive. */
export function blindAbove(healthy: number, declined: number): number {
  const perSuccess = Math.log(declined / healthy);
  const perFailure = Math.log((1 - declined) / (1 - healthy));
  return perFailure / (perFailure - perSuccess);
}

/** Records until the component reaches the threshold while the share is `share`; `null` where it is blind. */
export function recordsToAlarm(share: number, healthy: number, declined: number, threshold: number): number | null {
  const drift = share * Math.log(declined / healthy) + (1 - share) * Math.log((1 - declined) / (1 - healthy));
  return drift <= 0 ? null : Math.log(threshold) / drift;
}

/** ln of Σ weight × exp(max(0, value)), without leaving the range of a float64; the weights add up to 1. */
export function lnMixture(values: readonly number[], weights: readonly number[]): number {
  let largest = 0;
  for (let index = 0; index < values.length; index += 1) largest = Math.max(largest, values[index] ?? 0);
  if (values.length === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) {
    sum += (weights[index] ?? 0) * Math.exp(Math.max(0, values[index] ?? 0) - largest);
  }
  return largest + Math.log(sum);
}
