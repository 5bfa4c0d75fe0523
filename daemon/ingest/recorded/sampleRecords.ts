import { formats, type SourceFormat } from '../../protocol/domain/formatNames.ts';
import type { RecordSample, SampleRecord } from '../../protocol/domain/recordSample.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import type { LineReader } from '../formats/format.ts';
import { formatNamed, recognisedFormat } from '../formats/kinds.ts';
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
  const format = recognisedFormat(first);
  const found = format === null ? null : recordsIn(texts, format);
  if (format === null || found === null || found.records.length === 0) {
    const why = first.startsWith('[')
      ? 'one JSON array: write one object a line (JSONL)'
      : 'no records found: it must hold one JSON object a line, or CSV with a header row';
    throw new UserError('sample-unreadable', `${sample.file}: ${why}`);
  }
  return { file: sample.file, format, ...found };
}

function recordsIn(texts: readonly string[], name: SourceFormat): Pick<RecordSample, 'records' | 'rejected'> {
  const format = formatNamed(name);
  const { cellsAreText } = formats[name];
  const records: SampleRecord[] = [];
  let rejected = 0;
  let reader: LineReader | null = null;
  for (const line of linesOf(texts)) {
    if (records.length >= mostRecords) break;
    if (line.trim() === '') continue;
    const isHeader: boolean = reader === null && format.hasHeader;
    reader ??= format.lines(line);
    if (isHeader) continue;
    const record = line.length > longestLine ? null : reader.record(line);
    if (record === null) rejected += 1;
    else records.push(flattened(record, cellsAreText));
  }
  return { records, rejected };
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

/** Fields of objects by their path, `result.ok`, as a plan names them; an empty cell of text is nothing. */
function flattened(value: object, cellsAreText: boolean): SampleRecord {
  // No prototype: a field may be called `__proto__`.
  const record: Record<string, unknown> = Object.create(null);
  for (const [name, field] of Object.entries(value))
    collect(record, name, cellsAreText && field === '' ? null : field, 1);
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
