import type { EffectPreview, RolloutView, StageView } from '../../daemon/protocol/wire/view.ts';
import { percentText as breakablePercentText } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { Translate } from '../vscodeApi.ts';

/** The text of a confirmation: the question, and below it the effect. */
export interface Confirmation {
  readonly question: string;
  readonly detail: string;
  readonly button: string;
  readonly tone: 'information' | 'warning';
}

/** A dialog breaks its lines: the number and its sign stay together. */
function percentText(percent: number): string {
  return breakablePercentText(percent).replace(' ', '\u00a0');
}

/** `name`: the name by which the person knows the rollout. */
export function rollBackConfirmation(view: RolloutView, name: string, t: Translate): Confirmation {
  const effect = view.standing.effects?.rollback;
  const now = percentText(view.standing.percent);
  const question =
    effect === undefined
      ? t('Roll back {0} from {1}?', name, now)
      : t('Roll back {0} from {1} to {2} ({3})?', name, now, plainText(effect.stage, 60), percentText(effect.percent));
  const closing = t('The attempt ends; only a person can begin another one.');
  return { question, detail: `${effectText(effect, view, t)}\n\n${closing}`, button: t('Roll Back'), tone: 'warning' };
}

export function advanceConfirmation(view: RolloutView, name: string, t: Translate): Confirmation {
  const effect = view.standing.effects?.advance;
  const next = view.stages[view.standing.stageIndex + 1];
  const now = percentText(view.standing.percent);
  const question =
    next === undefined
      ? t('Complete {0} at {1}?', name, now)
      : t('Advance {0} from {1} to {2} ({3})?', name, now, plainText(next.id, 60), percentText(next.percent));
  const button = next === undefined ? t('Complete') : t('Advance');
  return { question, detail: effectText(effect, view, t), button, tone: 'information' };
}

export function beginConfirmation(view: RolloutView, name: string, t: Translate): Confirmation {
  const effect = view.standing.effects?.begin;
  const [first] = view.stages;
  const question = t('Begin {0} at {1} ({2})?', name, plainText(first?.id ?? '', 60), percentText(first?.percent ?? 0));
  const attempt = t('This is attempt {0}.', view.standing.attempt + 1);
  return { question, detail: `${effectText(effect, view, t)}\n\n${attempt}`, button: t('Begin'), tone: 'information' };
}

export function adoptConfirmation({ id, percent }: StageView, name: string, t: Translate): Confirmation {
  return {
    question: t('Adopt {0} at {1} ({2})?', name, plainText(id, 60), percentText(percent)),
    detail: t('An attempt starts at this stage, and its soak with it. The flag stays as it is.'),
    button: t('Adopt'),
    tone: 'information',
  };
}

/** `Sets ASYNC_UPLOAD_ROLLOUT=0 in .env.` */
function effectText(effect: EffectPreview | undefined, view: RolloutView, t: Translate): string {
  if (effect === undefined) {
    return view.flag === null
      ? t('The plan names no flag: set the percentage yourself; Rampwatch only records it.')
      : t('Sets the flag in {0}.', plainText(view.flag.target, 120));
  }
  if (effect.flag === null) {
    return t('The plan names no flag: set the percentage yourself; Rampwatch only records it.');
  }
  const values = Object.entries(effect.flag.values).map(([key, value]) => plainText(`${key}=${value}`, 200));
  return t('Sets {0} in {1}.', values.join(', '), plainText(effect.flag.target, 120));
}
