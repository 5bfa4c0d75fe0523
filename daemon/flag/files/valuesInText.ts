import { findNodeAtLocation, type Node as JsonNode, type ParseError, parseTree } from 'jsonc-parser';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  Scalar,
  stringify,
  visit,
  type YAMLParseError,
  type Node as YamlNode,
} from 'yaml';
import { UserError } from '../../protocol/domain/userError.ts';

export type FlagValue = string | number | boolean;

const byteOrderMark = '\uFEFF';

/** What a place of a file is set to. */
export interface FlagSetting {
  readonly value: FlagValue;
  /** A text in quotes stays one: a reader that wants the text "10" cannot use the number. */
  readonly keepsText: boolean;
  /** Aliases of the value may change with it: on the way back taking users off goes first. */
  readonly changesAliases: boolean;
}

/** A value in a text: where it stands, and what it is; `null` for one that is neither text, number nor boolean. */
interface Found {
  readonly start: number;
  readonly end: number;
  readonly value: FlagValue | null;
  /** What stands there instead of a value. */
  readonly other: 'nothing' | 'block' | 'collection';
  readonly isQuoted: boolean;
  /** The anchor by which other places of the file have the same value. */
  readonly sharedBy: string | null;
}

/** Where the value of a JSON pointer (RFC 6901) stands in a text; `undefined` where there is none. */
type Find = (pointer: string) => Found | undefined;

/**
 * The values at JSON pointers, as texts; `null` for one that is not there.
 * @param name the file's, whose ending tells its language
 * @throws UserError `flag-file` when the text cannot be read
 */
export function valuesIn(
  name: string,
  text: string,
  pointers: readonly string[],
): Readonly<Record<string, string | null>> {
  const find = finderOf(name, text);
  return Object.fromEntries(
    pointers.map((pointer) => {
      const value = find(pointer)?.value;
      return [pointer, value == null ? null : String(value)];
    }),
  );
}

/**
 * The text with each value set, every other character as it was. A place that is not there is never made: a slip in a
 * pointer would set what nobody reads.
 * @throws UserError `flag-file`
 */
export function withValues(name: string, text: string, settings: Readonly<Record<string, FlagSetting>>): string {
  const find = finderOf(name, text);
  const wanted = Object.entries(settings).map(([pointer, { value, keepsText, changesAliases }]) => {
    const found = find(pointer);
    if (found === undefined) {
      throw new UserError('flag-file', `${name} has no ${pointer}: write it there once, with the value for 0 %`);
    }
    if (found.value === null) throw new UserError('flag-file', noValueText(name, pointer, found.other));
    if (found.sharedBy !== null && !changesAliases) throw new UserError('flag-file', sharedText(name, pointer, found));
    return { pointer, found, value: keepsText && found.isQuoted ? String(value) : value };
  });
  const changes = wanted.flatMap(({ found, value }) =>
    found.value === value ? [] : [{ ...found, written: isYaml(name) ? yamlScalar(value) : JSON.stringify(value) }],
  );
  let edited = text;
  for (const { start, end, written } of changes.toSorted((one, other) => other.start - one.start)) {
    edited = `${edited.slice(0, start)}${written}${edited.slice(end)}`;
  }
  const after = finderOf(name, edited);
  const wrong = wanted.find(({ pointer, value }) => after(pointer)?.value !== value);
  if (wrong !== undefined)
    throw new UserError('flag-value', `${wrong.pointer} of ${name} cannot be set without changing what is beside it`);
  return edited;
}

function noValueText(name: string, pointer: string, other: Found['other']): string {
  switch (other) {
    case 'nothing':
      return `${pointer} of ${name} is empty: write the value for 0 % there once`;
    case 'block':
      return `${pointer} of ${name} is a block of text: write the value on the line of its key`;
    case 'collection':
      return `${pointer} of ${name} is a list or a map: name the value in it`;
  }
}

