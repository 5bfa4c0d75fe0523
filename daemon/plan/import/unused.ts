import { readClaims } from './claims.ts';
import { quoted } from './findings.ts';
import type { Guides } from './guides.ts';
import { stagesOf } from './ladder.ts';
import type { Passage } from './passages.ts';
import { plain } from './text.ts';

/**
 * Lists what found no place in the plan. Every item and every row is either used or listed. A sentence is listed when
 * it reads like a criterion, a trigger or a soak; other prose is decoration, as are headings and labels (their items
 * are what counts) and fields such as a status. Of HTML every line is listed, since its structure is not read.
 */
export function tellUnused(guides: Guides): void {
  for (const passage of guides.passages) {
    if (guides.isUsed(passage)) continue;
    const why = reason(guides, passage);
    if (why !== undefined) guides.findings.add('not-understood', passage, `${quoted(passage.text)} ${why}`);
  }
}

function reason(guides: Guides, passage: Passage): string | undefined {
  const { topic } = guides.contextOf(passage);
  switch (passage.kind) {
    case 'heading':
      return undefined;
    case 'item':
      if (passage.parent) return undefined;
      if (
        stagesOf(passage).length > 0 &&
        readClaims(passage.text, 'gate').claims.length === 0 &&
        topic !== 'rollback' &&
        topic !== 'review'
      )
        return undefined;
      if (topic === 'rollback' || topic === 'review')
        return `stands among triggers, but no measure and figure were found in it`;
      return 'has no place in a plan';
    case 'row':
      if (
        stagesOf(passage).length > 0 &&
        topic !== 'rollback' &&
        topic !== 'review' &&
        passage.cells.every((cell) => cell.text.length < 60)
      )
        return undefined;
      return 'is a table row that has no place in a plan';
    case 'sentence':
      if (passage.html) return 'is HTML, whose structure is not read: write it as Markdown';
      return isTelling(passage)
        ? 'reads like a criterion, but it is not clear of what stage or with what consequence'
        : undefined;
    case 'code':
      return /[<>]=?\s*\d+(?:\.\d+)?\s*%/.test(passage.text.slice(0, 5000))
        ? 'is a block of code with figures, which is not read'
        : undefined;
  }
}

function isTelling(passage: Passage): boolean {
  if (readClaims(passage.text, 'gate').claims.length > 0) return true;
  const words = plain(passage.text);
  return (
    /\b(?:roll(?:ed|s)?[ -]?back|abort|revert)\b/i.test(words) &&
    /\b(?:if|when|whenever|unless|as soon as)\b/i.test(words)
  );
}
