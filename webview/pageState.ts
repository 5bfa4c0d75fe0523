import type {
  DashboardLink,
  Emptiness,
  HostMessage,
  RolloutEntry,
  RolloutName,
} from '../daemon/protocol/wire/dashboardMessages.ts';
import type { MarkedEvent } from '../daemon/protocol/wire/markedEvents.ts';
import type { SeriesResult } from '../daemon/protocol/wire/series.ts';
import type { PlanProblem, RolloutView } from '../daemon/protocol/wire/view.ts';

/** The host's last message, and nothing else: a reload loses all of it and gets it again. */
export interface PageState {
  readonly rollouts: readonly RolloutEntry[];
  readonly shown: { readonly folder: string; readonly view: RolloutView } | null;
  readonly empty: Emptiness;
  readonly problems: readonly PlanProblem[];
  readonly faults: readonly string[];
  readonly link: DashboardLink;
  /** The lead of the host's clock over the page's, in milliseconds. */
  readonly clockAhead: number;
  /** The newest answer; `null` before the first of this rollout and range. */
  readonly series: { readonly id: number; readonly series: SeriesResult } | null;
  /** What happened in the time of the charts. */
  readonly events: readonly MarkedEvent[];
  /** Why there are no charts; `null` when there is nothing to complain about. */
  readonly seriesRefusal: string | null;
}

export const initialPageState: PageState = {
  rollouts: [],
  shown: null,
  empty: 'looking',
  problems: [],
  faults: [],
  link: { kind: 'starting' },
  clockAhead: 0,
  series: null,
  events: [],
  seriesRefusal: null,
};

/** `clock`: the page's own, in milliseconds. Returns the same state when the message changes nothing. */
export function heard(state: PageState, message: HostMessage, clock: number): PageState {
  switch (message.type) {
    case 'snapshot': {
      const { rollouts, shown, problems, faults, link } = message;
      const same = shown !== null && isShown(state, { folder: shown.folder, rollout: shown.view.rollout });
      return {
        rollouts,
        shown,
        empty: message.empty ?? 'looking',
        problems,
        faults,
        link,
        clockAhead: message.now - clock,
        series: same ? state.series : null,
        events: same ? state.events : [],
        seriesRefusal: same ? state.seriesRefusal : null,
      };
    }
    case 'parts': {
      if (state.shown === null || !isShown(state, message.rollout)) return state;
      return { ...state, shown: { ...state.shown, view: { ...state.shown.view, ...message.parts } } };
    }
    case 'mark':
      return state;
    case 'events':
      return isShown(state, message.rollout) ? { ...state, events: message.events } : state;
    case 'link':
      return { ...state, link: message.link };
    case 'series': {
      // An answer comes too late when a newer one has overtaken it, or when it belongs to another range or rollout.
      if (state.series !== null && message.id <= state.series.id) return state;
      if (message.answer.kind === 'refused') return { ...state, seriesRefusal: message.answer.message };
      return { ...state, series: { id: message.id, series: message.answer.series }, seriesRefusal: null };
    }
  }
}

function isShown({ shown }: PageState, { folder, rollout }: RolloutName): boolean {
  return shown !== null && shown.folder === folder && shown.view.rollout === rollout;
}

export function nameOf(shown: NonNullable<PageState['shown']>): RolloutName {
  return { folder: shown.folder, rollout: shown.view.rollout };
}
