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

/** Draws rows as a tree and asks the editor to draw again only what changed. */
export class RowTree implements TreeDataProvider<RowElement> {
  readonly onDidChangeTreeData: Event<RowElement[] | undefined>;
  readonly #vscode: Vscode;
  readonly #changed: EventEmitter<RowElement[] | undefined>;
  #roots: RowElement[] = [];

  constructor(vscode: Vscode) {
    this.#vscode = vscode;
    this.#changed = new vscode.EventEmitter();
    this.onDidChangeTreeData = this.#changed.event;
  }

  /** Replaces what is shown. Elements keep their identity by row id. */
  update(rows: readonly Row[]): void {
    const changed: RowElement[] = [];
    const before = this.#roots;
    this.#roots = matched(rows, before, null, changed);
    if (!sameElements(before, this.#roots)) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
  }

  /** Draws these from what is known, whatever a person made of them on screen. */
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

/** Gives rows their elements, old where the id is known; notes the topmost elements that must be drawn again. */
function matched(
  rows: readonly Row[],
  before: readonly RowElement[],
  parent: RowElement | null,
  changed: RowElement[],
): RowElement[] {
  const known = new Map(before.map((element) => [element.row.id, element]));
  return rows.map((row) => {
    const element = known.get(row.id) ?? new RowElement(row, parent);
    const below: RowElement[] = [];
    const children = matched(row.children, element.children, element, below);
    const drawAgain = !sameFace(element.row, row) || !sameElements(element.children, children);
    element.row = row;
    element.parent = parent;
    element.children = children;
    // Drawing an element again draws its children too.
    if (drawAgain) changed.push(element);
    else changed.push(...below);
    return element;
  });
}

function sameElements(left: readonly RowElement[], right: readonly RowElement[]): boolean {
  return left.length === right.length && left.every((element, index) => element === right[index]);
}

/** Whether two rows look the same; the tooltip is asked for when it is shown. */
function sameFace(left: Row, right: Row): boolean {
  return (
    left.label === right.label &&
    left.description === right.description &&
    left.icon.id === right.icon.id &&
    left.icon.color === right.icon.color &&
    left.expansion === right.expansion &&
    left.spoken === right.spoken &&
    left.open === right.open &&
    left.checkbox?.checked === right.checkbox?.checked &&
    left.context.join(' ') === right.context.join(' ')
  );
}
