import type { Translate } from '../vscodeApi.ts';
import { describedAt, type JsonSchema, schemasAt } from './planSchema.ts';
import type { PlanCursor, TextNode } from './planText.ts';
import { keysAt } from './planTree.ts';
import { keyNamesAt, type MeasureWord, measuresOf, namesFor, referenceAt } from './planWords.ts';
import { escaped, scalarText } from './snippetText.ts';

/** One proposal at the cursor, as plain values. */
export interface PlanProposal {
  readonly kind: 'key' | 'value' | 'name';
  readonly label: string;
  /** One line beside the label. */
  readonly detail: string;
  /** More about it, in the Markdown of the schema's own descriptions. */
  readonly about: string;
  /** In the editor's snippet syntax. */
  readonly snippet: string;
  /** The range to replace, in offsets. */
  readonly from: number;
  readonly to: number;
  /** Another list of proposals follows. */
  readonly asksOn: boolean;
}

/**
 * The proposals at the cursor: keys and values of the schema, and the names that the plan itself gives.
 * `schema` is `null` where another extension proposes what the schema knows.
 */
export function proposalsAt(
  cursor: PlanCursor,
  tree: TextNode,
  schema: JsonSchema | null,
  t: Translate,
): readonly PlanProposal[] {
  const value = cursor.role === 'value' || isText(cursor, schema);
  // The key being written is not counted among the keys of its map.
  const written = (path: readonly (string | number)[]) =>
    path.length === cursor.path.length && cursor.role === 'key' ? cursor.siblings : keysAt(tree, path);
  const places = schema === null ? [] : schemasAt(schema, cursor.path, written);
  if (value) return [...references(cursor, tree, t), ...values(cursor, places, t)];
  return [...keys(cursor, places, t), ...names(cursor, keyNamesAt(cursor, tree), `: `)];
}

/** A word alone on its line reads as a key to be, and may be the text of a list's item. */
function isText({ path }: PlanCursor, schema: JsonSchema | null): boolean {
  if (referenceAt(path) !== null) return true;
  if (schema === null || typeof path.at(-1) !== 'number') return false;
  const places = schemasAt(schema, path, () => []);
  return places.length > 0 && places.every(({ type }) => type === 'string');
}

function keys(cursor: PlanCursor, places: readonly JsonSchema[], t: Translate): readonly PlanProposal[] {
  const { from, to, siblings, hasValue, flow } = cursor;
  const known = new Map<string, readonly [JsonSchema, boolean]>();
  for (const place of places) {
    for (const [key, property] of Object.entries(place.properties ?? {})) {
      if (!siblings.includes(key) && !known.has(key))
        known.set(key, [property, place.required?.includes(key) === true]);
    }
  }
  return [...known].map(([key, [property, required]]) => ({
    kind: 'key',
    label: key,
    detail: required ? t('required') : '',
    about: property.description ?? '',
    snippet: hasValue ? escaped(key) : `${escaped(key)}:${valueSnippet(property, flow)}`,
    from,
    to,
    asksOn: !hasValue && choicesOf(property).length > 0,
  }));
}

/** The text to write behind a key, with its first example as the proposal. */
function valueSnippet(place: JsonSchema, flow: boolean): string {
  const [option = place] = flattenedOptions(place);
  const [example] = place.examples ?? option.examples ?? [];
  if (choicesOf(place).length > 0) return ' $0';
  switch (option.type) {
    case 'object':
      return flow || option.properties === undefined ? ' { $0 }' : '\n  $0';
    case 'array': {
      const item = Array.isArray(option.items) ? undefined : (option.items as JsonSchema | undefined);
      const [first] = item === undefined ? [] : flattenedOptions(item);
      if (first?.pattern?.includes('baseline') === true) return ' ["$0"]';
      if (first?.type !== 'object' || flow) return ' [$0]';
      return '\n  - { $0 }';
    }
    case 'string':
      if (option.pattern?.includes('baseline') === true) return ' "$0"';
      return ` \${0:${escaped(scalarText(example ?? ''))}}`;
    default:
      return example === undefined || typeof example === 'object' ? ' $0' : ` \${0:${escaped(scalarText(example))}}`;
  }
}

function flattenedOptions(place: JsonSchema): readonly JsonSchema[] {
  return place.anyOf === undefined ? [place] : place.anyOf.flatMap(flattenedOptions);
}

function choicesOf(place: JsonSchema): readonly unknown[] {
  return flattenedOptions(place).flatMap((option) => {
    if (option.enum !== undefined) return option.enum;
    if (option.const !== undefined) return [option.const];
    return option.type === 'boolean' ? [true, false] : [];
  });
}

