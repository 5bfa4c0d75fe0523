import type { CommandKind } from '../../daemon/protocol/domain/rolloutCommand.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { t } from '../translate.ts';

/** One of the three buttons. They keep their places whatever the state, so that neither eye nor focus loses them. */
export interface ActionButton {
  readonly slot: 'hold' | 'forward' | 'back';
  readonly kind: CommandKind;
  readonly label: string;
  /** The effect of the button, or why it cannot be pressed now. */
  readonly description: string;
  readonly enabled: boolean;
  readonly primary: boolean;
}

/** `live`: the shown state is current. Without it only a rollback is possible. */
export function actionButtons(view: RolloutView, live: boolean): readonly ActionButton[] {
  const alarmed = view.standing.health.kind === 'alarm';
  const buttons = [holdButton(view), forwardButton(view, alarmed), backButton(view, alarmed)];
  return live ? buttons : buttons.map(withoutDaemon);
}

function withoutDaemon(button: ActionButton): ActionButton {
  if (button.slot === 'back') return button;
  return { ...button, enabled: false, primary: false, description: t('Not while the daemon is away.') };
}

function holdButton({ standing }: RolloutView): ActionButton {
  const { may } = standing;
  if (may.includes('resume')) {
    return button('hold', 'resume', t('Resume'), t('The soak continues.'), true);
  }
  const can = may.includes('hold');
  return button('hold', 'hold', t('Hold'), can ? t('Stops the soak and every advance.') : notNow(), can);
}

function forwardButton(view: RolloutView, alarmed: boolean): ActionButton {
  const { standing, stages } = view;
  const { may, phase } = standing;
  if (may.includes('acknowledge')) {
    const text = t('Records your finding and lets the rollout continue.');
    return { ...button('forward', 'acknowledge', t('Acknowledge…'), text, true), primary: false };
  }
  if (phase.kind === 'planned' || phase.kind === 'rolled-back') {
    const { exposure } = standing;
    if (may.includes('adopt') && exposure !== undefined) {
      const text = t('Adopts the present exposure without a change.');
      return { ...button('forward', 'begin', t('Adopt…'), text, true), primary: false };
    }
    const [first] = stages;
    const can = may.includes('begin');
    const text = can && first !== undefined ? t('Starts at {0}.', percentText(first.percent)) : notNow();
    return { ...button('forward', 'begin', t('Begin'), text, can), primary: can && phase.kind === 'planned' };
  }
  if (may.includes('restore')) {
    const wanted = percentText(view.flag?.drift?.wanted ?? standing.percent);
    const text = t('Sets the percentage that somebody else has changed.');
    return button('forward', 'restore', t('Put {0} Back', wanted), text, true);
  }
  const next = stages[standing.stageIndex + 1];
  const label = next === undefined ? t('Complete') : t('Advance');
  if (!may.includes('advance')) return button('forward', 'advance', label, notNow(), false);
  const target = next === undefined ? t('Ends the rollout.') : t('To {0}.', percentText(next.percent));
  if (may.includes('override')) {
    const text = t('{0} The gate is not met: a reason will be asked for and kept.', target);
    return button('forward', 'advance', `${label}…`, text, true);
  }
  return { ...button('forward', 'advance', label, target, true), primary: !alarmed };
}

function backButton({ standing }: RolloutView, alarmed: boolean): ActionButton {
  const can = standing.may.includes('rollback');
  const target = standing.effects?.rollback;
  const open = target === undefined ? '' : t('To {0}, at once.', percentText(target.percent));
  return {
    ...button('back', 'rollback', t('Roll Back'), can ? open : notNow(), can),
    primary: can && alarmed,
  };
}

function notNow(): string {
  return t('Not in this state.');
}

function button(
  slot: ActionButton['slot'],
  kind: CommandKind,
  label: string,
  description: string,
  enabled: boolean,
): ActionButton {
  return { slot, kind, label, description, enabled, primary: false };
}
