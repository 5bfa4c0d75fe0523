import type * as fileSystem from 'node:fs';
import { appendFileSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import type * as filePromises from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { IngestBench } from '../support/ingestBench.ts';

/** Looks of the ingest at single files. */
let looks = 0;
vi.mock('node:fs', async (actual) => {
  const real = await actual<typeof fileSystem>();
  const statSync = ((...words: Parameters<typeof real.statSync>) => {
    looks += 1;
    return real.statSync(...words);
  }) as typeof real.statSync;
  return { ...real, statSync };
});
vi.mock('node:fs/promises', async (actual) => {
  const real = await actual<typeof filePromises>();
  const stat = ((...words: Parameters<typeof real.stat>) => {
    looks += 1;
    return real.stat(...words);
  }) as typeof real.stat;
  return { ...real, stat };
});

const files = 5000;
const folders = 50;
const line = (id: number) => `{"id":${id}}\n`;

async function benchWithFiles(): Promise<{ readonly bench: IngestBench; path(id: number): string }> {
  const bench = new IngestBench('logs/**/*.jsonl');
  onTestFinished(() => bench.dispose());
  const path = (id: number) => join(bench.root, 'logs', `pod-${id % folders}`, `service-${id}.jsonl`);
  for (let id = 0; id < folders; id += 1) mkdirSync(dirname(path(id)), { recursive: true });
  for (let id = 0; id < files; id += 1) writeFileSync(path(id), line(id));
  await bench.poll();
  expect(new Set(bench.ids).size).toBe(files);
  return { bench, path };
}

it('of 5 000 files it looks at those of which it is told', { timeout: 120_000 }, async () => {
  const { bench, path } = await benchWithFiles();
  const added = path(files);
  writeFileSync(added, line(files));
  looks = 0;
  await bench.ingest.poll([added]);
  expect(bench.ids.at(-1)).toBe(files);
  renameSync(added, `${added}.1`);
  writeFileSync(added, line(files + 1));
  await bench.ingest.poll([added]);
  expect(bench.ids.slice(files)).toEqual([files, files + 1]);
  expect(bench.gaps).toEqual([]);
  expect(looks).toBeLessThan(50);
});

it('what is told of a source does not grow with its files', { timeout: 120_000 }, async () => {
  const { bench, path } = await benchWithFiles();
  const long = path(7);
  appendFileSync(long, '{"id":'.padEnd(5000));
  appendFileSync(path(8), '{"id":');
  await bench.ingest.poll();
  const [health] = bench.ingest.health();
  // Those that have most to read come first; the rest is summed.
  expect(health?.files.length).toBe(20);
  expect(health?.files.slice(0, 2).map(({ file }) => file)).toEqual([
    'logs/pod-7/service-7.jsonl',
    'logs/pod-8/service-8.jsonl',
  ]);
  expect(health?.others?.files).toBe(files - 20);
  const written = Array.from({ length: files }, (_, id) => statSync(path(id)).size).reduce(
    (sum, size) => sum + size,
    0,
  );
  const listed = health?.files.reduce((sum, { size }) => sum + size, 0) ?? 0;
  expect((health?.others?.size ?? 0) + listed).toBe(written);
  expect(health?.lag).toBe(5006);
  expect(JSON.stringify(health).length).toBeLessThan(4000);
});
