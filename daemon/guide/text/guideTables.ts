import type { Table } from 'mdast';
import { readBoxes } from './boxes.ts';
import { type InlineRun, inlineRuns } from './inline.ts';
import { labelAbove } from './labels.ts';
import type { PassageList } from './passageList.ts';
import type { Above } from './passages.ts';
import { readStageColumns } from './stageColumns.ts';
import { undecorated } from './text.ts';
import { lineOf } from './tree.ts';

const none: readonly string[] = [];
const weekday = /^(?:mon|tue|wed|thu|fri)[a-z]*\.?$/i;

export function readTable(list: PassageList, node: Table, trail: readonly Above[]): void {
  const group = list.nextGroup();
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
    for (const { cells, line, shareLine } of columns) list.row(cells, line, trail, group, shareLine);
    return;
  }
  const headers = rows[0]?.cells.map((cell) => cell.text) ?? [];
  if (headers.every((header) => header === '')) tellHeadless(list, lineOf(node));
  // A log with a row for each day asks for its boxes on each of them.
  const daily = rows.length > 2 && rows.slice(1).every((row) => weekday.test(row.cells[0]?.text ?? ''));
  for (const row of rows.slice(1)) {
    const name = row.cells[0]?.text ?? '';
    for (const [index, { boxes }] of row.cells.entries()) {
      const labels = [daily ? 'Each weekday' : index === 0 ? '' : name, headers[index] ?? ''];
      list.boxes(boxes, row.line, [...trail, ...labels.flatMap((label) => labelAbove(label, row.line))], group);
    }
    const told = row.cells.some((cell) => cell.boxes.length > 0);
    const cells = row.cells.map(({ boxes, ...cell }, index) => ({
      header: headers[index] ?? '',
      ...cell,
      text: boxes.length > 0 ? '' : cell.text,
    }));
    if (!told || cells.some((cell) => /\d/.test(cell.text))) list.row(cells, row.line, trail, group);
  }
}

/** Lines of `| a | b |` without a header row are no table to Markdown; a person meant one. */
export function readHeadlessTable(list: PassageList, runs: readonly InlineRun[], trail: readonly Above[]): boolean {
  const lines = runs.flatMap((run) => run.text.split('\n').map((text, index) => ({ text, line: run.line + index })));
  if (lines.length === 0 || !lines.every(({ text }) => /^\s*\|.*\|\s*$/.test(text))) return false;
  const group = list.nextGroup();
  tellHeadless(list, lines[0]?.line ?? 1);
  for (const { text, line } of lines) {
    if (/^[\s|:-]+$/.test(text)) continue;
    const cells = text
      .trim()
      .slice(1, -1)
      .split('|')
      .map((cell) => undecorated(cell));
    list.row(
      cells.map((cell) => ({ header: '', text: cell, codes: none, links: none })),
      line,
      trail,
      group,
    );
  }
  return true;
}

function tellHeadless(list: PassageList, line: number): void {
  list.findings.add(
    'assumed',
    { file: list.file, line },
    'a table without a header row: its columns are read by what they hold',
  );
}
