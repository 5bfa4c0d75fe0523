import { Document, isCollection, type Node, Scalar, type ToStringOptions, visit, YAMLMap, YAMLSeq } from 'yaml';
import { visibleText } from '../protocol/words/plainText.ts';
import { booleanMeant } from './lint/matcherRules.ts';

/** The nodes of a written plan. A member that is `undefined` is left out. */
export function map(entries: readonly (readonly [string, Node | undefined])[]): YAMLMap {
  const node = new YAMLMap();
  for (const [key, value] of entries) if (value !== undefined) node.add({ key: new Scalar(key), value });
  return node;
}

export function seq(items: readonly Node[]): YAMLSeq {
  const node = new YAMLSeq();
  for (const item of items) node.add(item);
  return node;
}

/** On one line, without members that are `undefined`. */
export function flow(value: object, comment?: string): Node {
  const kept = Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
  const node = new Document(kept).contents;
  if (node === null) return new Scalar(null);
  if (isCollection(node)) node.flow = true;
  // A word of a record that a reader, or an editor of YAML 1.1, would take for a boolean.
  visit(node, {
    Scalar: (_, scalar) => {
      if (booleanMeant(scalar.value) !== undefined) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return noted(node, comment);
}

/** With a comment behind it, on one line of plain text, whatever words of a guide or a file name it contains. */
export function noted<T extends Node>(node: T, comment: string | undefined): T {
  if (comment !== undefined && comment !== '') node.comment = commentText(comment);
  return node;
}

/** A comment as `yaml` wants it. */
export function commentText(text: string): string {
  return ` ${text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim()}`;
}

/**
 * A plan as written text. Words of logs, guides and file names may hold characters that control a terminal or reverse a
 * line, and links that run a command of the editor: in a value they are escaped, so that it stays the same; in a
 * comment they are shown.
 */
export function yamlText(document: Document, options: ToStringOptions): string {
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && harmless(scalar.value) !== scalar.value) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return harmless(document.toString(options));
}

/** The same text for a comment or a line beside the document. */
export function harmless(text: string): string {
  return visibleText(text, { '\n': '\n', '\t': '\t' }).replaceAll(
    /\bcommand:/gi,
    (link) => `${link.slice(0, -1)}\\u003a`,
  );
}
