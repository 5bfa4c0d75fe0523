import type { TreeView } from 'vscode';
import type { Standing } from '../connection/standing.ts';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';
import type { Row } from './row.ts';
import { type RowElement, RowTree } from './rowTree.ts';

/** Rows as they are to be now. */
export type RowsAt = (standings: readonly Standing[], now: number) => readonly Row[];

/** One tree of the side bar: draws its rows while it is seen, and costs nothing otherwise. */
export class RowView extends Disposables {
  readonly view: TreeView<RowElement>;
  readonly #tree: RowTree;
  readonly #rows: RowsAt;

  constructor(vscode: Vscode, id: string, rows: RowsAt) {
    super();
    this.#rows = rows;
    this.#tree = this.add(new RowTree(vscode));
    this.view = this.add(
      vscode.window.createTreeView(id, {
        treeDataProvider: this.#tree,
        showCollapseAll: false,
        manageCheckboxStateManually: true,
      }),
    );
  }

  /** Resets rows to the known state, whatever a person changed on screen. */
  redraw(elements: readonly RowElement[]): void {
    this.#tree.redraw(elements);
  }

  draw(standings: readonly Standing[], now: number): void {
    if (this.view.visible) this.#tree.update(this.#rows(standings, now), now);
  }
}
