import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { isLive } from '../connection/standing.ts';
import type { RowElement } from '../views/rowTree.ts';
import type { Actions } from './actions.ts';

const reachLimit = 20_000;
/** How long to wait for the view to show the effect of an answer. */
const viewLimit = 5000;

export interface Ticking {
  readonly element: RowElement;
  readonly ticked: boolean;
}

/**
 * A tick is a request: the daemon does it or says why not, and the checkbox is then drawn from the daemon's state in
 * any case. `redraw` resets the boxes to that state.
 */
export async function tickItems(
  actions: Actions,
  tickings: readonly Ticking[],
  redraw: (elements: readonly RowElement[]) => void,
): Promise<void> {
  // One after the other: a refusal is one message, and the journal keeps the person's order.
  for (const ticking of tickings) {
    try {
      await tickItem(actions, ticking);
    } catch (error) {
      if (!(error instanceof UserError)) actions.log.error(`tick: ${String(error)}`);
      void actions.vscode.window.showErrorMessage(
        `Rampwatch: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      redraw([ticking.element]);
    }
  }
}

async function tickItem(actions: Actions, { element, ticked }: Ticking): Promise<void> {
  const { connections, vscode, t, actor, newKey, log } = actions;
  const { folder, rollout, item } = element.subject;
  const known = connections.find(folder, rollout);
  if (item === undefined || known === undefined || !isLive(known.standing)) {
    throw new UserError('not-now', t('the daemon is not connected, so nothing was ticked.'));
  }
  const params = { rollout, key: newKey(), by: actor, item, ticked };
  const outcome = await known.connection.order('tick', params, reachLimit);
  if (outcome.kind === 'refused') {
    log.info(`tick of ${item} was refused (${outcome.code}): ${outcome.message}`);
    void vscode.window.showWarningMessage(`Rampwatch: ${plainText(outcome.message)}`);
    return;
  }
  await known.connection.until(() => isTicked(connections.find(folder, rollout)?.rollout, item) === ticked, viewLimit);
}

function isTicked(view: RolloutView | undefined, item: string): boolean | undefined {
  if (view === undefined) return undefined;
  const lists = view.deliverables === undefined ? view.checklists : [...view.checklists, view.deliverables];
  const found = lists.flatMap(({ items }) => items).find(({ id }) => id === item);
  return found === undefined ? undefined : found.ticked !== null;
}
