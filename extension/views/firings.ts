import { decidingFirings } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';

/** The firing that holds the rollout, until a person acts. */
export function latchedFiring({ standing }: RolloutView, trigger: string): Firing | null {
  return decidingFirings(standing.phase).find((firing) => firing.trigger === trigger) ?? null;
}

/** The newest of a trigger's firings that the view still lists. */
export function newestFiring({ journal }: RolloutView, trigger: string): Firing | null {
  for (const { body } of journal) if (body.kind === 'firing' && body.firing.trigger === trigger) return body.firing;
  return null;
}
