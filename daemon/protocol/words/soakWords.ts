import { formatDuration } from '../domain/duration.ts';
import type { SoakView } from '../wire/view.ts';
import type { FactWords, Translate } from './factWords.ts';

/** The progress of a soak by the reader's clock, in milliseconds. */
export interface SoakProgress {
  readonly required: number;
  readonly elapsed: number;
  readonly left: number;
  /** `null` when the soak does not count or is over. */
  readonly ends: number | null;
  readonly state: 'none' | 'counting' | 'paused' | 'over';
}

export function soakProgress({ required, soaked, countingSince }: SoakView, now: number): SoakProgress {
  const elapsed = soaked + (countingSince === null ? 0 : Math.max(0, now - countingSince));
  const left = Math.max(0, required - elapsed);
  if (required <= 0) return { required, elapsed, left, ends: null, state: 'none' };
  if (left === 0) return { required, elapsed, left, ends: null, state: 'over' };
  if (countingSince === null) return { required, elapsed, left, ends: null, state: 'paused' };
  return { required, elapsed, left, ends: now + left, state: 'counting' };
}

/** The soak of the current stage. */
export function soakWords(progress: SoakProgress, t: Translate): FactWords {
  return states[progress.state](progress, t);
}

const states: Readonly<Record<SoakProgress['state'], (progress: SoakProgress, t: Translate) => FactWords>> = {
  none: (_, t) => ({ word: t('no soak'), short: '', sentence: t('no soak'), tone: 'quiet', symbol: 'ring' }),
  counting: ({ left, elapsed, required }, t) => ({
    word: t('soaking'),
    short: t('{0} left of {1}', calmDuration(left), calmDuration(required)),
    sentence: t('soaked {0} of {1}', calmDuration(elapsed), calmDuration(required)),
    tone: 'active',
    symbol: 'few',
  }),
  paused: ({ left, elapsed, required }, t) => ({
    word: t('paused'),
    short: t('{0} left of {1}, paused', calmDuration(left), calmDuration(required)),
    sentence: t('soaked {0} of {1}, paused', calmDuration(elapsed), calmDuration(required)),
    tone: 'caution',
    symbol: 'pause',
  }),
  over: ({ required }, t) => ({
    word: t('done'),
    short: t('done'),
    sentence: t('soaked {0}', calmDuration(required)),
    tone: 'good',
    symbol: 'pass',
  }),
};

/** A length of time in whole minutes once it is a minute or more, so that a row does not change every second. */
export function calmDuration(length: number): string {
  if (length < 1000) return '0 s';
  const step = length < 60_000 ? 1000 : 60_000;
  return formatDuration(Math.floor(length / step) * step);
}
