import type { Tone } from '../../daemon/protocol/words/factWords.ts';

/** A share of a whole, 0 to 1. `label` names the whole; `text` is what a screen reader reads in place of the number. */
export function Meter(props: {
  readonly value: number;
  readonly label: string;
  readonly text: string;
  readonly tone: Tone;
}) {
  const { value, label, text, tone } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the browser's own meter takes neither the theme's colours nor our height
    <div
      class={`meter tone-${tone}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(value * 100)}
      aria-valuetext={text}
    >
      <div style={{ '--filled': value.toFixed(4) }} />
    </div>
  );
}

/** The same for a meter whose neighbouring words say everything. */
export function Bar({ value, tone }: { readonly value: number; readonly tone: Tone }) {
  return (
    <div class={`meter tone-${tone}`} aria-hidden="true">
      <div style={{ '--filled': value.toFixed(4) }} />
    </div>
  );
}
