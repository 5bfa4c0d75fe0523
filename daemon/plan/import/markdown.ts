import type { List, ListItem, Nodes, Paragraph, PhrasingContent, RootContent, Table } from 'mdast';
import { UserError } from '../../protocol/userError.ts';
import type { Findings } from './findings.ts';
import { type InlineRun, inlineRuns } from './inline.ts';
import type { Above, Cell, Passage } from './passages.ts';
import type { GuideText } from './readGuide.ts';
import { undecorated } from './text.ts';
import { parseMarkdown } from './tree.ts';

/**
 * A guide's syntax tree as a flat list of passages, each with what stands above it. `firstGroup` keeps the numbers of
 * lists and tables apart among several guides.
 */
export function readPassages(guide: GuideText, firstGroup: number, findings: Findings): readonly Passage[] {
  const reader = new PassageReader(guide.file, firstGroup, findings);
  try {
    reader.blocks(parseMarkdown(guide.text), []);
  } catch (error) {
    if (error instanceof RangeError) throw new UserError('guide-too-deep', `${guide.file}: nested too deeply to read`);
    throw error;
  }
  return reader.passages;
}

const none: readonly string[] = [];

class PassageReader {
  readonly passages: Passage[] = [];
  readonly #findings: Findings;
  readonly #file: string;
  #group: number;

  constructor(file: string, firstGroup: number, findings: Findings) {
    this.#findings = findings;
    this.#file = file;
    this.#group = firstGroup;
  }

