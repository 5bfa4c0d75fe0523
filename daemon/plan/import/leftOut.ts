import { imperative } from './checklists.ts';
import { readClaims } from './claims.ts';
import type { PlanDraft } from './draft.ts';
import { quoted } from './findings.ts';
import { readFreezes } from './freezes.ts';
import type { Guides } from './guides.ts';
import { stagesOf } from './ladder.ts';
import { type Mention, mentionsIn } from './mentions.ts';
import type { Passage } from './passages.ts';
import { isRule, ruleClauses } from './rules.ts';
import { SaidAt } from './saidAt.ts';
import { withoutStages } from './stageMentions.ts';
import { plain, sameWording } from './text.ts';
import { recurrenceOf, topicOf } from './topics.ts';

/**
 * Lists what found no place in the plan. It is a count against the finished draft, not against what the readers think
 * they read. A passage without any place is told whole, prose by the paragraph; of one that has a place, the figures,
 * dates, lengths, addresses and rules that no value citing its line holds are told. Nothing of a guide is left unsaid.
 */
export function tellLeftOut(guides: Guides, draft: PlanDraft): void {
  const said = new SaidAt(draft);
  const prose = new Prose(guides);
  for (const passage of guides.passages) {
    if (passage.kind === 'code') {
      tellAssignments(guides, passage, said);
      continue;
    }
    if (guides.isAccounted(passage) || (passage.parent && isCovered(guides, passage, said))) continue;
    if (!guides.isUsed(passage)) {
      const why = reason(guides, passage);
      if (why !== undefined) {
        guides.findings.add('not-understood', passage, `${quoted(passage.text)} ${why}`);
        continue;
      }
      tellMissing(guides, draft, passage, said);
      if (!isQuoted(guides, passage) && stagesOf(passage).length === 0) prose.take(passage);
      continue;
    }
    tellMissing(guides, draft, passage, said);
  }
  prose.tell();
  tellEmptyHeadings(guides);
}

function tellMissing(guides: Guides, draft: PlanDraft, passage: Passage, said: SaidAt): void {
  const missing = mentionsIn(passage, draft.schedule).filter(
    (mention) => !said.holds(passage, mention, isOverall(passage)) && !isTold(guides, passage, mention),
  );
  if (missing.length > 0) {
    const names = [...new Set(missing.map((mention) => `“${mention.text}”`))].slice(0, 8).join(', ');
    const whole = missing.some((mention) => mention.text === passage.text);
    guides.findings.add(
      'not-understood',
      passage,
      whole ? `${names} has no place in the plan` : `${names} in ${quoted(passage.text)} has no place in the plan`,
    );
  }
  if (passage.kind === 'heading') return;
  for (const clause of ruleClauses(passage.text)) {
    if (said.tells(passage, clause) || isQuoted(guides, passage) || isFreeze(clause)) continue;
    guides.findings.add('not-understood', passage, `${quoted(clause)} has no place in the plan`);
  }
}

/** Every window of it stands under `advance.deny`. */
function isFreeze(clause: string): boolean {
  const { windows, rest } = readFreezes(clause, undefined);
  return windows.length > 0 && rest.length === 0;
}

/** Paragraphs without a place in the plan, each told once, where it begins. */
class Prose {
  readonly #guides: Guides;
  readonly #paragraphs = new Map<string, { first: Passage; sentences: number }>();

  constructor(guides: Guides) {
    this.#guides = guides;
  }

