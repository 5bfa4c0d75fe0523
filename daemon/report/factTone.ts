import type { Tone as FactTone } from '../protocol/words/factWords.ts';
import type { Tone } from './reportDocument.ts';

/** The tone of a fact as a report marks it. */
export const factTones: Readonly<Record<FactTone, Tone>> = {
  good: 'good',
  bad: 'bad',
  caution: 'warning',
  quiet: 'quiet',
  active: 'quiet',
};
