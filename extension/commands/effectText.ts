import type { RolloutView, StageView } from '../../daemon/protocol/wire/view.ts';
import { driftText } from '../../daemon/protocol/words/driftText.ts';
import { percentText as breakablePercentText } from '../../daemon/protocol/words/figureText.ts';
import { partTitle, stageTitle } from '../../daemon/protocol/words/partTitle.ts';
import type { Translate } from '../vscodeApi.ts';
import { flagLine, gateLines, itemLines } from './decisionPage.ts';

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
      : t(
          'Roll back {0} from {1} to {2} ({3})?',
          name,
          now,
          stageTitle(view, effect.stage),
          percentText(effect.percent),
        );
  const closing = t('The attempt ends; only a person can begin another one.');
  return { question, detail: `${flagLine(effect, view, t)}\n\n${closing}`, button: t('Roll Back'), tone: 'warning' };
}

export function advanceConfirmation(view: RolloutView, name: string, now: number, t: Translate): Confirmation {
  const effect = view.standing.effects?.advance;
  const next = view.stages[view.standing.stageIndex + 1];
  const share = percentText(view.standing.percent);
  const question =
    next === undefined
      ? t('Complete {0} at {1}?', name, share)
      : t('Advance {0} from {1} to {2} ({3})?', name, share, partTitle(next), percentText(next.percent));
  const [button, past] = next === undefined ? [t('Complete'), t('Complete…')] : [t('Advance'), t('Advance…')];
  const facts = [...gateLines(view, now, t), ...itemLines(view, t)];
  const hasTimes = facts.some((line) => /\d\d:\d\d/.test(line));
  const lines = [...facts, ...(hasTimes ? [`(${t('times in {0}', view.plan.timezone)})`] : [])];
  const detail = [lines.join('\n'), flagLine(effect, view, t)].filter((part) => part !== '').join('\n\n');
  const ready = isReady(view);
  // Past an unmet gate a reason is asked for next.
  return { question, detail, button: ready ? button : past, tone: ready ? 'information' : 'warning' };
}

/** True when nothing stands in the way of an advance. */
export function isReady({ standing }: RolloutView): boolean {
  return standing.phase.kind === 'ready' || (standing.may.includes('advance') && standing.missing.length === 0);
}

export function beginConfirmation(view: RolloutView, name: string, t: Translate): Confirmation {
  const effect = view.standing.effects?.begin;
  const [first] = view.stages;
  const question = t(
    'Begin {0} at {1} ({2})?',
    name,
    first === undefined ? '' : partTitle(first),
    percentText(first?.percent ?? 0),
  );
  const attempt = t('This is attempt {0}.', view.standing.attempt + 1);
  const items = itemLines(view, t).join('\n');
  const detail = [items, flagLine(effect, view, t), attempt].filter((part) => part !== '').join('\n\n');
  return { question, detail, button: t('Begin'), tone: 'information' };
}

export function adoptConfirmation(stage: StageView, name: string, t: Translate): Confirmation {
  return {
    question: t('Adopt {0} at {1} ({2})?', name, partTitle(stage), percentText(stage.percent)),
    detail: t('An attempt starts at this stage, and its soak with it. The flag stays as it is.'),
    button: t('Adopt'),
    tone: 'information',
  };
}

/** Somebody else has set the flag: `Put 5 % back?` */
export function restoreConfirmation(view: RolloutView, name: string, t: Translate): Confirmation {
  const { flag, standing } = view;
  const wanted = percentText(flag?.drift?.wanted ?? standing.percent);
  return {
    question: t('Put {0} back for {1}?', wanted, name),
    detail: driftText(view, t) ?? '',
    button: t('Put {0} Back', wanted),
    tone: 'warning',
  };
}
