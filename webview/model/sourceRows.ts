import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import type { RolloutView, SourceView } from '../../daemon/protocol/wire/view.ts';
import { grouped } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { t } from '../translate.ts';
import { ageText } from './lengthText.ts';
import type { Mark } from './mark.ts';

export interface SourceRow {
  readonly key: string;
  readonly glob: string;
  readonly mark: Mark;
  readonly age: string;
  readonly records: string;
  /** Rejected records by reason; empty when there are none. */
  readonly rejects: string;
  /** The trouble of a source, and bytes that may have been lost. */
  readonly troubles: readonly string[];
}

export function sourceRows({ sources }: RolloutView, now: number): readonly SourceRow[] {
  return sources.map((source) => ({
    key: String(source.source),
    glob: plainText(source.glob, 200),
    mark: sourceMark(source, now),
    age: source.arrived === null ? t('nothing yet') : ageText(source.arrived, now),
    records: recordsText(source),
    rejects: rejectText(source),
    troubles: troublesOf(source),
  }));
}

function sourceMark(source: SourceView, now: number): Mark {
  const { health, arrived, limit, fresh, needed } = source;
  if (health.state === 'error') return { symbol: 'fail', tone: 'bad', word: t('error') };
  const silent = !fresh || (arrived !== null && now - arrived > limit);
  if (arrived === null) {
    return { symbol: 'question', tone: needed ? 'caution' : 'quiet', word: t('waiting') };
  }
  if (silent) {
    const word = t('silent, limit {0}', formatDuration(limit));
    return needed ? { symbol: 'plug', tone: 'caution', word } : { symbol: 'plug', tone: 'quiet', word: t('quiet') };
  }
  if (health.state === 'degraded') return { symbol: 'warning', tone: 'caution', word: t('degraded') };
  return { symbol: 'pass', tone: 'good', word: t('fresh') };
}

function recordsText({ records, ignored, health }: SourceView): string {
  const parts = [records === 1 ? t('1 record') : t('{0} records', grouped(records))];
  if (ignored > 0) parts.push(t('{0} ignored', grouped(ignored)));
  if (health.lag > 0) parts.push(t('{0} to read', bytes(health.lag)));
  return parts.join(' · ');
}

function rejectText({ rejected }: SourceView): string {
  const reasons = Object.entries(rejected).filter(([, count]) => count > 0);
  if (reasons.length === 0) return '';
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  const list = reasons.map(([reason, count]) => `${plainText(reason, 40)} ${grouped(count)}`).join(', ');
  return t('{0} rejected: {1}', grouped(total), list);
}

function troublesOf({ health, gaps }: SourceView): readonly string[] {
  const detail = health.detail === null ? [] : [plainText(health.detail, 300)];
  const gap = gaps.at(-1);
  if (gap === undefined) return detail;
  const newest = plainText(`${gap.file}: ${gap.reason}`, 200);
  return [...detail, gaps.length === 1 ? t('1 gap: {0}', newest) : t('{0} gaps, last {1}', gaps.length, newest)];
}

function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  const value = count / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