function values(cursor: PlanCursor, places: readonly JsonSchema[], t: Translate): readonly PlanProposal[] {
  const { from, to, quoted } = cursor;
  const about = describedAt(places)?.description ?? '';
  const choices = places.flatMap(choicesOf);
  // A condition uses the plan's own measures; examples of other plans would only be in the way.
  const examples = referenceAt(cursor.path) === null ? places.flatMap((place) => place.examples ?? []) : [];
  const scalars = [...choices, ...(choices.length === 0 ? examples : [])].filter((each) => typeof each !== 'object');
  return [...new Set(scalars)].map((each) => ({
    kind: 'value',
    label: String(each),
    detail: choices.length === 0 ? t('for example') : '',
    about,
    snippet: escaped(quoted ? String(each) : scalarText(each)),
    from,
    to,
    asksOn: false,
  }));
}

function references(cursor: PlanCursor, tree: TextNode, t: Translate): readonly PlanProposal[] {
  const reference = referenceAt(cursor.path);
  switch (reference) {
    case null:
      return [];
    case 'condition':
      return conditions(cursor, measuresOf(tree), t);
    case 'placeholder':
      return placeholders(cursor, t);
    case 'measure':
    case 'stage':
    case 'trigger':
    case 'suite':
      return names(cursor, namesFor(reference, tree), '');
  }
}

function names(
  { from, to, quoted, siblings }: PlanCursor,
  known: readonly string[],
  behind: string,
): readonly PlanProposal[] {
  return known
    .filter((name) => !siblings.includes(name))
    .map((name) => ({
      kind: 'name',
      label: name,
      detail: '',
      about: '',
      snippet: escaped(`${quoted ? name : scalarText(name)}${behind}`),
      from,
      to,
      asksOn: false,
    }));
}

/** The measure first, then the comparison; behind a number what it may be of. */
function conditions(cursor: PlanCursor, measures: readonly MeasureWord[], t: Translate): readonly PlanProposal[] {
  const { before, written, from, to, quoted, path } = cursor;
  if (/[<>=≥≤]\s*\d[\d.]*%?\s+\w*$/.test(before)) {
    const word = /\w*$/.exec(before)?.[0] ?? '';
    const at = from + before.length - word.length;
    const about = t('The threshold is then a percentage of the baseline of the measure.');
    return [
      { kind: 'value', label: 'of baseline', detail: '', about, snippet: 'of baseline', from: at, to, asksOn: false },
    ];
  }
  if (/[<>=≥≤]\s*[a-z]*$/.test(before)) {
    const word = /[a-z]*$/.exec(before)?.[0] ?? '';
    const at = from + before.length - word.length;
    const about = t('A difference to the baseline of the measure: of shares in points, else in its unit.');
    const snippet = `baseline + \${0:0.5} points`;
    return [{ kind: 'value', label: 'baseline +', detail: '', about, snippet, from: at, to, asksOn: false }];
  }
  if (!/^\s*\w*$/.test(before)) return [];
  const compared = /[<>=!≥≤]/.test(written);
  const fires = path[0] === 'triggers';
  return measures.map((measure) => {
    const { name, kind, unit } = measure;
    const text = compared ? escaped(name) : `${escaped(name)} ${limitSnippet(measure, fires)}`;
    const word = from + (/^\s*/.exec(before)?.[0].length ?? 0);
    return {
      kind: 'name',
      label: name,
      detail: [kind, unit].filter((part) => part !== '').join(', '),
      about: '',
      snippet: quoted || compared ? text : `"${text}"`,
      from: word,
      to: compared ? word + (/^\s*(\w*)/.exec(written)?.[1]?.length ?? 0) : to,
      asksOn: false,
    };
  });
}

/** A usual comparison for a measure of this kind: a gate's requirement, or a trigger's threshold. */
function limitSnippet({ kind }: MeasureWord, fires: boolean): string {
  switch (kind) {
    case 'share':
      return fires ? `< \${0:95}%` : `>= \${0:99}%`;
    case 'share_not':
      return fires ? `> \${0:5}%` : `<= \${0:1}%`;
    case 'quantile':
    case 'gauge':
      return fires ? `> \${0:120}% of baseline` : `<= \${0:110}% of baseline`;
    case 'count':
      return fires ? `< \${0:1}` : `>= \${0:1000}`;
    default:
      return fires ? `> \${0:0}` : `== \${0:0}`;
  }
}

function placeholders({ before, from, to, written, quoted }: PlanCursor, t: Translate): readonly PlanProposal[] {
  const begun = /\$\{?\w*$/.exec(before)?.[0] ?? '';
  const after = /^\w*\}?/.exec(written.slice(before.length))?.[0] ?? '';
  const at = from + before.length - begun.length;
  const abouts = { enabled: t('true above 0 %, else false'), percent: t('the percentage of the stage') };
  return Object.entries(abouts).map(([name, about]) => {
    const text = escaped(`$\{${name}}`);
    return {
      kind: 'value',
      label: `$\{${name}}`,
      detail: '',
      about,
      snippet: quoted || written !== '' ? text : `"${text}"`,
      from: at,
      to: Math.min(to, from + before.length + after.length),
      asksOn: false,
    };
  });
}
