type DataRecord = Readonly<Record<string, unknown>>;

/**
 * The value of a record's field: the field of that very name, else, where the name has dots, the end of its path
 * through objects (`attributes.success`, whose own keys may hold dots too). An inherited property (`constructor`) is no
 * field.
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
