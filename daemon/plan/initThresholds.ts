import type { SampleRecord } from '../protocol/domain/recordSample.ts';
import { neededWithoutFailure } from '../statistics/provenShare.ts';
import type { Say } from './initInterview.ts';
import type { FieldValue } from './initProfile.ts';
import type { ProposedArms, ProposedLatency, ProposedShare, Thresholds } from './initProposal.ts';
import { timeOf } from './initTimes.ts';

/** The control's figures, with room for twice its failures; a rollback at four times, which lets a proof see three times as many. */
export function thresholdsOf(
  records: readonly SampleRecord[],
  success: ProposedShare | undefined,
  arms: ProposedArms,
  latency: ProposedLatency | undefined,
  say: Say,
): Thresholds {
  if (success === undefined)
    return { success: undefined, rollback: undefined, least: latency === undefined ? 300 : 200 };
  const control = records.filter((record) => arms.control.includes(record[arms.field] as FieldValue));
  const old = control.length === 0 ? records : control;
  const good = old.filter((record) => success.values.includes((record[success.field] ?? null) as FieldValue)).length;
  const share = good / old.length;
  const slack = Math.max(0.005, 2 * (1 - share));
  const percent = Math.max(50, Math.floor((1 - slack) * 1000) / 10);
  // One failure more than were seen: a short file may have had none by chance.
  const failing = Math.max(0.0025, (old.length - good + 1) / old.length);
  const rollback = Math.max(1, Math.floor((1 - 4 * failing) * 1000) / 10);
  const least = Math.ceil(neededWithoutFailure(percent / 100) / 10) * 10;
  say(
    'assumed',
    `success of ${old.length} ${control.length === 0 ? '' : 'control '}records is ${(share * 100).toFixed(2)} %: the gates ask for ${percent} %, which ${least} records can prove`,
    'stages',
  );
  return { success: percent, rollback, least };
}

/** The last day that has records of the control, in whole hours. */
export function baselineWindow(
  records: readonly SampleRecord[],
  time: string,
  arms: ProposedArms,
): readonly [string, string] | undefined {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const record of records) {
    if (!arms.control.includes(record[arms.field] as FieldValue)) continue;
    const at = timeOf(record[time]);
    if (at === undefined) continue;
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  if (!Number.isFinite(first)) return undefined;
  const hour = 3_600_000;
  const to = (Math.floor(last / hour) + 1) * hour;
  const from = Math.max(to - 24 * hour, Math.floor(first / hour) * hour);
  return [hourText(from), hourText(to)];
}

function hourText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}

/** How long the smallest stage takes to have enough records, at the sample's own traffic. */
export function tellDays(
  records: readonly SampleRecord[],
  time: string,
  least: number,
  ladder: readonly number[],
  say: Say,
): void {
  const times = records.map((record) => timeOf(record[time])).filter((at) => at !== undefined);
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const at of times) {
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  const days = (last - first) / 86_400_000;
  const [percent] = ladder;
  if (percent === undefined || !(days > 0.01)) return;
  const perDay = times.length / days;
  const needed = least / ((perDay * percent) / 100);
  if (needed >= 0.1)
    say(
      'assumed',
      `at ${percent} % of about ${Math.round(perDay)} records a day, ${least} records take about ${Number(needed.toPrecision(2))} days`,
      'stages',
    );
}
