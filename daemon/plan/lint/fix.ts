import type { TextEdit } from '../../protocol/wire/planReading.ts';
import type { Placed, PlanDocument } from '../planDocument.ts';
import { type Path, pathText } from '../problem.ts';

/** A change of the plan that a finding proposes; `text` is YAML that fits on one line. */
export type PlanFix = {
  readonly title: string;
} /** Adds `key: value` to the map at `parent`, behind the key `after`; an existing key gets the new value. */ & (
  | { readonly kind: 'add'; readonly parent: Path; readonly after: string; readonly text: string }
  /** Adds an item to the list, behind its last one. */
  | { readonly kind: 'append'; readonly list: Path; readonly text: string }
  /** Replaces a value. */
  | { readonly kind: 'set'; readonly path: Path; readonly text: string }
  /** Removes a key with its value, or an item of a list. */
  | { readonly kind: 'remove'; readonly path: Path }
);

/** The edit of the text, in its own style; `undefined` for a style of text that is left to people. */
export function fixEdit(fix: PlanFix, document: PlanDocument): TextEdit | undefined {
  switch (fix.kind) {
    case 'add':
      return addition(fix.parent, fix.after, fix.text, document);
    case 'append':
      return appended(fix.list, fix.text, document);
    case 'set': {
      const placed = document.placed.get(pathText(fix.path));
      if (placed === undefined || (placed.style !== 'plain' && placed.style !== 'quoted')) return undefined;
      return edit(document, placed.value.from, placed.value.to, fix.text);
    }
    case 'remove':
      return removal(fix.path, document);
  }
}

function edit(document: PlanDocument, from: number, to: number, text: string): TextEdit {
  const end = document.position(to);
  return { ...document.position(from), endLine: end.line, endColumn: end.column, text };
}

/** A key added behind another, in the map's own style. */
function addition(parent: Path, after: string, text: string, document: PlanDocument): TextEdit | undefined {
  const [, key = '', value = ''] = /^([^:]+): (.+)$/.exec(text) ?? [];
  const there = [...parent, key];
  if (document.placed.has(pathText(there))) {
    return fixEdit({ kind: 'set', title: '', path: there, text: value }, document);
  }
  const map = document.placed.get(pathText(parent));
  const neighbour = document.placed.get(pathText([...parent, after]));
  if (map === undefined || neighbour?.key == null) return undefined;
  if (map.style === 'flow map') return edit(document, neighbour.value.to, neighbour.value.to, `, ${text}`);
  // Behind a value in a block there may be a comment: the new key goes on a line of its own before the neighbour.
  const { from } = neighbour.key;
  return edit(document, from, from, `${text}\n${' '.repeat(document.position(from).column - 1)}`);
}

function appended(list: Path, text: string, document: PlanDocument): TextEdit | undefined {
  const items = siblings(list, document);
  const [first, last] = [items[0], items.at(-1)];
  const style = document.placed.get(pathText(list))?.style;
  if (first === undefined || last === undefined) return undefined;
  if (style === 'flow list') return edit(document, last.value.to, last.value.to, `, ${text}`);
  if (style !== 'block list') return undefined;
  // Before the first item: behind the last one there may be a comment.
  const { from } = first.value;
  const indent = Math.max(0, document.position(from).column - 3);
  return edit(document, from, from, `${text}\n${' '.repeat(indent)}- `);
}

function removal(path: Path, document: PlanDocument): TextEdit | undefined {
  const parent = path.slice(0, -1);
  const all = siblings(parent, document);
  const placed = document.placed.get(pathText(path));
  const at = placed === undefined ? -1 : all.indexOf(placed);
  const [before, after] = [all[at - 1], all[at + 1]];
  if (placed === undefined || at === -1) return undefined;
  const start = (one: Placed) => one.key?.from ?? one.value.from;
  const style = document.placed.get(pathText(parent))?.style;
  if (style === 'flow map' || style === 'flow list') {
    if (before !== undefined) return edit(document, before.value.to, placed.value.to, '');
    return after === undefined ? undefined : edit(document, start(placed), start(after), '');
  }
  // From one item to the next: the dash or the indentation before the removed item then belongs to the next.
  if (after !== undefined) return edit(document, start(placed), start(after), '');
  // The last of several stands on lines of its own.
  if (before === undefined) return undefined;
  const { line } = document.position(start(placed));
  return { line, column: 1, endLine: document.position(placed.value.to).line + 1, endColumn: 1, text: '' };
}

/** The entries of a map or the items of a list, in the order of the text. */
function siblings(parent: Path, document: PlanDocument): readonly Placed[] {
  const prefix = parent.length === 0 ? '' : `${pathText(parent)}.`;
  return [...document.placed].flatMap(([name, placed]) =>
    name.startsWith(prefix) && name !== '' && !name.slice(prefix.length).includes('.') ? [placed] : [],
  );
}