  take(passage: Passage): void {
    if (passage.kind === 'heading' || !/\p{L}/u.test(passage.text)) return;
    const field = passage.label !== undefined;
    if (field && this.#guides.findings.about(passage).some(({ kind }) => kind === 'not-understood')) return;
    const key = passage.group === 0 || field ? `${passage.file}:${passage.line}` : `${passage.group}`;
    const known = this.#paragraphs.get(key);
    if (known === undefined) this.#paragraphs.set(key, { first: passage, sentences: 1 });
    else known.sentences += 1;
  }

  tell(): void {
    for (const { first, sentences } of this.#paragraphs.values()) {
      const more = sentences === 1 ? '' : ` (and ${sentences - 1} more of this paragraph)`;
      this.#guides.findings.add('prose', first, `${quoted(first.text)}${more} is not part of the plan`);
    }
  }
}

/** An item that others are nested in has its place with them: before their titles, as their stage, or as what they are about. */
function isCovered(guides: Guides, passage: Passage, said: SaidAt): boolean {
  const above = { kind: 'item', level: 9, text: passage.text, line: passage.line } as const;
  if (stagesOf(passage).length > 0 || topicOf(passage.text) !== undefined || recurrenceOf([above]) !== undefined)
    return ruleClauses(passage.text).length === 0;
  const words = passage.text.replace(/:$/, '');
  return guides.passages.some(
    (each) =>
      each.file === passage.file &&
      each.trail.some((one) => one.kind === 'item' && one.line === passage.line) &&
      said.tells(each, words),
  );
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

function isQuoted(guides: Guides, passage: Passage): boolean {
  return guides.findings
    .about(passage)
    .some(({ kind, message }) => kind === 'not-understood' && message.includes(quoted(passage.text)));
}

function reason(guides: Guides, passage: Passage): string | undefined {
  const { topic } = guides.contextOf(passage);
  const triggers = topic === 'rollback' || topic === 'review';
  switch (passage.kind) {
    case 'heading':
    case 'code':
      return undefined;
    case 'item':
      if (isOnlyStages(passage) && !triggers) return undefined;
      return triggers ? 'stands among triggers, but no measure and figure were found in it' : 'has no place in a plan';
    case 'row':
      return isOnlyStages(passage) && !triggers ? undefined : 'is a table row that has no place in a plan';
    case 'sentence':
      if (passage.html) return 'is HTML, whose structure is not read: write it as Markdown';
      if (isTelling(passage))
        return 'reads like a criterion, but it is not clear of what stage or with what consequence';
      if (isRule(passage.text)) return 'reads like a rule, and no part of a plan says it';
      return passage.label === undefined &&
        stagesOf(passage).length === 0 &&
        /\s/.test(passage.text) &&
        imperative.test(plain(passage.text))
        ? 'reads like something to do; as a list item it would be one of a checklist'
        : undefined;
  }
}

/** Names stages, and says nothing beside: its figures and dates are told one by one. */
function isOnlyStages(passage: Passage): boolean {
  if (stagesOf(passage).length === 0 || readClaims(passage.text, 'gate').claims.length > 0) return false;
  if (passage.kind === 'row') return passage.cells.every((cell) => cell.text.length < 60 && !isRule(cell.text));
  return !isRule(passage.text) && withoutStages(passage.text).length <= 3;
}

function isTelling(passage: Passage): boolean {
  if (readClaims(passage.text, 'gate').claims.length > 0) return true;
  const words = plain(passage.text);
  return (
    /\b(?:roll(?:ed|s)?[ -]?back|abort|revert)\b/i.test(words) &&
    /\b(?:if|when|whenever|unless|as soon as)\b/i.test(words)
  );
}

/** A heading that says something and has nothing below it. */
function tellEmptyHeadings(guides: Guides): void {
  const standing = new Set(
    guides.passages.flatMap(({ file, trail }) => trail.map((above) => `${file}:${above.line} ${above.text}`)),
  );
  for (const passage of guides.passages) {
    const { file, line, text } = passage;
    if (passage.kind !== 'heading' || guides.isUsed(passage) || standing.has(`${file}:${line} ${text}`)) continue;
    if (passage.trail.length === 0 || stagesOf(passage).length > 0 || isQuoted(guides, passage)) continue;
    const kind = isRule(text) ? 'not-understood' : 'prose';
    guides.findings.add(kind, passage, `${quoted(text)} is a heading with nothing below it`);
  }
}

/** `KEY=value` and `key: 10` in a block of code that the plan does not set. */
function tellAssignments(guides: Guides, passage: Passage, said: SaidAt): void {
  let told = false;
  for (const [index, line] of passage.text.slice(0, 20_000).split('\n').entries()) {
    const place = { file: passage.file, line: passage.line + index };
    const figures = /[<>≥≤]=?\s*\d+(?:\.\d+)?\s*%/.test(line);
    const [, key, value] =
      /(?<![\w.$-])([A-Za-z_][\w.-]*)\s*=\s*(["']?[\w.$<{%-][^\s]*)/.exec(line) ??
      /(?:^|[{,])\s*(?:-\s+)?["']?([A-Za-z_][\w.-]*)["']?\s*:\s*(["'[]?\s*\d[\w.%]*)/.exec(line) ??
      [];
    if (key !== undefined && said.names(place, key)) told = true;
    if (!figures && (key === undefined || value === undefined || said.names(place, key))) continue;
    told = true;
    if (guides.findings.about(place).some(({ message }) => message.includes(key ?? line.trim()))) continue;
    guides.findings.add('not-understood', place, `${quoted(line)} in a block of code has no place in the plan`);
  }
  if (!told && passage.text.trim() !== '' && !guides.isUsed(passage))
    guides.findings.add(
      'prose',
      passage,
      `a block of code, ${quoted(passage.text.trim().split('\n')[0] ?? '')}, is not part of the plan`,
    );
}
