import type { RolloutView } from '../wire/view.ts';
import { isolatedText } from './isolatedText.ts';
import { plainText } from './plainText.ts';

/** A stage or a trigger. */
interface Part {
  readonly id: string;
  readonly title?: string | undefined;
}

/** The name of a stage or trigger for people: its title, else its id. Safe and isolated: nothing is to be done with it. */
export function partTitle({ id, title }: Part, longest = 60): string {
  return isolatedText(plainText(title ?? id, longest));
}

/** The same for an id of the plan. */
export function stageTitle({ stages }: Pick<RolloutView, 'stages'>, id: string, longest = 60): string {
  return partTitle(stages.find((stage) => stage.id === id) ?? { id }, longest);
}

export function triggerTitle({ triggers }: Pick<RolloutView, 'triggers'>, id: string, longest = 60): string {
  return partTitle(triggers.find((trigger) => trigger.id === id) ?? { id }, longest);
}
