import type { Guide } from '../guide.ts';
import { anyMeans } from '../tag.ts';
import { type Place, type Sourced, said } from '../text/findings.ts';
import type { Passage } from '../text/passages.ts';

export interface DraftEscalation {
  readonly contact: Sourced<string> | undefined;
  readonly reference: Sourced<string> | undefined;
}

/** How somebody is reached: a mail address, a handle, a channel, a telephone number. */
const reachable = /[\w.+-]+@[\w-]+\.\w|(?<![\w.])@[a-z][\w-]+|(?<![\w&])#[a-z][\w-]+|(?<![\w.])\+\d[\d\s()-]{6,}\d/i;
const blank = /_{3,}|\.{4,}|<[^>]{1,40}>|\b(?:tbd|todo|n\/a)\b/i;
const referenceValue =
  /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z][A-Z0-9]{1,9}-\d{1,8}|[A-Z]{2,6}\d{4,10})\b/i;
const person = /^\p{Lu}\p{L}+(?: \p{Lu}\p{L}+){0,2}$/u;
const escalatesTo = /\b(?:[Ee]scalate to|[Pp]age|[Pp]ing|[Cc]ontact|[Cc]all)\s+(?:the )?([\p{Lu}#@][\p{L}\d@#._-]*)/u;

/** Whom to call, and under which reference. What describes a role, and what is left to fill in, is nobody. */
export function readEscalation(guide: Guide): DraftEscalation {
  const contacts = new Map<string, Place[]>();
  const references = new Map<string, Place[]>();
  for (const passage of guide.passages) {
    if (passage.kind === 'code' || passage.kind === 'heading' || passage.coded || passage.text.length > 300) continue;
    const reference = referenceIn(guide, passage);
    if (reference !== undefined) add(references, reference, guide, passage);
    const contact = reference === undefined ? contactIn(guide, passage) : undefined;
    if (contact !== undefined) add(contacts, contact, guide, passage);
  }
  const [reference, ...others] = [...references];
  for (const [other, [place]] of others)
    if (place !== undefined && reference !== undefined)
      guide.findings.add(
        'conflict',
        place,
        `reference ${other} here, ${reference[0]} elsewhere: ${reference[0]} is kept`,
      );
  const names = [...contacts.keys()].slice(0, 20).join('; ');
  return {
    contact: contacts.size === 0 ? undefined : said(names, ...[...contacts.values()].flat()),
    reference: reference === undefined ? undefined : said(reference[0], ...reference[1]),
  };
}

function referenceIn(guide: Guide, passage: Passage): string | undefined {
  if (passage.label === undefined || !anyMeans(guide.tokens(passage.label), 'reference')) return undefined;
  return referenceValue.exec(passage.body)?.[0];
}

function contactIn(guide: Guide, passage: Passage): string | undefined {
  const listed = guide.under(passage, 'contact') !== undefined;
  if (passage.kind === 'row') {
    const cells = passage.cells.map(({ text }) => text).filter((text) => text !== '' && !blank.test(text));
    return listed && cells.some((text) => reachable.test(text))
      ? `${cells[0]}: ${cells.slice(1).join(', ')}`
      : undefined;
  }
  const { label, body } = passage;
  if (label !== undefined && passage.checkbox === undefined && anyMeans(guide.tokens(label), 'contact')) {
    const named = body.split(/\s+[·|•]\s+/)[0] ?? '';
    if (
      named.length > 150 ||
      blank.test(named) ||
      /[<>≥≤]|\d\s*%/.test(named) ||
      !(reachable.test(named) || person.test(named))
    )
      return undefined;
    return /^(?:owners?|contacts?|escalation|escalate)/i.test(label) ? named : `${label}: ${named}`;
  }
  if (!listed || blank.test(passage.text)) return undefined;
  if (label !== undefined && reachable.test(body) && body.length <= 100) return `${label}: ${body}`;
  const to = escalatesTo.exec(passage.text)?.[1];
  return (
    to ?? (reachable.test(passage.text) && passage.text.length <= 100 ? passage.text.replace(/\.$/, '') : undefined)
  );
}

function add(map: Map<string, Place[]>, key: string, guide: Guide, passage: Passage): void {
  map.set(key, [...(map.get(key) ?? []), passage]);
  if (passage.kind !== 'item' || passage.label !== undefined) guide.use(passage);
}
