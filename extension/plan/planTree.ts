import type { TextNode } from './planText.ts';

/** Questions to a plan's text, as far as it can be read. */

export interface PlanPart {
  readonly kind: 'stage' | 'trigger';
  readonly id: string;
  /** Where the item begins. */
  readonly offset: number;
}

/** The stages and triggers that have an id, in the order of the text. */
export function partsOf(tree: TextNode): readonly PlanPart[] {
  const parts = (list: string, kind: PlanPart['kind']) =>
    (nodeAt(tree, [list])?.items ?? []).flatMap((item): readonly PlanPart[] => {
      const id = textAt(item, ['id']);
      return id === undefined ? [] : [{ kind, id, offset: item.from }];
    });
  return [...parts('stages', 'stage'), ...parts('triggers', 'trigger')].toSorted((a, b) => a.offset - b.offset);
}

export function nodeAt(tree: TextNode, path: readonly (string | number)[]): TextNode | undefined {
  return path.reduce<TextNode | undefined>(
    (node, part) =>
      typeof part === 'number' ? node?.items[part] : node?.entries.find((entry) => entry.key === part)?.node,
    tree,
  );
}

/** A scalar's text; `undefined` when there is none. */
export function textAt(tree: TextNode, path: readonly (string | number)[]): string | undefined {
  const value = nodeAt(tree, path)?.value;
  return value === null || value === undefined ? undefined : String(value);
}

/** The texts under one key of each item of a list: `ids(tree, 'stages', 'id')`. */
export function eachText(tree: TextNode, list: string, key: string): readonly string[] {
  return (nodeAt(tree, [list])?.items ?? []).flatMap((item) => textAt(item, [key]) ?? []);
}

export function keysAt(tree: TextNode, path: readonly (string | number)[]): readonly string[] {
  return (nodeAt(tree, path)?.entries ?? []).map(({ key }) => key);
}
