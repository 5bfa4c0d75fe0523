import type { Explanation } from '../protocol/domain/explanation.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { shownText } from '../protocol/secrets/redactRecord.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { comparedText, explanationLines, explanationTitle } from '../protocol/words/explanationWords.ts';
import { english } from '../protocol/words/factWords.ts';
import { firedText } from '../protocol/words/figureText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import type { Call, ExitCode } from './command.ts';
import type { Output } from './output.ts';
import { commandWorkspace, connectedClient, rolloutOf } from './workspace.ts';
import { writeLine } from './wrapped.ts';

/** What is different about the records behind the triggers that fired and the conditions that are not met. */
export async function run(call: Call): Promise<ExitCode> {
  const workspace = await commandWorkspace(call);
  const { client } = await connectedClient(call, workspace);
  try {
    const view = rolloutOf(client.view, workspace.plan);
    const { explanations = [] } = view;
    const [name] = call.words;
    const asked = name === undefined ? explanations : explanations.filter((each) => isAbout(each, view, name));
    if (name !== undefined && asked.length === 0) throw unknownSubject(view, name);
    for (const explanation of asked) {
      for (const line of linesOf(explanation, view, call.output)) writeLine(shownText(line), call.output, '    ');
    }
    if (asked.length === 0) call.output.line(nothingText(view));
    call.output.document({
      rollout: view.rollout,
      explanations: asked.map((each) => ({ ...each, says: explanationLines(each, english).map(({ text }) => text) })),
    });
    return 0;
  } finally {
    await client.close();
  }
}

function linesOf(explanation: Explanation, view: RolloutView, { paint }: Output): readonly string[] {
  const fired = firingOf(explanation, view);
  return [
    paint('bold', explanationTitle(explanation, english)),
    ...(fired === undefined ? [] : [`  ${firedText(fired, view.triggers)}`]),
    ...explanationLines(explanation, english).map(
      ({ text, isNew }) => `  ${paint(isNew ? 'red' : 'yellow', '•')} ${text}`,
    ),
    paint('dim', `  ${comparedText(explanation, english)}`),
  ];
}

function firingOf({ about }: Explanation, { journal }: RolloutView) {
  if (about.kind !== 'trigger') return undefined;
  for (const { body } of journal) {
    if (body.kind === 'firing' && body.firing.trigger === about.trigger && body.firing.at === about.firedAt) {
      return body.firing;
    }
  }
  return undefined;
}

function isAbout({ about }: Explanation, { stages }: RolloutView, name: string): boolean {
  if (about.kind === 'trigger') return about.trigger === name;
  const gate = stages.find(({ id }) => id === about.stage)?.gate ?? [];
  return (
    about.condition === name || gate.some(({ condition, measure }) => condition === about.condition && measure === name)
  );
}

function unknownSubject({ triggers, stages, standing }: RolloutView, name: string): UserError {
  const gate = stages[standing.stageIndex]?.gate ?? [];
  const names = [...new Set([...triggers.map(({ id }) => id), ...gate.map(({ measure }) => measure)])];
  const isKnown = names.includes(name) || gate.some(({ condition }) => condition === name);
  return isKnown
    ? new UserError(
        'nothing-explained',
        `nothing is explained of \`${plainText(name)}\` in this attempt; it has not fired, or it is met`,
      )
    : new UserError(
        'unknown-subject',
        `\`${plainText(name)}\` is no trigger and no measure of the gate; there are ${names.join(', ')}`,
      );
}

function nothingText({ standing }: RolloutView): string {
  return standing.attempt === 0
    ? 'No attempt has begun, so there are no failures to explain.'
    : 'No trigger has fired and no condition is unmet for long enough in this attempt: there is nothing to explain.';
}
