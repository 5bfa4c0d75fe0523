import { isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml';

/**
 * The parts of a plan's text by their place, complete or half typed. Loaded when a plan is first looked into: the parser is
 * larger than all that is needed before.
 */

/** A value with where it stands; offsets in UTF-16 units, the end exclusive. */
export interface TextNode {
  readonly from: number;
  readonly to: number;
  /** A scalar's; `null` for a map, a list and nothing. */
  readonly value: string | number | boolean | null;
  readonly quoted: boolean;
  /** The keys of a map, in the order of the text. */
  readonly entries: readonly TextEntry[];
  /** The items of a list. */
  readonly items: readonly TextNode[];
}

interface TextEntry {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly node: TextNode;
}

/** Where the cursor is: in a key or in a value, and in which. */
export interface PlanCursor {
  readonly role: 'key' | 'value';
  /** The path of the map that the key belongs to, or of the value. */
  readonly path: readonly (string | number)[];
  /** The word of a key, or the whole value without its quotes, on the cursor's line. */
  readonly from: number;
  readonly to: number;
  /** The text there, and how much of it stands before the cursor. */
  readonly written: string;
  readonly before: string;
  readonly quoted: boolean;
  /** Other keys of the same map. */
  readonly siblings: readonly string[];
  /** In braces or brackets. */
  readonly flow: boolean;
  /** The key has its colon already. */
  readonly hasValue: boolean;
}

/** A word that YAML reads as a plain scalar and nobody writes. */
const mark = 'rampwatchCursorMark';

export function textTree(text: string): TextNode {
  return treeOf(documentOf(text).contents, 0);
}

/** `undefined` in a comment, between things, or where the text is too broken to say. */
export function cursorAt(text: string, offset: number): PlanCursor | undefined {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const nextLine = text.indexOf('\n', offset);
  const lineEnd = nextLine === -1 ? text.length : nextLine;
  const rest = /^[\w-]*/.exec(text.slice(offset, lineEnd))?.[0] ?? '';
  // A word alone on its line is a key to be: with a colon it does not run together with the next line.
  const alone =
    /^\s*(?:- +)*[\w-]*$/.test(text.slice(lineStart, offset)) &&
    text.slice(offset + rest.length, lineEnd).trim() === '';
  const marked = `${text.slice(0, offset)}${mark}${rest}${alone ? ': ' : ''}${text.slice(offset + rest.length)}`;
  const found = search(documentOf(marked).contents, [], false);
  if (found === undefined) return undefined;
  const { scalar, ...where } = found;
  const quoted = scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE';
  const start = (scalar.range?.[0] ?? offset) + (quoted ? 1 : 0);
  const from = Math.max(lineStart, Math.min(start, offset));
  const end = (scalar.range?.[1] ?? offset) - mark.length - (quoted && isClosed(marked, scalar.range) ? 1 : 0);
  const to = Math.min(lineEnd, Math.max(offset, end));
  return {
    ...where,
    from,
    to,
    written: text.slice(from, to),
    before: text.slice(from, offset),
    quoted,
    hasValue: where.role === 'key' && /^["']?\s*:/.test(text.slice(to, lineEnd)),
  };
}

interface Scalar {
  readonly value: unknown;
  readonly type?: string | undefined;
  readonly range?: readonly [number, number, number] | null | undefined;
}

type Found = Pick<PlanCursor, 'role' | 'path' | 'siblings' | 'flow'> & { readonly scalar: Scalar };

function search(node: unknown, path: readonly (string | number)[], flow: boolean): Found | undefined {
  if (isScalar(node)) {
    return isMarked(node.value) ? { role: 'value', path, siblings: [], flow, scalar: node as Scalar } : undefined;
  }
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      // A pair in brackets stands for a map of its own.
      const found = isPair(item)
        ? searchPairs([item], [...path, index], true)
        : search(item, [...path, index], flow || node.flow === true);
      if (found !== undefined) return found;
    }
  }
  return isMap(node) ? searchPairs(node.items, path, flow || node.flow === true) : undefined;
}

function searchPairs(
  pairs: readonly { readonly key: unknown; readonly value: unknown }[],
  path: readonly (string | number)[],
  flow: boolean,
): Found | undefined {
  const names = pairs.map(({ key }) => (isScalar(key) ? String(key.value ?? '') : ''));
  for (const [index, { key, value }] of pairs.entries()) {
    if (isScalar(key) && isMarked(key.value)) {
      const siblings = names.filter((name, other) => other !== index && name !== '');
      return { role: 'key', path, siblings, flow, scalar: key as Scalar };
    }
    const found = search(value, [...path, names[index] ?? ''], flow);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isMarked(value: unknown): boolean {
  return typeof value === 'string' && value.includes(mark);
}

function isClosed(text: string, range: Scalar['range']): boolean {
  const [from = 0, to = 0] = range ?? [];
  return to - from > 1 && text.charAt(to - 1) === text.charAt(from);
}

function documentOf(text: string) {
  return parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: false, strict: false, logLevel: 'silent' });
}

const nothing = { value: null, quoted: false, entries: [], items: [] };

function treeOf(node: unknown, otherwise: number): TextNode {
  if (isMap(node)) {
    const [from = otherwise, to = from] = node.range ?? [];
    const entries = node.items.map(({ key, value }) => {
      const [keyFrom = from, keyTo = keyFrom] = (isScalar(key) ? key.range : null) ?? [];
      const name = isScalar(key) ? String(key.value ?? '') : '';
      return { key: name, from: keyFrom, to: keyTo, node: treeOf(value, keyTo) };
    });
    return { ...nothing, from, to, entries };
  }
  if (isSeq(node)) {
    const [from = otherwise, to = from] = node.range ?? [];
    return { ...nothing, from, to, items: node.items.map((item) => treeOf(item, from)) };
  }
  if (!isScalar(node)) return { ...nothing, from: otherwise, to: otherwise };
  const [from = otherwise, to = from] = node.range ?? [];
  const { value } = node;
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  return { ...nothing, from, to, value: plain, quoted };
}
