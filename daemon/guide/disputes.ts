import type { PlanDraft } from './draft.ts';
import { type Dispute, nameOf, stageText } from './picks.ts';
import { valueText } from './values.ts';

/** What is still to be picked, each option by a name of its own. */
export function disputesOf({ disputes }: PlanDraft): readonly Dispute[] {
  const stages = disputes.stages.map(({ percent, from }) => ({
    kind: 'stage' as const,
    options: [{ places: from.slice(0, 1), text: stageText(percent) }],
  }));
  const values = disputes.values.flatMap(({ kind, options }) =>
    kind === 'trigger' || kind === 'flag'
      ? [{ kind, options: options.map(({ value, places }) => ({ places, text: valueText(value) })) }]
      : [],
  );
  const all = [...stages, ...values];
  const said = Map.groupBy(
    all.flatMap(({ options }) => options.map(({ places, text }) => nameOf(places, text, false))),
    (name) => name,
  );
  return all.map(({ kind, options }) => ({
    kind,
    options: options.flatMap(({ places, text }) => {
      const [place] = places;
      if (place === undefined) return [];
      const isShared = (said.get(nameOf(places, text, false))?.length ?? 0) > 1;
      return [{ file: place.file, line: place.line, pick: nameOf(places, text, isShared), text }];
    }),
  }));
}
