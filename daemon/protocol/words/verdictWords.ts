import type { ConditionVerdict, EvidenceLabel, Verdict, VerdictBaseline } from '../domain/verdict.ts';
import type { FactWords, Translate } from './factWords.ts';
import { grouped, stillToCome } from './figureText.ts';
import { calmDuration } from './soakWords.ts';

/** The literal verdict of a condition. */
export function verdictWords(verdict: Verdict, t: Translate): FactWords {
  return verdicts[verdict](t);
}

/** The present verdict of a condition of the current gate: a count that still grows is waited for, and has not failed. */
export function standingWords(condition: ConditionVerdict, t: Translate): FactWords {
  const left = condition.verdict === 'unmet' ? stillToCome(condition) : null;
  if (left === null) return verdictWords(condition.verdict, t);
  return words(t('waiting'), t('{0} more are needed', grouped(left)), 'caution', 'few');
}

const verdicts: Readonly<Record<Verdict, (t: Translate) => FactWords>> = {
  met: (t) => words(t('met'), t('the condition is met'), 'good', 'pass'),
  unmet: (t) => words(t('not met'), t('the condition is not met'), 'bad', 'fail'),
  insufficient: (t) => words(t('too few'), t('too few records to judge the condition'), 'caution', 'few'),
  'no-data': (t) => words(t('no data'), t('nothing is known about the condition'), 'quiet', 'question'),
  error: (t) => words(t('error'), t('the condition cannot be judged'), 'caution', 'warning'),
};

/** The conclusion that the data can carry beside the literal verdict. `n`: the number of records behind it. */
export function evidenceWords(label: EvidenceLabel, n: number, t: Translate): FactWords {
  switch (label.kind) {
    case 'proven':
      return words(t('proven'), t('proven at 95 %, whenever one looks'), 'good', 'pass');
    case 'refuted':
      return words(t('refuted'), t('refuted at 95 %, whenever one looks'), 'bad', 'fail');
    case 'insufficient':
      return notProvenWords(label, n, t);
  }
}

/** The evidence of a condition; `null` where no statistic applies to its measure, or nothing is known of it now. */
export function evidenceOf({ verdict, label, figure }: ConditionVerdict, t: Translate): FactWords | null {
  if (label === null || verdict === 'no-data' || verdict === 'error') return null;
  return evidenceWords(label, figure.n, t);
}

function notProvenWords(
  { needed, within }: Extract<EvidenceLabel, { kind: 'insufficient' }>,
  n: number,
  t: Translate,
): FactWords {
  const word = t('not proven');
  const face = { tone: 'caution', symbol: 'few' } as const;
  if (n === 0) return { word, short: word, sentence: t('not proven; there is no record yet'), ...face };
  if (needed === null) {
    return { word, short: word, sentence: t('not proven; more records of the same kind would not prove it'), ...face };
  }
  if (within !== undefined) {
    const about = calmDuration(within);
    return {
      word,
      short: t('{0} more to prove, about {1}', grouped(needed), about),
      sentence: t(
        'not proven yet; {0} more of the same kind would prove it, about {1} at this rate',
        grouped(needed),
        about,
      ),
      ...face,
    };
  }
  return {
    word,
    short: t('{0} more to prove', grouped(needed)),
    sentence: t('not proven yet; {0} more of the same kind would prove it', grouped(needed)),
    ...face,
  };
}

/** The origin of a condition's baseline, and why no other was used; older journals have only the origin. */
export function baselineWords({ from, why }: VerdictBaseline, t: Translate): string {
  return why ?? baselines[from](t);
}

const baselines: Readonly<Record<VerdictBaseline['from'], (t: Translate) => string>> = {
  concurrent: (t) => t('the control arm at the same time'),
  window: (t) => t('the recorded window'),
  figure: (t) => t('as the plan states it'),
};

function words(word: string, sentence: string, tone: FactWords['tone'], symbol: FactWords['symbol']): FactWords {
  return { word, short: word, sentence, tone, symbol };
}
