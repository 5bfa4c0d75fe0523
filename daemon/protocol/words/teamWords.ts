import type { TeamView } from '../wire/view.ts';
import type { FactWords, Translate } from './factWords.ts';
import { plainText } from './plainText.ts';

/** Who judges a shared rollout, seen from the daemon that shows it. */
export function teamWords({ role, holder, self, trouble }: TeamView, t: Translate): FactWords {
  const tone = trouble === null ? 'quiet' : 'caution';
  const symbol = trouble === null ? 'dot' : 'warning';
  if (role === 'holds') {
    const short = t('held here, by {0}', plainText(self, 120));
    return { word: t('held'), short, sentence: t('Held here, by {0}', plainText(self, 120)), tone, symbol };
  }
  if (holder === null) {
    return { word: t('not held'), short: t('nobody judges it'), sentence: t('Nobody judges it'), tone, symbol };
  }
  const name = plainText(holder, 120);
  return {
    word: t('followed'),
    short: t('followed from {0}', name),
    sentence: t('Followed from {0}', name),
    tone,
    symbol,
  };
}
