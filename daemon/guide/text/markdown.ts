import type { List, ListItem, Paragraph, RootContent } from 'mdast';
import { UserError } from '../../protocol/domain/userError.ts';
import { leadingBox, readBoxes } from './boxes.ts';
import { readCodeBlock } from './codeBlocks.ts';
import type { Findings } from './findings.ts';
import { readHeadlessTable, readTable } from './guideTables.ts';
import { readHtmlBlock } from './htmlBlocks.ts';
import { type InlineRun, inlineRuns } from './inline.ts';
import { boldLevel, type Introducing, labelled, labelOf, withoutLabels } from './labels.ts';
import { PassageList } from './passageList.ts';
import type { Above, Passage } from './passages.ts';
import type { GuideText } from './readGuide.ts';
import { sentenceEnds } from './sentences.ts';
import { undecorated } from './text.ts';
import { lineOf, parseMarkdown } from './tree.ts';

/**
 * A guide's syntax tree as a flat list of passages, each with what stands above it. `firstGroup` keeps the numbers of
 * lists and tables apart among several guides.
 */
export function readPassages(guide: GuideText, firstGroup: number, findings: Findings): readonly Passage[] {
  const list = new PassageList(guide.file, firstGroup, findings);
  try {
    new PassageReader(list).blocks(parseMarkdown(guide.text), []);
  } catch (error) {
    if (error instanceof RangeError)
      throw new UserError('guide-too-deep', `${guide.file}: nested too deeply to read; no guide is written like that`);
    throw error;
  }
  return list.passages;
}

/** `Rollback: …`, with two words of a label at most. */
function isLabelled(text: string): boolean {
  const { label, body } = labelled(undecorated(text), undefined);
  return label !== undefined && body !== '' && label.split(' ').length <= 3;
}

class PassageReader {
  readonly #list: PassageList;

  constructor(list: PassageList) {
    this.#list = list;
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
          this.#list.push({ kind: 'heading', text, body: text, line: lineOf(node), trail });
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
          this.#items(node, trail);
          break;
        case 'table':
          readTable(this.#list, node, trail);
          break;
        case 'blockquote':
          this.blocks(node.children, trail);
          break;
        case 'code':
          readCodeBlock(this.#list, node.value, node.lang ?? '', lineOf(node) + 1, trail);
          // A line that introduces code says nothing about the text behind the code.
          trail = withoutLabels(trail, outer, boldLevel);
          break;
        case 'html':
          trail = readHtmlBlock(this.#list, node.value, lineOf(node), trail);
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
    if (readHeadlessTable(this.#list, runs, under)) return [];
    const [first] = runs;
    const last = runs.at(-1);
    if (first === undefined || last === undefined) return [];
    const group = this.#list.nextGroup();
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
    this.#list.push({ kind: 'heading', text, body: text, line, trail, codes, links });
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
        this.#list.push({
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
    if (title !== undefined)
      this.#list.push({ kind: 'heading', text: title, body: title, line: run.line, trail: outer });
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
        this.#list.push({ kind: 'sentence', ...labelled(text, bold), codes, links, line, trail, group });
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
    this.#list.boxes(read.boxes, run.line, under, this.#list.nextGroup(), run.codes);
    return true;
  }

  /** A line of an item that has a label of its own is nested in it. */
  #labelledLine({ text: written, lead, line, codes, links }: InlineRun, trail: readonly Above[], group: number): void {
    const words = labelled(undecorated(written), lead === undefined ? undefined : undecorated(lead));
    this.#list.push({ kind: 'item', ...words, codes, links, line, trail, group });
  }

  #items(node: List, trail: readonly Above[]): void {
    const group = this.#list.nextGroup();
    for (const item of node.children) this.#item(item, trail, group, node.ordered === true);
  }

  #item(item: ListItem, trail: readonly Above[], group: number, ordered: boolean): void {
    const [first, ...rest] = item.children;
    const all = first?.type === 'paragraph' ? inlineRuns(first.children, lineOf(first)) : [];
    const own = all.findIndex((run, index) => index > 0 && isLabelled(run.text));
    const runs = own === -1 ? all : all.slice(0, own);
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
      this.#list.push({
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
    const nested = this.#list.nextGroup();
    for (const run of own === -1 ? [] : all.slice(own))
      this.#labelledLine(run, [...trail, { kind: 'item', level: 9, text, line }], nested);
    this.blocks(
      others,
      text === '' ? trail : [...trail, { kind: 'item', level: 9, text: text.replace(/:$/, ''), line }],
    );
  }
}
