import type { PreparedToolInvocation } from 'vscode';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { flagFacts, identity } from '../../daemon/protocol/words/modelStatus.ts';
import { quoted } from '../../daemon/protocol/words/modelText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import type { Actions } from '../commands/actions.ts';
import { rollBackConfirmation } from '../commands/effectText.ts';
import { nameOf } from '../commands/rolloutCommands.ts';
import { sendDecision } from '../commands/sendCommand.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { markdownText } from '../views/escapedText.ts';
import { knownRollout } from './toolSubject.ts';

/** A model is told the flag's progress by then; the proof by traffic may take longer. */
const reportLimit = 10_000;

/** The confirmation in the chat: rollout, stage, percentage and effect, in the words of the command's own question. */
export function rollBackPreparation(actions: Actions, known: ConnectedRollout): PreparedToolInvocation {
  const { vscode, t } = actions;
  mayRollBack(known);
  const { question, detail } = rollBackConfirmation(known.rollout, nameOf(actions, known), t);
  const stage = t(
    'Now in stage {0} at {1}.',
    plainText(known.rollout.standing.stage, 60),
    percentText(known.rollout.standing.percent),
  );
  const message = [stage, ...detail.split('\n\n')].map((paragraph) => markdownText(paragraph)).join('\n\n');
  return {
    invocationMessage: markdownless(t('Rolling back {0}', nameOf(actions, known))),
    confirmationMessages: { title: markdownless(question), message: new vscode.MarkdownString(message) },
  };
}

/** Rolls back as the command does, after the chat has asked the person. */
export async function rollBackFacts(
  actions: Actions,
  known: ConnectedRollout,
  reason: string | undefined,
): Promise<readonly string[]> {
  mayRollBack(known);
  const sent = await sendDecision(actions, {
    chosen: known,
    title: actions.t('Rolling back {0}', nameOf(actions, known)),
    command: { kind: 'rollback', reason: reason ?? 'asked for in chat, confirmed there' },
  });
  if (sent === undefined) {
    throw new UserError(
      'unknown-outcome',
      'The daemon could not be reached, so the rollback may or may not have happened: call rollout_status, and tell the person to check the flag.',
    );
  }
  const { outcome } = sent;
  if (outcome.kind === 'refused') {
    throw new UserError(
      outcome.code,
      `The rollback was refused: ${quoted(outcome.message)}. Call rollout_status to see why.`,
    );
  }
  const latest = () => actions.connections.find(known.standing.folder, known.rollout.rollout) ?? known;
  let over = false;
  const followed = sent.followed.then(() => {
    over = true;
  });
  const settled = () =>
    over || latest().rollout.flag?.effect?.progress === 'failed' || isWritten(latest(), outcome.revision);
  await Promise.race([followed, known.connection.until(settled, reportLimit)]);
  const now = actions.clock.now();
  return [
    ...identity(knownRollout(latest()), now),
    `Rolled back: ${quoted(outcome.message)}.`,
    ...flagFacts(latest().rollout),
    `Standing: ${quoted(sentence(latest().rollout, now), 1000)}`,
    'Say exactly how far it has come; only "in force" is proven by traffic.',
  ];
}

function isWritten({ rollout: { standing, flag } }: ConnectedRollout, revision: number): boolean {
  if (standing.revision < revision) return false;
  const progress = flag?.effect?.progress;
  return flag === null || progress === 'verified' || progress === 'in-force';
}

function mayRollBack({ rollout }: ConnectedRollout): void {
  if (rollout.standing.may.includes('rollback')) return;
  throw new UserError(
    'not-now',
    `There is nothing to roll back: the rollout is in phase ${rollout.standing.phase.kind} at ${percentText(rollout.standing.percent)}.`,
  );
}

/** For places that read plain text as Markdown: no construct begins in it. */
function markdownless(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>]/g, ' ');
}
