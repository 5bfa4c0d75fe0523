import type { Place } from '../domain/place.ts';
import { isoTime } from '../domain/units.ts';
import { plainText } from './plainText.ts';

/** `metrics.jsonl:12`, `tail -f app:12`, `sum(errors) at 2025-11-01T12:00:00.000Z`: on one line, without control characters. */
export function placeText(place: Place, longest = 400): string {
  if ('file' in place) return `${plainText(place.file, longest)}:${place.line}`;
  if ('stream' in place) return `${plainText(place.stream, longest)}:${place.line}`;
  return `${plainText(place.query, longest)} at ${isoTime(place.at)}`;
}

/** The same text for the same place only. */
export function placeKey(place: Place): string {
  return JSON.stringify(place, Object.keys(place).sort());
}
