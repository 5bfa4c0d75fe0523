import { stringify } from 'yaml';
import type { z } from 'zod';
import { flagKindNames } from '../protocol/domain/flagKinds.ts';
import { sourceKindNames } from '../protocol/domain/sourceKinds.ts';
import { descriptions } from './descriptions.ts';
import { nearest } from './nearest.ts';
import type { PlanDocument } from './planDocument.ts';
import { type Instead, insteadOf, type Path, type PlanProblem, pathText } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** More than anybody reads; a hostile plan has a thousand times as many. */
const mostTold = 100;
/** Alternatives that are told apart by the one key that only each of them has, in the schema's order. */
interface Kinds {
  readonly keys: readonly string[];
  readonly noun: string;
  readonly lacks: string;
}
const measureKinds: Kinds = {
  keys: ['share', 'share_not', 'count', 'quantile', 'gauge', 'lines', 'signal'],
  noun: 'a measure',
  lacks: 'does not say what is measured',
};
const kindsOfSource: Kinds = { keys: sourceKindNames, noun: 'a source', lacks: 'does not say where it is read from' };
const kindsOfFlag: Kinds = { keys: flagKindNames, noun: 'a flag', lacks: 'does not say what is set' };
const evidenceKinds: Kinds = {
  keys: ['tests', 'measure', 'quiet', 'file', 'flag', 'journal'],
  noun: 'evidence',
  lacks: 'does not say what shows it',
};

/** The schema's findings in words of the plan: the place, the fault, and the correct form. */
export function explainIssues(all: readonly Issue[], document: PlanDocument, base: Path = []): PlanProblem[] {
  const issues = all.slice(0, mostTold);
  const renamed = new Set(issues.flatMap((issue) => meantKeys(issue, [...base, ...(issue.path as Path)], document)));
  return issues.flatMap((issue) => {
    const path = [...base, ...(issue.path as Path)];
    // A key that is there under another name is reported once.
    const missing = valueAt(document.value, path) === undefined && issue.code !== 'unrecognized_keys';
    return missing && renamed.has(pathText(path)) ? [] : explain(issue, path, document);
  });
}

/** The probable paths of unknown keys. */
function meantKeys(issue: Issue, path: Path, document: PlanDocument): string[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const known = knownKeys(placeName(path, document.value));
  return issue.keys.slice(0, mostTold).flatMap((key) => {
    const meant = nearest(key, known);
    return meant === undefined ? [] : [pathText([...path, meant])];
  });
}

function explain(issue: Issue, path: Path, document: PlanDocument): PlanProblem[] {
  const value = valueAt(document.value, path);
  const here = (message: string, offset?: number, instead?: Instead) => [
    { ...place(document, path, offset), path: pathText(path), message, ...(instead && { instead }) },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, mostTold).map((key) => unknownKey(key, path, document));
    case 'invalid_type':
      return here(
        typeMessage(issue.expected, path, value, document),
        undefined,
        typeInstead(issue.expected, path, value),
      );
    case 'invalid_value':
      return value === undefined
        ? here(missing(path, document))
        : here(choiceMessage(issue.values, path, value), undefined, choiceInstead(issue.values, value));
    case 'invalid_key': {
      const reason = issue.issues[0]?.message ?? 'it cannot be a key';
      return [{ ...keyPlace(document, path), path: pathText(path), message: `\`${last(path)}\`: ${reason}` }];
    }
    case 'invalid_union':
      return unionProblems(issue.errors as readonly (readonly Issue[])[], path, document);
    case 'too_small':
    case 'too_big':
      return here(boundMessage(issue, path));
    case 'custom':
      return here(issue.message, offsetOf(issue.params), comparisonInstead(value, offsetOf(issue.params)));
    case 'invalid_format':
      return here(`\`${String(value)}\`: ${issue.message}`);
    default:
      return here(`${subject(path)}: ${issue.message}${forExample(path, document)}`);
  }
}

function unknownKey(key: string, path: Path, document: PlanDocument): PlanProblem {
  const known = knownKeys(placeName(path, document.value));
  const meant = nearest(key, known);
  const help = meant === undefined ? `: here go ${list(known)}` : ` — did you mean \`${meant}\`?`;
  return {
    ...keyPlace(document, [...path, key]),
    path: pathText([...path, key]),
    message: `unknown key \`${key}\`${help}`,
    instead: insteadOf(key, meant),
  };
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  tuple: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

function typeMessage(expected: string, path: Path, value: unknown, document: PlanDocument): string {
  if (value === undefined) return missing(path, document);
  const example = forExample(path, document);
  if (value === null) return `${subject(path)} is empty${example}`;
  if (expected === 'string' && typeof value === 'number' && isDuration(path)) {
    return `${subject(path)} needs a unit${example}`;
  }
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return `${subject(path)} must be text: write \`"${value}"\`, in quotes`;
  }
  if (expected === 'number' && typeof value === 'string') {
    const bare = /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(value)?.[1];
    if (bare !== undefined) return `${subject(path)} must be a number: write \`${bare}\``;
  }
  if (expected === 'array' && typeof value !== 'object') {
    return `${subject(path)} must be a list: write \`${inline([value])}\``;
  }
  return `${subject(path)} must be ${typeNames[expected] ?? expected}, not ${described(value)}${example}`;
}

