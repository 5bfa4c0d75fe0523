import type { LanguageModelChat } from 'vscode';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { grouped } from '../../daemon/protocol/words/figureText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { reasonOf } from '../connection/commandLine.ts';
import { iconlessText, messageText } from '../views/escapedText.ts';
import type { Actions } from './actions.ts';
import type { DraftOf, ProposalPorts } from './proposalCommands.ts';

/** A draft has at most a megabyte; more is no answer. */
const longestAnswer = 1024 * 1024;

/**
 * Asks a language model of the editor, which the person chooses and agrees to, what the guides say. The command line writes
 * the question and checks every value of the answer against the guides, so nothing that a model makes up reaches a plan.
 */
export function modelDraft(actions: Actions, { run, program }: Pick<ProposalPorts, 'run' | 'program'>): DraftOf {
  const { t } = actions;
  return async (title, guides, folder) => {
    const model = await chosenModel(actions, title);
    if (model === undefined) return undefined;
    const outcome = await run(program(), { words: ['import', '--ask', '--', ...guides], folder });
    if (outcome.failure !== null || outcome.output === '')
      throw new UserError('no-answer', plainText(reasonOf(outcome).replace(/^rampwatch: /, ''), 500));
    const tokens = await model.countTokens(outcome.output);
    if (tokens > model.maxInputTokens) {
      const [needed, most] = [grouped(tokens), grouped(model.maxInputTokens)];
      throw new UserError(
        'guide-too-long',
        t('the guides are {0} tokens, and {1} takes at most {2}.', needed, plainText(model.name, 100), most),
      );
    }
    return (await agreed(actions, model, tokens))
      ? await answerOfModel(actions, title, model, outcome.output)
      : undefined;
  };
}

async function chosenModel({ vscode, t }: Actions, title: string): Promise<LanguageModelChat | undefined> {
  const models = (await vscode.lm?.selectChatModels?.()) ?? [];
  if (models.length === 0) {
    throw new UserError(
      'no-model',
      t('the editor offers no language model; "Import Execution Guide" reads the guide without one.'),
    );
  }
  const items = models.map((model) => ({
    label: iconlessText(model.name),
    description: iconlessText(`${model.vendor} ${model.family}`),
    model,
  }));
  const placeHolder = t('Which model reads the guide?');
  return (await vscode.window.showQuickPick(items, { title, placeHolder }))?.model;
}

/** The text leaves the machine, and a subscription pays for it: a person says so each time. */
async function agreed({ vscode, t }: Actions, { name, vendor }: LanguageModelChat, tokens: number): Promise<boolean> {
  const send = t('Send');
  const question = t('Send the text of the guides to {0} ({1})?', messageText(name), messageText(vendor));
  const detail = t(
    'About {0} tokens are sent, and your subscription with {1} counts them. Nothing else of the workspace is sent. Every value of the answer is looked up in the guides, and shown before anything is written.',
    grouped(tokens),
    messageText(vendor),
  );
  return (await vscode.window.showInformationMessage(question, { modal: true, detail }, send)) === send;
}

/** `undefined`: the person cancelled. */
async function answerOfModel(
  { vscode, t }: Actions,
  title: string,
  model: LanguageModelChat,
  question: string,
): Promise<string | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return await vscode.window.withProgress(options, async (progress, token) => {
    progress.report({ message: t('{0} reads the guide…', messageText(model.name)) });
    let text = '';
    try {
      const asked = [vscode.LanguageModelChatMessage.User(question)];
      const justification = t('To read what a rollout guide says.');
      const answer = await model.sendRequest(asked, { justification }, token);
      for await (const part of answer.text) {
        if (token.isCancellationRequested) return undefined;
        text += part;
        if (text.length > longestAnswer)
          throw new UserError('answer-too-long', t('the model does not come to an end.'));
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      if (token.isCancellationRequested) return undefined;
      const reason = plainText(error instanceof Error ? error.message : String(error), 300);
      throw new UserError('model-failed', t('{0} did not answer: {1}', plainText(model.name, 100), reason));
    }
    return token.isCancellationRequested ? undefined : text;
  });
}
