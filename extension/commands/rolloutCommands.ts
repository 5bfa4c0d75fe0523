import { formatDuration } from '../../daemon/protocol/domain/duration.ts';
import type { Command } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { type Duration, duration } from '../../daemon/protocol/domain/units.ts';
import type { RolloutView, StageView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { boundedList } from '../../daemon/protocol/words/listText.ts';
import { partTitle, stageTitle, triggerTitle } from '../../daemon/protocol/words/partTitle.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
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
import { forKnownRollout, forRollout, type Permission } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';
import { decidedOn, sendCommand } from './sendCommand.ts';

/** The decisions of a person about a rollout. Each is one question and is sent under a key of its own. */

const longestReason = 2000;
const minute = 60_000;

/** A person's decision: `ask` gives the command, or `undefined` when the person cancelled. */
interface Decision {
  readonly title: string;
  readonly permissions: readonly Permission[];
  readonly doing: (name: string) => string;
  readonly ask: (chosen: ConnectedRollout, name: string) => Promise<Command | undefined>;
}

/** Sends a decision, and asks again when the state it was decided on is gone. */
function decide(actions: Actions, { doing, ask }: Decision): (chosen: ConnectedRollout) => Promise<void> {
  const decideOn = async (chosen: ConnectedRollout): Promise<void> => {
    const name = nameOf(actions, chosen);
    const command = await ask(chosen, name);
    if (command === undefined) return;
    await sendCommand(actions, { chosen, title: doing(name), command, again: decideOn });
  };
  return decideOn;
}

function decision(actions: Actions, wanted: Decision): Handler {
  return forRollout(actions, wanted.title, wanted.permissions, decide(actions, wanted));
}

export function beginCommand(actions: Actions): Handler {
  const { t } = actions;
  return decision(actions, {
    title: t('Begin'),
    permissions: ['begin'],
    doing: (name) => t('Beginning {0}', name),
    ask: async ({ rollout }, name) =>
      (await confirmed(actions, beginConfirmation(rollout, name, t)))
        ? { kind: 'begin', on: decidedOn(rollout) }
        : undefined,
  });
}

/** Adopts the present exposure of the flag at its stage; another stage sets the flag and needs a reason. */
export function adoptCommand(actions: Actions): Handler {
  const { t } = actions;
  return decision(actions, {
    title: t('Adopt'),
    permissions: ['adopt'],
    doing: (name) => t('Adopting {0}', name),
    ask: async ({ rollout }, name) => {
      const stage = await stageToAdopt(actions, rollout);
      if (stage === undefined) return undefined;
      const on = decidedOn(rollout);
      if (rollout.standing.exposure?.adopt.includes(stage.id) === true)
        return (await confirmed(actions, adoptConfirmation(stage, name, t)))
          ? { kind: 'begin', on, at: stage.id }
          : undefined;
      const reason = await adoptionReason(actions, rollout, stage);
      return reason === undefined ? undefined : { kind: 'begin', on, at: stage.id, reason };
    },
  });
}

/** The one stage that matches the exposure; else a person chooses among the matching ones, or among all that expose. */
async function stageToAdopt({ vscode, t }: Actions, rollout: RolloutView): Promise<StageView | undefined> {
  const exposing = rollout.stages.filter(({ percent }) => percent > 0);
  const same = exposing.filter(({ id }) => rollout.standing.exposure?.adopt.includes(id) === true);
  const [only, ...others] = same;
  if (only !== undefined && others.length === 0) return only;
  const items = (same.length > 0 ? same : exposing).map((stage) => ({
    label: partTitle(stage),
    description: percentText(stage.percent),
    stage,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: t('Adopt'), placeHolder: t('At which stage?') });
  return chosen?.stage;
}

async function adoptionReason(actions: Actions, rollout: RolloutView, stage: StageView): Promise<string | undefined> {
  const { vscode, t } = actions;
  const reason = await vscode.window.showInputBox({
    title: t('Begin at {0} ({1})', partTitle(stage), percentText(stage.percent)),
    prompt: plainText(rollout.standing.exposure?.detail ?? '', 200),
    placeHolder: t('Why at another percentage than the flag has; kept for ever'),
    validateInput: (text) => reasonProblem(text, actions),
    ignoreFocusOut: true,
  });
  return reason?.trim();
}

export function advanceCommand(actions: Actions): Handler {
  const { t } = actions;
  return decision(actions, {
    title: t('Advance'),
    permissions: ['advance', 'override'],
    doing: (name) => t('Advancing {0}', name),
    ask: async ({ rollout }, name) => {
      if (!(await confirmed(actions, advanceConfirmation(rollout, name, actions.clock.now(), t)))) return undefined;
      const reason = isReady(rollout) ? null : await overrideReason(actions, rollout);
      if (reason === undefined) return undefined;
      const to = rollout.stages[rollout.standing.stageIndex + 1]?.id ?? null;
      return { kind: 'advance', on: decidedOn(rollout), to, ...(reason !== null && { reason }) };
    },
  });
}

/** A stage whose incident was repaired is judged on what comes from now on; the journal keeps why. */
export function rejudgeCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  return decision(actions, {
    title: t('Judge Stage Anew'),
    permissions: ['rejudge'],
    doing: (name) => t('Judging {0} anew', name),
    ask: async ({ rollout }, name) => {
      const reason = await vscode.window.showInputBox({
        title: t('Judge {0} anew from now: {1}', stageTitle(rollout, rollout.standing.stage), name),
        prompt: t('Soak and counts begin again. What was measured before stays in the journal and the report.'),
        placeHolder: t('The incident, and how it was repaired'),
        validateInput: (text) => reasonProblem(text, actions),
        ignoreFocusOut: true,
      });
      return reason === undefined ? undefined : { kind: 'rejudge', on: decidedOn(rollout), reason: reason.trim() };
    },
  });
}

/** Somebody else has set the flag: the stage's percentage is set once more. */
export function restoreFlagCommand(actions: Actions): Handler {
  const { t } = actions;
  return decision(actions, {
    title: t('Put Back'),
    permissions: ['restore'],
    doing: (name) => t('Putting the flag of {0} back', name),
    ask: async ({ rollout }, name) =>
      (await confirmed(actions, restoreConfirmation(rollout, name, t)))
        ? { kind: 'restore', on: decidedOn(rollout) }
        : undefined,
  });
}

export function holdCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  return decision(actions, {
    title: t('Hold'),
    permissions: ['hold'],
    doing: (name) => t('Holding {0}', name),
    ask: async ({ rollout }, name) => {
      const reason = await vscode.window.showInputBox({
        title: t('Hold: {0}', name),
        prompt: t('The soak is paused and nothing advances until you resume.'),
        placeHolder: t('Why, for those who look at it later; may be left empty'),
        validateInput: (text) =>
          text.length > longestReason ? t('At most {0} characters.', longestReason) : undefined,
        ignoreFocusOut: true,
      });
      if (reason === undefined) return undefined;
      return { kind: 'hold', on: decidedOn(rollout), ...(reason.trim() !== '' && { reason: reason.trim() }) };
    },
  });
}