function sharedText(name: string, pointer: string, { sharedBy }: Found): string {
  return `${pointer} of ${name} is used at other places by *${sharedBy}, which would change with it: write the values there`;
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

/** `/a~1b/0` → `a/b`, `0`. */
function keysOf(pointer: string): readonly string[] {
  return pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A byte order mark in front stays, and is no part of the language. */
function finderOf(name: string, text: string): Find {
  if (!text.startsWith(byteOrderMark)) return isYaml(name) ? yamlFinder(name, text) : jsonFinder(name, text);
  const find = finderOf(name, text.slice(byteOrderMark.length));
  return (pointer) => {
    const found = find(pointer);
    if (found === undefined) return undefined;
    return { ...found, start: found.start + byteOrderMark.length, end: found.end + byteOrderMark.length };
  };
}

function jsonFinder(name: string, text: string): Find {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  const [first] = errors;
  if (root === undefined || first !== undefined) throw unreadable(name, text, first?.offset ?? 0, 'JSON');
  return (pointer) => {
    const keys = keysOf(pointer);
    const node = findNodeAtLocation(
      root,
      keys.map((key, depth) => segmentOf(root, keys, depth, key)),
    );
    if (node === undefined) return undefined;
    refuseRepeated(name, pointer, node);
    const isValue = node.type === 'string' || node.type === 'number' || node.type === 'boolean';
    return {
      start: node.offset,
      end: node.offset + node.length,
      value: isValue ? node.value : null,
      other: node.type === 'null' ? 'nothing' : 'collection',
      isQuoted: node.type === 'string',
      sharedBy: null,
    };
  };
}

/** A number where the way leads through a list. */
function segmentOf(root: JsonNode, keys: readonly string[], depth: number, key: string): string | number {
  const above =
    depth === 0
      ? root
      : findNodeAtLocation(
          root,
          keys.slice(0, depth).map((each, at) => segmentOf(root, keys, at, each)),
        );
  return above?.type === 'array' && /^\d+$/.test(key) ? Number(key) : key;
}

/** Which of two equal keys a reader takes is the reader's own. */
function refuseRepeated(name: string, pointer: string, node: JsonNode): void {
  for (let at: JsonNode | undefined = node; at?.parent !== undefined; at = at.parent) {
    const key = at.parent.type === 'property' ? at.parent.children?.[0]?.value : undefined;
    const same = at.parent.parent?.children?.filter(({ children }) => children?.[0]?.value === key) ?? [];
    if (key !== undefined && same.length > 1) {
      throw new UserError('flag-file', `${name} has the key ${String(key)} twice on the way to ${pointer}: keep one`);
    }
  }
}

function yamlFinder(name: string, text: string): Find {
  const document = parseDocument(text, { version: '1.2', uniqueKeys: true, merge: false });
  const [first] = document.errors;
  if (first !== undefined) throw unreadableYaml(name, text, first);
  const aliases = aliasesIn(document);
  return (pointer) => {
    const way: (YamlNode | null | undefined)[] = [document.contents];
    for (const key of keysOf(pointer)) way.push(childOf(way.at(-1), key));
    const node = way.at(-1);
    if (node == null || node.range == null) return undefined;
    if (isAlias(node)) {
      throw new UserError('flag-file', `${pointer} of ${name} is an alias of another value: write the value itself`);
    }
    const value = isScalar(node) ? node.value : null;
    const isValue = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    // A block of text is no value that a flag has.
    const isBlock = isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED);
    const other = isBlock ? 'block' : isScalar(node) ? 'nothing' : 'collection';
    const anchors = way.flatMap((each) => (isNode(each) && !isAlias(each) ? (each.anchor ?? []) : []));
    return {
      start: node.range[0],
      end: node.range[1],
      value: isValue && !isBlock ? value : null,
      other,
      isQuoted: isScalar(node) && (node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE),
      sharedBy: anchors.find((anchor) => aliases.has(anchor)) ?? null,
    };
  };
}

/** The anchors that an alias names. */
function aliasesIn(document: Document.Parsed): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, {
    Alias: (_, { source }) => {
      names.add(source);
    },
  });
  return names;
}

function unreadableYaml(name: string, text: string, { code, pos }: YAMLParseError): UserError {
  switch (code) {
    case 'DUPLICATE_KEY':
      return new UserError('flag-file', `${placeIn(name, text, pos[0])}: the key stands twice in its map: keep one`);
    case 'MULTIPLE_DOCS':
      return new UserError(
        'flag-file',
        `${placeIn(name, text, pos[0])}: a second document begins: keep the flag's in a file of its own`,
      );
    default:
      return unreadable(name, text, pos[0], 'YAML');
  }
}

function childOf(node: YamlNode | null | undefined, key: string): YamlNode | null | undefined {
  if (isSeq(node) && /^\d+$/.test(key)) return node.items[Number(key)] as YamlNode | undefined;
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)?.value as YamlNode | undefined;
}

/** On one line, quoted where another reader might take it for something else. */
function yamlScalar(value: FlagValue): string {
  if (typeof value !== 'string') return String(value);
  return /^[A-Za-z][\w-]*$/.test(value) &&
    stringify(value).trim() === value &&
    !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function unreadable(name: string, text: string, offset: number, language: string): UserError {
  const place = placeIn(name, text, offset);
  return new UserError('flag-file', `${place}: this is no ${language} from here on: mend it, then the flag can be set`);
}

/** `flags.yaml:3:1`. */
function placeIn(name: string, text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${name}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
