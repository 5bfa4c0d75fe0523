import type { Arm } from '../protocol/domain/plan.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../protocol/domain/sourceShape.ts';
import { fieldOf } from './fieldPath.ts';
import { logfmtRecord } from './logfmt.ts';

type DataRecord = Readonly<Record<string, unknown>>;

/** A record that a line holds, and the arm whose columns it was made of. */
export interface RecordPart {
  readonly record: DataRecord;
  readonly arm: Arm | null;
}

/**
 * The records of a line: what is wrapped in a text is unwrapped, what lies in lists is one record each, and a line with a
 * column for each arm is a record of each arm. `null` when a line is its own only record.
 */
export function compileRecordParts(source: Source): ((line: DataRecord) => readonly RecordPart[]) | null {
  const { unwrap, each } = sourceShape(source);
  const columns = source.arm_columns;
  if (unwrap.length === 0 && each.length === 0 && columns === undefined) return null;
  const paths = each.map((path) => path.split('[]').map((name) => name.replace(/^\./, '')));
  const armColumns =
    columns === undefined
      ? []
      : (['treatment', 'control'] as const).flatMap((arm) => {
          const named = columns[arm];
          return named === undefined ? [] : [{ arm, named: Object.entries(named) }];
        });
  return (line) => {
    const whole = unwrap.reduce<DataRecord>((record, field) => unwrapped(record, field), line);
    const records = paths.length === 0 ? [whole] : paths.flatMap((path) => itemsOf(whole, path));
    if (armColumns.length === 0) return records.map((record) => ({ record, arm: null }));
    return records.flatMap((record) =>
      armColumns.map(({ arm, named }): RecordPart => {
        const own = within(record, null);
        for (const [name, column] of named) own[name] = fieldOf(record, column);
        return { record: own, arm };
      }),
    );
  };
}

/** The record with the fields of what is wrapped in one of its own; the inner ones win. Without any, it is as it was. */
function unwrapped(record: DataRecord, field: string): DataRecord {
  const value = fieldOf(record, field);
  const inner = typeof value === 'string' ? recordIn(value) : isRecord(value) ? value : null;
  return inner === null ? record : within(record, inner);
}

/** JSON, behind a prefix or not, or logfmt. */
function recordIn(text: string): DataRecord | null {
  const open = text.indexOf('{');
  if (open !== -1) {
    try {
      const value: unknown = JSON.parse(text.slice(open));
      if (isRecord(value)) return value;
    } catch {
      // A brace in a message.
    }
  }
  return logfmtRecord(text.trim());
}

/** Items of nested lists, each with the fields of the objects around it. */
function itemsOf(record: DataRecord, [name = '', ...rest]: readonly string[]): readonly DataRecord[] {
  const isLast = rest.length === 0 || (rest.length === 1 && rest[0] === '');
  const list = name === '' ? record : fieldOf(record, name);
  if (rest.length === 0) return isRecord(list) ? [within(record, list)] : [];
  if (!Array.isArray(list)) return [];
  const items = list.filter(isRecord).map((item) => within(record, item));
  return isLast ? items : items.flatMap((item) => itemsOf(item, rest));
}

/** No prototype: a field may be called `__proto__`. */
function within(outer: DataRecord, inner: DataRecord | null): Record<string, unknown> {
  const record: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(outer)) record[name] = outer[name];
  if (inner !== null) for (const name of Object.keys(inner)) record[name] = inner[name];
  return record;
}

function isRecord(value: unknown): value is DataRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
