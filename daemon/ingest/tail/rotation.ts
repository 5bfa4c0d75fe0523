import { withoutCompression } from '../compression/compression.ts';

/** How a rotated file's name tells its age. */
export type Age =
  /** `.1` is the youngest. */
  | { readonly kind: 'number'; readonly number: number }
  /** `-20251101`, `.2025-11-01_12`: later is younger. */
  | { readonly kind: 'date'; readonly digits: string }
  /** `.old`, or only `.gz`. */
  | { readonly kind: 'none' };

export interface RotatedName {
  /** The live file's name. */
  readonly base: string;
  readonly age: Age;
}

const date = String.raw`\d{4}-?\d{2}-?\d{2}(?:[-_T.]?\d{2}(?:[-_:]?\d{2}){0,2})?(?:[-.]\d{1,5})?|\d{10}`;
const behindNumber = /^(?<base>.+)\.(?<number>\d{1,5})$/;
const behindDate = new RegExp(`^(?<base>.+)[-._](?<digits>${date})$`);
const behindWord = /^(?<base>.+)\.old$/;
const insideNumber = /^(?<stem>.+)\.(?<number>\d{1,5})(?<extension>\.[A-Za-z]\w*)$/;
const insideDate = new RegExp(`^(?<stem>.+)[-._](?<digits>${date})(?<extension>\\.[A-Za-z]\\w*)$`);

/** Numbers, with what stands between them in a date, a week or a time; `r00001` is of flexi_logger. */
const stamp = String.raw`(?:[rwW]?\d+)(?:[-_.:+TW]+\d+)*Z?`;
const behindStamp = new RegExp(`^(?<base>.+?)[-._]+(?<digits>${stamp})$`);
const insideStamp = new RegExp(`^(?<stem>.+?)[-._]*(?<digits>${stamp})(?<extension>\\.[A-Za-z]\\w*)$`);
/** A stamp has so many digits at least: `app-2.log` is the log of another instance. */
const leastDigits = 5;

/**
 * The live names a file could be a rotated generation of, by a stamp of no known form: `metrics.jsonl-202511`,
 * `metrics.jsonl-2025-W48`, `metrics__2025-11-30_00-00-00.jsonl`, `log20251130_001.txt`. Only for a name that a glob does
 * not match by itself.
 */
export function stampedNames(name: string): readonly RotatedName[] {
  const plain = withoutCompression(name);
  const behind = behindStamp.exec(plain)?.groups;
  const inside = insideStamp.exec(plain)?.groups;
  return [
    { base: behind?.base, digits: behind?.digits },
    { base: inside && `${inside.stem}${inside.extension}`, digits: inside?.digits },
  ].flatMap(({ base, digits }) =>
    base === undefined || digits === undefined || digits.replace(/\D/g, '').length < leastDigits
      ? []
      : [withDate(base, digits)],
  );
}

/**
 * The live names a file could be a rotated generation of: by logrotate (`metrics.jsonl.1`, `metrics.jsonl-20251101`,
 * with its `extension` option `metrics-20251101.jsonl`), by Python's handlers (`metrics.jsonl.2025-11-01`), each also
 * compressed. Which of them is one, the plan's glob says. `name` is without folders.
 */
export function rotatedNames(name: string): readonly RotatedName[] {
  const plain = withoutCompression(name);
  const found: RotatedName[] = [];
  const number = behindNumber.exec(plain)?.groups;
  if (number !== undefined) found.push(numbered(number.base ?? '', number.number ?? ''));
  const dated = behindDate.exec(plain)?.groups;
  if (dated !== undefined) found.push(withDate(dated.base ?? '', dated.digits ?? ''));
  const word = behindWord.exec(plain)?.groups;
  if (word !== undefined) found.push({ base: word.base ?? '', age: { kind: 'none' } });
  const inner = insideNumber.exec(plain)?.groups;
  if (inner !== undefined) found.push(numbered(`${inner.stem}${inner.extension}`, inner.number ?? ''));
  const innerDate = insideDate.exec(plain)?.groups;
  if (innerDate !== undefined) found.push(withDate(`${innerDate.stem}${innerDate.extension}`, innerDate.digits ?? ''));
  if (plain !== name) found.push({ base: plain, age: { kind: 'none' } });
  return found;
}

/** The age of a log's file, by its path; `null` for the live one. Both without folders or both with them. */
export function ageOf(path: string, family: string): Age | null {
  const folder = path.lastIndexOf('/') + 1;
  const base = family.slice(family.lastIndexOf('/') + 1);
  const name = path.slice(folder);
  const names = [...rotatedNames(name), ...(name === base ? [] : stampedNames(name))];
  return names.find((rotated) => rotated.base === base)?.age ?? null;
}

/** Oldest first; 0 when the names do not tell. */
export function byAge(one: Age, other: Age): number {
  if (one.kind === 'number' && other.kind === 'number') return other.number - one.number;
  if (one.kind === 'date' && other.kind === 'date')
    return one.digits < other.digits ? -1 : +(one.digits > other.digits);
  return 0;
}

function numbered(base: string, number: string): RotatedName {
  return { base, age: { kind: 'number', number: Number(number) } };
}

function withDate(base: string, digits: string): RotatedName {
  // Digits alone, padded, so that a day sorts before an hour of that day and `-2` before `-10`.
  const parts = digits.split(/\D+/).map((part) => part.padStart(5, '0'));
  return { base, age: { kind: 'date', digits: parts.join('') } };
}
