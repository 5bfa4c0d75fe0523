import type { Translate } from '../vscodeApi.ts';
import type { PlanProposal } from './planCompletion.ts';
import type { PlanCursor } from './planText.ts';
import { escaped, scalarText } from './snippetText.ts';

/** A field of the application's records, as the newest of them have it. */
export interface DataField {
  /** Dotted where it is nested. */
  readonly name: string;
  readonly kind: 'boolean' | 'number' | 'text' | 'time';
  /** The most frequent first; empty where nearly every record has its own. */
  readonly values: readonly (string | number | boolean)[];
}

/** The words that the application itself has for a plan. */
export interface DataWords {
  readonly fields: readonly DataField[];
  /** The variables of the flag's .env file. */
  readonly variables: readonly string[];
}

/** The proposals that the data give: fields and values of records, and the keys of the flag's file. */
export function dataProposalsAt(cursor: PlanCursor, data: DataWords, t: Translate): readonly PlanProposal[] {
  const place = cursor.path.map((part) => (typeof part === 'number' ? '*' : part)).join('.');
  const inRecords = t('in the newest records');
  if (cursor.role === 'key') {
    if (place === 'flag.set') return variableKeys(cursor, data, t);
    if (!isMatcher(place)) return [];
    return data.fields
      .filter(({ name, kind, values }) => kind !== 'time' && values.length > 0 && !cursor.siblings.includes(name))
      .map(({ name, values }) => ({
        ...proposal(cursor, name, valuesText(values)),
        about: inRecords,
        snippet: cursor.hasValue ? escaped(scalarText(name)) : `${escaped(scalarText(name))}: $0`,
        asksOn: !cursor.hasValue,
      }));
  }
  const [last] = cursor.path.slice(-1);
  if (last === 'field') {
    const isTime = place.endsWith('time.field');
    return data.fields
      .filter(({ kind }) => (isTime ? kind === 'time' || kind === 'number' : kind === 'number'))
      .map(({ name, kind }) => ({ ...textProposal(cursor, name, kind), about: inRecords }));
  }
  const matched = cursor.path.findLastIndex((part) => typeof part === 'string');
  const field = data.fields.find(({ name }) => name === cursor.path[matched]);
  const above = cursor.path.slice(0, matched).map((part) => (typeof part === 'number' ? '*' : part));
  if (field === undefined || !isMatcher(above.join('.'))) return [];
  return field.values.map((value) => ({ ...textProposal(cursor, value, field.name), about: inRecords }));
}

/** A map from fields to the values that they must have. */
function isMatcher(place: string): boolean {
  return /^arms\.[^.]+$|^measures\.[^.]+\.(?:share|count|lines|where)$|\.where$/.test(place);
}

function variableKeys(cursor: PlanCursor, { variables }: DataWords, t: Translate): readonly PlanProposal[] {
  return variables
    .filter((name) => !cursor.siblings.includes(name))
    .map((name) => {
      const value = /PERCENT|ROLLOUT|SHARE|ANTEIL|PCT/i.test(name) ? 'percent' : 'enabled';
      return {
        ...proposal(cursor, name, t('in the file of the flag')),
        snippet: cursor.hasValue ? escaped(name) : `${escaped(name)}: "${escaped(`$\{${value}}`)}"`,
      };
    });
}

function textProposal(cursor: PlanCursor, value: string | number | boolean, detail: string): PlanProposal {
  const text = cursor.quoted ? String(value) : scalarText(value);
  return { ...proposal(cursor, String(value), detail), snippet: escaped(text) };
}

function proposal({ from, to }: PlanCursor, label: string, detail: string): PlanProposal {
  return { kind: 'name', label, detail, about: '', snippet: '', from, to, asksOn: false };
}

function valuesText(values: DataField['values']): string {
  const shown = values.slice(0, 3).map(String).join(', ');
  return values.length > 3 ? `${shown}, …` : shown;
}
