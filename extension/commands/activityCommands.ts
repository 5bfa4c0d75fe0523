import { isMeasurement } from '../../daemon/protocol/domain/quarterHourEntry.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { ActivityFilter } from '../views/activityRows.ts';
import type { JournalMemory } from '../views/journalMemory.ts';
import type { Actions } from './actions.ts';
import { subjectOf } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

const olderAtOnce = 100;

export function loadOlderActivityCommand(actions: Actions, memory: JournalMemory, changed: () => void): Handler {
  const { t, connections } = actions;
  return async (argument) => {
    const subject = subjectOf(argument);
    const shown = subject === undefined ? undefined : connections.find(subject.folder, subject.rollout);
    if (shown === undefined) throw new UserError('no-rollout', t('that rollout is not known any more.'));
    const { rollout } = shown.rollout;
    let before = memory.known(shown).entries.at(-1)?.seq ?? null;
    for (;;) {
      const { entries } = await shown.connection.ask('journal', { rollout, before, limit: olderAtOnce });
      memory.add(connections.find(shown.standing.folder, rollout) ?? shown, entries, olderAtOnce);
      // A page with only measurements shows nothing: the page before follows at once.
      if (entries.length < olderAtOnce || !entries.every(isMeasurement)) break;
      before = entries.at(-1)?.seq ?? null;
    }
    changed();
  };
}

export function filterActivityCommand(actions: Actions, memory: JournalMemory, changed: () => void): Handler {
  const { vscode, t } = actions;
  return async () => {
    const choice = (filter: ActivityFilter, name: string, description: string) => ({
      label: filter === memory.filter ? `$(check) ${name}` : name,
      description,
      filter,
    });
    const choices = [
      choice('all', t('Everything'), ''),
      choice('decisions', t('Decisions'), t('decisions of people and of the plan')),
      choice('triggers', t('Triggers'), t('firings and their consequences')),
      choice('sources', t('Sources'), t('gaps, signals and the daemon itself')),
    ];
    const chosen = await vscode.window.showQuickPick(choices, {
      title: t('Filter Activity'),
      placeHolder: t('Which entries are to be shown?'),
    });
    if (chosen === undefined) return;
    memory.filter = chosen.filter;
    changed();
  };
}

/** The filter's name, for the view's head. */
export function filterText(filter: ActivityFilter, t: Actions['t']): string {
  switch (filter) {
    case 'all':
      return '';
    case 'decisions':
      return t('decisions only');
    case 'triggers':
      return t('triggers only');
    case 'sources':
      return t('sources only');
  }
}
