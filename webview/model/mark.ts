import type { FactWords } from '../../daemon/protocol/words/factWords.ts';

/** The parts of a fact's words that the page draws as a mark. */
export type Mark = Pick<FactWords, 'symbol' | 'tone' | 'word'>;
