import type { RolloutView } from '../wire/view.ts';

/** The source whose silence has outlasted its limit, by this machine's clock or by the daemon's word. */
export function silentSource(rollout: RolloutView, now: number): RolloutView['sources'][number] | undefined {
  return rollout.sources.find(
    (source) => source.needed && (!source.fresh || (source.arrived !== null && now - source.arrived > source.limit)),
  );
}
