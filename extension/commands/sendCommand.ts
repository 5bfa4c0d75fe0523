import type { Command, CommandOutcome } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { Params } from '../../daemon/protocol/wire/messages.ts';
import type { RolloutView, StandingView } from '../../daemon/protocol/wire/view.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { Actions } from './actions.ts';
import { followEffect } from './followEffect.ts';

/** How long one request waits for a daemon that is away. A person may then continue to wait, under the same key. */
const reachLimit = 60_000;
/** How long to wait for the view to show an outcome. */
const viewLimit = 5000;
const shownFor = 6000;
/** How long a rollback waits for the daemon's answer before the flag is set without the daemon. */
const directAfter = 1000;

export interface Sending {
  readonly chosen: ConnectedRollout;
  /** Shown while the decision is carried out: "Rolling back Async upload rollout". */
  readonly title: string;
  readonly command: Command;
  /** Asks the person once more, on the newer state. */
  again(chosen: ConnectedRollout): Promise<void>;
}

/** Sends one decision of a person and follows it: refusals are shown, and the flag is followed until it is in force. */
export async function sendCommand(actions: Actions, { again, ...sending }: Sending): Promise<void> {
  const { vscode, t } = actions;
  const { chosen, command } = sending;
  const sent = await sendDecision(actions, sending);
  if (sent === undefined) return;
  const { outcome } = sent;
  if (outcome.kind === 'done') return await sent.followed;
  if (outcome.code !== 'stale') {
    await vscode.window.showWarningMessage(`Rampwatch: ${outcome.message}`);
    return;
  }
  const current = await newerThan(actions, chosen, outcome.revision);
  const askAgain = t('Ask Again');
  const text = t('The rollout has moved on since you looked. Now: {0}', sentence(current.rollout, actions.clock.now()));
  // A begin is no longer possible while a rollback is under way, for example.
  const mayStill = permissionsOf(command).some((each) => current.rollout.standing.may.includes(each));
  const offered = mayStill ? [askAgain] : [];
  if ((await vscode.window.showWarningMessage(text, ...offered)) === askAgain) await again(current);
}

function permissionsOf(command: Command): StandingView['may'] {
  switch (command.kind) {
    case 'begin':
      return [command.at === undefined ? 'begin' : 'adopt'];
    case 'advance':
      return ['advance', 'override'];
    case 'hold':
    case 'resume':
    case 'acknowledge':
    case 'rejudge':
    case 'restore':
    case 'rollback':
      return [command.kind];
  }
}

/**
 * Sends one decision and returns its outcome; `followed` ends when the flag is in force, with progress shown before.
 * `undefined`: the daemon could not be reached, and the person gave up.
 */
export async function sendDecision(
  actions: Actions,
  { chosen, title, command }: Omit<Sending, 'again'>,
): Promise<{ readonly outcome: CommandOutcome; readonly followed: Promise<void> } | undefined> {
  const { vscode } = actions;
  const progress = { location: vscode.ProgressLocation.Window, title: iconlessText(title) };
  const outcome = await vscode.window.withProgress(progress, async () => await decided(actions, chosen, command));
  if (outcome === undefined) return undefined;
  if (outcome.kind === 'refused') {
    actions.log.info(`${command.kind} was refused (${outcome.code}): ${outcome.message}`);
    return { outcome, followed: Promise.resolve() };
  }
  vscode.window.setStatusBarMessage(iconlessText(outcome.message), shownFor);
  const sets =
    command.kind === 'rollback' || command.kind === 'advance' || command.kind === 'begin' || command.kind === 'restore';
  const followed = sets ? followEffect(actions, chosen, progress, outcome.revision) : Promise.resolve();
  return { outcome, followed };
}

/** The key is made once per decision: the daemon acts on it once, whatever happens to the connection. */
async function decided(
  actions: Actions,
  chosen: ConnectedRollout,
  command: Command,
): Promise<CommandOutcome | undefined> {
  const params = { rollout: chosen.rollout.rollout, key: actions.newKey(), by: actions.actor, command };
  if (command.kind !== 'rollback') return await ordered(actions, chosen, params);
  const direct = actions.clock.after(
    directAfter,
    () => void rollBackBeside(actions, chosen, params.key, command.reason),
  );
  try {
    return await ordered(actions, chosen, params);
  } finally {
    direct.dispose();
  }
}

async function ordered(
  { vscode, t, log }: Actions,
  { connection }: ConnectedRollout,
  params: Params<'command'>,
): Promise<CommandOutcome | undefined> {
  for (;;) {
    if (connection.standing.link.kind === 'stopped') connection.start();
    try {
      return await connection.order('command', params, reachLimit);
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'daemon-unreachable') throw error;
      log.error(`${params.command.kind}: ${error.message}`);
      connection.failureTold();
      const tryAgain = t('Try Again');
      const text = t('{0}. The command may have been carried out; trying again cannot do it twice.', error.message);
      if ((await vscode.window.showErrorMessage(text, tryAgain)) !== tryAgain) return undefined;
    }
  }
}

/** The daemon does not answer: the flag is set without it, and the daemon takes the change over under the same key. */
async function rollBackBeside(
  { vscode, log, rollBackDirectly }: Actions,
  chosen: ConnectedRollout,
  key: string,
  reason: string | undefined,
): Promise<void> {
  try {
    const told = await rollBackDirectly(chosen, key, reason);
    log.warn(told);
    void vscode.window.showWarningMessage(`Rampwatch: ${iconlessText(told)}`);
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    log.error(told);
    void vscode.window.showErrorMessage(`Rampwatch: ${iconlessText(told)}`);
  }
}

async function newerThan(actions: Actions, chosen: ConnectedRollout, revision: number): Promise<ConnectedRollout> {
  const { folder } = chosen.standing;
  const latest = () => actions.connections.find(folder, chosen.rollout.rollout) ?? chosen;
  await chosen.connection.until(() => latest().rollout.standing.revision >= revision, viewLimit);
  return latest();
}

/** The state that a command is decided on. */
export function decidedOn({ standing }: RolloutView): { attempt: number; stage: string; revision: number } {
  return { attempt: standing.attempt, stage: standing.stage, revision: standing.revision };
}
