import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { type Path, type PlanProblem, pathText } from './problem.ts';

/** The place of a part in the plan's text: offsets of the key (for an item of a list, of the item) and of the value. */
export interface Placed {
  readonly key: { readonly from: number; readonly to: number } | null;
  readonly value: { readonly from: number; readonly to: number };
  /** How a value is written, for edits and for offsets inside it. */
  readonly style: 'plain' | 'quoted' | 'block' | 'flow map' | 'flow list' | 'block map' | 'block list' | 'empty';
}

export interface PlanDocument {
  /** Plain objects without a prototype, lists, text, numbers, `true`/`false` and `null`; `undefined` if unreadable. */
  readonly value: unknown;
  /** By `pathText`. */
  readonly placed: ReadonlyMap<string, Placed>;
  readonly problems: readonly PlanProblem[];
  /** 1-based; columns count UTF-16 units, as editors do. */
  position(offset: number): { readonly line: number; readonly column: number };
}

const deepest = 32;
/** So many are told at once: a person mends the first ones and looks again. */
const mostProblems = 100;

/**
 * Reads YAML 1.2 with pure data: aliases, anchors, merge keys, tags and directives are refused, as are duplicate keys
 * and a second document. The result is safe to walk: no deeper than 32, no `__proto__`.
 */
export function readDocument(text: string): PlanDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    merge: false,
    stringKeys: true,
    // Looked for below, in linear time.
    uniqueKeys: false,
    prettyErrors: false,
    // Not `silent`, which lets a second document pass.
    logLevel: 'error',
  });
  const position = (offset: number) => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return line === 0 ? { line: 1, column: 1 } : { line, column: col };
  };
  const problems: PlanProblem[] = [];
  const refuse = (offset: number, path: Path, message: string) => {
    if (problems.length >= mostProblems) return;
    problems.push({ ...position(offset), path: pathText(path), message });
  };

  for (const error of document.errors.slice(0, 1)) refuse(error.pos[0], [], syntaxMessage(error, text));
  const placed = new Map<string, Placed>();
  if (problems.length > 0) return { value: undefined, placed, problems, position };
  if (document.directives?.yaml.explicit === true) {
    refuse(text.indexOf('%YAML'), [], 'a `%YAML` line is not needed: remove it');
  }

  const read = (node: Node | null, path: Path, key: Placed['key'], otherwise: number): unknown => {
    if (node === null) {
      placed.set(pathText(path), { key, value: { from: otherwise, to: otherwise }, style: 'empty' });
      return null;
    }
    const from = node.range?.[0] ?? otherwise;
    placed.set(pathText(path), {
      key,
      value: { from, to: node.range?.[1] ?? from },
      style: isEmpty(node) ? 'empty' : styleOf(node),
    });
    if (isAlias(node)) {
      refuse(from, path, `aliases are off in a plan: write the value of \`*${node.source}\` out`);
      return null;
    }
    if (node.anchor) refuse(from, path, `anchors are off in a plan: remove \`&${node.anchor}\``);
    if (node.tag !== undefined) refuse(from, path, 'tags are off in a plan: write the value plainly, text in quotes');
    if (path.length > deepest) {
      refuse(from, path, `nested deeper than ${deepest} levels: no plan is`);
      return null;
    }
    if (isMap(node)) return readMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => read(item as Node | null, [...path, index], null, from));
    return isScalar(node) ? node.value : null;
  };

  const readMap = (map: YAMLMap, path: Path): unknown => {
    const result: Record<string, unknown> = Object.create(null);
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const name = isScalar(pair.key) ? String(pair.key.value ?? '') : '';
      const from = pair.key.range?.[0] ?? 0;
      const to = pair.key.range?.[1] ?? from;
      if (pair.key.anchor) refuse(from, path, `anchors are off in a plan: remove \`&${pair.key.anchor}\``);
      if (name === '<<') {
        refuse(from, [...path, name], 'merge keys are off in a plan: write the keys out');
        continue;
      }
      if (name === '__proto__') {
        refuse(from, [...path, name], '`__proto__` cannot be a key');
        continue;
      }
      if (name in result) {
        const first = placed.get(pathText([...path, name]))?.key?.from ?? from;
        refuse(from, [...path, name], `duplicate key \`${name}\`: it stands on line ${position(first).line} already`);
        continue;
      }
      result[name] = read(pair.value, [...path, name], { from, to }, to);
    }
    return result;
  };

  const value = read(document.contents, [], null, 0);
  return { value, placed, problems, position };
}

/** A key without a value. */
function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1];
}

function styleOf(node: Node): Placed['style'] {
  if (isMap(node)) return node.flow === true ? 'flow map' : 'block map';
  if (isSeq(node)) return node.flow === true ? 'flow list' : 'block list';
  if (!isScalar(node)) return 'plain';
  switch (node.type) {
    case 'QUOTE_SINGLE':
    case 'QUOTE_DOUBLE':
      return 'quoted';
    case 'BLOCK_FOLDED':
    case 'BLOCK_LITERAL':
      return 'block';
    default:
      return 'plain';
  }
}

/** The parser's own codes, as the fault and the correct form. */
function syntaxMessage(error: YAMLError, text: string): string {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'a tab indents this line: indent with spaces';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here: a file holds one plan, remove the `---`';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a second `key: value` on this line, or an indentation that does not line up: put each key on its own line, and text that holds `: ` in quotes';
    case 'BAD_SCALAR_START':
      return `text that starts with \`${text.charAt(error.pos[0])}\` must stand in quotes`;
    case 'ALIAS_PROPS':
    case 'BAD_ALIAS':
      return 'aliases and anchors are off in a plan: write the value out';
    case 'TAG_RESOLVE_FAILED':
      return 'tags are off in a plan: write the value plainly, text in quotes';
    case 'NON_STRING_KEY':
      return 'a key must be a plain name';
    case 'BAD_DIRECTIVE':
      return 'a line that starts with `%` is not part of a plan: remove it';
    case 'BAD_INDENT':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'the indentation does not line up, or a bracket or quote above is not closed';
    case 'RESOURCE_EXHAUSTION':
      return `nested deeper than ${deepest} levels: no plan is`;
    case 'MISSING_CHAR':
      return `not valid YAML: ${lowerFirst(error.message)}`;
    default:
      return `not valid YAML: ${lowerFirst(error.message)}`;
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
