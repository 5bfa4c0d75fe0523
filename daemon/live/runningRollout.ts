import type { LiveRollout } from './liveRollout.ts';

type Answer<T> = T | Promise<T>;
type Answered<Name extends keyof LiveRollout> = LiveRollout[Name] extends (...asked: infer Asked) => infer Result
  ? (...asked: Asked) => Answer<Awaited<Result>>
  : never;

/** A rollout as its daemon sees it: one of this daemon alone, or one that a team shares. */
export interface RunningRollout
  extends Pick<
    LiveRollout,
    | 'id'
    | 'loaded'
    | 'problem'
    | 'target'
    | 'exposesUsers'
    | 'needsWatch'
    | 'needsDaemon'
    | 'goesBack'
    | 'fault'
    | 'guarded'
    | 'lookAtFlag'
    | 'tick'
    | 'credentialChanged'
    | 'clockGap'
    | 'planChanged'
    | 'view'
    | 'report'
    | 'attach'
  > {
  readonly command: Answered<'command'>;
  readonly tickItem: Answered<'tickItem'>;
  readonly signal: Answered<'signal'>;
  readonly series: Answered<'series'>;
  readonly records: Answered<'records'>;
  readonly failures: Answered<'failures'>;
  readonly review: Answered<'review'>;
  readonly closeReview: Answered<'closeReview'>;
  /** `replaced`: the same daemon goes on with another text of the plan. */
  close(why: 'ended' | 'replaced'): Promise<void>;
}
