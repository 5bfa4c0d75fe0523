import { formatDuration } from '../../protocol/domain/duration.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { leastByMinute } from '../../protocol/domain/retention.ts';
import type { Report } from './reportProblem.ts';

/** Counts that are judged and reviewed by the minute must be kept by the minute. */
export function checkRetention({ retention, triggers }: Plan, report: Report): void {
  const { by_minute: minutes, by_hour: hours } = retention;
  const longest = Math.max(0, ...triggers.map(({ over, for: held = 0 }) => over + held));
  const least = Math.max(leastByMinute, longest);
  if (minutes < least) {
    report.value(
      ['retention', 'by_minute'],
      `\`by_minute\` must be at least ${formatDuration(least)}: reviews and the longest trigger look back so far`,
    );
  }
  if (hours < minutes) {
    report.value(
      ['retention', 'by_hour'],
      `\`by_hour\` must be at least \`by_minute\` (${formatDuration(minutes)}): hours are made of minutes that are no longer kept`,
    );
  }
}
