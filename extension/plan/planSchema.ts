import { readFile } from 'node:fs/promises';

/** As much of JSON Schema as the plan's is made of. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

/** The generated schema that is shipped with the extension. */
export async function readPlanSchema(file: string): Promise<JsonSchema> {
  return JSON.parse(await readFile(file, 'utf8')) as JsonSchema;
}

type Path = readonly (string | number)[];

/** The alternatives that are left at a path once the keys that are written there are known. */
export function schemasAt(
  schema: JsonSchema,
  path: Path,
  keysAt: (path: Path) => readonly string[],
): readonly JsonSchema[] {
  let places = alternatives([schema], keysAt([]));
  path.forEach((part, index) => {
    const below = places.flatMap((place) => belowOf(place, part));
    places = alternatives(below, keysAt(path.slice(0, index + 1)));
  });
  return places;
}

/** The description of a key or value: of the place itself, or of the alternatives that share it. */
export function describedAt(schemas: readonly JsonSchema[]): JsonSchema | undefined {
  return schemas.find(({ description }) => description !== undefined);
}

function belowOf(place: JsonSchema, part: string | number): readonly JsonSchema[] {
  if (typeof part === 'number') {
    const { items } = place;
    if (items === undefined) return [];
    if (isList(items)) return items[part] === undefined ? [] : [items[part]];
    return [items];
  }
  const property = place.properties?.[part];
  if (property !== undefined) return [property];
  return typeof place.additionalProperties === 'object' ? [place.additionalProperties] : [];
}

function isList(items: JsonSchema | readonly JsonSchema[]): items is readonly JsonSchema[] {
  return Array.isArray(items);
}

/** A measure of `quantile` cannot also have `count`: alternatives that know not all written keys are left out. */
function alternatives(places: readonly JsonSchema[], written: readonly string[]): readonly JsonSchema[] {
  const all = places.flatMap(flattened);
  const known = all.filter((place) => written.every((key) => takes(place, key)));
  return known.length > 0 ? known : all;
}

function flattened(place: JsonSchema): readonly JsonSchema[] {
  const { anyOf, ...whole } = place;
  if (anyOf === undefined) return [place];
  const { description, examples } = whole;
  return anyOf.flatMap(flattened).map((option) => ({
    ...(description !== undefined && { description }),
    ...(examples !== undefined && { examples }),
    ...option,
  }));
}

function takes({ properties, additionalProperties }: JsonSchema, key: string): boolean {
  return properties?.[key] !== undefined || typeof additionalProperties === 'object';
}
