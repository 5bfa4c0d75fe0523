/**
 * JSON with the keys of every object in code-unit order and no spaces: equal values have equal texts, whatever the order
 * in which they were built. What JSON cannot say (`undefined`, functions, NaN) is treated as `JSON.stringify` does, so
 * a value and its own stored copy have the same text.
 */
export function canonicalJson(value: unknown): string {
  return write(JSON.parse(JSON.stringify(value) ?? 'null'));
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    parts.push(`${JSON.stringify(key)}:${write((value as Record<string, unknown>)[key])}`);
  }
  return `{${parts.join(',')}}`;
}
