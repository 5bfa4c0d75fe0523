import type { ProgressOptions } from 'vscode';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { iconlessText } from '../views/escapedText.ts';
import type { Actions } from './actions.ts';

/** A later proof by traffic still appears in the tree; the progress message gives way. */
const followLimit = 15 * 60_000;

/** Shows discreet progress from the accepted command until the flag is in force, or has failed. */
export async function followEffect(
  { vscode, t }: Actions,
  { connection, rollout }: ConnectedRollout,
  progress: ProgressOptions,
  revision: number,
): Promise<void> {
  if (rollout.flag === null) return;
  const latest = (): RolloutView | undefined =>
    connection.standing.view?.rollouts.find((known) => known.rollout === rollout.rollout);
  await vscode.window.withProgress(progress, async (report) => {
    const step = () => {
      const effect = latest()?.flag?.effect;
      if (effect === undefined || effect === null) return;
      if (effect.progress === 'verified') report.report({ message: t('written; waiting for the traffic to prove it') });
      else if (effect.detail !== null) report.report({ message: iconlessText(effect.detail) });
    };
    const listening = connection.onDidChange(step);
    step();
    const settled = () => {
      const now = latest();
      return now === undefined || (now.standing.revision >= revision && isSettled(now));
    };
    await connection.until(settled, followLimit);
    listening.dispose();
  });
}

/** In force, failed, or verified where the plan asks for no proof: this effect will not change by itself. */
function isSettled(view: RolloutView): boolean {
  const effect = view.flag?.effect;
  if (effect === undefined || effect === null) return true;
  if (view.standing.phase.kind === 'rolled-back' || view.standing.phase.kind === 'rollback-failed') return true;
  if (effect.progress === 'verified') return view.flag?.proof === null;
  return effect.progress === 'in-force' || effect.progress === 'failed';
}
