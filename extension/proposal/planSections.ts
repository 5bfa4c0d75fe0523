/** A part of a plan at its top level, with the comments before it; `key` is empty for what stands before the first. */
interface PlanSection {
  readonly key: string;
  readonly text: string;
}

const keyLine = /^([A-Za-z_][\w-]*):/;

function sectionsOf(text: string): readonly PlanSection[] {
  const lines = text.split(/(?<=\n)/);
  const starts = lines.flatMap((line, index) => (keyLine.test(line) ? [index] : []));
  const firsts = starts.map((start, place) => {
    const least = place === 0 ? 0 : (starts[place - 1] ?? 0) + 1;
    let first = start;
    while (first > least && lines[first - 1]?.startsWith('#') === true) first -= 1;
    return first;
  });
  const cut = [0, ...firsts, lines.length];
  return cut.slice(0, -1).map((from, index) => {
    const start = starts[index - 1];
    const key = start === undefined ? '' : (keyLine.exec(lines[start] ?? '')?.[1] ?? '');
    return { key, text: lines.slice(from, cut[index + 1]).join('') };
  });
}

/**
 * Puts a new proposal in the place of an old one, in a text that a person may have edited since: part by part, where the
 * proposals differ. `overwritten`: parts that the person edited as well.
 */
export function rewriteSections(
  before: string,
  edited: string,
  next: string,
): { readonly text: string; readonly overwritten: readonly string[] } {
  const byKey = (text: string) => new Map(sectionsOf(text).map((section) => [section.key, section.text]));
  const old = byKey(before);
  const present = byKey(edited);
  const wanted = sectionsOf(next);
  const keys = new Set(wanted.map(({ key }) => key));
  const overwritten: string[] = [];
  const isChanged = (key: string, text: string | undefined) => old.get(key) !== text;
  const parts = wanted.map((section) => {
    const own = present.get(section.key);
    if (!isChanged(section.key, section.text)) return { key: section.key, text: own ?? '' };
    if (isChanged(section.key, own) && own !== section.text) overwritten.push(section.key);
    return section;
  });
  let last = '';
  for (const [key, text] of present) {
    if (!keys.has(key) && isChanged(key, text)) {
      // The proposal has no such part any more, or never had.
      if (old.has(key)) overwritten.push(key);
      else parts.splice(parts.findIndex((part) => part.key === last) + 1, 0, { key, text });
    }
    if (parts.some((part) => part.key === key)) last = key;
  }
  return { text: parts.map(({ text }) => text).join(''), overwritten };
}
