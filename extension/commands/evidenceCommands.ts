import { basename, dirname } from 'node:path';
import type { Place } from '../../daemon/protocol/domain/place.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { placeText } from '../../daemon/protocol/words/placeText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { HeldDocuments } from '../evidence/heldDocuments.ts';
import { findRecord } from '../evidence/logPlace.ts';
import { iconlessText } from '../views/escapedText.ts';
import { latchedFiring } from '../views/firings.ts';
import type { Actions } from './actions.ts';
import { subjectOf } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

interface Records {
  readonly folder: string;
  readonly rollout: string;
  /** Newest last. */
  readonly places: readonly Place[];
}

/**
 * Puts the cursor on the exact line of the log: of the row's records, of a link, or of the fact that holds the rollout.
 */
export function openLogAtLineCommand(actions: Actions, documents: HeldDocuments): Handler {
  const { t } = actions;
  return async (argument) => {
    const { folder, rollout, places } = recordsOf(actions, argument);
    if (places.length === 0) throw new UserError('no-records', t('no record is kept for this.'));
    const place = await choose(actions, places);
    if (place !== undefined) await openPlace(actions, documents, folder, rollout, place);
  };
}

/**
 * Opens the record's file at its line, or a read-only excerpt where the editor cannot open the file.
 * @throws UserError when the record lies outside the plan's folder or is not there any more
 */
async function openPlace(
  { vscode, t, connections }: Actions,
  documents: HeldDocuments,
  folder: string,
  rollout: string,
  place: Place,
): Promise<void> {
  const known = connections.find(folder, rollout);
  if (known === undefined) throw new UserError('no-rollout', t('that rollout is not known any more.'));
  const found = await findRecord(dirname(known.rollout.plan.file), place, t);
  if (found.openable) {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(found.file));
    const from = new vscode.Position(found.line - 1, 0);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(from, from) });
    return;
  }
  const head = t('Lines {0} to {1} of {2}', found.from, found.from + found.around.length - 1, plainText(found.file));
  await documents.show(`${found.file}:${found.line}`, {
    name: `${basename(found.file).replace(/\.gz$/, '')}`,
    text: [head, '', ...found.around].join('\n'),
    links: [],
    line: found.line - found.from + 3,
  });
}

function recordsOf({ connections }: Actions, argument: unknown): Records {
  const subject = subjectOf(argument);
  if (subject !== undefined) return { ...subject, places: subject.places ?? [] };
  // From the palette: the records behind the fact that holds a rollout now.
  for (const { standing, rollout } of connections.rollouts) {
    const places = rollout.triggers.flatMap(({ id }) => latchedFiring(rollout, id)?.evidence ?? []);
    if (places.length > 0) return { folder: standing.folder, rollout: rollout.rollout, places };
  }
  return { folder: '', rollout: '', places: [] };
}

async function choose({ vscode, t }: Actions, places: readonly Place[]): Promise<Place | undefined> {
  const [only, ...others] = places;
  if (others.length === 0) return only;
  const items = places.map((place) => ({ label: iconlessText(placeText(place)), place })).toReversed();
  const chosen = await vscode.window.showQuickPick(items, {
    title: t('Open Log at Line'),
    placeHolder: t('Which of the {0} records? The newest is first.', items.length),
  });
  return chosen?.place;
}
