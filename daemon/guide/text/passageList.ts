import type { Box } from './boxes.ts';
import type { Findings } from './findings.ts';
import { labelled } from './labels.ts';
import type { Above, Cell, Passage } from './passages.ts';

const none: readonly string[] = [];

/** The passages of one guide, in its order. Items of one list, and rows of one table, share a group. */
export class PassageList {
  readonly passages: Passage[] = [];
  readonly findings: Findings;
  readonly file: string;
  #group: number;

  constructor(file: string, firstGroup: number, findings: Findings) {
    this.findings = findings;
    this.file = file;
    this.#group = firstGroup;
  }

  /** The number of a new list or table. */
  nextGroup(): number {
    this.#group += 1;
    return this.#group;
  }

  push(passage: Pick<Passage, 'kind' | 'text' | 'body' | 'line' | 'trail'> & Partial<Passage>): void {
    this.passages.push({
      file: this.file,
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

  /** A row of a table; a row without a word is none. */
  row(
    cells: readonly Cell[],
    line: number,
    trail: readonly Above[],
    group: number,
    stageLine = line,
    coded = false,
  ): void {
    const text = cells
      .map((cell) => cell.text)
      .filter((cell) => cell !== '')
      .join(' | ');
    if (text === '') return;
    this.push({
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
      coded,
    });
  }

  /** Items to tick within a line or a cell. */
  boxes(boxes: readonly Box[], line: number, trail: readonly Above[], group: number, codes = none): void {
    for (const { text, ticked, below } of boxes)
      this.push({
        kind: 'item',
        ...labelled(text, undefined),
        codes: codes.filter((code) => text.includes(code)),
        line: line + below,
        trail,
        group,
        checkbox: ticked ? 'ticked' : 'open',
      });
  }
}
