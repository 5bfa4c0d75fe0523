import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SoakedDaemon } from './soak/soakedDaemon.ts';

/**
 * `node bench/manyFiles.ts --files N --lines L`, after a build: one source of so many files, each with so many records. Prints
 * how long the real daemon takes to read them, how much of a core it uses while nothing happens, how long a new file waits to
 * be counted, how large a status is, and how long a hole of 2 GiB takes to pass. Processor time says more than the clock
 * where other work keeps the machine busy. Linux only: it is read from `/proc`.
 */
const { values } = parseArgs({
  options: { files: { type: 'string', default: '30000' }, lines: { type: 'string', default: '20' } },
});
const files = Number(values.files);
const recordsPerFile = Number(values.lines);
const hole = 2 * 1024 ** 3;
const idleMinutes = 3;
/** Files are looked at often until so long after their last growth. */
const settledAfter = 35_000;
const newFiles = 10;
/** Hundredths of a second, as Linux counts processor time. */
const ticksPerSecond = 100;

const folder = mkdtempSync(join(tmpdir(), 'rampwatch-files-'));
const daemon = new SoakedDaemon(folder, ['*.jsonl']);
let id = 0;
try {
  for (let file = 0; file < files; file += 1) writeFile(`service-${file}`);
  daemon.start();
  const began = performance.now();
  await daemon.counted(id);
  const seconds = (performance.now() - began) / 1000;
  say(
    `${files} files, ${id} records: read in ${seconds.toFixed(1)} s, ${processorTime().toFixed(1)} s of a core, ${residentMegabytes()} MB resident`,
  );
  await delay(settledAfter);
  const idle: string[] = [];
  for (let minute = 0; minute < idleMinutes; minute += 1) {
    const before = processorTime();
    await delay(60_000);
    idle.push((((processorTime() - before) / 60) * 100).toFixed(2));
  }
  say(`idle, minute by minute: ${idle.join(', ')} % of a core, ${residentMegabytes()} MB resident`);
  const waits: number[] = [];
  const beforeNew = processorTime();
  for (let file = 0; file < newFiles; file += 1) {
    writeFile(`new-${file}`);
    const written = performance.now();
    await daemon.counted(id);
    waits.push(Math.round(performance.now() - written));
    await delay(3000);
  }
  const perFile = ((processorTime() - beforeNew) / newFiles).toFixed(2);
  say(`a new file takes ${perFile} s of a core, with the bench that asks ten times a second; it`);
  say(`is counted after ${waits.toSorted((one, other) => one - other).join(', ')} ms`);
  const sources = await daemon.settled(0);
  say(`a hole of 2 GiB is passed in ${await holeTime()} ms`);
  say(`its source in a status: ${Buffer.byteLength(JSON.stringify(sources))} bytes`);
} finally {
  await daemon.kill();
  rmSync(folder, { recursive: true, force: true });
}

function writeFile(name: string): void {
  const stamp = new Date().toISOString();
  let text = '';
  for (let left = recordsPerFile; left > 0; left -= 1) {
    id += 1;
    text += `{"timestamp":"${stamp}","id":${id},"mode":"new","ok":true}\n`;
  }
  writeFileSync(join(daemon.root, 'logs', `${name}.jsonl`), text);
}

/** A writer without O_APPEND goes on at its old place after its log was truncated: NUL bytes, then a record. */
async function holeTime(): Promise<number> {
  const file = join(daemon.root, 'logs', 'new-0.jsonl');
  truncateSync(file, hole);
  id += 1;
  const written = performance.now();
  appendFileSync(file, `\n{"timestamp":"${new Date().toISOString()}","id":${id},"mode":"new","ok":true}\n`);
  await daemon.counted(id);
  return Math.round(performance.now() - written);
}

/** Seconds that the daemon has used. */
function processorTime(): number {
  const fields = readFileSync(`/proc/${daemon.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function residentMegabytes(): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