  /** Reads sibling blocks; headings and labels among them stand above what follows. */
  blocks(nodes: readonly RootContent[], outer: readonly Above[]): void {
    let trail = outer;
    for (const [index, node] of nodes.entries()) {
      switch (node.type) {
        case 'heading': {
          const text = undecorated(
            inlineRuns(node.children, lineOf(node))
              .map((run) => run.text)
              .join(' '),
          );
          trail = [
            ...outer,
            ...trail.slice(outer.length).filter((above) => above.kind === 'heading' && above.level < node.depth),
          ];
          this.#push({ kind: 'heading', text, body: text, line: lineOf(node), trail });
          trail = [...trail, { kind: 'heading', level: node.depth, text, line: lineOf(node) }];
          break;
        }
        case 'paragraph': {
          const next = nodes[index + 1]?.type;
          const label = this.#paragraph(
            node,
            withoutLabel(trail, outer),
            next === 'list' || next === 'table' || next === 'code',
          );
          trail = withoutLabel(trail, outer);
          if (label !== undefined) trail = [...trail, label];
          break;
        }
        case 'thematicBreak':
          trail = withoutLabel(trail, outer);
          break;
        case 'list':
          this.#list(node, trail);
          break;
        case 'table':
          this.#table(node, trail);
          break;
        case 'blockquote':
          this.blocks(node.children, trail);
          break;
        case 'code':
          this.#push({ kind: 'code', text: node.value, body: node.value, line: lineOf(node) + 1, trail });
          break;
        case 'html':
          this.#html(node.value, lineOf(node), trail);
          break;
        case 'footnoteDefinition':
          this.blocks(node.children, trail);
          break;
        default:
          break;
      }
    }
  }

  #paragraph(node: Paragraph, trail: readonly Above[], introduces: boolean): Above | undefined {
    const runs = inlineRuns(node.children, lineOf(node));
    if (this.#headlessTable(runs, trail)) return undefined;
    const last = runs.at(-1);
    const label = last === undefined ? undefined : labelOf(last, introduces);
    for (const run of label === undefined ? runs : runs.slice(0, -1)) this.#sentences(run, trail);
    if (label !== undefined && last !== undefined) {
      const { text, line } = label;
      this.#push({ kind: 'heading', text, body: text, line, trail, codes: last.codes, links: last.links });
    }
    return label;
  }

  #sentences(run: InlineRun, trail: readonly Above[]): void {
    let start = 0;
    for (const end of [...[...run.text.matchAll(sentenceEnd)].map((match) => match.index), run.text.length]) {
      const part = run.text.slice(start, end);
      const text = undecorated(part);
      if (text !== '') {
        const codes = run.codes.filter((code) => part.includes(code));
        const bold = run.lead !== undefined && start === 0 ? run.lead : undefined;
        const before = run.text.slice(0, start + part.length - part.trimStart().length);
        const line = run.line + before.split('\n').length - 1;
        this.#push({ kind: 'sentence', ...labelled(text, bold), codes, links: run.links, line, trail });
      }
      start = end;
    }
  }

  #list(node: List, trail: readonly Above[]): void {
    const group = this.#nextGroup();
    for (const item of node.children) this.#item(item, trail, group, node.ordered === true);
  }

  #item(item: ListItem, trail: readonly Above[], group: number, ordered: boolean): void {
    const [first, ...rest] = item.children;
    const runs = first?.type === 'paragraph' ? inlineRuns(first.children, lineOf(first)) : [];
    const raw = runs.map((run) => run.text).join(' ');
    const text = undecorated(raw);
    const others = first?.type === 'paragraph' ? rest : item.children;
    const line = lineOf(item);
    const lead = runs[0]?.lead;
    const parent = others.some((child) => child.type === 'list' || child.type === 'table');
    if (text !== '') {
      const box = /^\s*\[([ xX✓✔])\]\s+/.exec(text);
      const checked = item.checked ?? (box === null ? undefined : box[1] !== ' ');
      const shown = box === null ? text : text.slice(box[0].length);
      const words = labelled(shown, lead === undefined ? undefined : undecorated(lead));
      const under: readonly Above[] =
        lead !== undefined && words.label !== undefined && words.body !== ''
          ? [...trail, { kind: 'label', level: 7, text: words.label, line }]
          : trail;
      const checkbox = checked === undefined || checked === null ? undefined : checked ? 'ticked' : 'open';
      this.#push({
        kind: 'item',
        ...words,
        codes: runs.flatMap((run) => run.codes),
        links: runs.flatMap((run) => run.links),
        line,
        trail: under,
        group,
        ordered,
        checkbox,
        parent,
      });
    }
    this.blocks(
      others,
      text === '' ? trail : [...trail, { kind: 'item', level: 8, text: text.replace(/:$/, ''), line }],
    );
  }

  #table(node: Table, trail: readonly Above[]): void {
    const group = this.#nextGroup();
    const rows = node.children.map((row) => ({
      line: lineOf(row),
      cells: row.children.map((cell) => {
        const runs = inlineRuns(cell.children, lineOf(row));
        return {
          text: undecorated(runs.map((run) => run.text).join(' ')),
          codes: runs.flatMap((run) => run.codes),
          links: runs.flatMap((run) => run.links),
        };
      }),
    }));
    const headers = rows[0]?.cells.map((cell) => cell.text) ?? [];
    if (headers.every((header) => header === '')) this.#tellHeadless(lineOf(node));
    for (const row of rows.slice(1)) {
      this.#row(
        row.cells.map((cell, index) => ({ header: headers[index] ?? '', ...cell })),
        row.line,
        trail,
        group,
      );
    }
  }

  /** Lines of `| a | b |` without a header row are no table to Markdown; a person meant one. */
  #headlessTable(runs: readonly InlineRun[], trail: readonly Above[]): boolean {
    const lines = runs.flatMap((run) => run.text.split('\n').map((text, index) => ({ text, line: run.line + index })));
    if (lines.length === 0 || !lines.every(({ text }) => /^\s*\|.*\|\s*$/.test(text))) return false;
    const group = this.#nextGroup();
    this.#tellHeadless(lines[0]?.line ?? 1);
    for (const { text, line } of lines) {
      if (/^[\s|:-]+$/.test(text)) continue;
      const cells = text
        .trim()
        .slice(1, -1)
        .split('|')
        .map((cell) => undecorated(cell));
      this.#row(
        cells.map((cell) => ({ header: '', text: cell, codes: none, links: none })),
        line,
        trail,
        group,
      );
    }
    return true;
  }

  #tellHeadless(line: number): void {
    this.#findings.add(
      'assumed',
      { file: this.#file, line },
      'a table without a header row: its columns are read by what they hold',
    );
  }

  #row(cells: readonly Cell[], line: number, trail: readonly Above[], group: number): void {
    const text = cells
      .map((cell) => cell.text)
      .filter((cell) => cell !== '')
      .join(' | ');
    if (text === '') return;
    this.#push({
      kind: 'row',
      text,
      label: cells.length === 2 ? cells[0]?.text : undefined,
      body: cells.length === 2 ? (cells[1]?.text ?? '') : text,
      codes: cells.flatMap((cell) => cell.codes),
      links: cells.flatMap((cell) => cell.links),
      line,
      trail,
      group,
      cells,
    });
  }

  /** The text of an HTML block, line by line; comments are not part of the guide. */
  #html(value: string, line: number, trail: readonly Above[]): void {
    for (const [index, part] of withoutTags(value).split('\n').entries()) {
      const text = undecorated(part);
      if (text !== '')
        this.#push({ kind: 'sentence', ...labelled(text, undefined), line: line + index, trail, html: true });
    }
  }

  #nextGroup(): number {
    this.#group += 1;
    return this.#group;
  }

  #push(passage: Pick<Passage, 'kind' | 'text' | 'body' | 'line' | 'trail'> & Partial<Passage>): void {
    this.passages.push({
      file: this.#file,
      label: undefined,
      codes: none,
      links: none,
      checkbox: undefined,
      ordered: false,
      group: 0,
      cells: [],
      parent: false,
      html: false,
      ...passage,
    });
  }
}

