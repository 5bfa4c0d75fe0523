import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import type { KnownRollout, KnownRollouts } from '../connection/knownRollouts.ts';
import type { PlanFolders } from '../connection/planFolders.ts';
import { iconlessText } from '../views/escapedText.ts';
import { ageText } from '../views/momentText.ts';
import type { Actions } from './actions.ts';
import { SubjectArgument } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';
import { pickRollout } from './rolloutPicker.ts';

/** The folders of the window, and the rollouts that any window has shown. */
export interface OpenPorts {
  readonly folders: Pick<PlanFolders, 'open' | 'close'>;
  readonly known: KnownRollouts;
}

/** Shows a rollout that this editor has shown before, in a window of another folder or of none. */
export function openRolloutCommand(actions: Actions, { folders, known }: OpenPorts): Handler {
  const { vscode, t, clock, connections } = actions;
  return async () => {
    const offered = known.all.map((each) => ({
      label: isolatedText(iconlessText(each.name)),
      description: each.standing,
      detail: `${iconlessText(each.folder)} · ${ageText(each.heardAt, clock.now(), t)}`,
      running: each.running,
      value: each,
    }));
    if (offered.length === 0) {
      const none = t('no rollout is known on this machine yet. Open the folder of one, or try the demo.');
      throw new UserError('no-rollout', none);
    }
    const chosen = await pickRollout(actions, t('Open Rollout'), offered);
    if (chosen === undefined) return;
    if (!(await folders.open(chosen.folder))) {
      known.forget(chosen.folder);
      throw new UserError('no-plan', t('{0} has no plan any more.', chosen.folder));
    }
    connections.start(chosen.folder);
    await vscode.commands.executeCommand('rampwatch.openDashboard', subjectOf(chosen));
  };
}

function subjectOf({ folder, rollout }: KnownRollout): SubjectArgument {
  return new SubjectArgument({ folder, rollout, planPart: null });
}
