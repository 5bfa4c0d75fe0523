import type { TriggerStatus } from '../domain/verdict.ts';
import { clockText } from './clockText.ts';
import { english, type Translate } from './factWords.ts';
import { grouped } from './figureText.ts';

/** `fired 12 ×, last 04:29` of a trigger that was not calm between its firings; empty for one that fired once or never. */
export function recurredText(
  { recurred }: Pick<TriggerStatus, 'recurred'>,
  now: number,
  zone: string,
  t: Translate = english,
): string {
  return recurred === undefined
    ? ''
    : t('fired {0} ×, last {1}', grouped(recurred.times), clockText(recurred.last, now, zone));
}
