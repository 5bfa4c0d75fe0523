import { type CodeLine, codeLines } from './codeLines.ts';
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
  const lines = codeLines(value, language);
  let rowEnd = 0;
  for (const [index, { text, indent, below, parent }] of lines.entries()) {
    if (index < rowEnd) continue;
    while (above.length > 0 && (above.at(-1)?.indent ?? 0) >= indent) above.pop();
    const under = [...trail, ...above.map((each) => each.above)];
    const fields = fieldsAt(lines, index);
    if (fields.length > 1) {
      const cells = fields.map(({ text: field }) => {
        const { label = '', body } = labelled(field, undefined);
        return { header: label.replaceAll('_', ' '), text: body, codes: [], links: [] };
      });
      list.row(cells, line + below, under, group, line + below, true);
      rowEnd = index + fields.length;
      continue;
    }
    list.push({
      kind: 'item',
      ...labelled(text, undefined),
      line: line + below,
      trail: under,
      group,
      parent,
      coded: true,
    });
    above.push({ indent, above: { kind: 'item', level: 9, text: text.replaceAll('_', ' '), line: line + below } });
  }
}

/** `- metric: errors`, `above: 2 %`, `for: 5m`: an item of a list of YAML with several fields is the row of a table. */
function fieldsAt(lines: readonly CodeLine[], first: number): readonly CodeLine[] {
  const fields: CodeLine[] = [];
  for (const each of lines.slice(first)) {
    const isField = /^[\w-]+:\s+\S/.test(each.text) && !each.parent && each.indent === lines[first]?.indent;
    if (!isField || each.bullet !== (fields.length === 0)) break;
    fields.push(each);
  }
  return fields;
}
