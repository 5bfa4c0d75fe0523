/** A field of a record as it is written. */
interface WrittenField {
  readonly path: string;
  readonly text: string;
}

const mostFields = 80;
const deepest = 6;
const longestText = 4000;
const longestPath = 120;

/** The fields of a record in its own order, by their path, for people to read: texts keep their lines, up to a bound. */
export function writtenFields(record: Readonly<Record<string, unknown>>): readonly WrittenField[] {
  const fields: WrittenField[] = [];
  for (const [name, value] of Object.entries(record)) collect(fields, name, value, 1);
  return fields;
}

function collect(into: WrittenField[], path: string, value: unknown, depth: number): void {
  if (into.length >= mostFields || value === undefined) return;
  const isInner = typeof value === 'object' && value !== null && !Array.isArray(value) && depth < deepest;
  if (isInner) {
    for (const [name, inner] of Object.entries(value)) collect(into, `${path}.${name}`, inner, depth + 1);
    return;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  into.push({ path: path.slice(0, longestPath), text: text.slice(0, longestText) });
}
