import { MockEventEmitter, type MockTreeItem } from './mockValues.ts';

export interface MockTree {
  message: string;
  description: string;
  badge: { value: number; tooltip: string } | undefined;
  visible: boolean;
  provider: MockProvider;
  /** The provider's requests to draw again: `everything`, or labels. */
  drawn: string[];
  /** A person's click on a checkbox. */
  tick(element: unknown, ticked: boolean): void;
}

export interface MockProvider {
  getChildren(element?: unknown): unknown[];
  getTreeItem(element: unknown): MockTreeItem;
  resolveTreeItem(item: MockTreeItem, element: unknown): MockTreeItem;
  onDidChangeTreeData(listener: (elements: unknown[] | undefined) => void): { dispose(): void };
}

export function treeOf(trees: Map<string, MockTree>, id: string): MockTree {
  const tree = trees.get(id);
  if (tree === undefined) throw new Error(`no tree ${id}`);
  return tree;
}

export function mockTreeView(
  trees: Map<string, MockTree>,
  id: string,
  options: { treeDataProvider: MockProvider },
): object {
  const provider = options.treeDataProvider;
  const visibility = new MockEventEmitter<void>();
  const ticked = new MockEventEmitter<{ items: [unknown, number][] }>();
  const tree: MockTree & Record<string, unknown> = {
    message: '',
    description: '',
    badge: undefined,
    visible: true,
    provider,
    drawn: [],
    onDidChangeVisibility: visibility.event,
    onDidChangeCheckboxState: ticked.event,
    tick: (element, state) => ticked.fire({ items: [[element, state ? 1 : 0]] }),
    dispose: () => {},
  };
  provider.onDidChangeTreeData((elements) => {
    tree.drawn.push(...(elements ?? []).map((element) => provider.getTreeItem(element).label));
    if (elements === undefined) tree.drawn.push('everything');
  });
  trees.set(id, tree);
  return tree;
}

export function renderTree(provider: MockProvider, element?: unknown, depth = 0): string {
  return provider
    .getChildren(element)
    .map((child) => {
      const item = provider.getTreeItem(child);
      const color = item.iconPath?.color === undefined ? '' : ` ${item.iconPath.color.id}`;
      const description = item.description === '' ? '' : ` — ${item.description}`;
      const box = item.checkboxState === undefined ? '' : item.checkboxState.state === 1 ? '☑ ' : '☐ ';
      const line = `${'  '.repeat(depth)}${box}[${item.iconPath?.id ?? ''}${color}] ${item.label}${description}`;
      const below = renderTree(provider, child, depth + 1);
      return below === '' ? line : `${line}\n${below}`;
    })
    .join('\n');
}

export function findElement(provider: MockProvider, label: string): unknown {
  const search = (elements: unknown[]): unknown => {
    for (const element of elements) {
      if (provider.getTreeItem(element).label.startsWith(label)) return element;
      const below = search(provider.getChildren(element));
      if (below !== undefined) return below;
    }
    return undefined;
  };
  const found = search(provider.getChildren());
  if (found === undefined) throw new Error(`no row begins with "${label}"`);
  return found;
}
