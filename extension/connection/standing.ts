import { basename } from 'node:path';
import type { RolloutView, WorkspaceView } from '../../daemon/protocol/wire/view.ts';

/** The state of the link between the editor and the daemon of one plan folder. */
export type Link =
  /** Looking for a running daemon, or starting one. `first`: nothing has been shown yet. */
  | { readonly kind: 'starting'; readonly since: number }
  | { readonly kind: 'live' }
  /** The connection is open and silent: the daemon, or the whole machine, was stopped. */
  | { readonly kind: 'silent'; readonly since: number }
  /** The daemon went away; it is being started again. */
  | { readonly kind: 'lost'; readonly since: number; readonly retryAt: number; readonly detail: string }
  | { readonly kind: 'stopped'; readonly cause: StopCause };

/** The kind of change: a change of the connection is shown at once, the daemon's figures when there is time. */
export type Change = 'link' | 'view';

export type StopCause =
  /** Not started yet: by the settings, a person starts it. */
  | { readonly kind: 'manual' }
  /** Stopped on purpose: from here, from another window, or by `rampwatch stop`. */
  | { readonly kind: 'ended' }
  /**
   * It could not be started; the line says why and what to do. `place`: the fault's place in the plan, when the plan is
   * at fault. `told`: a person has seen it.
   */
  | { readonly kind: 'failed'; readonly detail: string; readonly place: PlanPlace | null; readonly told: boolean };

/** `line` and `column` from 1. */
export interface PlanPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The knowledge about one plan folder. */
export interface Standing {
  /** Absolute path of the folder. */
  readonly folder: string;
  readonly planFiles: readonly string[];
  readonly link: Link;
  /** The newest view heard; kept when the daemon goes away, and then shown as old. */
  readonly view: WorkspaceView | null;
  /** When the daemon was last heard, by this machine's clock. */
  readonly heardAt: number | null;
}

/** One rollout in one folder: the subject of commands and rows. */
export interface RolloutStanding {
  readonly standing: Standing;
  readonly rollout: RolloutView;
}

/** The place of the fault in the plan that keeps the daemon from starting; `null` when the plan is not at fault. */
export function planFault({ link }: Standing): PlanPlace | null {
  return link.kind === 'stopped' && link.cause.kind === 'failed' ? link.cause.place : null;
}

/** The fault that keeps a plan file from being used, and its place. */
export interface PlanFault extends PlanPlace {
  readonly message: string;
}

/** The faults of every plan of the folder: a plan may keep the daemon from starting, or be left out. */
export function planFaults(standing: Standing): readonly PlanFault[] {
  const { link, view } = standing;
  const place = planFault(standing);
  if (link.kind !== 'stopped') return (view?.problems ?? []).map(({ file, message }) => faultOf(file, message));
  return place !== null && link.cause.kind === 'failed' ? [{ ...place, message: link.cause.detail }] : [];
}

/**
 * The plans among these that nothing watches; a rollout that continues with its last good plan reports its own fault.
 */
export function unwatchedPlans(standing: Standing): readonly PlanFault[] {
  if (standing.link.kind === 'stopped') return planFaults(standing);
  const goesOn = new Set(standing.view?.rollouts.map(({ plan }) => plan.problem));
  return planFaults(standing).filter(({ message }) => !goesOn.has(message));
}

/** The message begins with the file's name, and with line and column where the fault has a place in it. */
export function faultOf(file: string, message: string): PlanFault {
  const name = `${basename(file)}:`;
  const place = message.startsWith(name) ? /^(\d+):(\d+): /.exec(message.slice(name.length)) : null;
  return { file, line: Number(place?.[1] ?? 1), column: Number(place?.[2] ?? 1), message };
}

export function rolloutsOf(standings: readonly Standing[]): readonly RolloutStanding[] {
  return standings.flatMap((standing) => (standing.view?.rollouts ?? []).map((rollout) => ({ standing, rollout })));
}

/** True while the view is the present state: only then is anything but a rollback allowed. */
export function isLive(standing: Standing): boolean {
  return standing.link.kind === 'live';
}

/** True while the rollout waits for a person: it does not continue by itself, or something is wrong. */
export function needsPerson({ standing }: RolloutView): boolean {
  const { health, phase } = standing;
  return health.kind === 'alarm' || phase.kind === 'review' || phase.kind === 'rollback-failed';
}

/** True while an attempt goes on: it has begun and is not over. */
export function isUnderWay({ standing }: RolloutView): boolean {
  const { kind } = standing.phase;
  return kind !== 'planned' && kind !== 'completed' && kind !== 'rolled-back';
}

/** When data last arrived from the sources that the gate and the triggers rest on; `null` before the first record. */
export function dataArrivedAt(rollout: RolloutView): number | null {
  const arrivals = rollout.sources.flatMap((source) =>
    source.needed && source.arrived !== null ? [source.arrived as number] : [],
  );
  return arrivals.length === 0 ? null : Math.max(...arrivals);
}
