import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The program that one would write first: readline and JSON.parse, the same minute × arm counts and a latency histogram. No tail, no store. */
const [file = ''] = process.argv.slice(2);
interface Cell {
  n: number;
  good: number;
  readonly latency: Map<number, number>;
}
const cells = new Map<string, Cell>();
const started = performance.now();
const before = process.cpuUsage();
for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
  if (line === '') continue;
  const record = JSON.parse(line);
  if (record.event_type !== undefined) continue;
  const arm = record.execution_type === 'sync' ? 'control' : 'treatment';
  const minute = Math.floor(Date.parse(`${record.timestamp}Z`) / 60_000);
  const key = `${arm}:${minute}`;
  let cell = cells.get(key);
  if (cell === undefined) {
    cell = { n: 0, good: 0, latency: new Map() };
    cells.set(key, cell);
  }
  cell.n += 1;
  if (record.success === true && record.fallback_used === false) cell.good += 1;
  const bucket = Math.round(Math.log2(record.duration_ms) * 128);
  cell.latency.set(bucket, (cell.latency.get(bucket) ?? 0) + 1);
}
const seconds = (performance.now() - started) / 1000;
const user = process.cpuUsage(before).user / 1_000_000;
const total = { treatment: 0, control: 0, good: 0 };
for (const [key, cell] of cells) {
  if (key.startsWith('control')) total.control += cell.n;
  else {
    total.treatment += cell.n;
    total.good += cell.good;
  }
}
process.stdout.write(`${JSON.stringify({ seconds, user, ...total })}\n`);
