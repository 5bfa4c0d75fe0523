import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The program that one would write first: readline and JSON.parse, counts by minute and arm, and all durations for their quantiles. */
const [file = ''] = process.argv.slice(2);
const cells = new Map<string, { n: number; good: number }>();
const durations = { treatment: [] as number[], control: [] as number[] };
for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
  if (line === '') continue;
  const record = JSON.parse(line);
  if (record.event_type !== undefined) continue;
  const arm = record.execution_type === 'sync' ? 'control' : 'treatment';
  durations[arm].push(record.duration_ms);
  const key = `${arm} ${record.timestamp.slice(0, 16)}`;
  let cell = cells.get(key);
  if (cell === undefined) {
    cell = { n: 0, good: 0 };
    cells.set(key, cell);
  }
  cell.n += 1;
  if (record.success === true && record.fallback_used === false) cell.good += 1;
}
const total = { treatment: 0, good: 0, control: 0 };
for (const [key, { n, good }] of cells) {
  if (key.startsWith('control')) total.control += n;
  else {
    total.treatment += n;
    total.good += good;
  }
}
const p95 = Object.fromEntries(
  Object.entries(durations).map(([arm, values]) => [
    arm,
    Float64Array.from(values).sort()[Math.ceil(values.length * 0.95) - 1] ?? null,
  ]),
);
process.stdout.write(`${JSON.stringify({ ...total, p95 })}\n`);
