import * as z from 'zod';
import { planSchema } from '../protocol/domain/plan.ts';
import { descriptions } from './descriptions.ts';

/** The part of JSON Schema that the plan's schema uses. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  examples?: unknown[];
  pattern?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema | JsonSchema[];
  anyOf?: JsonSchema[];
  [keyword: string]: unknown;
}

/** The JSON schema of a plan as a person writes it (draft 7, which editors know best), with descriptions and examples throughout. */
export function planJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(planSchema, { io: 'input', target: 'draft-7' }) as JsonSchema;
  describe(schema, '');
  return { ...schema, title: 'Rampwatch plan' };
}

/** Gives each part the description of its place; `seen` reports the places, for the test that none is left out. */
export function describe(schema: JsonSchema, place: string, seen?: (place: string, schema: JsonSchema) => void): void {
  const said = descriptions[place];
  seen?.(place, schema);
  if (said !== undefined) {
    schema.description = said.description;
    if (said.examples !== undefined) schema.examples = [...said.examples];
  }
  if (schema.type === 'string' && conditionPlaces.test(place)) schema.pattern = conditionPattern;
  if (durationPlaces.test(place)) schema.pattern = place === 'triggers.*.for' ? waitsPattern : durationPattern;
  const under = (name: string) => (place === '' ? name : `${place}.${name}`);
  for (const [name, property] of Object.entries(schema.properties ?? {})) describe(property, under(name), seen);
  const items = Array.isArray(schema.items) ? schema.items : schema.items === undefined ? [] : [schema.items];
  for (const item of items) describe(item, under('*'), seen);
  if (typeof schema.additionalProperties === 'object') describe(schema.additionalProperties, under('*'), seen);
  for (const option of schema.anyOf ?? []) describe(option, optionPlace(option, place), seen);
}

/** A measure's place begins with its kind, its first key; other alternatives share a place. */
function optionPlace(option: JsonSchema, place: string): string {
  const [kind] = Object.keys(option.properties ?? {});
  return place === 'measures.*' && kind !== undefined ? `measures.${kind}` : place;
}

const conditionPlaces = /^(?:stages\.\*\.gate\.\*(?:\.when)?|triggers\.\*\.when|.*\.evidence\.measure)$/;
const conditionPattern =
  '^\\s*[A-Za-z_][A-Za-z0-9_]*\\s*(>=|<=|==|!=|>|<|≥|≤|=)\\s*(baseline\\s*[+−-]\\s*)?\\d{1,12}(\\.\\d{1,9})?\\s*(%|[A-Za-zµ]{1,8})?(\\s+of\\s+baseline)?\\s*$';
const durationPattern = '^(\\d+(\\.\\d+)?(ms|s|m|h|d|w))+$';
const waitsPattern = '^((\\d+(\\.\\d+)?(ms|s|m|h|d|w))+|[1-9]\\d{0,2} windows?)$';
const durationPlaces =
  /(?:^|\.)(?:fresh|first|overlap|settle|step|soak|over|for|within|lease|timeout|every|by_minute|by_hour)$/;
