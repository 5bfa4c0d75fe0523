import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { WhyContent } from '../../daemon/protocol/wire/whyMessages.ts';
import { explanationLines } from '../../daemon/protocol/words/explanationWords.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { journalSentence, journalWords } from '../../daemon/protocol/words/journalWords.ts';
import { stageTitle } from '../../daemon/protocol/words/partTitle.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import type { Translate } from '../vscodeApi.ts';

/** With it a text has six lines at most. */
const mostExplained = 2;

/**
 * A rollout for people who do not have it on their screen: six lines of Markdown at most. Its texts come from plans and
 * logs: none of them makes a link, a mention or a format. `link`: opens the rollout in the editor.
 */
export function chatText(view: RolloutView, link: string, now: number, t: Translate): string {
  const { standing, flag, plan } = view;
  const values = Object.entries(flag?.values ?? {}).map(([key, value]) => `${key}=${value ?? ''}`);
  const [newest] = view.journal;
  const last = newest === undefined ? '' : journalSentence(journalWords(newest.body, view, t));
  const stage = t(
    '{0} at {1}, attempt {2}',
    stageTitle(view, standing.stage),
    percentText(standing.percent),
    standing.attempt,
  );
  const gate = t('{0} of {1} conditions met', standing.gateMet, standing.gateTotal);
  return [
    `**${isolatedText(harmless(plan.name, 120))}**: ${harmless(sentence(view, now), 500)}`,
    `- ${t('Stage')}: ${harmless(standing.gateTotal === 0 ? stage : `${stage}; ${gate}`, 200)}`,
    ...(values.length === 0 ? [] : [`- ${t('Flag')}: ${harmless(`${flag?.target}: ${values.join(', ')}`, 200)}`]),
    ...(last === '' ? [] : [`- ${t('Last')}: ${harmless(last, 300)}`]),
    `- ${t('Plan')}: ${harmless(plan.hash.slice(0, 12), 20)}`,
    `- [${t('Open in VS Code')}](${link})`,
  ].join('\n');
}

/** Why, for the same people: the rule, what fired, and what explains the failures. */
export function whyChatText(
  { name, title, sentence: told, rule, explanation }: WhyContent,
  link: string,
  t: Translate,
) {
  const explained = explanation === null ? [] : explanationLines(explanation, t).slice(0, mostExplained);
  return [
    `**${harmless(name, 120)}**: ${harmless(title, 120)}`,
    `- ${harmless(told, 500)}`,
    ...(rule === null ? [] : [`- ${t('Rule')}: ${harmless(rule.condition, 200)}`]),
    ...explained.map(({ text }) => `- ${harmless(text, 300)}`),
    `- [${t('Open in VS Code')}](${link})`,
  ].join('\n');
}

function harmless(text: string, longest: number): string {
  return plainText(text, longest)
    .replaceAll(/[\\`*[\]~|]/g, (character) => `\\${character}`)
    .replaceAll(/[<>](?=\S)/g, (character) => (character === '<' ? '‹' : '›'))
    .replaceAll(/@(?=\w)/g, '@\u200b')
    .replaceAll(/:\/\//g, ':\u200b//');
}
