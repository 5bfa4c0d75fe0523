import type { DraftTrigger, PlanDraft } from './draft.ts';
import type { ImportFinding } from './text/findings.ts';
import { valueText } from './values.ts';

const most = 10;

/** The first ten lines that a person reads: the plan's own acts come first. */
export function firstLook(draft: PlanDraft, findings: readonly ImportFinding[]): readonly string[] {
  const of = (consequence: DraftTrigger['consequence']) =>
    draft.triggers.filter(({ value }) => value.consequence === consequence).map(({ value }) => value.when);
  const [rollbacks, holds, reviews] = [of('rollback'), of('hold'), of('review')];
  const stages = draft.stages.map(
    ({ percent, soak, gate }) =>
      `${percent.value} %${soak === undefined ? '' : ` for ${soak.value}`}${gate.length === 0 ? ' (no gate)' : ''}`,
  );
  const count = (kind: ImportFinding['kind']) => findings.filter((each) => each.kind === kind).length;
  const important = findings.filter(({ message }) => message.startsWith('IMPORTANT: '));
  const disputes = [
    ...draft.disputes.stages.map(({ percent }) => `stage ${percent} %`),
    ...draft.disputes.values.map(({ options }) => options.map(({ value }) => valueText(value)).join(' or ')),
  ];
  const lines = [
    rollbacks.length === 0 ? 'rolls back by itself: never' : `rolls back by itself when: ${listed(rollbacks)}`,
    ...(holds.length === 0 ? [] : [`holds until a person resumes when: ${listed(holds)}`]),
    ...(reviews.length === 0 ? [] : [`asks a person when: ${listed(reviews)}`]),
    `stages: ${stages.join(' → ')}`,
    draft.flag === undefined
      ? 'flag: none was found; a person sets it'
      : `flag: writes ${draft.flag.set.map(([key]) => key).join(', ')} in ${draft.flag.dotenv.value}`,
    ...(draft.sources.metrics === undefined
      ? ['missing: a file of records; fill in `sources` before it can begin']
      : []),
    ...(disputes.length === 0 ? [] : [`in dispute, not written: ${listed(disputes)}`]),
    ...important
      .slice(0, 2)
      .map(({ file, line, message }) => `${file}:${line}: ${message.slice('IMPORTANT: '.length)}`),
    ...(count('conflict') + count('contradiction') === 0
      ? []
      : [`${count('conflict')} conflicts and ${count('contradiction')} contradictions in the guide`]),
    `${count('assumed')} assumed, ${count('not-understood')} left out`,
  ];
  return lines.slice(0, most);
}

function listed(texts: readonly string[]): string {
  return texts.length > 6 ? `${texts.slice(0, 6).join('; ')}; and ${texts.length - 6} more` : texts.join('; ');
}
