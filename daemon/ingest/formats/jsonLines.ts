import type { Format } from './format.ts';
import { jsonLinesScanner } from './lineScanner.ts';

/** One JSON object a line. */
export const jsonLines: Format = {
  hasHeader: false,
  beginsLike: (head) => head.startsWith('{'),
  scanner: jsonLinesScanner,
  lines: () => ({ record: parsedObject, columns: null }),
};

function parsedObject(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
