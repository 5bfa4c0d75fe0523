import type { Phase } from '../../daemon/protocol/rollout.ts';
import type { ConditionVerdict, Firing } from '../../daemon/protocol/verdict.ts';
import type { RolloutView, SourceView, StandingView, WorkspaceView } from '../../daemon/protocol/view.ts';
/** 2025-11-04 09:00 UTC: the moment at which the samples are looked at. */
export declare const lookedAt: number;
export declare const firing: Firing;
export declare function condition(text: string, measure: string, over: Partial<ConditionVerdict> & Pick<ConditionVerdict, 'verdict' | 'figure'>): ConditionVerdict;
export declare function sampleSource(over?: Partial<SourceView>): SourceView;
export declare function sampleRollout(over?: Partial<RolloutView>, standing?: Partial<StandingView>): RolloutView;
export declare function withPhase(phase: Phase, standing?: Partial<StandingView>): RolloutView;
export declare function sampleWorkspace(rollouts: readonly RolloutView[], over?: Partial<WorkspaceView>): WorkspaceView;