/** A full stop ends a sentence before a capital, a digit or code; not after `e.g.`, `min.` and the like. */
const sentenceEnd =
  /(?<=[^.\s][.!?])(?<!\b(?:e\.g|i\.e|min|max|approx|vs|etc|resp|no|ca|\p{Lu})\.)\s+(?=[\p{Lu}\d`"(])/gu;

function withoutLabel(trail: readonly Above[], outer: readonly Above[]): readonly Above[] {
  return [...outer, ...trail.slice(outer.length).filter((above) => above.kind === 'heading')];
}

/** A run that stands above what follows: bold throughout, or closed by a colon before a list, a table or code. */
function labelOf(run: InlineRun, introduces: boolean): Above | undefined {
  const text = undecorated(run.text);
  const colon = text.endsWith(':');
  const shown = text.replace(/\s*:$/, '');
  if (shown === '' || !((run.allBold && text.length <= 120) || (colon && introduces))) return undefined;
  return { kind: 'label', level: 7, text: shown, line: run.line };
}

/** `Label: body`, from a bold lead-in or a short one before a colon. */
function labelled(text: string, bold: string | undefined): { text: string; label: string | undefined; body: string } {
  const lead = bold === undefined ? undefined : undecorated(bold).replace(/\s*[:.–—-]+$/, '');
  if (lead !== undefined && lead !== '' && text.startsWith(lead)) {
    return { text, label: lead, body: text.slice(lead.length).replace(/^[\s:.–—-]+/, '') };
  }
  const short = /^([\p{L}][^:|]{0,50}?)\s*:\s+(\S.*)$/u.exec(text);
  return short === null ? { text, label: undefined, body: text } : { text, label: short[1], body: short[2] ?? '' };
}

function withoutTags(html: string): string {
  const parts: string[] = [];
  let index = 0;
  while (index < html.length) {
    const open = html.indexOf('<', index);
    if (open === -1) break;
    parts.push(html.slice(index, open));
    const comment = html.startsWith('<!--', open);
    const close = html.indexOf(comment ? '-->' : '>', open);
    const end = close === -1 ? html.length : close + (comment ? 3 : 1);
    parts.push(html.slice(open, end).replaceAll(/[^\n]+/g, ' '));
    index = end;
  }
  parts.push(html.slice(index));
  return parts
    .join('')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&ge;', '≥')
    .replaceAll('&le;', '≤')
    .replaceAll('&amp;', '&');
}

function lineOf(node: Nodes | PhrasingContent): number {
  return node.position?.start.line ?? 1;
}