/** Places where the written value tells the right kind. */
function typeInstead(expected: string, path: Path, value: unknown): Instead | undefined {
  if (expected === 'string' && !isDuration(path) && (typeof value === 'number' || typeof value === 'boolean')) {
    return { wrong: String(value), right: `"${value}"` };
  }
  if (expected === 'number' && typeof value === 'string') {
    return insteadOf(value, /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(value)?.[1]);
  }
  return undefined;
}

function missing(path: Path, document: PlanDocument): string {
  return `missing \`${last(path)}\`${forExample(path, document)}`;
}

function choiceMessage(choices: readonly unknown[], path: Path, value: unknown): string {
  const names = choices.map(String);
  // In quotes it is a text, and the choice is a number.
  if (typeof value === 'string' && names.includes(value)) {
    return `${subject(path)} must be ${value}: write \`${value}\`, without quotes`;
  }
  const meant = typeof value === 'string' ? nearest(value, names) : undefined;
  const help = meant === undefined ? '' : ` — did you mean \`${meant}\`?`;
  return `${subject(path)} must be ${list(names, 'or')}, not ${described(value)}${help}`;
}

/** `=>` for `>=`. */
function comparisonInstead(value: unknown, offset = 0): Instead | undefined {
  const turned = typeof value === 'string' ? /^(?:=[<>]|<>)/.exec(value.slice(offset))?.[0] : undefined;
  if (turned === undefined) return undefined;
  return { wrong: turned, right: turned === '<>' ? '!=' : `${turned.charAt(1)}=` };
}

function choiceInstead(choices: readonly unknown[], value: unknown): Instead | undefined {
  if (typeof value !== 'string' || choices.map(String).includes(value)) return undefined;
  return insteadOf(value, nearest(value, choices.map(String)));
}

function boundMessage(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>, path: Path): string {
  const small = issue.code === 'too_small';
  const bound = small ? issue.minimum : issue.maximum;
  if (issue.origin === 'string') return `${subject(path)} is empty: write something or leave it out`;
  if (issue.origin === 'array' || issue.origin === 'record') {
    const items = `${bound} ${bound === 1 ? 'item' : 'items'}`;
    return `${subject(path)} has too ${small ? 'few' : 'many'} items: ${small ? 'at least' : 'at most'} ${items}`;
  }
  const exclusive = issue.inclusive === false;
  const limit = small ? (exclusive ? 'more than' : 'at least') : exclusive ? 'less than' : 'at most';
  return `${subject(path)} must be ${limit} ${bound}`;
}

function unionProblems(options: readonly (readonly Issue[])[], path: Path, document: PlanDocument): PlanProblem[] {
  const value = valueAt(document.value, path);
  const here = (message: string) => [{ ...place(document, path), path: pathText(path), message }];
  if (path.length === 2 && path[0] === 'measures' && isRecord(value))
    return kindProblems(options, measureKinds, path, value, document);
  if (path.length === 2 && path[0] === 'sources' && isRecord(value))
    return kindProblems(options, kindsOfSource, path, value, document);
  if (path.length === 1 && path[0] === 'flag' && isRecord(value))
    return kindProblems(options, kindsOfFlag, path, value, document);
  // The first alternative is the word `tests`.
  if (path.at(-1) === 'evidence' && isRecord(value))
    return kindProblems(options.slice(1), evidenceKinds, path, value, document);
  const meant = options.filter((issues) => !issues.some((issue) => issue.path.length === 0 && refusesKind(issue)));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) {
    return explainIssues(only, document, path);
  }
  // An unknown word was probably meant as one of the choices.
  const choice = options
    .flat()
    .find((issue) => issue.path.length === 0 && issue.code === 'invalid_value' && issue.values.length > 1);
  if (typeof value === 'string' && choice !== undefined) return explainIssues([choice], document, path);
  if (/^(?:arms|sources\.\d+\.(?:ignore|stage_event)|measures\.[^.]+\.share)\b/.test(pathText(path))) {
    return here(
      `${subject(path)} must be text, a number, \`true\`, \`false\`, \`null\`, \`{ is: TEXT }\` or a list of these, not ${described(value)}`,
    );
  }
  return here(`${subject(path)} cannot be ${described(value)}${forExample(path, document)}`);
}

