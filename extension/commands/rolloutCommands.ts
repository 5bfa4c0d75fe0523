import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import { type Duration, duration } from '../../daemon/protocol/domain/units.ts';
import type { RolloutView, StageView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { boundedList } from '../../daemon/protocol/words/listText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { isolatedName } from '../views/escapedText.ts';
import { rolloutName } from '../views/rolloutName.ts';
import type { Actions } from './actions.ts';
import {
  adoptConfirmation,
  advanceConfirmation,
  beginConfirmation,
  type Confirmation,
  isReady,
  restoreConfirmation,
  rollBackConfirmation,
} from './effectText.ts';
import { forKnownRollout, forRollout } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';
import { decidedOn, sendCommand } from './sendCommand.ts';

/** The decisions of a person about a rollout. Each is one question and is sent under a key of its own. */

const longestReason = 2000;
const minute = 60_000;

export function beginCommand(actions: Actions): Handler {
  const { t } = actions;
  const begin = async (chosen: ConnectedRollout): Promise<void> => {
    if (!(await confirmed(actions, beginConfirmation(chosen.rollout, nameOf(actions, chosen), t)))) return;
    await sendCommand(actions, {
      chosen,
      title: t('Beginning {0}', nameOf(actions, chosen)),
      command: { kind: 'begin', on: decidedOn(chosen.rollout) },
      again: begin,
    });
  };
  return forRollout(actions, t('Begin'), ['begin'], begin);
}

/** Adopts the present exposure of the flag at its stage; another stage sets the flag and needs a reason. */
export function adoptCommand(actions: Actions): Handler {
  const { t } = actions;
  const adopt = async (chosen: ConnectedRollout): Promise<void> => {
    const stage = await stageToAdopt(actions, chosen);
    if (stage === undefined) return;
    const isAsFound = chosen.rollout.standing.exposure?.adopt.includes(stage.id) === true;
    const reason = isAsFound ? null : await adoptionReason(actions, chosen, stage);
    if (reason === undefined) return;
    if (isAsFound && !(await confirmed(actions, adoptConfirmation(stage, nameOf(actions, chosen), t)))) return;
    await sendCommand(actions, {
      chosen,
      title: t('Adopting {0}', nameOf(actions, chosen)),
      command: { kind: 'begin', on: decidedOn(chosen.rollout), at: stage.id, ...(reason !== null && { reason }) },
      again: adopt,
    });
  };
  return forRollout(actions, t('Adopt'), ['adopt'], adopt);
}

/** The one stage that matches the exposure; else a person chooses among the matching ones, or among all that expose. */
async function stageToAdopt({ vscode, t }: Actions, { rollout }: ConnectedRollout): Promise<StageView | undefined> {
  const exposing = rollout.stages.filter(({ percent }) => percent > 0);
  const same = exposing.filter(({ id }) => rollout.standing.exposure?.adopt.includes(id) === true);
  const [only, ...others] = same;
  if (only !== undefined && others.length === 0) return only;
  const items = (same.length > 0 ? same : exposing).map((stage) => ({
    label: plainText(stage.id, 60),
    description: percentText(stage.percent),
    stage,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: t('Adopt'), placeHolder: t('At which stage?') });
  return chosen?.stage;
}

async function adoptionReason(
  actions: Actions,
  { rollout }: ConnectedRollout,
  stage: StageView,
): Promise<string | undefined> {
  const { vscode, t } = actions;
  const reason = await vscode.window.showInputBox({
    title: t('Begin at {0} ({1})', plainText(stage.id, 60), percentText(stage.percent)),
    prompt: plainText(rollout.standing.exposure?.detail ?? '', 200),
    placeHolder: t('Why at another percentage than the flag has; kept for ever'),
    validateInput: (text) => reasonProblem(text, actions),
    ignoreFocusOut: true,
  });
  return reason?.trim();
}

export function advanceCommand(actions: Actions): Handler {
  const { t } = actions;
  const advance = async (chosen: ConnectedRollout): Promise<void> => {
    const { rollout } = chosen;
    const page = advanceConfirmation(rollout, nameOf(actions, chosen), actions.clock.now(), t);
    if (!(await confirmed(actions, page))) return;
    const reason = isReady(rollout) ? null : await overrideReason(actions, rollout);
    if (reason === undefined) return;
    await sendCommand(actions, {
      chosen,
      title: t('Advancing {0}', nameOf(actions, chosen)),
      command: {
        kind: 'advance',
        on: decidedOn(rollout),
        to: rollout.stages[rollout.standing.stageIndex + 1]?.id ?? null,
        ...(reason !== null && { reason }),
      },
      again: advance,
    });
  };
  return forRollout(actions, t('Advance'), ['advance', 'override'], advance);
}

/** A stage whose incident was repaired is judged on what comes from now on; the journal keeps why. */
export function rejudgeCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  const rejudge = async (chosen: ConnectedRollout): Promise<void> => {
    const reason = await vscode.window.showInputBox({
      title: t('Judge {0} anew from now: {1}', plainText(chosen.rollout.standing.stage, 60), nameOf(actions, chosen)),
      prompt: t('Soak and counts begin again. What was measured before stays in the journal and the report.'),
      placeHolder: t('The incident, and how it was repaired'),
      validateInput: (text) => reasonProblem(text, actions),
      ignoreFocusOut: true,
    });
    if (reason === undefined) return;
    await sendCommand(actions, {
      chosen,
      title: t('Judging {0} anew', nameOf(actions, chosen)),
      command: { kind: 'rejudge', on: decidedOn(chosen.rollout), reason: reason.trim() },
      again: rejudge,
    });
  };
  return forRollout(actions, t('Judge Stage Anew'), ['rejudge'], rejudge);
}

/** Somebody else has set the flag: the stage's percentage is set once more. */
export function restoreFlagCommand(actions: Actions): Handler {
  const { t } = actions;
  const restore = async (chosen: ConnectedRollout): Promise<void> => {
    if (!(await confirmed(actions, restoreConfirmation(chosen.rollout, nameOf(actions, chosen), t)))) return;
    await sendCommand(actions, {
      chosen,
      title: t('Putting the flag of {0} back', nameOf(actions, chosen)),
      command: { kind: 'restore', on: decidedOn(chosen.rollout) },
      again: restore,
    });
  };
  return forRollout(actions, t('Put Back'), ['restore'], restore);
}

export function holdCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  const hold = async (chosen: ConnectedRollout): Promise<void> => {
    const reason = await vscode.window.showInputBox({
      title: t('Hold: {0}', nameOf(actions, chosen)),
      prompt: t('The soak is paused and nothing advances until you resume.'),
      placeHolder: t('Why, for those who look at it later; may be left empty'),
      validateInput: (text) => (text.length > longestReason ? t('At most {0} characters.', longestReason) : undefined),
      ignoreFocusOut: true,
    });
    if (reason === undefined) return;
    await sendCommand(actions, {
      chosen,
      title: t('Holding {0}', nameOf(actions, chosen)),
      command: { kind: 'hold', on: decidedOn(chosen.rollout), ...(reason.trim() !== '' && { reason: reason.trim() }) },
      again: hold,
    });
  };
  return forRollout(actions, t('Hold'), ['hold'], hold);
}

