type DataRecord = Readonly<Record<string, unknown>>;

/**
 * The value of a record's field: what has that very name, else, where the name has dots, what the path leads to through
 * objects (`attributes.success`, whose own keys may hold dots too) and lists: by place (`spans[0].name`, `spans.0.name`), or
 * by key where the items are attributes (`{ key, value }`, as OTLP has them). What a record inherits (`constructor`) is no
 * field of it.
 */
export function fieldOf(record: DataRecord, field: string): unknown {
  if (Object.hasOwn(record, field)) return record[field];
  return onPath(record, field.includes('[') ? field.replaceAll(/\[(\d+)\]/g, '.$1') : field);
}

function onPath(record: DataRecord, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path];
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(record, path.slice(0, dot)) ? record[path.slice(0, dot)] : undefined;
    if (typeof inner !== 'object' || inner === null) continue;
    const rest = path.slice(dot + 1);
    const value = Array.isArray(inner) ? inList(inner, rest) : onPath(inner as DataRecord, rest);
    if (value !== undefined) return value;
  }
  return undefined;
}

function inList(items: readonly unknown[], path: string): unknown {
  const place = /^(\d+)(?:\.(.+))?$/.exec(path);
  if (place !== null) {
    const item = items[Number(place[1])];
    if (place[2] === undefined) return item;
    return typeof item === 'object' && item !== null && !Array.isArray(item)
      ? onPath(item as DataRecord, place[2])
      : undefined;
  }
  for (const item of items) {
    if (typeof item !== 'object' || item === null || !('key' in item) || !('value' in item)) continue;
    const { key } = item;
    if (key === path) return plainValue(item.value);
  }
  return undefined;
}

/** The kinds of a value of OTLP (`opentelemetry/proto/common/v1`, AnyValue), as its JSON writes them. */
const kinds = ['stringValue', 'intValue', 'doubleValue', 'boolValue'] as const;

/** The content of OTLP's object that names its kind; any other value stays as it is. */
function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const record = value as DataRecord;
  for (const kind of kinds) if (Object.hasOwn(record, kind)) return record[kind];
  const list = record.arrayValue;
  if (typeof list !== 'object' || list === null || !('values' in list) || !Array.isArray(list.values)) return value;
  return list.values.map(plainValue);
}