export function resumeCommand(actions: Actions): Handler {
  const { t } = actions;
  return decision(actions, {
    title: t('Resume'),
    permissions: ['resume'],
    doing: (name) => t('Resuming {0}', name),
    ask: async ({ rollout }) => ({ kind: 'resume', on: decidedOn(rollout) }),
  });
}

export function acknowledgeCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  return decision(actions, {
    title: t('Acknowledge'),
    permissions: ['acknowledge'],
    doing: (name) => t('Acknowledging the review of {0}', name),
    ask: async ({ rollout }, name) => {
      const { phase } = rollout.standing;
      const firings = phase.kind === 'review' ? phase.firings : [];
      const lines = firings.map(
        (firing) => `${triggerTitle(rollout, firing.trigger)}: ${plainText(firing.condition, 200)}`,
      );
      const reason = await vscode.window.showInputBox({
        title: t('Acknowledge: {0}', name),
        prompt: boundedList(lines, 5, '; ', t),
        placeHolder: t('Your finding, and why the rollout may continue'),
        validateInput: (text) => reasonProblem(text, actions),
        ignoreFocusOut: true,
      });
      if (reason === undefined) return undefined;
      const quiet = await quietFor(actions, rollout);
      if (quiet === undefined) return undefined;
      return { kind: 'acknowledge', on: decidedOn(rollout), reason: reason.trim(), ...quiet };
    },
  });
}

/** A trigger that fires again and again asks how long it may do so unheard; one that fired once asks nothing. */
async function quietFor(
  { vscode, t }: Actions,
  rollout: RolloutView,
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
  const rollBack: Decision = {
    title: t('Roll Back'),
    permissions: ['rollback'],
    doing: (name) => t('Rolling back {0}', name),
    ask: async ({ rollout }, name) =>
      (await confirmed(actions, rollBackConfirmation(rollout, name, t))) ? { kind: 'rollback' } : undefined,
  };
  return forKnownRollout(actions, rollBack.title, rollBack.permissions, decide(actions, rollBack));
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
  return isolatedText(plainText(rolloutName(chosen, connections.rollouts), 120));
}
