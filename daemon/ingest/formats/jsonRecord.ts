import { fieldOf } from '../../measure/fieldPath.ts';
import type { RejectReason } from '../../protocol/domain/observation.ts';
import { isInexact } from './inexact.ts';
import { readsTwice } from './repeatedJsonKeys.ts';
import type { Reader } from './scan.ts';

/** Deeper nesting is refused: what JSON.parse takes at a depth of a million, others choke on at ten thousand. */
const deepest = 32;
/** A line of more keys is refused where as many of them differ: each new name costs the parser microseconds, for which all rollouts wait. */
const mostKeys = 16_384;

/**
 * Counts the members (`"key": value` pairs) of the JSON text in `bytes[start, end)` at all depths, duplicates included:
 * the colons that stand outside strings. `-1` when it nests deeper than 32. Of text that is not JSON the count means
 * nothing; JSON.parse refuses that afterwards.
 */
function countMembers(bytes: Buffer, start: number, end: number): number {
  let members = 0;
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    switch (bytes[at]) {
      case 0x22:
        at += 1;
        while (at < end && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
        break;
      case 0x3a:
        members += 1;
        break;
      case 0x7b:
      case 0x5b:
        depth += 1;
        if (depth > deepest) return -1;
        break;
      case 0x7d:
      case 0x5d:
        depth -= 1;
        break;
    }
  }
  return members;
}

/** About how many different strings the text has: those whose hashes differ, of 2^18. */
function differentStrings(bytes: Buffer, start: number, end: number): number {
  const seen = new Uint8Array(2 ** 18);
  let different = 0;
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== 0x22) continue;
    let hash = 0x811c9dc5;
    for (at += 1; at < end && bytes[at] !== 0x22; at += 1) {
      hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
      if (bytes[at] === 0x5c) at += 1;
    }
    const place = (hash ^ (hash >>> 18)) & 0x3ffff;
    if (seen[place] === 1) continue;
    seen[place] = 1;
    different += 1;
  }
  return different;
}

/** Distinct members at all depths. */
function distinctMembers(value: object): number {
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === 'object' && item !== null) members += distinctMembers(item);
    }
    return members;
  }
  // An object of JSON.parse inherits nothing enumerable, and a `__proto__` key is an own property of it like any other.
  for (const key in value) {
    members += 1;
    const item: unknown = (value as Record<string, unknown>)[key];
    if (typeof item === 'object' && item !== null) members += distinctMembers(item);
  }
  return members;
}

/**
 * The JSON object in `bytes[start, end)`, or why it is refused. JSON.parse alone takes the last of duplicate keys and
 * rounds integers beyond 2^53: a figure made of those would be wrong in silence. `kept` names the fields whose numbers the
 * plan keeps; a large identifier elsewhere does no harm, and neither does a key twice that the plan does not read. `NaN` and
 * `Infinity`, as Python writes them, are texts: values that are there, and no numbers.
 */
export function parseJsonRecord(
  bytes: Buffer,
  start: number,
  end: number,
  encoding: 'latin1' | 'utf8',
  { kept, reads }: Pick<Reader, 'kept' | 'reads'>,
): Readonly<Record<string, unknown>> | RejectReason {
  const written = countMembers(bytes, start, end);
  if (written === -1) return 'too-deep';
  if (written > mostKeys && differentStrings(bytes, start, end) > mostKeys) return 'too-many-keys';
  let value: unknown;
  try {
    value = parsed(bytes.toString(encoding, start, end));
  } catch {
    return bytes.subarray(start, end).includes(0) ? 'nul-bytes' : 'invalid-json';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not-an-object';
  const distinct = distinctMembers(value);
  if (distinct !== written && written > mostKeys) return 'duplicate-key';
  if (distinct !== written && readsTwice(bytes.toString(encoding, start, end), reads)) return 'duplicate-key';
  const record = value as Readonly<Record<string, unknown>>;
  for (const field of kept) {
    const figure = fieldOf(record, field);
    if (typeof figure === 'number' && isInexact(figure)) return 'invalid-number';
  }
  return record;
}

/** A string, or a word that stands for no number. */
const wordOrString = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** @throws SyntaxError */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!text.includes('NaN') && !text.includes('Infinity')) throw error;
    return JSON.parse(text.replace(wordOrString, (found) => (found.startsWith('"') ? found : `"${found}"`)));
  }
}
