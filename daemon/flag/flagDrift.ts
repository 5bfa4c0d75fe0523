import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import type { FlagTarget, FlagValues } from './target.ts';

type Described = Pick<FlagTarget, 'name' | 'describe'>;

/**
 * The target's present words, when somebody else has overwritten the value that was set and read back. `null` while
 * there is no drift, and once the rollout is completed, because the flag is then removed some day. The keys may also be
 * removed after a rollback, but not set anew.
 */
export function flagDrift(
  target: Described,
  state: Pick<RolloutState, 'phase' | 'effect'>,
  values: FlagValues,
): string | null {
  const { kind } = state.phase;
  if (kind === 'planned' || kind === 'completed') return null;
  const others = overwritten(target, state, values);
  if (others.length === 0) return null;
  const back = others.map(({ key, wanted }) => `${key}=${wanted}`).join(', ');
  return `${target.name} says ${saying(others)}, which this rollout did not set: put ${back} back${kind === 'rolled-back' ? '' : ', or roll back'}`;
}

/** The drift in the words of a failed effect: somebody else overwrote the value that was set and read back. */
export function flagUndone(
  target: Described,
  state: Pick<RolloutState, 'phase' | 'effect'>,
  values: FlagValues,
): string | null {
  const others = overwritten(target, state, values);
  return others.length === 0 ? null : `${target.name} was set and then overwritten, and says ${saying(others)}`;
}

interface Overwritten {
  readonly key: string;
  readonly wanted: string;
  readonly said: string | null;
}

function overwritten(
  target: Described,
  { phase, effect }: Pick<RolloutState, 'phase' | 'effect'>,
  values: FlagValues,
): readonly Overwritten[] {
  if (effect === null || (effect.progress !== 'verified' && effect.progress !== 'in-force')) return [];
  return Object.entries(target.describe({ enabled: effect.enabled, percent: effect.percent })).flatMap(
    ([key, wanted]) => {
      const said = values[key] ?? null;
      return said === wanted || (said === null && phase.kind === 'rolled-back') ? [] : [{ key, wanted, said }];
    },
  );
}

function saying(others: readonly Overwritten[]): string {
  return others.map(({ key, said }) => (said === null ? `nothing of ${key}` : `${key}=${said}`)).join(', ');
}
