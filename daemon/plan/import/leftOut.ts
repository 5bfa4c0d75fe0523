import { imperative } from './checklists.ts';
import { readClaims } from './claims.ts';
import type { PlanDraft } from './draft.ts';
import { quoted } from './findings.ts';
import type { Guides } from './guides.ts';
import { stagesOf } from './ladder.ts';
import { type Mention, mentionsIn } from './mentions.ts';
import type { Passage } from './passages.ts';
import { SaidAt } from './saidAt.ts';
import { plain, sameWording } from './text.ts';

/**
 * Lists what found no place in the plan. It is a count against the finished draft, not against what the readers think
 * they read: of every passage, the figures, dates and lengths that no value citing its line holds are told. An item or
 * a row without any place is told whole; so is a sentence with a figure, an order, or a condition with a consequence.
 * What remains is narrative: text without figure, order, condition or box.
 */
export function tellLeftOut(guides: Guides, draft: PlanDraft): void {
  const said = new SaidAt(draft);
  for (const passage of guides.passages) {
    if (passage.kind === 'code') {
      tellAssignments(guides, passage, said);
      continue;
    }
    if (guides.isAccounted(passage)) continue;
    const why = guides.isUsed(passage) ? undefined : reason(guides, passage);
    if (why !== undefined) {
      guides.findings.add('not-understood', passage, `${quoted(passage.text)} ${why}`);
      continue;
    }
    const missing = mentionsIn(passage, draft.schedule).filter(
      (mention) => !said.holds(passage, mention, isOverall(passage)) && !isTold(guides, passage, mention),
    );
    if (missing.length === 0) continue;
    const names = [...new Set(missing.map((mention) => `“${mention.text}”`))].slice(0, 8).join(', ');
    const whole = missing.some((mention) => mention.text === passage.text);
    guides.findings.add(
      'not-understood',
      passage,
      whole ? `${names} has no place in the plan` : `${names} in ${quoted(passage.text)} has no place in the plan`,
    );
  }
}

/** A title, the heading of an overview, or a field such as `Duration: 3 weeks`. */
function isOverall(passage: Passage): boolean {
  return (
    passage.kind === 'heading' ||
    /^(?:total )?(?:duration|length|timeline|period)$/i.test(passage.label ?? '') ||
    /\b\d+-(?:day|week)\b/i.test(plain(passage.text))
  );
}

/** A passage that is told whole needs no more; else a finding must name the figure, in its own words and not in quotes. */
function isTold(guides: Guides, passage: Passage, mention: Mention): boolean {
  return guides.findings.about(passage).some(({ kind, message }) => {
    if (kind === 'not-understood' && message.startsWith(quoted(passage.text))) return true;
    const words = message.replaceAll(/“[^”]*”/g, ' ');
    if (` ${sameWording(words)} `.includes(` ${sameWording(mention.text)} `)) return true;
    const numbers = new Set((words.match(/\d+(?:\.\d+)?/g) ?? []).map(Number));
    return mention.kind === 'figure' && mention.values.every((value) => numbers.has(value));
  });
}

function reason(guides: Guides, passage: Passage): string | undefined {
  const { topic } = guides.contextOf(passage);
  switch (passage.kind) {
    case 'heading':
    case 'code':
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
      if (isTelling(passage))
        return 'reads like a criterion, but it is not clear of what stage or with what consequence';
      return passage.label === undefined &&
        stagesOf(passage).length === 0 &&
        /\s/.test(passage.text) &&
        imperative.test(plain(passage.text))
        ? 'reads like something to do; as a list item it would be one of a checklist'
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

/** `KEY=value` and `key: 10` in a block of code that the plan does not set. */
function tellAssignments(guides: Guides, passage: Passage, said: SaidAt): void {
  for (const [index, line] of passage.text.slice(0, 20_000).split('\n').entries()) {
    const place = { file: passage.file, line: passage.line + index };
    const figures = /[<>≥≤]=?\s*\d+(?:\.\d+)?\s*%/.test(line);
    const [, key, value] =
      /(?<![\w.$-])([A-Za-z_][\w.-]*)\s*=\s*(["']?[\w.$<{%-][^\s]*)/.exec(line) ??
      /^\s*(?:-\s+)?["']?([A-Za-z_][\w.-]*)["']?\s*:\s*(["']?\d[\w.%]*)/.exec(line) ??
      [];
    if (!figures && (key === undefined || value === undefined || said.names(place, key))) continue;
    if (guides.findings.about(place).some(({ message }) => message.includes(key ?? line.trim()))) continue;
    guides.findings.add('not-understood', place, `${quoted(line)} in a block of code has no place in the plan`);
  }
}
