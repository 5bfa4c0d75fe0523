import type { SymbolName, Tone } from '../../daemon/protocol/words/factWords.ts';
import type { Mark } from '../model/mark.ts';

/** Drawn, not typed: a font's own idea of ⚠ may be a picture in colours that mean something else. */
const paths: Readonly<Record<SymbolName, string>> = {
  pass: 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM5 8.25l2.1 2.1L11 6.1',
  fail: 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6',
  few: 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM8 4.5V8l2.4 1.6',
  question:
    'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.5.3-.8.6-.8 1.2M8 11.2v.3',
  warning: 'M8 2 14.4 13.6H1.6ZM8 6.4v3.4M8 11.6v.3',
  dot: 'M8 4.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8Z',
  ring: 'M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6Z',
  pause: 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM6.4 5.6v4.8M9.6 5.6v4.8',
  back: 'M3.2 8a5 5 0 1 0 1.6-3.7L2.8 6.2M2.8 2.6v3.6h3.6',
  eye: 'M1.4 8S3.8 3.8 8 3.8 14.6 8 14.6 8 12.2 12.2 8 12.2 1.4 8 1.4 8ZM8 6.1a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8Z',
  plug: 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM3.6 12.4l8.8-8.8',
};

export function Icon({ symbol, tone }: { readonly symbol: SymbolName; readonly tone: Tone }) {
  return (
    <svg class={`icon tone-${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      <path class={symbol === 'dot' ? 'filled' : ''} d={paths[symbol]} />
    </svg>
  );
}

/** Symbol and word together: neither colour nor shape is ever alone. */
export function MarkText({ mark }: { readonly mark: Mark }) {
  return (
    <span class="mark">
      <Icon symbol={mark.symbol} tone={mark.tone} />
      <span>{mark.word}</span>
    </span>
  );
}
