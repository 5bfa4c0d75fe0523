import { useOfMessage } from './messageTarget.ts';
import type { PlannedUse } from './outsideUse.ts';
import type { Plan } from './plan.ts';
import { outsideUseOf, type Source } from './sourceKinds.ts';

/** All that a plan would run or connect to, in its order. An escalation's command is shown with its bundle. */
export function plannedUses({ sources, messages }: Pick<Plan, 'sources' | 'messages'>): readonly PlannedUse[] {
  return [...sources.flatMap((source, index) => useOfSource(source, index) ?? []), ...messages.map(useOfMessage)];
}

/** What a source would run or connect to; `null` for one that only reads files. */
export function useOfSource(source: Source, index: number): PlannedUse | null {
  const found = outsideUseOf(source);
  return found === null ? null : { place: `sources[${index}]`, ...found };
}