/** True when an alternative is out of the question: another kind of value, or another fixed word. */
function refusesKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
}

/** The fault is reported for the kind that was probably meant. */
function kindProblems(
  options: readonly (readonly Issue[])[],
  { keys, noun, lacks }: Kinds,
  path: Path,
  value: Readonly<Record<string, unknown>>,
  document: PlanDocument,
): PlanProblem[] {
  const present = Object.keys(value).filter((key) => keys.includes(key));
  const [first, another] = present;
  if (another !== undefined) {
    const message = `${noun} is of one kind: this one has ${list(present)}, keep one of them`;
    return [{ ...keyPlace(document, [...path, another]), path: pathText([...path, another]), message }];
  }
  if (first !== undefined) {
    return explainIssues(options[keys.indexOf(first)] ?? [], document, path);
  }
  for (const key of Object.keys(value)) {
    const meant = nearest(key, keys);
    if (meant === undefined) continue;
    const message = `unknown key \`${key}\` — did you mean \`${meant}\`?`;
    const instead = insteadOf(key, meant);
    return [{ ...keyPlace(document, [...path, key]), path: pathText([...path, key]), message, instead }];
  }
  const message = `${subject(path)} ${lacks}: it needs one of ${list(keys)}`;
  return [{ ...place(document, path), path: pathText(path), message }];
}

/** The place of a value; for a missing one, its nearest parent. `offset` is inside a text. */
export function place(document: PlanDocument, path: Path, offset?: number): { line: number; column: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const found = document.placed.get(pathText(path.slice(0, length)));
    if (found === undefined) continue;
    if (length < path.length) return document.position(found.key?.from ?? found.value.from);
    if (found.style === 'empty') return document.position(found.key?.from ?? found.value.from);
    if (offset === undefined || found.style === 'block') return document.position(found.value.from);
    const start = found.style === 'quoted' ? found.value.from + 1 : found.value.from;
    return document.position(Math.min(start + offset, found.value.to));
  }
  return { line: 1, column: 1 };
}

/** The place of a key; for an item of a list, the item. */
export function keyPlace(document: PlanDocument, path: Path): { line: number; column: number } {
  const found = document.placed.get(pathText(path));
  return found === undefined ? place(document, path) : document.position(found.key?.from ?? found.value.from);
}

/** The descriptions' name of a place: `stages.*.gate.*`, `measures.quantile.field`. */
function placeName(path: Path, root: unknown): string {
  let name = '';
  path.forEach((part, index) => {
    const measure = index === 1 && path[0] === 'measures' ? valueAt(root, path.slice(0, 2)) : undefined;
    const kind = isRecord(measure) ? measureKinds.keys.find((each) => each in measure) : undefined;
    const named = name === '' ? String(part) : `${name}.${part}`;
    if (kind !== undefined) name = `measures.${kind}`;
    else name = named in descriptions ? named : `${name}.*`;
  });
  return name;
}

function knownKeys(name: string): string[] {
  const prefix = name === '' ? '' : `${name}.`;
  return Object.keys(descriptions)
    .filter((key) => key !== '' && key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
    .filter((rest) => rest !== '*' && !rest.includes('.'));
}

function forExample(path: Path, document: PlanDocument): string {
  const [example] = descriptions[placeName(path, document.value)]?.examples ?? [];
  if (example === undefined) return '';
  const key = last(path);
  return typeof key === 'number' || key === ''
    ? `; for example \`${inline(example)}\``
    : `; for example \`${key}: ${inline(example)}\``;
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trim();
}

function isDuration(path: Path): boolean {
  return /^(?:soak|over|for|within|fresh|by_minute|by_hour)$/.test(String(last(path)));
}

function subject(path: Path): string {
  const name = last(path);
  if (name === '') return 'the plan';
  if (typeof name === 'string') return `\`${name}\``;
  const parent = path[path.length - 2];
  return `item ${name + 1} of \`${parent ?? ''}\``;
}

function last(path: Path): string | number {
  return path[path.length - 1] ?? '';
}

function described(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  const text = String(value);
  return `\`${text.length > 60 ? `${text.slice(0, 57)}…` : text}\``;
}

function list(names: readonly string[], joint: 'and' | 'or' = 'and'): string {
  const quoted = names.map((name) => `\`${name}\``);
  return quoted.length < 2
    ? quoted.join('')
    : `${quoted.slice(0, -1).join(', ')} ${joint} ${quoted[quoted.length - 1]}`;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)];
    return isRecord(value) ? value[part] : undefined;
  }, root);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function offsetOf(params: unknown): number | undefined {
  return isRecord(params) && typeof params.offset === 'number' ? params.offset : undefined;
}
