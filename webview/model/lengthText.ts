import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import { t } from '../translate.ts';

const minute = 60_000;

/** A length of time in whole minutes once it is a minute or more, so that what is shown does not change every second. */
export function calmLength(length: number): string {
  if (length < 1000) return '0 s';
  const step = length < minute ? 1000 : minute;
  return formatDuration(Math.floor(length / step) * step);
}

/** `just now` for the last few seconds, then in steps of ten seconds, then of minutes: `20 s ago`, `3 m ago`. */
export function ageText(at: number, now: number): string {
  const age = now - at;
  if (age < 10_000) return t('just now');
  if (age < minute) return t('{0} s ago', Math.floor(age / 10_000) * 10);
  return t('{0} ago', calmLength(age));
}
