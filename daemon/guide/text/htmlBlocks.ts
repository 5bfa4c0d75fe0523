import { quoted } from './findings.ts';
import { readHtml } from './html.ts';
import { labelled, summaryLevel } from './labels.ts';
import type { PassageList } from './passageList.ts';
import type { Above } from './passages.ts';
import { undecorated } from './text.ts';

const none: readonly string[] = [];

/** An HTML block; what it summarises stands above what follows, up to the end of its details. */
export function readHtmlBlock(
  list: PassageList,
  value: string,
  line: number,
  outer: readonly Above[],
): readonly Above[] {
  let trail = outer;
  let headers: readonly string[] = [];
  const group = list.nextGroup();
  for (const part of readHtml(value, line)) {
    switch (part.kind) {
      case 'comment':
        if (/\p{L}{2}/u.test(part.text))
          list.findings.add(
            'prose',
            { file: list.file, line: part.line },
            `${quoted(part.text)} is an HTML comment: what it says is not part of the plan`,
          );
        break;
      case 'end':
        trail = trail.filter((above) => above.level !== summaryLevel);
        break;
      case 'summary': {
        const text = undecorated(part.text);
        if (text === '') break;
        trail = trail.filter((above) => above.level !== summaryLevel && above.kind !== 'label');
        list.push({ kind: 'heading', text, body: text, line: part.line, trail });
        trail = [...trail, { kind: 'heading', level: summaryLevel, text, line: part.line }];
        break;
      }
      case 'item': {
        const text = undecorated(part.text);
        if (text !== '') list.push({ kind: 'item', ...labelled(text, undefined), line: part.line, trail, group });
        break;
      }
      case 'row': {
        const cells = part.cells.map((cell) => undecorated(cell));
        if (part.header && headers.length === 0) headers = cells;
        else
          list.row(
            cells.map((text, index) => ({ header: headers[index] ?? '', text, codes: none, links: none })),
            part.line,
            trail,
            group,
          );
        break;
      }
      case 'text': {
        const text = undecorated(part.text);
        if (text !== '')
          list.push({ kind: 'sentence', ...labelled(text, undefined), line: part.line, trail, html: true });
      }
    }
  }
  return trail;
}
