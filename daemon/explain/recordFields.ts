import { fieldOf } from '../measure/fieldPath.ts';
import { framesIn, ownFrame } from '../protocol/domain/stackFrame.ts';
import { numberWritten } from '../protocol/domain/valueTest.ts';
import { namesVersion } from '../protocol/domain/versionOrder.ts';
import { templateOf } from './messageTemplate.ts';

/** The fields of one record, by their path as a plan names them, `result.ok`. */
export type RecordFields = ReadonlyMap<string, FieldValue>;

export type FieldValue =
  | { readonly kind: 'number'; readonly number: number }
  /** `template`: of a text that is more than a word; `frame`: of a stack trace. */
  | {
      readonly kind: 'words';
      readonly text: string | null;
      readonly template: string | null;
      readonly frame: string | null;
    };

const mostFields = 80;
const deepest = 6;
const longestValue = 80;
const longestPath = 120;
const mostItems = 4;

/**
 * Flattens a record. What is larger than the bounds is left out; a field that holds nothing is not there.
 * `textCells`: its format writes numbers as texts.
 */
export function fieldsOf(record: Readonly<Record<string, unknown>>, textCells = false): RecordFields {
  const fields = new Map<string, FieldValue>();
  for (const [name, value] of Object.entries(record)) {
    collect(fields, name, textCells ? asNumber(name, value) : value, 1);
  }
  return fields;
}

function asNumber(name: string, value: unknown): unknown {
  if (typeof value !== 'string' || value.length > 15 || namesVersion(name)) return value;
  return numberWritten(value) ?? value;
}

function collect(into: Map<string, FieldValue>, path: string, value: unknown, depth: number): void {
  if (into.size >= mostFields || path.length > longestPath || into.has(path)) return;
  if (Array.isArray(value)) {
    collectList(into, path, value, depth);
    return;
  }
  if (typeof value === 'object' && value !== null) {
    if (depth >= deepest) return;
    for (const [name, inner] of Object.entries(value)) collect(into, `${path}.${name}`, inner, depth + 1);
    return;
  }
  const found = contentOf(value);
  if (found !== null) into.set(path, found);
}

/** Attributes are fields by their key; the first items of a list stand for it. */
function collectList(into: Map<string, FieldValue>, path: string, list: readonly unknown[], depth: number): void {
  const attributes = list.filter(
    (item) => typeof item === 'object' && item !== null && 'key' in item && 'value' in item,
  );
  if (attributes.length > 0 && attributes.length === list.length && depth < deepest) {
    for (const { key } of attributes as readonly { readonly key: unknown }[]) {
      const inner = `${path}.${String(key)}`;
      collect(into, inner, fieldOf({ [path]: list }, inner), depth + 1);
    }
    return;
  }
  const words = list.slice(0, mostItems).filter((item) => typeof item !== 'object');
  if (words.length > 0) collect(into, path, words.join(', '), depth);
}

function contentOf(value: unknown): FieldValue | null {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? { kind: 'number', number: value } : null;
    case 'boolean':
      return word(String(value));
    case 'string':
      return textValue(value);
    default:
      return null;
  }
}

function textValue(text: string): FieldValue | null {
  if (text.trim() === '') return null;
  const isWord = text.length <= longestValue && !/[\r\n]/.test(text);
  const isMessage = !isWord || /\s/.test(text) || /\d{3}/.test(text);
  const frame = /[\r\n]/.test(text) ? ownFrame(framesIn(text)) : null;
  const file = frame?.file.split(/[/\\]/).at(-1);
  return {
    kind: 'words',
    text: isWord ? text : null,
    template: isMessage ? templateOf(text) : null,
    frame: frame === null ? null : `${file}:${frame.line}`,
  };
}

function word(text: string): FieldValue {
  return { kind: 'words', text, template: null, frame: null };
}
