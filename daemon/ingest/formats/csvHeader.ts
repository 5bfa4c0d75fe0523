import type { Separator } from '../../protocol/domain/separator.ts';

/** The header row of a CSV file, and what separates its cells. */
export interface CsvHeader {
  readonly columns: readonly string[];
  readonly separator: Separator;
}

/** A number, a date or a time of day, in whatever way it is written. */
const figure = /^[+-]?\d[\d.,:;+\-/ _]*(?:[eE][+-]?\d+)?$|^\d{4}-\d{2}-\d{2}[T ]/;

export function isSameRow(cells: readonly string[], columns: readonly string[]): boolean {
  return cells.length === columns.length && cells.every((cell, index) => cell === columns[index]);
}

/**
 * Tells whether a row that cannot be read as a record is another header: its cells are names, none of them twice, and at least
 * half of them are `known` as columns before it or as fields of the plan.
 */
export function isClearlyHeader(cells: readonly string[], known: ReadonlySet<string>): boolean {
  const names = cells.map((cell) => cell.trim()).filter((name) => name !== '');
  if (names.length === 0 || new Set(names).size < names.length || names.some(mayBeValue)) return false;
  return 2 * names.filter((name) => known.has(name)).length >= names.length;
}

/** Tells whether the first row of a file is a record: it holds values, and nothing that the plan names. */
export function isClearlyRecord(cells: readonly string[], planned: ReadonlySet<string>): boolean {
  const texts = cells.map((cell) => cell.trim());
  return texts.some(isValue) && !texts.some((text) => planned.has(text));
}

/** A name seldom begins with a digit, a value often. */
function mayBeValue(text: string): boolean {
  return /^[+-]?\d/.test(text) || isValue(text);
}

function isValue(text: string): boolean {
  return figure.test(text) || /^(?:true|false)$/i.test(text);
}
