import { codeLines } from './codeLines.ts';
import { labelled } from './labels.ts';
import type { PassageList } from './passageList.ts';
import type { Above } from './passages.ts';

/** A block of code as it stands; what of it is a plan in other clothes is read line by line. */
export function readCodeBlock(
  list: PassageList,
  value: string,
  language: string,
  line: number,
  trail: readonly Above[],
): void {
  list.push({ kind: 'code', text: value, body: value, line, trail });
  const group = list.nextGroup();
  const above: { readonly indent: number; readonly above: Above }[] = [];
  for (const { text, indent, below, parent } of codeLines(value, language)) {
    while (above.length > 0 && (above.at(-1)?.indent ?? 0) >= indent) above.pop();
    const under = [...trail, ...above.map((each) => each.above)];
    list.push({
      kind: 'item',
      ...labelled(text, undefined),
      line: line + below,
      trail: under,
      group,
      parent,
      coded: true,
    });
    above.push({ indent, above: { kind: 'item', level: 9, text, line: line + below } });
  }
}
