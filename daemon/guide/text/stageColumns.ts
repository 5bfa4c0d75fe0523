import { anyMeans, tag } from '../tag.ts';

/** A table whose columns are stages: one of its rows says which share each of them has. */

interface TableRow<C> {
  readonly line: number;
  readonly cells: readonly C[];
}

/** A cell of such a table with the stage of its column, as a row of a table whose rows are stages. */
export interface StageCell<C> {
  readonly cells: readonly C[];
  readonly line: number;
  /** The line that says the stage's share. */
  readonly shareLine: number;
}

function isShareLabel(text: string): boolean {
  return text.includes('%') || anyMeans(tag(text), 'population', 'expose', 'stage');
}

/** Its cells one by one, each with its stage; `undefined` for any other table. The first of `rows` is its header. */
export function readStageColumns<C extends { readonly text: string }>(
  rows: readonly TableRow<C>[],
): readonly StageCell<C & { readonly header: string }>[] | undefined {
  const [names, ...others] = rows;
  const shares = others.find((row) => isLadder(row.cells.map((cell) => cell.text)));
  if (names === undefined || shares === undefined || isLadder(names.cells.map((cell) => cell.text))) return undefined;
  const head = names.cells[0]?.text ?? '';
  return others.flatMap((row) =>
    row.cells.slice(1).flatMap((cell, index) => {
      const [name, share, label] = [names.cells[index + 1], shares.cells[index + 1], row.cells[0]];
      if (name === undefined || share === undefined || label === undefined || cell.text === '') return [];
      const stage = [
        { ...name, header: head === '' ? 'Stage' : head },
        { ...share, header: isShareLabel(shares.cells[0]?.text ?? '') ? (shares.cells[0]?.text ?? '') : 'Share' },
      ];
      const cells = row === shares ? stage : [...stage, { ...cell, header: label.text }];
      return [{ cells, line: row.line, shareLine: shares.line }];
    }),
  );
}

/** `Traffic | 1 % | 10 % | 100 %`: shares that rise from column to column, to the whole or by name of what is shared. */
function isLadder([label = '', ...cells]: readonly string[]): boolean {
  const shares = cells
    .map((cell) => tag(cell))
    .map((tokens) => (tokens.length === 1 && tokens[0]?.number?.unit === '%' ? tokens[0].number.value : undefined));
  const rising = shares.every(
    (share, index) => share !== undefined && share <= 100 && share > (shares[index - 1] ?? -1),
  );
  const measured = anyMeans(tag(label), 'rate', 'error', 'success', 'latency', 'memory', 'notShare', 'gate');
  return shares.length >= 2 && rising && !measured && (isShareLabel(label) || shares.at(-1) === 100);
}
