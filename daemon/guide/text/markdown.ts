import type { List, ListItem, Nodes, Paragraph, PhrasingContent, RootContent, Table } from 'mdast';
import { UserError } from '../../protocol/domain/userError.ts';
import { type Box, leadingBox, readBoxes } from './boxes.ts';
import { codeLines } from './codeLines.ts';
import { type Findings, quoted } from './findings.ts';
import { readHtml } from './html.ts';
import { type InlineRun, inlineRuns } from './inline.ts';
import { boldLevel, type Introducing, labelAbove, labelled, labelOf, summaryLevel, withoutLabels } from './labels.ts';
import type { Above, Cell, Passage } from './passages.ts';
import type { GuideText } from './readGuide.ts';
import { sentenceEnds } from './sentences.ts';
import { readStageColumns } from './stageColumns.ts';
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
    if (error instanceof RangeError)
      throw new UserError('guide-too-deep', `${guide.file}: nested too deeply to read; no guide is written like that`);
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
          const next = nodes[index + 1];
          const introduces = next?.type === 'list' || next?.type === 'table' || next?.type === 'code';
          const adjacent = introduces && next.type === 'list' && lineOf(next) === (node.position?.end.line ?? 0) + 1;
          const above = {
            under: withoutLabels(trail, outer, boldLevel),
            beside: withoutLabels(trail, outer, boldLevel - 1),
          };
          const labels = this.#paragraph(node, above, adjacent ? 'directly' : introduces ? 'with a gap' : undefined);
          trail = labels[0]?.level === boldLevel ? above.beside : above.under;
          trail = [...trail, ...labels];
          break;
        }
        case 'thematicBreak':
          trail = withoutLabels(trail, outer, boldLevel - 1);
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
          this.#code(node.value, node.lang ?? '', lineOf(node) + 1, trail);
          // A line that introduces code says nothing about the text behind the code.
          trail = withoutLabels(trail, outer, boldLevel);
          break;
        case 'html':
          trail = this.#html(node.value, lineOf(node), trail);
          break;
        case 'footnoteDefinition':
          this.blocks(node.children, trail);
          break;
        default:
          break;
      }
    }
  }

  /** The labels of a paragraph, which stand above what follows it; the rest of it is sentences. */
  #paragraph(
    node: Paragraph,
    { under, beside }: { readonly under: readonly Above[]; readonly beside: readonly Above[] },
    introduces: Introducing,
  ): readonly Above[] {
    const runs = inlineRuns(node.children, lineOf(node));
    if (this.#headlessTable(runs, under)) return [];
    const [first] = runs;
    const last = runs.at(-1);
    if (first === undefined || last === undefined) return [];
    const group = this.#nextGroup();
    const label = labelOf(last, introduces);
    // `**Ring 1 (5 %)**` with `Begins 2 June` on the next line: the bold line stands above that, and above the list.
    const titled =
      runs.length > 1 && first.allBold && runs.slice(1).every((run) => run.lead === undefined && !run.allBold);
    const title = titled ? labelOf(first, introduces) : undefined;
    if (title !== undefined) {
      const closing = last.text.endsWith(':') ? label : undefined;
      const trail = title.level === boldLevel ? beside : under;
      this.#label(title, first, trail);
      for (const run of runs.slice(1, closing === undefined ? undefined : -1))
        this.#bulleted(run, [...trail, title], group);
      if (closing === undefined) return [title];
      this.#label(closing, last, [...trail, title]);
      return [title, closing];
    }
    const trail = label?.level === boldLevel ? beside : under;
    for (const run of label === undefined ? runs : runs.slice(0, -1)) this.#bulleted(run, trail, group);
    if (label === undefined) return [];
    this.#label(label, last, trail);
    return [label];
  }

  #label({ text, line }: Above, { codes, links }: InlineRun, trail: readonly Above[]): void {
    this.#push({ kind: 'heading', text, body: text, line, trail, codes, links });
  }

  /** Lines of `• one` and `• two` are items that Markdown does not know. */
  #bulleted(run: InlineRun, trail: readonly Above[], group: number): void {
    if (!/^[•·▪‣◦–]\s/mu.test(run.text.replaceAll('\u00a0', ' ').replaceAll(/^ +/gm, ''))) {
      this.#sentences(run, trail, group);
      return;
    }
    const lines = run.text
      .split('\n')
      .map((text, index) => ({ text: text.replaceAll('\u00a0', ' ').trim(), line: run.line + index }));
    for (const { text, line } of lines) {
      const bullet = /^[•·▪‣◦–]\s+(\S.*)$/u.exec(text)?.[1];
      if (bullet === undefined) this.#sentences({ ...run, text, line }, trail, group);
      else
        this.#push({
          kind: 'item',
          ...labelled(undecorated(bullet), undefined),
          codes: run.codes.filter((code) => bullet.includes(code)),
          line,
          trail,
          group,
        });
    }
  }

  #sentences(run: InlineRun, outer: readonly Above[], group: number): void {
    if (this.#boxed(run, outer)) return;
    // `**Canary.** Starts on Monday. …`: the bold words stand above the rest of their paragraph.
    const title =
      /^[^.:]{2,40}\.\s*$/.test(run.lead ?? '') && !run.allBold ? undecorated(run.lead ?? '').slice(0, -1) : undefined;
    const trail: readonly Above[] =
      title === undefined ? outer : [...outer, { kind: 'label', level: 7, text: title, line: run.line }];
    let start = title === undefined ? 0 : run.text.indexOf('.') + 1;
    for (const end of [...sentenceEnds(run.text), run.text.length]) {
      const part = run.text.slice(start, end);
      const text = undecorated(part).replace(/^[|·•]\s+/, '');
      if (text !== '') {
        const codes = run.codes.filter((code) => part.includes(code));
        const bold = run.lead !== undefined && start === 0 ? run.lead : undefined;
        const before = run.text.slice(0, start + part.length - part.trimStart().length);
        const line = run.line + before.split('\n').length - 1;
        const links = run.linked.filter((each) => part.includes(each.text)).map(({ link }) => link);
        this.#push({ kind: 'sentence', ...labelled(text, bold), codes, links, line, trail, group });
      }
      start = end;
    }
  }

  /** `Weekly: ☐ cost review ☐ summary`: the boxes are items below their label. */
  #boxed(run: InlineRun, trail: readonly Above[]): boolean {
    const read = readBoxes(run.text);
    if (read === undefined) return false;
    const label = read.before.replace(/\s*:$/, '');
    const under: readonly Above[] =
      label === '' ? trail : [...trail, { kind: 'label', level: 7, text: label, line: run.line }];
    this.#boxes(read.boxes, run.line, under, this.#nextGroup(), run.codes);
    return true;
  }

  #boxes(boxes: readonly Box[], line: number, trail: readonly Above[], group: number, codes = none): void {
    for (const { text, ticked, below } of boxes)
      this.#push({
        kind: 'item',
        ...labelled(text, undefined),
        codes: codes.filter((code) => text.includes(code)),
        line: line + below,
        trail,
        group,
        checkbox: ticked ? 'ticked' : 'open',
      });
  }

  #list(node: List, trail: readonly Above[]): void {
    const group = this.#nextGroup();
    for (const item of node.children) this.#item(item, trail, group, node.ordered === true);
  }

  #item(item: ListItem, trail: readonly Above[], group: number, ordered: boolean): void {
    const [first, ...rest] = item.children;
    const runs = first?.type === 'paragraph' ? inlineRuns(first.children, lineOf(first)) : [];
    const raw = runs.map((run) => run.text).join(' ');
    // A box that is not Markdown's counts the same.
    const boxed = item.checked === null || item.checked === undefined ? leadingBox(raw) : undefined;
    const text = undecorated(boxed?.rest ?? raw);
    const others = first?.type === 'paragraph' ? rest : item.children;
    const line = lineOf(item);
    const lead = runs[0]?.lead;
    const parent = others.some((child) => child.type === 'list' || child.type === 'table');
    if (text !== '') {
      const checked = item.checked ?? boxed?.ticked;
      const words = labelled(text, lead === undefined ? undefined : undecorated(lead));
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
      text === '' ? trail : [...trail, { kind: 'item', level: 9, text: text.replace(/:$/, ''), line }],
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
          boxes: readBoxes(runs.map((run) => run.text).join(' '))?.boxes ?? [],
          codes: runs.flatMap((run) => run.codes),
          links: runs.flatMap((run) => run.links),
        };
      }),
    }));
    const columns = rows.some((row) => row.cells.some((cell) => cell.boxes.length > 0))
      ? undefined
      : readStageColumns(rows);
    if (columns !== undefined) {
      for (const { cells, line, shareLine } of columns) this.#row(cells, line, trail, group, shareLine);
      return;
    }
    const headers = rows[0]?.cells.map((cell) => cell.text) ?? [];
    if (headers.every((header) => header === '')) this.#tellHeadless(lineOf(node));
    // A log with a row for each day asks for its boxes on each of them.
    const daily = rows.length > 2 && rows.slice(1).every((row) => weekday.test(row.cells[0]?.text ?? ''));
    for (const row of rows.slice(1)) {
      const name = row.cells[0]?.text ?? '';
      for (const [index, { boxes }] of row.cells.entries()) {
        const labels = [daily ? 'Each weekday' : index === 0 ? '' : name, headers[index] ?? ''];
        this.#boxes(boxes, row.line, [...trail, ...labels.flatMap((label) => labelAbove(label, row.line))], group);
      }
      const told = row.cells.some((cell) => cell.boxes.length > 0);
      const cells = row.cells.map(({ boxes, ...cell }, index) => ({
        header: headers[index] ?? '',
        ...cell,
        text: boxes.length > 0 ? '' : cell.text,
      }));
      if (!told || cells.some((cell) => /\d/.test(cell.text))) this.#row(cells, row.line, trail, group);
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

  #row(cells: readonly Cell[], line: number, trail: readonly Above[], group: number, stageLine = line): void {
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
      stageLine,
    });
  }

  /** A block of code as it stands; what of it is a plan in other clothes is read line by line. */
  #code(value: string, language: string, line: number, trail: readonly Above[]): void {
    this.#push({ kind: 'code', text: value, body: value, line, trail });
    const group = this.#nextGroup();
    const above: { readonly indent: number; readonly above: Above }[] = [];
    for (const { text, indent, below, parent } of codeLines(value, language)) {
      while (above.length > 0 && (above.at(-1)?.indent ?? 0) >= indent) above.pop();
      const under = [...trail, ...above.map((each) => each.above)];
      this.#push({
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

  /** An HTML block; what it summarises stands above what follows, up to the end of its details. */
  #html(value: string, line: number, outer: readonly Above[]): readonly Above[] {
    let trail = outer;
    let headers: readonly string[] = [];
    const group = this.#nextGroup();
    for (const part of readHtml(value, line)) {
      switch (part.kind) {
        case 'comment':
          if (/\p{L}{2}/u.test(part.text))
            this.#findings.add(
              'prose',
              { file: this.#file, line: part.line },
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
          this.#push({ kind: 'heading', text, body: text, line: part.line, trail });
          trail = [...trail, { kind: 'heading', level: summaryLevel, text, line: part.line }];
          break;
        }
        case 'item': {
          const text = undecorated(part.text);
          if (text !== '') this.#push({ kind: 'item', ...labelled(text, undefined), line: part.line, trail, group });
          break;
        }
        case 'row': {
          const cells = part.cells.map((cell) => undecorated(cell));
          if (part.header && headers.length === 0) headers = cells;
          else
            this.#row(
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
            this.#push({ kind: 'sentence', ...labelled(text, undefined), line: part.line, trail, html: true });
        }
      }
    }
    return trail;
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
      coded: false,
      html: false,
      stageLine: passage.line,
      ...passage,
    });
  }
}

const weekday = /^(?:mon|tue|wed|thu|fri)[a-z]*\.?$/i;

function lineOf(node: Nodes | PhrasingContent): number {
  return node.position?.start.line ?? 1;
}
