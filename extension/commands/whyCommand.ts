import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { conditionText, firingText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { partTitle } from '../../daemon/protocol/words/partTitle.ts';
import { phaseFace } from '../../daemon/protocol/words/phaseWords.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { iconlessText } from '../views/escapedText.ts';
import { latchedFiring } from '../views/firings.ts';
import { rolloutName } from '../views/rolloutName.ts';
import type { PresentAbout, WhyAbout } from '../views/row.ts';
import type { WhyPages } from '../why/whyPages.ts';
import type { Actions } from './actions.ts';
import { subjectOf } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

interface Question {
  readonly known: ConnectedRollout;
  readonly about: WhyAbout;
}

/**
 * Opens the reasons of a row; from the palette, of an unmet condition, a firing trigger or a rollback. `looked`: told of a
 * rollout whose reasons are on screen.
 */
export function showWhyCommand(
  actions: Actions,
  pages: Pick<WhyPages, 'show'>,
  looked: (known: ConnectedRollout) => void,
): Handler {
  return async (argument) => {
    const question = await questionOf(actions, argument);
    if (question === undefined) return;
    const { known, about } = question;
    pages.show({ folder: known.standing.folder, rollout: known.rollout.rollout, about });
    looked(known);
  };
}

async function questionOf(actions: Actions, argument: unknown): Promise<Question | undefined> {
  const { vscode, t, connections } = actions;
  const subject = subjectOf(argument);
  const known = subject === undefined ? undefined : connections.find(subject.folder, subject.rollout);
  if (known !== undefined && subject?.why !== undefined) return { known, about: subject.why };
  const questions = (known === undefined ? connections.rollouts : [known]).flatMap((each) =>
    questionsOf(each, actions),
  );
  const [only, ...others] = questions;
  if (only === undefined) {
    throw new UserError('nothing-to-explain', t('no condition is unmet and no trigger fires: nothing to explain.'));
  }
  if (others.length === 0) return only;
  const items =
    connections.rollouts.length === 1
      ? questions
      : questions.map((each) => ({
          ...each,
          description: isolatedText(iconlessText(rolloutName(each.known, connections.rollouts))),
        }));
  return await vscode.window.showQuickPick(items, { title: t('Show Why'), placeHolder: t('Explain what?') });
}

/** The questions that a rollout can answer now: a rollback, triggers that hold or fire, conditions that are not met. */
export function questionsOf(
  known: ConnectedRollout,
  { t }: Pick<Actions, 't'>,
): readonly (Question & { readonly about: PresentAbout; readonly label: string })[] {
  const { standing, stages, triggers } = known.rollout;
  const { phase } = standing;
  const question = (label: string, about: PresentAbout) => ({ label: iconlessText(label), known, about });
  const rolled = phase.kind === 'rolling-back' || phase.kind === 'rolled-back' || phase.kind === 'rollback-failed';
  const stage = stages[standing.stageIndex];
  return [
    ...(rolled ? [question(phaseFace(phase.kind, t).word, { kind: 'rollback' })] : []),
    ...triggers.flatMap((trigger) => {
      const latched = latchedFiring(known.rollout, trigger.id);
      const stirs = latched !== null || trigger.phase.kind === 'firing' || trigger.phase.kind === 'pending';
      const told = latched === null ? trigger.when : firingText(latched);
      return stirs ? [question(`${partTitle(trigger)}: ${told}`, { kind: 'trigger', trigger: trigger.id })] : [];
    }),
    ...(stage === undefined || phase.kind === 'planned' ? [] : stage.gate).flatMap((condition) =>
      condition.verdict === 'met'
        ? []
        : [
            question(conditionText(condition), {
              kind: 'condition',
              stage: stage?.id ?? '',
              condition: condition.condition,
            }),
          ],
    ),
  ];
}
