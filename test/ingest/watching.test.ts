import { spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { IngestBench } from '../support/ingestBench.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const opened: IngestBench[] = [];
afterEach(async () => {
  for (const bench of opened.splice(0)) await bench.dispose();
});

function watching(
  glob = 'logs/metrics.jsonl',
  onHealth?: (states: string[]) => void,
  more: { readonly manyFiles?: number } = {},
): IngestBench {
  const bench = new IngestBench(glob, {
    unattended: true,
    ...more,
    ...(onHealth && { onHealth: (health) => onHealth(health.map(({ state }) => state)) }),
  });
  opened.push(bench);
  return bench;
}

const line = (id: number) => `{"id":${id}}\n`;
const until = (bench: IngestBench, ids: readonly number[]) =>
  expect.poll(() => bench.ids, { interval: 5 }).toEqual(ids);

describe('left to itself', () => {
  it.each([
    ['few', {}],
    ['many', { manyFiles: 0 }],
  ])(
    'of %s files it sees a folder and a file appear, appends, a rotation, a deletion and a new file',
    async (_, more) => {
      const bench = watching('logs/*.jsonl', undefined, more);
      mkdirSync(join(bench.root, 'logs'));
      writeFileSync(bench.path('logs/metrics.jsonl'), line(1));
      await until(bench, [1]);
      for (const id of [2, 3, 4]) {
        appendFileSync(bench.path('logs/metrics.jsonl'), line(id));
        await until(
          bench,
          Array.from({ length: id }, (_, index) => index + 1),
        );
      }
      renameSync(bench.path('logs/metrics.jsonl'), bench.path('logs/metrics.jsonl.1'));
      appendFileSync(bench.path('logs/metrics.jsonl.1'), line(5));
      await until(bench, [1, 2, 3, 4, 5]);
      writeFileSync(bench.path('logs/metrics.jsonl'), line(6));
      await until(bench, [1, 2, 3, 4, 5, 6]);
      unlinkSync(bench.path('logs/metrics.jsonl'));
      writeFileSync(bench.path('logs/metrics.jsonl'), line(7));
      await until(bench, [1, 2, 3, 4, 5, 6, 7]);
      writeFileSync(bench.path('logs/another.jsonl'), line(8));
      await until(bench, [1, 2, 3, 4, 5, 6, 7, 8]);
    },
  );

  const banner = `{"event_type":"banner","text":"${'='.repeat(1100)}"}\n`;
  const same = [7, 8, 9]
    .map((id) => `{"id":${id},"name":"${'the same bytes before the offset'.repeat(3)}"}\n`)
    .join('');
  // Lines written behind the last read line, before the file changed, are in no file: a loss is declared.
  it.each([
    ['truncated', line(1) + line(2), line(3), [3]],
    ['truncated and grown past the offset', banner + line(1), banner + line(3) + line(4), [3, 4]],
    ['rewritten but for the end', line(1) + same, line(2) + same + line(3), [3]],
  ])('sees that a file was %s', async (_, before, after, added) => {
    const bench = watching();
    writeFileSync(bench.path('logs/metrics.jsonl'), before);
    await expect.poll(() => bench.ids.length).toBeGreaterThan(0);
    const read = bench.ids;
    writeFileSync(bench.path('logs/metrics.jsonl'), after);
    // As when it is looked at only a while later.
    utimesSync(bench.path('logs/metrics.jsonl'), 1, 1);
    await until(bench, [...read, ...added]);
    await expect.poll(() => bench.gaps.length).toBe(1);
    expect(bench.ingest.health()[0]?.state).toBe('degraded');
  });

  it('offers a refused batch again by itself, and tells its health', async () => {
    const told: string[] = [];
    const bench = watching('logs/metrics.jsonl', (states) => told.push(...states));
    await expect.poll(() => told).toContain('waiting');
    bench.refuse = 2;
    writeFileSync(bench.path('logs/metrics.jsonl'), line(1));
    await until(bench, [1]);
    await expect.poll(() => told.at(-1)).toBe('reading');
    expect(told).toContain('error');
  });

  it('stops when it is closed', async () => {
    const bench = watching();
    writeFileSync(bench.path('logs/metrics.jsonl'), line(1));
    await until(bench, [1]);
    await bench.ingest.close();
    appendFileSync(bench.path('logs/metrics.jsonl'), line(2));
    await bench.poll();
    expect(bench.ids).toEqual([1]);
  });
});

describe('in a process of its own', () => {
  const drive = fileURLToPath(new URL('../support/ingestProcess.ts', import.meta.url));

  it('row 25: out of file descriptors is an error within one poll, and it reads on when there are some', async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'metrics.jsonl'), line(1));
    const child = spawn('bash', ['-c', `ulimit -n 128; exec "${process.execPath}" "${drive}" exhausted "${folder}"`]);
    const output = await outputOf(child);
    expect(output.split('\n')).toEqual([expect.stringMatching(/^error .*EMFILE/), 'reading null', '1 counted', '']);
  });

  it('row 25: however many logs there are, descriptors are left for a rollback', async () => {
    const folder = temporaryDirectory();
    for (let log = 1; log <= 300; log += 1) writeFileSync(join(folder, `${log}.jsonl`), line(log));
    const child = spawn('bash', ['-c', `ulimit -n 128; exec "${process.execPath}" "${drive}" many "${folder}"`]);
    const output = await outputOf(child);
    expect(output.split('\n')).toEqual(['reading null', '301 counted', '64 more can be opened', '']);
  });

  it('killed again and again while a writer writes and rotates, it counts every line once', async () => {
    const folder = temporaryDirectory();
    let next = 1;
    const write = (count: number): void => {
      const ids = Array.from({ length: count }, (_, index) => next + index);
      next += count;
      appendFileSync(join(folder, 'metrics.jsonl'), ids.map(line).join(''));
    };
    const grown = (from: number) => expect.poll(() => storeSize(folder), { interval: 1 }).toBeGreaterThan(from);
    for (let round = 0; round < 8; round += 1) {
      const child = spawn(process.execPath, [drive, 'tail', folder], { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      for (let burst = 0; burst < round % 3; burst += 1) {
        const size = storeSize(folder);
        write(100);
        await grown(size);
        rotate(folder);
      }
      // Several batches' worth, and the kill falls between or into them.
      const size = storeSize(folder);
      write(6000);
      if (round % 2 === 0) rotate(folder);
      write(3000);
      await grown(size);
      child.kill('SIGKILL');
      await ended;
    }
    const last = spawn(process.execPath, [drive, 'once', folder]);
    await outputOf(last);
    const ids = committed(folder);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: next - 1 }, (_, index) => index + 1),
    );
  });
});

function rotate(folder: string): void {
  const path = (number: number) => join(folder, `metrics.jsonl${number === 0 ? '' : `.${number}`}`);
  for (let number = 60; number >= 0; number -= 1) {
    try {
      renameSync(path(number), path(number + 1));
    } catch {
      // The line count is not reached yet.
    }
  }
}

function storeSize(folder: string): number {
  return statSync(join(folder, 'store'), { throwIfNoEntry: false })?.size ?? 0;
}

/** The commits of the process: the complete lines of its store. */
function committed(folder: string): number[] {
  let text: string;
  try {
    text = readFileSync(join(folder, 'store'), 'utf8');
  } catch {
    return [];
  }
  const whole = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  return whole.flatMap((entry) => (JSON.parse(entry) as { ids: number[] }).ids);
}

async function outputOf(child: ReturnType<typeof spawn>): Promise<string> {
  let output = '';
  child.stdout?.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    output += data.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  return output;
}
