import type { QuickPickItem } from 'vscode';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { stageTitle } from '../../daemon/protocol/words/partTitle.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import type { CommandName } from '../commandNames.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { isLive, type Standing } from '../connection/standing.ts';
import { iconlessText } from '../views/escapedText.ts';
import { linkText } from '../views/linkText.ts';
import { runningFirst } from '../views/rolloutGroups.ts';
import { rolloutName } from '../views/rolloutName.ts';
import type { Row } from '../views/row.ts';
import { RowElement } from '../views/rowTree.ts';
import type { Actions } from './actions.ts';
import type { Handler } from './registerCommand.ts';

type Choice = QuickPickItem & { readonly command?: CommandName; readonly about?: ConnectedRollout };

/**
 * The menu behind the status bar: the state of the rollout, and the actions possible now. Roll Back is the first entry.
 */
export function showStatusCommand(actions: Actions): Handler {
  const { vscode, t, connections } = actions;
  return async () => {
    const choices = [
      ...runningFirst(connections.rollouts).flatMap((known) => rolloutChoices(actions, known, connections.rollouts)),
      ...generalChoices(actions),
    ];
    const [only] = connections.rollouts;
    const placeHolder =
      only !== undefined && connections.rollouts.length === 1
        ? sentenceOf(actions, only)
        : (connections.standings.map(({ link }) => linkText(link, t)).find((text) => text !== '') ?? t('What next?'));
    const chosen = await vscode.window.showQuickPick<Choice>(choices, {
      title: only === undefined || connections.rollouts.length > 1 ? 'Rampwatch' : iconlessText(only.rollout.plan.name),
      placeHolder: iconlessText(placeHolder, 500),
    });
    if (chosen?.command === undefined) return;
    await vscode.commands.executeCommand(chosen.command, ...(chosen.about === undefined ? [] : [asRow(chosen.about)]));
  };
}

function rolloutChoices(
  actions: Actions,
  known: ConnectedRollout,
  all: readonly ConnectedRollout[],
): readonly Choice[] {
  const { vscode, t } = actions;
  const { standing, stages } = known.rollout;
  const may = (kind: (typeof standing.may)[number]) => standing.may.includes(kind);
  const live = isLive(known.standing);
  const next = stages[standing.stageIndex + 1];
  const choices: Choice[] =
    all.length > 1
      ? [
          {
            label: isolatedText(iconlessText(rolloutName(known, all))),
            kind: vscode.QuickPickItemKind.Separator,
          },
        ]
      : [];
  const offer = (label: string, description: string, command: CommandName) =>
    choices.push({ label, description, command, about: known });
  if (may('rollback')) {
    const to = standing.effects?.rollback;
    const target =
      to === undefined ? '' : t('to {0} ({1})', stageTitle(known.rollout, to.stage), percentText(to.percent));
    offer(`$(discard) ${t('Roll Back')}`, target, 'rampwatch.rollBack');
  }
  if (!live) return choices;
  if (may('adopt')) offer(`$(debug-step-into) ${t('Adopt')}`, t('adopts the present exposure'), 'rampwatch.adopt');
  if (may('restore')) {
    const wanted = percentText(known.rollout.flag?.drift?.wanted ?? standing.percent);
    offer(`$(reply) ${t('Put {0} Back', wanted)}`, t('somebody else has set the flag'), 'rampwatch.restoreFlag');
  }
  if (may('advance') || may('override')) {
    const target = next === undefined ? t('complete') : t('to {0}', percentText(next.percent));
    const gate = standing.missing.length === 0 ? '' : ` · ${t('gate not met, needs a reason')}`;
    offer(`$(arrow-right) ${t('Advance')}`, `${target}${gate}`, 'rampwatch.advance');
  }
  if (may('acknowledge')) offer(`$(check) ${t('Acknowledge Review')}`, '', 'rampwatch.acknowledge');
  if (may('hold')) offer(`$(debug-pause) ${t('Hold')}`, t('stops the soak and every advance'), 'rampwatch.hold');
  if (may('resume')) offer(`$(debug-continue) ${t('Resume')}`, '', 'rampwatch.resume');
  if (may('rejudge'))
    offer(`$(debug-restart) ${t('Judge Stage Anew')}`, t('after a repaired incident'), 'rampwatch.rejudge');
  if (standing.phase.kind === 'completed' && known.rollout.flag !== null)
    offer(
      `$(search) ${t('What Is Left of the Flag')}`,
      t('each use of its keys, to clean up'),
      'rampwatch.findFlagUses',
    );
  offer(`$(question) ${t('Show Why')}`, '', 'rampwatch.showWhy');
  offer(`$(checklist) ${t('Daily Review')}`, '', 'rampwatch.dailyReview');
  offer(`$(comment) ${t('Copy for Chat')}`, '', 'rampwatch.copyForChat');
  offer(`$(file-text) ${t('Open Report')}`, '', 'rampwatch.openReport');
  offer(`$(megaphone) ${t('Escalate')}`, '', 'rampwatch.escalate');
  // Never at the first place: a begin exposes users, and the first entry is what a hurried hand takes.
  if (may('begin')) offer(`$(play) ${t('Begin')}`, '', 'rampwatch.begin');
  return choices;
}

function generalChoices({ vscode, t, connections }: Actions): readonly Choice[] {
  const kinds = new Set(connections.standings.map((standing: Standing) => standing.link.kind));
  return [
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...(kinds.has('stopped') ? [choice(`$(debug-start) ${t('Start Daemon')}`, 'rampwatch.startDaemon')] : []),
    choice(`$(dashboard) ${t('Open Dashboard')}`, 'rampwatch.openDashboard'),
    choice(`$(go-to-file) ${t('Open Plan')}`, 'rampwatch.openPlan'),
    choice(`$(output) ${t('Show Log')}`, 'rampwatch.showLog'),
    ...(kinds.has('live') ? [choice(`$(debug-stop) ${t('Stop Daemon')}`, 'rampwatch.stopDaemon')] : []),
  ];
}

function choice(label: string, command: CommandName): Choice {
  return { label, command };
}

function sentenceOf({ clock, t }: Actions, { standing, rollout }: ConnectedRollout): string {
  const trouble = linkText(standing.link, t);
  const told = sentence(rollout, clock.now());
  return trouble === '' ? told : t('As last known ({0}): {1}', trouble, told);
}

/** The commands expect a row of the tree; this rollout was chosen from a list. */
function asRow({ standing, rollout }: ConnectedRollout): RowElement {
  const row: Row = {
    id: '',
    label: '',
    description: '',
    icon: { id: 'blank' },
    context: [],
    tooltip: '',
    spoken: '',
    expansion: 'leaf',
    subject: { folder: standing.folder, rollout: rollout.rollout, planPart: null },
    children: [],
  };
  return new RowElement(row, null);
}
