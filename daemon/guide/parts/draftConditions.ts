import type { Agreed } from '../agreement.ts';
import type { DraftTrigger } from '../draft.ts';
import type { Guide } from '../guide.ts';
import { isShare } from '../rules/subject.ts';
import { means } from '../tag.ts';
import { type Place, placeNames, type Sourced, said } from '../text/findings.ts';
import { slug } from '../text/text.ts';
import { conditionText, type ValueOf } from '../values.ts';

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
  triggers: readonly Agreed<ValueOf<'trigger'>>[],
  guide: Guide,
  percents: readonly number[],
): readonly Sourced<DraftTrigger>[] {
  const taken = new Set<string>();
  const ordered = [...triggers].sort(
    (a, b) => Number(a.value.consequence === 'asked') - Number(b.value.consequence === 'asked'),
  );
  return ordered.map(({ value, places }) => {
    const { claim, consequence, within, stage } = value;
    const base = slug(`${claim.subject.name}${consequence === 'asked' ? ' review' : ''}`, '-') || 'trigger';
    let id = base;
    for (let next = 2; taken.has(id); next += 1) id = `${base}-${next}`;
    taken.add(id);
    const [place] = places;
    if (stage !== undefined && place !== undefined && percents.filter((percent) => percent > 0).length > 1)
      guide.findings.add(
        'assumed',
        place,
        `\`${conditionText(claim)}\`: the guide says it for ${stage} %; a plan judges it at every stage`,
      );
    if (place !== undefined) tellRepeated(guide, value.claim, place);
    const draft: DraftTrigger = {
      id,
      when: conditionText(claim),
      over: claim.over,
      consequence: consequence === 'automatic' ? 'rollback' : 'review',
      within,
      ofShare: isShare(claim.subject),
    };
    return said(draft, ...places);
  });
}

/** `for 3 consecutive windows`: a plan does not count windows. Without a length it would act on the first. */
function tellRepeated(guide: Guide, claim: ValueOf<'trigger'>['claim'], place: Place): void {
  const passage = guide.passages.find(({ file, line }) => file === place.file && line === place.line);
  const tokens = passage === undefined ? [] : guide.tokens(passage.text);
  const at = tokens.findIndex((token) => means(token, 'consecutive') && !/^windows?$/i.test(token.text));
  if (at === -1) return;
  // `2 consecutive 5-minute windows` are 10 minutes.
  const isCounted = tokens.slice(Math.max(0, at - 2), at).some(({ number }) => number?.unit === '');
  if (claim.over !== undefined && isCounted) return;
  guide.findings.add(
    'assumed',
    place,
    `IMPORTANT: \`${conditionText(claim)}\`: the guide wants it several times one after the other, and a plan does not count windows: it acts on the first; write \`for\` for how long it must last`,
  );
}
