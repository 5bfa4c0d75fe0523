import type { TreeView, ViewBadge } from 'vscode';
import type { Standing } from '../connection/standing.ts';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';
import type { Row } from './row.ts';
import { type RowElement, RowTree } from './rowTree.ts';

/** Rows as they are to be now. */
export type RowsAt = (standings: readonly Standing[], now: number) => readonly Row[];

/** The texts around the rows: beside the view's title, and above the rows. Empty: there is none. */
export interface Heading {
  readonly description: string;
  readonly message: string;
}

export type HeadingAt = (standings: readonly Standing[], now: number) => Heading;

/** One tree of the side bar: draws its rows while it is seen, and costs nothing otherwise. */
export class RowView extends Disposables {
  readonly view: TreeView<RowElement>;
  readonly #tree: RowTree;
  readonly #rows: RowsAt;
  readonly #heading: HeadingAt | null;

  constructor(vscode: Vscode, id: string, rows: RowsAt, heading: HeadingAt | null = null) {
    super();
    this.#rows = rows;
    this.#heading = heading;
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

  /** Stands on the activity icon, whichever view is open. */
  showBadge(badge: ViewBadge | undefined): void {
    if (this.view.badge?.value !== badge?.value) this.view.badge = badge;
  }

  draw(standings: readonly Standing[], now: number): void {
    if (!this.view.visible) return;
    this.#tree.update(this.#rows(standings, now), now);
    if (this.#heading !== null) this.#showHeading(this.#heading(standings, now));
  }

  /** A text that stays is not set again: the editor would draw it anew. */
  #showHeading({ description, message }: Heading): void {
    if ((this.view.description ?? '') !== description) this.view.description = description;
    if ((this.view.message ?? '') !== message) this.view.message = message;
  }
}
