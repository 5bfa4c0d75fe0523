import { basename } from 'node:path';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { PlanConnection } from '../connection/planConnection.ts';
import { iconlessText } from '../views/escapedText.ts';
import { linkText } from '../views/linkText.ts';
import type { Actions } from './actions.ts';
import { subjectOf } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

export function startDaemonCommand(actions: Actions): Handler {
  const { t, connections } = actions;
  return async (argument) => {
    const subject = subjectOf(argument);
    const stopped = connections.all.filter(
      ({ standing }) =>
        standing.link.kind === 'stopped' && (subject === undefined || standing.folder === subject.folder),
    );
    if (stopped.length > 0) {
      for (const connection of stopped) connection.start();
      return;
    }
    const message =
      connections.all.length === 0
        ? t('there is no rampwatch.yaml in this workspace; "Rampwatch: Create Plan" makes one.')
        : t('the daemon is running already.');
    throw new UserError('not-stopped', message);
  };
}

export function stopDaemonCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  return async () => {
    const connection = await chosenConnection(actions);
    if (connection === undefined) return;
    const answer = await connection.stop(false);
    if (answer.kind === 'stopping') return;
    const stopAnyway = t('Stop Anyway');
    const chosen = await vscode.window.showWarningMessage(
      t('Stop the daemon although a rollout exposes users?'),
      {
        modal: true,
        detail: t('{0}\n\nNobody would then watch it, and no trigger would roll it back.', answer.message),
      },
      stopAnyway,
    );
    if (chosen === stopAnyway) await connection.stop(true);
  };
}

async function chosenConnection({ vscode, t, connections }: Actions): Promise<PlanConnection | undefined> {
  const running = connections.all.filter(({ standing }) => standing.link.kind === 'live');
  const [first, ...others] = running;
  if (first === undefined)
    throw new UserError('not-running', t('the daemon is not connected, so it cannot be asked to stop.'));
  if (others.length === 0) return first;
  const items = running.map((connection) => ({
    label: iconlessText(basename(connection.standing.folder)),
    description: linkText(connection.standing.link, t),
    detail: iconlessText(connection.standing.folder),
    connection,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: t('Stop Daemon'),
    placeHolder: t('The daemon of which folder?'),
  });
  return chosen?.connection;
}
