import type { Event, EventEmitter, TreeDataProvider, TreeItem } from 'vscode';
import type { Vscode } from '../vscodeApi.ts';
import type { Row, Subject } from './row.ts';

/** A row's lasting identity; the editor holds on to this object, its row is replaced. */
export class RowElement {
  row: Row;
  parent: RowElement | null;
  children: RowElement[] = [];

  constructor(row: Row, parent: RowElement | null) {
    this.row = row;
    this.parent = parent;
  }

  get subject(): Subject {
    return this.row.subject;
  }
}

/**
 * The least time between two draws of rows in which only figures changed. The editor makes a row's buttons anew with
 * the row, and a click whose release meets another button than its press is lost: figures must not take clicks away.
 */
const calm = 2000;

/** Draws rows as a tree and asks the editor to draw again only what changed. */
export class RowTree implements TreeDataProvider<RowElement> {
  readonly onDidChangeTreeData: Event<RowElement[] | undefined>;
  readonly #vscode: Vscode;
  readonly #changed: EventEmitter<RowElement[] | undefined>;
  #roots: RowElement[] = [];
  /** Rows whose figures changed since `#calmAt`, the last draw of such rows. */
  #waiting = new Set<RowElement>();
  #calmAt = Number.NEGATIVE_INFINITY;

  constructor(vscode: Vscode) {
    this.#vscode = vscode;
    this.#changed = new vscode.EventEmitter();
    this.onDidChangeTreeData = this.#changed.event;
  }

  /** Replaces what is shown. Elements keep their identity by row id. `now`: milliseconds of any steady clock. */
  update(rows: readonly Row[], now: number): void {
    const changed: Changed = { loud: [], quiet: [] };
    const before = this.#roots;
    this.#roots = matched(rows, before, null, changed);
    if (!sameElements(before, this.#roots)) {
      this.#waiting.clear();
      this.#changed.fire(undefined);
      return;
    }
    for (const element of changed.quiet) this.#waiting.add(element);
    for (const element of changed.loud) this.#waiting.delete(element);
    const rested = Math.abs(now - this.#calmAt) >= calm;
    const quiet = rested ? [...this.#waiting].filter((element) => this.#isShown(element)) : [];
    if (rested) this.#waiting.clear();
    if (quiet.length > 0) this.#calmAt = now;
    const drawn = [...changed.loud, ...quiet];
    if (drawn.length > 0) this.#changed.fire(drawn);
  }

  #isShown(element: RowElement): boolean {
    const { parent } = element;
    if (parent === null) return this.#roots.includes(element);
    return parent.children.includes(element) && this.#isShown(parent);
  }

  /** Draws these rows from the known state, whatever a person changed on screen. */
  redraw(elements: readonly RowElement[]): void {
    this.#changed.fire([...elements]);
  }

  getChildren(element?: RowElement): RowElement[] {
    return element === undefined ? this.#roots : element.children;
  }

  getParent(element: RowElement): RowElement | null {
    return element.parent;
  }

  getTreeItem(element: RowElement): TreeItem {
    const { row } = element;
    const item = new this.#vscode.TreeItem(row.label, expansionState(this.#vscode, row));
    item.id = row.id;
    item.description = row.description;
    item.contextValue = row.context.join(' ');
    item.iconPath = new this.#vscode.ThemeIcon(
      row.icon.id,
      row.icon.color === undefined ? undefined : new this.#vscode.ThemeColor(row.icon.color),
    );
    item.accessibilityInformation = { label: row.spoken };
    if (row.checkbox !== undefined) {
      const { Checked, Unchecked } = this.#vscode.TreeItemCheckboxState;
      item.checkboxState = {
        state: row.checkbox.checked ? Checked : Unchecked,
        tooltip: row.checkbox.tooltip,
        accessibilityInformation: { label: row.checkbox.tooltip },
      };
    }
    if (row.open !== undefined) item.command = { command: row.open, title: row.label, arguments: [element] };
    return item;
  }

  /** Asked for when the pointer rests on a row: always from the newest row. */
  resolveTreeItem(item: TreeItem, element: RowElement): TreeItem {
    const tooltip = new this.#vscode.MarkdownString(element.row.tooltip);
    tooltip.isTrusted = false;
    tooltip.supportHtml = false;
    item.tooltip = tooltip;
    return item;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function expansionState(vscode: Vscode, row: Row): number {
  switch (row.expansion) {
    case 'leaf':
      return vscode.TreeItemCollapsibleState.None;
    case 'collapsed':
      return vscode.TreeItemCollapsibleState.Collapsed;
    case 'expanded':
      return vscode.TreeItemCollapsibleState.Expanded;
  }
}

/** `loud`: to be drawn at once; `quiet`: only figures changed. */
interface Changed {
  readonly loud: RowElement[];
  readonly quiet: RowElement[];
}

/** Gives rows their elements, old where the id is known; notes the topmost elements that must be drawn again. */
function matched(
  rows: readonly Row[],
  before: readonly RowElement[],
  parent: RowElement | null,
  changed: Changed,
): RowElement[] {
  const known = new Map(before.map((element) => [element.row.id, element]));
  return rows.map((row) => {
    const element = known.get(row.id) ?? new RowElement(row, parent);
    const below: Changed = { loud: [], quiet: [] };
    const children = matched(row.children, element.children, element, below);
    const isLoud = !sameFace(element.row, row) || !sameElements(element.children, children);
    const isQuiet = element.row.description !== row.description || element.row.spoken !== row.spoken;
    element.row = row;
    element.parent = parent;
    element.children = children;
    // Drawing an element again draws its children too.
    if (isLoud) {
      changed.loud.push(element);
      return element;
    }
    changed.loud.push(...below.loud);
    if (isQuiet) changed.quiet.push(element);
    else changed.quiet.push(...below.quiet);
    return element;
  });
}

function sameElements(left: readonly RowElement[], right: readonly RowElement[]): boolean {
  return left.length === right.length && left.every((element, index) => element === right[index]);
}

/** True when two rows look the same but for their figures; the tooltip is asked for when it is shown. */
function sameFace(left: Row, right: Row): boolean {
  return (
    left.label === right.label &&
    left.icon.id === right.icon.id &&
    left.icon.color === right.icon.color &&
    left.expansion === right.expansion &&
    left.open === right.open &&
    left.checkbox?.checked === right.checkbox?.checked &&
    left.context.join(' ') === right.context.join(' ')
  );
}
