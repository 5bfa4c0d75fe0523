import type { SymbolName, Tone } from '../protocol/words/factWords.ts';
import type { Style } from './output.ts';

/** How a terminal draws the tone and the symbol of a fact. */

export const styles: Readonly<Record<Tone, Style>> = {
  good: 'green',
  bad: 'red',
  caution: 'yellow',
  quiet: 'yellow',
  active: 'blue',
};

export const characters: Readonly<Record<SymbolName, string>> = {
  pass: '✓',
  fail: '✗',
  few: '○',
  question: '?',
  warning: '!',
  dot: '●',
  ring: '○',
  pause: '‖',
  back: '↩',
  eye: '◉',
  plug: '⌁',
};
