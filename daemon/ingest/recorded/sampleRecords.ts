import { fieldOf } from '../../measure/fieldPath.ts';
import { compilePieces } from '../../measure/linePieces.ts';
import { compileRecordParts } from '../../measure/recordParts.ts';
import { timeReader } from '../../measure/timeForms.ts';
import { zoneNamed } from '../../measure/zone.ts';
import { parseDurationText } from '../../protocol/domain/durationText.ts';
import { formatShape, formats, type SourceFormat } from '../../protocol/domain/formatNames.ts';
import type { RecordSample, SampleRecord } from '../../protocol/domain/recordSample.ts';
import { sourceShape } from '../../protocol/domain/sourceShape.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { numberWritten } from '../../protocol/domain/valueTest.ts';
import { namesVersion } from '../../protocol/domain/versionOrder.ts';
import type { LineReader } from '../formats/format.ts';
import { formatNamed } from '../formats/kinds.ts';
import { isOfManyMetrics, sampleFormat } from '../formats/sampleFormat.ts';
import type { MetricsSample } from './metricsSample.ts';

/** More say nothing more. */
const mostRecords = 300_000;
const longestLine = 1024 * 1024;

/** The records of a sample, in the format that it begins like. Throws `UserError` when there are none. */
export function readSampleRecords(sample: MetricsSample): RecordSample {
  const decoder = new TextDecoder();
  const texts = sample.pieces.map((piece) => decoder.decode(piece));
  const first = texts[0]?.trimStart() ?? '';
  if (first === '')
    throw new UserError('sample-empty', `${sample.file}: the file is empty; name one with some records`);
  if (first.includes('\0'))
    throw new UserError('sample-binary', `${sample.file}: binary data; name a metrics file, JSONL or CSV`);
  const format = sampleFormat(first);
  if (format !== null && isOfManyMetrics(format)) {
    throw new UserError(
      'sample-metrics',
      `${sample.file} holds many metrics (${format}), and no word in it says which one counts the requests: docs/sources.md has a plan for it, with outcomes`,
    );
  }
  const found = format === null ? null : recordsIn(texts, format);
  if (format === null || found === null || found.records.length === 0) {
    const why =
      'no records found: it must hold objects of JSON, CSV with a header row, or lines of a format in docs/sources.md; for other text write a plan with `record:`, a pattern that finds the fields of a line';
    throw new UserError('sample-unreadable', `${sample.file}: ${why}`);
  }
  return { file: sample.file, format, ...found };
}

function recordsIn(
  texts: readonly string[],
  name: SourceFormat,
): Pick<RecordSample, 'records' | 'rejected' | 'lengths'> {
  const format = formatNamed(name);
  const { cellsAreText } = formats[name];
  const source = { file: 'sample', format: name };
  const parts = compileRecordParts(source);
  const held = new Map<string, string | null>();
  const wholeLine = compilePieces(source, {
    held: (stream) => held.get(stream),
    hold: (stream, text) => void (text === undefined ? held.delete(stream) : held.set(stream, text)),
  });
  const shape = sourceShape(source);
  const readTime = timeReader(undefined);
  const lengths = new Set<string>();
  const take = (found: Readonly<Record<string, unknown>>): void => {
    const record = flattened(found, cellsAreText, lengths);
    // The format says where its time stands; written alike it can be told from other fields.
    if (formatShape(name).time !== undefined) {
      const values = shape.timeFields.map((field) => fieldOf(found, field));
      const at = readTime(values.length === 1 ? values[0] : values.join(' '), utc, null);
      const [field = 'time'] = shape.timeFields;
      if (at !== undefined) record[field] = new Date(at).toISOString();
    }
    records.push(record);
  };
  const records: SampleRecord[] = [];
  let rejected = 0;
  let reader: LineReader | null = null;
  if (name === 'json') {
    for (const found of documentsIn(texts.join(''))) take(found);
    return { records, rejected, lengths: [...lengths] };
  }
  for (const line of linesOf(texts)) {
    if (records.length >= mostRecords) break;
    if (line.trim() === '') continue;
    const isHeader: boolean = reader === null && format.hasHeader;
    reader ??= format.lines(line);
    if (isHeader) continue;
    const found = line.length > longestLine ? null : reader.record(line);
    const record = found === null ? null : (wholeLine?.(found) ?? found);
    if (record === 'piece') continue;
    if (record === null || record === 'too-long') {
      if (!line.startsWith('#') && name !== 'rails') rejected += 1;
    } else if (parts === null) take(record);
    else for (const part of parts(record)) take(part.record);
  }
  return { records, rejected, lengths: [...lengths] };
}

const utc = zoneNamed('UTC');

/** The objects of an array of JSON, or of one document. */
function documentsIn(text: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(text);
    return (Array.isArray(value) ? value : [value]).filter(
      (item): item is Readonly<Record<string, unknown>> => typeof item === 'object' && item !== null,
    );
  } catch {
    return [];
  }
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

/**
 * Fields of objects by their path, `result.ok`, as a plan names them, and attributes by their key; an empty cell of text is
 * nothing. Texts that are numbers, as a plan reads them, are numbers, and so are lengths of time with a unit, which are
 * noted; versions stay what they are.
 */
function flattened(value: object, cellsAreText: boolean, lengths: Set<string>): Record<string, unknown> {
  // No prototype: a field may be called `__proto__`.
  const record: Record<string, unknown> = Object.create(null);
  const into: Flat = { record, lengths };
  for (const [name, field] of Object.entries(value))
    collect(into, name, cellsAreText && field === '' ? null : field, 1);
  return record;
}

interface Flat {
  readonly record: Record<string, unknown>;
  readonly lengths: Set<string>;
}

const deepest = 8;

function collect(into: Flat, path: string, value: unknown, depth: number): void {
  if (typeof value === 'string') {
    put(into, path, ofText(into, path, value));
    return;
  }
  if (typeof value !== 'object' || value === null || depth > deepest) {
    put(into, path, value);
    return;
  }
  if (Array.isArray(value)) {
    const attributes = value.filter(
      (item) => typeof item === 'object' && item !== null && 'key' in item && 'value' in item,
    );
    if (attributes.length === 0 || attributes.length < value.length) put(into, path, value);
    else
      for (const { key } of attributes) {
        const inner = `${path}.${String(key)}`;
        collect(into, inner, fieldOf({ [path]: value }, inner), depth + 1);
      }
    return;
  }
  // Seconds and nanoseconds apart are one time.
  const at = 'epochSecond' in value || 'nanos' in value ? timeReader(undefined)(value, utc, null) : undefined;
  if (at !== undefined) {
    put(into, path, new Date(at).toISOString());
    return;
  }
  for (const [name, field] of Object.entries(value)) collect(into, `${path}.${name}`, field, depth + 1);
}

function put({ record }: Flat, path: string, value: unknown): void {
  if (!Object.hasOwn(record, path)) record[path] = value;
}

function ofText({ lengths }: Flat, path: string, text: string): unknown {
  if (namesVersion(path)) return text;
  if (text.length < 16) {
    const number = numberWritten(text);
    if (number !== undefined) return number;
  }
  const length = /^[\d.]/.test(text) && text.length < 40 ? parseDurationText(text) : undefined;
  if (length === undefined || !/[a-zµ]/i.test(text)) return text;
  lengths.add(path);
  return length;
}
