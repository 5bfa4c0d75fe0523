import { commaNumber, type Separator, separatorOf } from '../protocol/domain/separator.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { MetricsSample } from './initSample.ts';

export type SampleRecord = Readonly<Record<string, unknown>>;

export interface SampleRecords {
  readonly format: 'jsonl' | 'csv';
  readonly records: readonly SampleRecord[];
  /** Lines that are no record. */
  readonly rejected: number;
}

/** More say nothing more. */
const mostRecords = 300_000;
const longestLine = 1024 * 1024;

/** The records of a sample: JSON objects line by line, or CSV with a header row. Throws `UserError` when there are none. */
export function readSampleRecords(sample: MetricsSample): SampleRecords {
  const decoder = new TextDecoder();
  const texts = sample.pieces.map((piece) => decoder.decode(piece));
  const first = texts[0]?.trimStart() ?? '';
  if (first === '')
    throw new UserError('sample-empty', `${sample.file}: the file is empty; name one with some records`);
  if (first.includes('\0'))
    throw new UserError('sample-binary', `${sample.file}: binary data; name a metrics file, JSONL or CSV`);
  const format = first.startsWith('{') ? 'jsonl' : 'csv';
  const found = format === 'jsonl' ? readJsonLines(texts) : readCsv(texts);
  if (found.records.length === 0) {
    const why = first.startsWith('[')
      ? 'one JSON array: write one object a line (JSONL)'
      : 'no records found: it must hold one JSON object a line, or CSV with a header row';
    throw new UserError('sample-unreadable', `${sample.file}: ${why}`);
  }
  return { format, ...found };
}

function* linesOf(texts: readonly string[]): Generator<string> {
  for (const [index, text] of texts.entries()) {
    const lines = text.split('\n');
    // A piece's first and last line may be cut.
    const from = index === 0 ? 0 : 1;
    const to = index === texts.length - 1 ? lines.length : lines.length - 1;
    for (const line of lines.slice(from, to)) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

function readJsonLines(texts: readonly string[]): Omit<SampleRecords, 'format'> {
  const records: SampleRecord[] = [];
  let rejected = 0;
  for (const line of linesOf(texts)) {
    if (records.length >= mostRecords) break;
    if (line.trim() === '') continue;
    const record = line.length > longestLine ? undefined : parseObject(line);
    if (record === undefined) rejected += 1;
    else records.push(record);
  }
  return { records, rejected };
}

function parseObject(line: string): SampleRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? flattened(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Fields of objects by their path, `result.ok`, as a plan names them. */
function flattened(value: object): SampleRecord {
  // No prototype: a field may be called `__proto__`.
  const record: Record<string, unknown> = Object.create(null);
  for (const [name, field] of Object.entries(value)) collect(record, name, field, 1);
  return record;
}

const deepest = 8;

function collect(into: Record<string, unknown>, path: string, value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > deepest) {
    if (!Object.hasOwn(into, path)) into[path] = value;
    return;
  }
  for (const [name, field] of Object.entries(value)) collect(into, `${path}.${name}`, field, depth + 1);
}

function readCsv(texts: readonly string[]): Omit<SampleRecords, 'format'> {
  const records: SampleRecord[] = [];
  let rejected = 0;
  let header: readonly string[] | undefined;
  let separator: Separator = ',';
  for (const line of linesOf(texts)) {
    if (records.length >= mostRecords) break;
    if (line.trim() === '') continue;
    if (header === undefined) separator = separatorOf(line);
    const cells = line.length > longestLine ? [] : cellsOf(line.replace(/^\ufeff/, ''), separator);
    if (header === undefined) {
      header = cells.map((cell) => cell.trim());
      if (header.length < 2 || header.some((name) => name === '' || /^[-+\d.]+$/.test(name)))
        return { records, rejected: 1 };
      continue;
    }
    if (cells.length !== header.length) rejected += 1;
    else
      records.push(Object.fromEntries(header.map((name, index) => [name, cellValue(cells[index] ?? '', separator)])));
  }
  return { records, rejected };
}

/** A row of RFC 4180, on one line. */
function cellsOf(line: string, separator: Separator): readonly string[] {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  const pattern = new RegExp(`(?:^|${separator})(?:"((?:[^"]|"")*)"|([^${separator}]*))`, 'g');
  for (const [, quotedCell, plainCell] of line.matchAll(pattern)) {
    cells.push(quotedCell === undefined ? (plainCell ?? '') : quotedCell.replaceAll('""', '"'));
  }
  return cells;
}

/** As a CSV source is read: numbers, true, false and nothing are values, all else is text. */
function cellValue(cell: string, separator: Separator): unknown {
  if (cell === '') return null;
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(cell)) return Number(cell);
  const decimal = commaNumber(cell, separator);
  if (decimal !== undefined) return decimal;
  if (/^true$/i.test(cell)) return true;
  return /^false$/i.test(cell) ? false : cell;
}
