import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SoakedDaemon } from './soak/soakedDaemon.ts';

/**
 * `node bench/manyFiles.ts --files N`, after a build: one source of so many files, each with ten records. Prints how long the real daemon
 * takes to read them, which part of a core it uses while nothing happens, how long a new file waits to be counted and
 * how large a status is. Linux only: the processor time is read from `/proc`.
 */
const { values } = parseArgs({ options: { files: { type: 'string', default: '30000' } } });
const files = Number(values.files);
const recordsPerFile = 10;
const idleFor = 60_000;
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
  say(`${files} files, ${id} records: read in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await delay(35_000);
  const before = processorTime();
  await delay(idleFor);
  const share = (processorTime() - before) / (idleFor / 1000);
  say(`idle: ${(share * 100).toFixed(2)} % of a core, ${residentMegabytes()} MB resident`);
  const waits: number[] = [];
  for (let file = 0; file < newFiles; file += 1) {
    writeFile(`new-${file}`);
    const written = performance.now();
    await daemon.counted(id);
    waits.push(Math.round(performance.now() - written));
    await delay(3000);
  }
  say(`a new file is counted after ${waits.toSorted((one, other) => one - other).join(', ')} ms`);
  const sources = await daemon.settled(0);
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
