import type { FailuresResult } from '../daemon/protocol/wire/failures.ts';
import type { MarkedEvent } from '../daemon/protocol/wire/markedEvents.ts';
import type { SeriesResult } from '../daemon/protocol/wire/series.ts';
import type { RolloutView } from '../daemon/protocol/wire/view.ts';
import type { Blame, SourcePlace, WhyContent, WhyHostMessage } from '../daemon/protocol/wire/whyMessages.ts';

/** Everything that the page "Why" has heard. */
export interface WhyState {
  readonly content: WhyContent | null;
  readonly view: RolloutView | null;
  /** Only then is it the present state. */
  readonly live: boolean;
  /** What was explained is not so any more; it is still shown. */
  readonly isPast: boolean;
  readonly series: SeriesResult | null;
  readonly seriesRefusal: string | null;
  /** What happened in the time of the figures. */
  readonly events: readonly MarkedEvent[];
  /** `null` while they are being read. */
  readonly failures: FailuresResult | null;
  readonly failuresRefusal: string | null;
  readonly blames: ReadonlyMap<string, Blame>;
}

export const initialWhyState: WhyState = {
  content: null,
  view: null,
  live: false,
  isPast: false,
  series: null,
  seriesRefusal: null,
  events: [],
  failures: null,
  failuresRefusal: null,
  blames: new Map(),
};

export function heardWhy(state: WhyState, message: WhyHostMessage): WhyState {
  switch (message.type) {
    case 'snapshot': {
      const { content, view, live } = message;
      const isPast = content === null && state.content !== null;
      return { ...state, content: content ?? state.content, view: view ?? state.view, live, isPast };
    }
    case 'mark':
      return state;
    case 'series':
      return message.answer.kind === 'refused'
        ? { ...state, seriesRefusal: message.answer.message }
        : { ...state, series: message.answer.series, seriesRefusal: null };
    case 'events':
      return { ...state, events: message.events };
    case 'failures':
      return message.answer.kind === 'refused'
        ? { ...state, failuresRefusal: message.answer.message }
        : { ...state, failures: message.answer.failures, failuresRefusal: null };
    case 'blame':
      return { ...state, blames: new Map(state.blames).set(sourceKey(message.place), message.blame) };
  }
}

export function sourceKey({ file, line }: SourcePlace): string {
  return `${file}:${line}`;
}
