import { type ExplainedSubject, type Explanation, isSameSubject } from '../protocol/domain/explanation.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { StageVisit } from '../protocol/domain/rolloutState.ts';
import { comparedText, explanationLines, explanationTitle } from '../protocol/words/explanationWords.ts';
import { english } from '../protocol/words/factWords.ts';
import type { Block, Text } from './reportDocument.ts';

/** What is different about the failures of a firing, as the journal has it. */
export function firingExplanation(entries: readonly JournalEntry[], subject: ExplainedSubject): readonly Block[] {
  const found = entries.findLast(
    ({ body }) => body.kind === 'explained' && isSameSubject(body.explanation.about, subject),
  );
  return found?.body.kind === 'explained' ? blocksOf(found.body.explanation) : [];
}

/** The same of each unmet condition of a stay in a stage, as it was explained last. */
export function stayExplanations(entries: readonly JournalEntry[], visit: StageVisit): readonly Block[] {
  const newest = new Map<string, Explanation>();
  for (const { at, attempt, body } of entries) {
    if (body.kind !== 'explained' || attempt !== visit.attempt || at < visit.from) continue;
    if (visit.to !== null && body.explanation.from > visit.to) continue;
    const { about } = body.explanation;
    if (about.kind === 'gate' && about.stage === visit.stage) newest.set(about.condition, body.explanation);
  }
  return [...newest.values()].flatMap(blocksOf);
}

function blocksOf(explanation: Explanation): readonly Block[] {
  const items = explanationLines(explanation, english).map(({ text }): Text => [text]);
  return [
    { kind: 'paragraph', text: [`${explanationTitle(explanation, english)} (${comparedText(explanation, english)}):`] },
    { kind: 'list', items },
  ];
}
