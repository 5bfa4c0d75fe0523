import { expect, it } from 'vitest';
import { sourceFormat } from '../../../daemon/protocol/domain/sourceFormat.ts';

it.each([
  ['metrics.jsonl', 'jsonl'],
  ['metrics.jsonl.1.gz', 'jsonl'],
  ['metrics.jsonl*', 'jsonl'],
  ['metrics.jsonl-20251101', 'jsonl'],
  ['metrics.jsonl-20251101.gz', 'jsonl'],
  ['metrics.jsonl.2025-11-01_12', 'jsonl'],
  ['metrics.jsonl.2025-11-01T12:30', 'jsonl'],
  ['metrics.jsonl.old', 'jsonl'],
  ['metrics.jsonl.bak', 'jsonl'],
  ['metrics.jsonl.[0-9]', 'jsonl'],
  ['metrics.jsonl{,.1}', 'jsonl'],
  ['metrics-20251101.jsonl', 'jsonl'],
  ['metrics.1.jsonl', 'jsonl'],
  ['METRICS.JSONL', 'jsonl'],
  ['logs/*.ndjson', 'jsonl'],
  ['logs/**/*.{jsonl,ndjson}', 'jsonl'],
  ['events.json', 'jsonl'],
  ['logs\\events.json.1', 'jsonl'],
  ['a/b.csv', 'csv'],
  ['a/b.csv.3', 'csv'],
  ['b.csv-2025-11-01', 'csv'],
  ['app.log', 'text'],
  ['app.log.1', 'text'],
  ['app.log-20251101', 'text'],
  ['metrics.jsonl.d/app.log', 'text'],
  ['exports.csv.log', 'text'],
  ['package.json5', 'text'],
  ['notes.json.txt', 'text'],
  ['{events.json,app}.log', 'text'],
  ['*', 'text'],
] as const)('%s is %s unless the plan says otherwise', (file, format) => {
  expect(sourceFormat({ file })).toBe(format);
  expect(sourceFormat({ file, format: 'csv' })).toBe('csv');
});
