import type { Flag } from '../protocol/plan.ts';
import type { RolloutState } from '../protocol/rollout.ts';
import { flagValues } from './dotenv.ts';

/**
 * What the flag's file says in place of what was set and read back: somebody else has written it since. `null` while
 * there is nothing of the kind, and once the rollout is completed, for the flag is then taken out some day; so may the
 * keys be after a rollback, but not set anew.
 */
export function flagDrift(
  flag: Flag,
  { phase, effect }: Pick<RolloutState, 'phase' | 'effect'>,
  values: Readonly<Record<string, string | null>>,
): string | null {
  if (effect === null || phase.kind === 'planned' || phase.kind === 'completed') return null;
  if (effect.progress !== 'verified' && effect.progress !== 'in-force') return null;
  const wanted = flagValues(flag, { enabled: effect.enabled, percent: effect.percent });
  const others = Object.entries(wanted).filter(([key, value]) => {
    const said = values[key] ?? null;
    return said !== value && (said !== null || phase.kind !== 'rolled-back');
  });
  if (others.length === 0) return null;
  const says = others.map(([key]) => (values[key] == null ? `nothing of ${key}` : `${key}=${values[key]}`)).join(', ');
  const back = others.map(([key, value]) => `${key}=${value}`).join(', ');
  return `${flag.dotenv} says ${says}, which this rollout did not set: put ${back} back${phase.kind === 'rolled-back' ? '' : ', or roll back'}`;
}
