import type { HostMessage } from '../../daemon/protocol/dashboard.ts';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/rollout.ts';
import type { SeriesResult } from '../../daemon/protocol/series.ts';
import type { TriggerStatus } from '../../daemon/protocol/verdict.ts';
import type { RolloutView, StandingView } from '../../daemon/protocol/view.ts';
export declare function trigger(id: string, over: Partial<TriggerStatus>): TriggerStatus;
export declare function journalEntry(seq: number, at: number, body: JournalBody): JournalEntry;
/** Ten per cent, soaking, with everything that the page can show. */
export declare function fullRollout(over?: Partial<RolloutView>, standing?: Partial<StandingView>): RolloutView;
export declare function snapshot(view: RolloutView | null, over?: Partial<Extract<HostMessage, {
    type: 'snapshot';
}>>): HostMessage;
/** `buckets` of ten minutes up to `lookedAt`; a dip of treatment in the middle. */
export declare function sampleSeries(buckets?: number): SeriesResult;
