import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';

/** The firing that holds the rollout, until a person acts. */
export function latchedFiring({ standing }: RolloutView, trigger: string): Firing | null {
  const { phase } = standing;
  switch (phase.kind) {
    case 'review':
      return phase.firings.find((firing) => firing.trigger === trigger) ?? null;
    case 'rolling-back':
    case 'rolled-back':
    case 'rollback-failed':
      return phase.cause.kind === 'trigger' && phase.cause.firing.trigger === trigger ? phase.cause.firing : null;
    case 'planned':
    case 'soaking':
    case 'ready':
    case 'held':
    case 'completed':
      return null;
  }
}

/** The newest of a trigger's firings that the view still lists. */
export function newestFiring({ journal }: RolloutView, trigger: string): Firing | null {
  for (const { body } of journal) if (body.kind === 'firing' && body.firing.trigger === trigger) return body.firing;
  return null;
}
