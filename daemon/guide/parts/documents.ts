import type { Guide } from '../guide.ts';
import { isLength } from '../lengths.ts';
import { anyMeans } from '../tag.ts';
import { quoted, type Sourced, said } from '../text/findings.ts';
import type { Passage } from '../text/passages.ts';

export interface DraftDocument {
  readonly path: string;
  readonly purpose: string | undefined;
  readonly minutes: number | undefined;
}

const documentName = /(?<![\w/.-])(?:[\w.-]+\/)*[\w.-]+\.(?:md|markdown|rst|adoc|pdf|docx?|html?)\b/gi;
const documentLink = /\.(?:md|markdown|rst|adoc|pdf|docx?|html?)(?:#.*)?$/i;

/** Documents to read, with purpose and time; links outside the plan's folder are told. */
export function readDocuments(
  guide: Guide,
  inside: (path: string) => string | undefined,
): readonly Sourced<DraftDocument>[] {
  const found = new Map<string, Sourced<DraftDocument>>();
  for (const passage of guide.passages) {
    if (passage.kind === 'code' || passage.kind === 'heading' || passage.coded || passage.text.length > 400) continue;
    const listed = guide.under(passage, 'documents') !== undefined;
    const links = passage.links.filter((link) => documentLink.test(link)).map((link) => link.replace(/#.*$/, ''));
    const names = [...new Set([...links, ...(passage.text.match(documentName) ?? [])])].slice(0, 10);
    for (const name of names) {
      if (/^[a-z][a-z+.-]*:/i.test(name) && listed) {
        guide.leave(passage, `${quoted(name)} is not a file in the plan's folder: left out of \`documents\``);
        guide.use(passage);
      }
      const path = inside(name);
      if (path === undefined) continue;
      const known = found.get(path);
      const minutes = known?.value.minutes ?? minutesIn(guide, passage);
      const purpose = known?.value.purpose ?? purposeIn(passage, name, guide);
      found.set(path, said({ path, purpose, minutes }, ...(known?.places ?? []), passage));
      if (listed || passage.kind === 'row' || anyMeans(guide.tokens(passage.label ?? ''), 'documents'))
        guide.use(passage);
    }
  }
  return [...found.values()];
}

function minutesIn(guide: Guide, passage: Passage): number | undefined {
  const figure = guide
    .tokens(passage.text)
    .find(({ number }) => isLength(number) && number.value >= 60_000 && number.value <= 86_400_000)?.number;
  return figure === undefined ? undefined : Math.round(figure.value / 60_000);
}

function purposeIn(passage: Passage, name: string, guide: Guide): string | undefined {
  if (passage.kind === 'row') {
    const cells = passage.cells.filter(
      ({ text, links }) => !text.includes(name) && !links.includes(name) && /\p{L}{3}/u.test(text),
    );
    const told = cells.find(({ text }) => !guide.tokens(text).some(({ number }) => isLength(number)));
    return told?.text === '' ? undefined : told?.text;
  }
  if (passage.kind !== 'item') return undefined;
  const rest = passage.text
    .replace(name, ' ')
    .replaceAll(/\([^()]*\d[^()]*\)|,?\s*~?\d+\s*min(?:ute)?s?(?: read)?/gi, ' ')
    .replaceAll(/\(\s*[a-z]*\s*\)/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[\s:–—,.-]+|[\s:–—,(.-]+$/g, '');
  return rest.length > 2 && !/^(?:see|read|review)$/i.test(rest) ? rest : undefined;
}
