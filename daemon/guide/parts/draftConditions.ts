import type { Agreed } from '../agreement.ts';
import type { DraftTrigger } from '../draft.ts';
import type { Guide } from '../guide.ts';
import { isShare } from '../rules/subject.ts';
import { type Place, placeNames, type Sourced, said } from '../text/findings.ts';
import { slug } from '../text/text.ts';
import { conditionText, consequences, type ValueOf, valueText } from '../values.ts';

interface StageGate {
  readonly stage: number;
  readonly claim: ValueOf<'gate'>['claim'];
  readonly places: readonly Place[];
}

/** A gate of every stage holds where the stage has none of its own for the same measure. */
export function gatesOf(
  gates: readonly Agreed<ValueOf<'gate'>>[],
  percents: readonly number[],
  guide: Guide,
): readonly StageGate[] {
  const own = gates.flatMap(({ value, places }) =>
    value.stage === 'every' ? [] : [{ stage: value.stage, claim: value.claim, places }],
  );
  const every = gates.filter(({ value }) => value.stage === 'every');
  const found = own.filter(({ stage }) => percents.includes(stage));
  for (const { value, places } of every) {
    for (const stage of percents.filter((percent) => percent > 0)) {
      const specific = own.find(
        (each) =>
          each.stage === stage &&
          each.claim.subject.name === value.claim.subject.name &&
          each.claim.difference === value.claim.difference &&
          each.claim.ofBaseline === value.claim.ofBaseline,
      );
      if (specific === undefined) found.push({ stage, claim: value.claim, places });
      else if (conditionText(specific.claim) !== conditionText(value.claim)) {
        const [place] = places;
        if (place !== undefined)
          guide.findings.add(
            'conflict',
            place,
            `\`${conditionText(value.claim)}\` here for every stage, \`${conditionText(specific.claim)}\` for ${stage} % (${placeNames(specific.places)}), which is taken`,
          );
      }
    }
  }
  return found.sort((a, b) => a.stage - b.stage);
}

export function triggersOf(
  found: readonly Agreed<ValueOf<'trigger'>>[],
  guide: Guide,
  percents: readonly number[],
  stageId: (percent: number) => string,
): readonly Sourced<DraftTrigger>[] {
  const taken = new Set<string>();
  const order = { automatic: 0, paused: 1, asked: 2 } as const;
  const ordered = oncePerCondition(found, percents).sort(
    (a, b) => order[a.value.consequence] - order[b.value.consequence],
  );
  return ordered.map(({ value, places }) => {
    const { claim, consequence, within, stages, windows } = value;
    const acts = consequences[consequence];
    const base = slug(`${claim.subject.name}${acts === 'rollback' ? '' : ` ${acts}`}`, '-') || 'trigger';
    let id = base;
    for (let next = 2; taken.has(id); next += 1) id = `${base}-${next}`;
    taken.add(id);
    const [place] = places;
    if (stages !== undefined && place !== undefined)
      guide.findings.add(
        'assumed',
        place,
        `\`${conditionText(claim)}\`: the guide says it for ${stages.map((stage) => `${stage} %`).join(', ')}, and it is judged there alone`,
      );
    const draft: DraftTrigger = {
      id,
      when: conditionText(claim),
      over: claim.over,
      for: windows === undefined ? undefined : `${windows} windows`,
      stages: stages?.map(stageId),
      consequence: acts,
      within,
      ofShare: isShare(claim.subject),
    };
    return said(draft, ...places);
  });
}

/** What is said of several stages is one trigger; said of all of them, or once without a stage, it is one of the whole rollout. */
function oncePerCondition(
  triggers: readonly Agreed<ValueOf<'trigger'>>[],
  percents: readonly number[],
): Agreed<ValueOf<'trigger'>>[] {
  const exposing = percents.filter((percent) => percent > 0);
  const same = Map.groupBy(triggers, ({ value }) => valueText({ ...value, stages: undefined }));
  return [...same.values()].flatMap((each) => {
    const [first] = each;
    if (first === undefined) return [];
    const named = each.flatMap(({ value }) => value.stages ?? exposing).filter((stage) => exposing.includes(stage));
    const stages = exposing.every((stage) => named.includes(stage))
      ? undefined
      : exposing.filter((stage) => named.includes(stage));
    const places = each.flatMap((agreed) => agreed.places);
    return stages?.length === 0 ? [] : [{ value: { ...first.value, stages }, places }];
  });
}
