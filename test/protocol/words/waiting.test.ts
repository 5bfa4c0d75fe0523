import { expect, it } from 'vitest';
import { english } from '../../../daemon/protocol/words/factWords.ts';
import { standingWords } from '../../../daemon/protocol/words/verdictWords.ts';
import { condition } from '../../extension/sampleViews.ts';

const count = (value: number, text = 'orders >= 100') =>
  condition(text, 'orders', {
    verdict: value >= 100 ? 'met' : 'unmet',
    limit: 100,
    figure: { value, unit: '', n: value, good: null },
  });

it('waits for a count that is to grow, and calls everything else what it is', () => {
  expect(standingWords(count(29), english)).toMatchObject({
    word: 'waiting',
    sentence: '71 more are needed',
    symbol: 'few',
  });
  expect(standingWords(count(100), english).word).toBe('met');
  expect(standingWords(count(29, 'orders == 100'), english).word).toBe('not met');
  const share = condition('success_rate >= 99.5%', 'success_rate', {
    verdict: 'unmet',
    limit: 0.995,
    figure: { value: 0.9, unit: '%', n: 29, good: 26 },
  });
  expect(standingWords(share, english).word).toBe('not met');
});
