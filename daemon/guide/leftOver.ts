import type { PlanDraft } from './draft.ts';
import type { Guide } from './guide.ts';
import { type Mention, mentionsIn } from './mentions.ts';
import { SaidAt } from './saidAt.ts';
import { anyMeans, means } from './tag.ts';
import { quoted } from './text/findings.ts';
import type { Passage } from './text/passages.ts';

/**
 * Lists what found no place in the plan. It is a count against the finished draft, not against what the rules think they
 * read. Nothing of a guide is left unsaid: a passage without any place is told whole, prose by the paragraph; of one that
 * has a place, the figures, dates and addresses that no value citing its line holds are told.
 */
export function tellLeftOver(guide: Guide, draft: PlanDraft): void {
  const said = new SaidAt(draft);
  const prose = new Map<string, { readonly first: Passage; sentences: number }>();
  for (const passage of guide.passages) {
    if (passage.kind === 'code' || guide.findings.about(passage).some(({ kind }) => kind === 'not-understood'))
      continue;
    if (tellRollback(guide, passage)) continue;
    const missing = mentionsIn(guide, passage, draft.start?.value)
      .filter(
        // The lengths and figures of a heading stand below it once more.
        (mention) => passage.kind !== 'heading' || mention.kind === 'words',
      )
      .filter((mention) => !said.holds(passage, mention, isOverall(passage)));
    if (missing.length > 0) {
      tellMissing(guide, passage, missing);
      continue;
    }
    if (passage.kind === 'heading' || guide.isUsed(passage) || passage.parent || !/\p{L}/u.test(passage.text)) continue;
    const key =
      passage.group === 0 || passage.kind !== 'sentence' ? `${passage.file}:${passage.line}` : `${passage.group}`;
    const known = prose.get(key);
    if (known === undefined) prose.set(key, { first: passage, sentences: 1 });
    else known.sentences += 1;
  }
  for (const { first, sentences } of prose.values()) {
    const more = sentences === 1 ? '' : ` (and ${sentences - 1} more of this paragraph)`;
    guide.findings.add('prose', first, `${quoted(first.text)}${more} is not part of the plan`);
  }
}

/** A rollback that is asked for in words, which no condition of a plan can say: the first thing a person must see. */
function tellRollback(guide: Guide, passage: Passage): boolean {
  if (passage.kind === 'heading' || guide.isUsed(passage)) return false;
  const tokens = guide.tokens(passage.text);
  const asks = tokens.some(
    (token, at) =>
      means(token, 'rollback') &&
      tokens.slice(0, at + 6).some(({ text }) => /^(?:if|when|wenn|si|se|如果|若|场合)$/i.test(text)),
  );
  if (!asks || anyMeans(tokens, 'not')) return false;
  guide.leave(
    passage,
    `IMPORTANT: ${quoted(passage.text)} asks for a rollback, and names no figure that a plan can judge`,
  );
  return true;
}

function tellMissing(guide: Guide, passage: Passage, missing: readonly Mention[]): void {
  const names = [...new Set(missing.map(({ text }) => `“${text}”`))].slice(0, 8).join(', ');
  const whole = missing.some(({ text }) => text === passage.text);
  guide.findings.add(
    'not-understood',
    passage,
    whole ? `${names} has no place in the plan` : `${names} in ${quoted(passage.text)} has no place in the plan`,
  );
}

/** A title, or a field such as `Duration: 3 weeks`. */
function isOverall(passage: Passage): boolean {
  return passage.kind === 'heading' || /^(?:total )?(?:duration|length|timeline|period)$/i.test(passage.label ?? '');
}
