import { RE2JS } from 're2js';
import { compileLinear } from '../../protocol/domain/linearPattern.ts';
import type { FlagValues } from '../target.ts';

/**
 * The values at the places of an answer, as texts: a place is a JSON pointer (RFC 6901) or a pattern with one group.
 * `null` where there is none. A string is returned instead when the answer is not of that form.
 */
export function answerValues(answer: string, places: readonly string[]): FlagValues | string {
  const pointers = places.filter((place) => place.startsWith('/'));
  let document: unknown;
  if (pointers.length > 0) {
    try {
      // Some programs and servers begin with a byte order mark.
      document = JSON.parse(answer.replace(/^\uFEFF/, ''));
    } catch {
      return answer.trim() === '' ? 'answers nothing' : 'answers something that is not JSON';
    }
  }
  return Object.fromEntries(
    places.map((place) => [place, place.startsWith('/') ? valueAt(document, place) : groupIn(answer, place)]),
  );
}

function valueAt(document: unknown, pointer: string): string | null {
  let value: unknown = document;
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function groupIn(text: string, pattern: string): string | null {
  const found = compileLinear(pattern, RE2JS.MULTILINE).matcher(text);
  return found.find() ? found.group(1) : null;
}