export function resumeCommand(actions: Actions): Handler {
  const { t } = actions;
  const resume = async (chosen: ConnectedRollout): Promise<void> => {
    await sendCommand(actions, {
      chosen,
      title: t('Resuming {0}', nameOf(actions, chosen)),
      command: { kind: 'resume', on: decidedOn(chosen.rollout) },
      again: resume,
    });
  };
  return forRollout(actions, t('Resume'), ['resume'], resume);
}

export function acknowledgeCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  const acknowledge = async (chosen: ConnectedRollout): Promise<void> => {
    const { phase } = chosen.rollout.standing;
    const firings = phase.kind === 'review' ? phase.firings : [];
    const reason = await vscode.window.showInputBox({
      title: t('Acknowledge: {0}', nameOf(actions, chosen)),
      prompt: boundedList(
        firings.map((firing) => plainText(`${firing.trigger}: ${firing.condition}`, 200)),
        5,
        '; ',
        t,
      ),
      placeHolder: t('Your finding, and why the rollout may continue'),
      validateInput: (text) => reasonProblem(text, actions),
      ignoreFocusOut: true,
    });
    if (reason === undefined) return;
    const quiet = await quietFor(actions, chosen);
    if (quiet === undefined) return;
    await sendCommand(actions, {
      chosen,
      title: t('Acknowledging the review of {0}', nameOf(actions, chosen)),
      command: { kind: 'acknowledge', on: decidedOn(chosen.rollout), reason: reason.trim(), ...quiet },
      again: acknowledge,
    });
  };
  return forRollout(actions, t('Acknowledge'), ['acknowledge'], acknowledge);
}

