type DataRecord = Readonly<Record<string, unknown>>;

/**
 * The value of a record's field: what has that very name, else, where the name has dots, what the path leads to through
 * objects (`attributes.success`, whose own keys may hold dots too). What a record inherits (`constructor`) is no field
 * of it.
 */
export function fieldOf(record: DataRecord, field: string): unknown {
  if (Object.hasOwn(record, field)) return record[field];
  for (let dot = field.indexOf('.'); dot !== -1; dot = field.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(record, field.slice(0, dot)) ? record[field.slice(0, dot)] : undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    const value = fieldOf(inner as DataRecord, field.slice(dot + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}
