type DataRecord = Readonly<Record<string, unknown>>;

/**
 * The value of a record's field: what has that very name, else, where the name has dots, what the path leads to through
 * objects (`attributes.success`). What a record inherits (`constructor`) is no field of it.
 */
export function fieldOf(record: DataRecord, field: string): unknown {
  if (Object.hasOwn(record, field)) return record[field];
  return field.includes('.') ? nestedField(record, field.split('.')) : undefined;
}

function nestedField(record: DataRecord, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = (value as DataRecord)[name];
  }
  return value;
}
