import type { Phase } from '../../daemon/protocol/domain/rollout.ts';
import type { EvidenceLabel, Verdict } from '../../daemon/protocol/domain/verdict.ts';
import { grouped } from '../../daemon/protocol/words/figureText.ts';
import { t } from '../translate.ts';

export type SymbolName =
  | 'pass'
  | 'fail'
  | 'few'
  | 'question'
  | 'warning'
  | 'dot'
  | 'ring'
  | 'pause'
  | 'back'
  | 'eye'
  | 'plug';

/** Colour carries meaning and nothing else; the symbol and the word carry it too. */
export type Tone = 'good' | 'bad' | 'caution' | 'quiet' | 'active';

export interface Mark {
  readonly symbol: SymbolName;
  readonly tone: Tone;
  readonly word: string;
}

export function verdictMark(verdict: Verdict): Mark {
  switch (verdict) {
    case 'met':
      return { symbol: 'pass', tone: 'good', word: t('met') };
    case 'unmet':
      return { symbol: 'fail', tone: 'bad', word: t('not met') };
    case 'insufficient':
      return { symbol: 'few', tone: 'caution', word: t('too few') };
    case 'no-data':
      return { symbol: 'question', tone: 'quiet', word: t('no data') };
    case 'error':
      return { symbol: 'warning', tone: 'caution', word: t('error') };
  }
}

export function phaseMark({ kind }: Phase): Mark {
  switch (kind) {
    case 'planned':
      return { symbol: 'ring', tone: 'quiet', word: t('not begun') };
    case 'soaking':
      return { symbol: 'dot', tone: 'active', word: t('soaking') };
    case 'ready':
      return { symbol: 'pass', tone: 'good', word: t('ready to advance') };
    case 'held':
      return { symbol: 'pause', tone: 'caution', word: t('held') };
    case 'review':
      return { symbol: 'eye', tone: 'caution', word: t('review needed') };
    case 'rolling-back':
      return { symbol: 'back', tone: 'bad', word: t('rolling back') };
    case 'rolled-back':
      return { symbol: 'back', tone: 'bad', word: t('rolled back') };
    case 'rollback-failed':
      return { symbol: 'warning', tone: 'bad', word: t('rollback failed') };
    case 'completed':
      return { symbol: 'pass', tone: 'good', word: t('completed') };
  }
}

/** What the data can carry beside the literal verdict; empty where no statistic applies. */
export function evidenceText(label: EvidenceLabel | null): string {
  switch (label?.kind) {
    case undefined:
      return '';
    case 'proven':
      return t('proven');
    case 'refuted':
      return t('refuted');
    case 'insufficient':
      return label.needed === null ? t('not proven') : t('needs {0} more', grouped(label.needed));
  }
}
