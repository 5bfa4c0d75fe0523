/** The parts of a block of HTML, as far as its structure is plain: summaries, headings, items, table rows, and text. */
export type HtmlPart =
  | { readonly kind: 'summary' | 'item' | 'text'; readonly text: string; readonly line: number }
  | { readonly kind: 'row'; readonly cells: readonly string[]; readonly header: boolean; readonly line: number }
  | { readonly kind: 'comment'; readonly text: string; readonly line: number }
  | { readonly kind: 'end'; readonly line: number };

interface Token {
  readonly tag: string | undefined;
  readonly text: string;
  readonly line: number;
}

/** The parts of a block, each with its line counted from `line`. What a comment says is not read, but told. */
export function readHtml(html: string, line: number): readonly HtmlPart[] {
  const parts: HtmlPart[] = [];
  let kind: 'summary' | 'item' | 'text' = 'text';
  let [text, textLine] = ['', line];
  let row: { cells: string[]; header: boolean; line: number } | undefined;
  let cell: string | undefined;
  const close = () => {
    if (text.trim() !== '') parts.push({ kind, text: unescaped(text.trim()), line: textLine });
    text = '';
  };
  for (const token of tokensOf(html, line)) {
    switch (token.tag) {
      case '!--':
        parts.push({ kind: 'comment', text: token.text, line: token.line });
        break;
      case undefined:
        if (cell !== undefined) cell += token.text;
        else {
          // Every line of text is a part of its own.
          for (const [index, each] of token.text.split('\n').entries()) {
            if (index > 0 && kind === 'text') close();
            if (text.trim() === '') textLine = token.line + index;
            text += index > 0 ? ` ${each}` : each;
          }
        }
        break;
      case 'tr':
        close();
        row = { cells: [], header: false, line: token.line };
        break;
      case '/tr':
      case '/table':
        if (row !== undefined) {
          if (cell !== undefined) row.cells.push(unescaped(cell));
          parts.push({ kind: 'row', ...row });
        }
        [row, cell] = [undefined, undefined];
        break;
      case 'td':
      case 'th':
        if (row === undefined) break;
        if (cell !== undefined) row.cells.push(unescaped(cell));
        if (token.tag === 'th') row.header = true;
        cell = '';
        break;
      case '/td':
      case '/th':
        if (cell !== undefined) row?.cells.push(unescaped(cell));
        cell = undefined;
        break;
      case 'br':
      case 'li':
      case 'p':
      case 'summary':
        if (cell !== undefined) {
          if (cell.trim() !== '') cell += '; ';
          break;
        }
        close();
        kind = token.tag === 'summary' ? 'summary' : token.tag === 'li' ? 'item' : token.tag === 'br' ? kind : 'text';
        break;
      case '/details':
        close();
        parts.push({ kind: 'end', line: token.line });
        break;
      case '/li':
      case '/p':
      case '/summary':
      case '/ul':
      case '/ol':
      case 'div':
      case '/div':
        if (cell !== undefined) break;
        close();
        kind = 'text';
        break;
      default:
        if (/^\/?h[1-6]$/.test(token.tag ?? '') && cell === undefined) {
          close();
          kind = token.tag?.startsWith('/') ? 'text' : 'summary';
        }
    }
  }
  close();
  return parts;
}

function* tokensOf(html: string, line: number): Generator<Token> {
  let [index, at] = [0, line];
  const advance = (part: string) => {
    at += part.split('\n').length - 1;
  };
  while (index < html.length) {
    const open = tagStart(html, index);
    const text = html.slice(index, open === -1 ? html.length : open);
    if (text !== '') yield { tag: undefined, text, line: at };
    advance(text);
    if (open === -1) return;
    const comment = html.startsWith('<!--', open);
    const close = html.indexOf(comment ? '-->' : '>', open);
    const end = close === -1 ? html.length : close + (comment ? 3 : 1);
    const tag = html.slice(open, end);
    const name = comment ? undefined : /^<(\/?[a-z][a-z0-9]*)/i.exec(tag)?.[1]?.toLowerCase();
    if (comment) yield { tag: '!--', text: tag.replace(/^<!--|-->$/g, '').trim(), line: at };
    if (name !== undefined) yield { tag: name, text: '', line: at };
    advance(tag);
    index = end;
  }
}

/** `<li>error rate < 5 %</li>`: a sign before a blank or a figure compares. */
function tagStart(html: string, from: number): number {
  const tag = /<[a-z/!?]/gi;
  tag.lastIndex = from;
  return tag.exec(html)?.index ?? -1;
}

function unescaped(text: string): string {
  return text
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&ge;', '≥')
    .replaceAll('&le;', '≤')
    .replaceAll('&amp;', '&');
}
