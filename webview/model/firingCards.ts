import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import { explanationOf } from '../../daemon/protocol/domain/explanation.ts';
import type { FilePlace } from '../../daemon/protocol/domain/place.ts';
import { decidingFirings } from '../../daemon/protocol/domain/rolloutPhase.ts';
import type { Firing } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { type ExplanationLine, explanationLines } from '../../daemon/protocol/words/explanationWords.ts';
import { firedText } from '../../daemon/protocol/words/figureText.ts';
import { triggerTitle } from '../../daemon/protocol/words/partTitle.ts';
import { placeText } from '../../daemon/protocol/words/placeText.ts';
import { t } from '../translate.ts';
import { momentText } from './pageMoments.ts';
import { unbroken } from './unbroken.ts';

/** The firings that ended, stopped or hold the attempt, with the records they rest on. */
export interface FiringCard {
  readonly key: string;
  /** The id. */
  readonly trigger: string;
  readonly name: string;
  /** Empty where the headline says it already. */
  readonly text: string;
  readonly window: string;
  /** What is different about its failures, the most telling first. */
  readonly explained: readonly ExplanationLine[];
  /** `place`: where the record can be opened; `null` for what is not a line of a file. */
  readonly evidence: readonly { readonly text: string; readonly place: FilePlace | null }[];
  /** The number of records beyond the listed ones. */
  readonly more: number;
}

const listed = 5;
const explainedListed = 4;

/** `headline`: the one sentence above them. */
export function firingCards(view: RolloutView, headline: string): readonly FiringCard[] {
  return decidingFirings(view.standing.phase).map((firing) => {
    const text = firedText(firing, view.triggers);
    const newest = firing.evidence.slice(-listed).toReversed();
    return {
      key: `${firing.trigger} ${firing.rule} ${firing.at}`,
      trigger: firing.trigger,
      name: triggerTitle(view, firing.trigger, 80),
      text: headline.includes(text) ? '' : unbroken(text),
      window: windowText(firing, view.plan.timezone),
      explained: explainedLines(view, firing).slice(0, explainedListed),
      evidence: newest.map((place) => ({ text: placeText(place, 120), place: 'file' in place ? place : null })),
      more: Math.max(0, firing.evidence.length - newest.length),
    };
  });
}

function explainedLines({ explanations }: RolloutView, firing: Firing): readonly ExplanationLine[] {
  const subject = { kind: 'trigger', trigger: firing.trigger, firedAt: firing.at } as const;
  const explanation = explanationOf(explanations, subject);
  return explanation === null ? [] : explanationLines(explanation, t);
}

function windowText({ window, at, n }: Firing, zone: string): string {
  const length = formatDuration(Math.round((window.to - window.from) / 1000) * 1000);
  return t('fired {0}, on {1} records of {2}', momentText(at, zone), n, length);
}