/** A trigger that fires again and again asks how long it may do so unheard; one that fired once asks nothing. */
async function quietFor(
  { vscode, t }: Actions,
  { rollout }: ConnectedRollout,
): Promise<{ readonly for?: Duration } | undefined> {
  const { phase } = rollout.standing;
  const ids = phase.kind === 'review' ? phase.firings.map(({ trigger }) => trigger) : [];
  if (!rollout.triggers.some(({ id, recurred }) => ids.includes(id) && recurred !== undefined)) return {};
  const lengths = [30 * minute, 4 * 60 * minute, 24 * 60 * minute].map((length) => duration(length));
  const items = [
    { label: t('Until it was calm'), description: t('the next firing after that asks again'), quiet: {} },
    ...lengths.map((length) => ({
      label: t('For {0}', formatDuration(length)),
      description: t('a rollback is never kept back'),
      quiet: { for: length },
    })),
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: t('Acknowledge'),
    placeHolder: t('It fires again and again. How long may it do so without a review?'),
    ignoreFocusOut: true,
  });
  return chosen?.quiet;
}

/**
 * The shortest path in the house: one question, asked even while the daemon is away; the decision waits for the daemon.
 */
export function rollBackCommand(actions: Actions): Handler {
  const { t } = actions;
  const rollBack = async (chosen: ConnectedRollout): Promise<void> => {
    if (!(await confirmed(actions, rollBackConfirmation(chosen.rollout, nameOf(actions, chosen), t)))) return;
    await sendCommand(actions, {
      chosen,
      title: t('Rolling back {0}', nameOf(actions, chosen)),
      command: { kind: 'rollback' },
      again: rollBack,
    });
  };
  return forKnownRollout(actions, t('Roll Back'), ['rollback'], rollBack);
}

/**
 * The reason for an advance past an unmet gate; the box says exactly what is unmet. `undefined`: the person cancelled.
 */
async function overrideReason(actions: Actions, view: RolloutView): Promise<string | undefined> {
  const { vscode, t, clock } = actions;
  const next = view.stages[view.standing.stageIndex + 1];
  const unmet = view.standing.missing.map((line) => plainText(line, 200)).join('; ');
  const reason = await vscode.window.showInputBox({
    title: t('Advance to {0} past an unmet gate', percentText(next?.percent ?? view.standing.percent)),
    prompt: unmet === '' ? plainText(sentence(view, clock.now())) : t('Unmet: {0}', unmet),
    placeHolder: t('Why the rollout may advance anyway; kept for ever'),
    validateInput: (text) => reasonProblem(text, actions),
    ignoreFocusOut: true,
  });
  return reason?.trim();
}

function reasonProblem(text: string, { t }: Actions): string | undefined {
  if (text.trim() === '') return t('A reason is needed.');
  return text.length > longestReason ? t('At most {0} characters.', longestReason) : undefined;
}

async function confirmed({ vscode }: Actions, confirmation: Confirmation): Promise<boolean> {
  const { question, detail, button, tone } = confirmation;
  const show = tone === 'warning' ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  return (await show(question, { modal: true, detail }, button)) === button;
}

/** As untrusted as the plan it comes from. */
export function nameOf({ connections }: Actions, chosen: ConnectedRollout): string {
  return isolatedName(plainText(rolloutName(chosen, connections.rollouts), 120));
}
