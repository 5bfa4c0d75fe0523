import type { EventTime } from '../protocol/domain/units.ts';
import { grouped } from '../protocol/words/figureText.ts';
import type { Trials } from '../statistics/statistics.ts';

const hour = 3_600_000;
/** No proof waits for more records than this. */
const mostNeeded = 10_000_000;

/** What a proof from the traffic lacks. */
export interface ProofWait {
  /** Records that show it so far. */
  readonly has: number;
  /** The number of records that would, as far as they go on at the wanted share; `null` when no number would. */
  readonly needed: number | null;
  /** Only records later than this count. */
  readonly opens: EventTime;
}

interface Asked {
  /** The records that count so far. */
  readonly trials: Trials;
  /** The share of those to come. */
  readonly share: number;
  /** Rounds the successes of those to come. */
  readonly round: (successes: number) => number;
  readonly shows: (trials: Trials) => boolean;
  readonly opens: EventTime;
}

/** The wait until records at this share, beside those that are there, show it. */
export function proofWait({ trials, share, round, shows, opens }: Asked): ProofWait {
  const has = trials.successes + trials.failures;
  const enough = (more: number) => {
    const successes = round(share * more);
    return shows({ successes: trials.successes + successes, failures: trials.failures + more - successes });
  };
  let most = 1;
  while (!enough(most)) {
    most *= 2;
    if (most > mostNeeded) return { has, needed: null, opens };
  }
  let least = Math.floor(most / 2);
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (enough(middle)) most = middle;
    else least = middle;
  }
  return { has, needed: has + most, opens };
}

/** The wait that is over first. `rate`: records a millisecond. */
export function sooner(one: ProofWait, other: ProofWait, rate: number, now: EventTime): ProofWait {
  return lengthOf(other, rate, now) < lengthOf(one, rate, now) ? other : one;
}

/** `12 of about 40 records that would show it; about 4 h at this rate`. `rate`: records a millisecond. */
export function waitText(wait: ProofWait, rate: number, now: EventTime): string {
  const { has, needed } = wait;
  if (needed === null) return 'no number of records would tell it from before';
  const what = `${grouped(has)} of about ${grouped(needed)} records that would show it`;
  return rate <= 0
    ? `${what}; none come at present`
    : `${what}; about ${roughly(lengthOf(wait, rate, now))} at this rate`;
}

/** In milliseconds; without traffic the number of records alone compares. */
function lengthOf({ has, needed, opens }: ProofWait, rate: number, now: EventTime): number {
  if (needed === null) return Number.POSITIVE_INFINITY;
  const left = Math.max(1, needed - has);
  return rate <= 0 ? left : Math.max(0, opens - now) + left / rate;
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
