import { type ExplainedSubject, explanationOf } from '../../daemon/protocol/domain/explanation.ts';
import { decidingFirings } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { SourcePlace } from '../../daemon/protocol/wire/whyMessages.ts';
import { grouped } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { WhyAbout } from '../views/row.ts';
import type { Translate } from '../vscodeApi.ts';

/** A line of a source from which failures of the treatment come. */
export interface SourceError {
  readonly place: SourcePlace;
  readonly text: string;
  /** The question that explains it. */
  readonly why: WhyAbout;
}

/** Of what holds the rollout now: what is over says nothing about the code as it is. */
export function sourceErrors(view: RolloutView, t: Translate): readonly SourceError[] {
  const found = heldBy(view).flatMap(({ subject, why }): SourceError[] => {
    const { signatures = [], factors = [] } = explanationOf(view.explanations, subject) ?? {};
    const told = [...signatures, ...factors.map((factor) => ({ ...factor, isNew: false }))];
    return told.flatMap(({ content, failed, isNew }) => {
      const [, file, line] = content.kind === 'frame' ? (/^(.+):(\d{1,7})$/.exec(content.text) ?? []) : [];
      if (file === undefined || line === undefined || Number(line) < 1) return [];
      const counts = t('{0} of {1} failures of the treatment come from here', grouped(failed.n), grouped(failed.of));
      const text = isNew ? t('{0}, and none of the control', counts) : counts;
      return [{ place: { file, line: Number(line) }, text: `${plainText(view.plan.name, 80)}: ${text}`, why }];
    });
  });
  // Two triggers may rest on the same failures.
  return [...new Map(found.map((each) => [`${each.place.file}:${each.place.line}`, each])).values()];
}

function heldBy({
  standing,
  stages,
}: RolloutView): readonly { readonly subject: ExplainedSubject; readonly why: WhyAbout }[] {
  const { phase } = standing;
  const fired = decidingFirings(phase).map((firing) => ({
    subject: { kind: 'trigger', trigger: firing.trigger, firedAt: firing.at } as const,
    why: { kind: 'fired', trigger: firing.trigger, at: firing.at } as const,
  }));
  const stage = stages[standing.stageIndex];
  const isOn = phase.kind === 'soaking' || phase.kind === 'ready' || phase.kind === 'held' || phase.kind === 'review';
  if (stage === undefined || !isOn) return fired;
  const unmet = stage.gate.filter(({ verdict }) => verdict === 'unmet');
  return [
    ...fired,
    ...unmet.map(({ condition }) => ({
      subject: { kind: 'gate', stage: stage.id, condition } as const,
      why: { kind: 'condition', stage: stage.id, condition } as const,
    })),
  ];
}
