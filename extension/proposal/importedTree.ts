import type { EventEmitter, TreeDataProvider, TreeItem } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';
import type { ImportedRow } from './importedRows.ts';

/** Draws what an import has to say, in the side bar. */
export class ImportedTree extends Disposables implements TreeDataProvider<ImportedRow> {
  readonly #vscode: Vscode;
  readonly #changed: EventEmitter<undefined>;
  #rows: readonly ImportedRow[] = [];

  constructor(vscode: Vscode) {
    super();
    this.#vscode = vscode;
    this.#changed = this.add(new vscode.EventEmitter<undefined>());
    this.add(vscode.window.createTreeView('rampwatch.imported', { treeDataProvider: this, showCollapseAll: true }));
  }

  get onDidChangeTreeData() {
    return this.#changed.event;
  }

  show(rows: readonly ImportedRow[]): void {
    this.#rows = rows;
    this.#changed.fire(undefined);
  }

  getChildren(row?: ImportedRow): ImportedRow[] {
    return [...(row?.children ?? this.#rows)];
  }

  getTreeItem({ id, label, description, icon, expansion, open }: ImportedRow): TreeItem {
    const { TreeItem: Item, TreeItemCollapsibleState, ThemeIcon } = this.#vscode;
    const { None, Collapsed, Expanded } = TreeItemCollapsibleState;
    const item = new Item(label, { leaf: None, collapsed: Collapsed, expanded: Expanded }[expansion]);
    item.id = id;
    item.description = description;
    item.tooltip = label;
    item.iconPath = new ThemeIcon(icon);
    item.accessibilityInformation = { label: description === '' ? label : `${label}, ${description}` };
    if (open !== undefined) item.command = { command: open.command, title: label, arguments: [open.argument] };
    return item;
  }
}
