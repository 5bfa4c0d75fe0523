import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { compressedContent, openForReading } from '../../daemon/ingest/tail/content.ts';
import { IngestBench } from '../support/ingestBench.ts';
import { LoggedFolder } from '../support/loggedFolder.ts';

it('a compressed file may be read again from an earlier place, as often as need be', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-compressed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bytes = Buffer.from(Array.from({ length: 400_000 }, (_, index) => `line ${index}\n`).join(''));
  writeFileSync(join(folder, 'log.gz'), gzipSync(bytes));
  const content = compressedContent(await openForReading(join(folder, 'log.gz')));
  const window = Buffer.alloc(1000);
  for (const offset of [0, 3_000_000, 10, bytes.length - 500, 0, 3_000_000, 2_999_999]) {
    const { length, end, failure } = await content.read(offset, window);
    expect({ end, failure }).toEqual({ end: offset + 1000 > bytes.length, failure: null });
    expect(window.subarray(0, length).equals(bytes.subarray(offset, offset + 1000)), String(offset)).toBe(true);
  }
  await content.close();
});

it('a compressed file that ends too early is told to whoever reads it, however late, and to nobody else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-compressed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'log.gz');
  writeFileSync(file, gzipSync('line 1\nline 2\n').subarray(0, 15));
  const content = compressedContent(await openForReading(file));
  // Long enough for it to be decompressed to its end.
  for (let look = 0; look < 200; look += 1) await stat(file);
  const { failure } = await content.read(0, Buffer.alloc(1000));
  expect(failure).toMatchObject({ code: 'Z_ENDS_EARLY' });
  await content.close();
});

it('what was compressed while the store refused it is counted when the store takes it', async () => {
  const bench = new IngestBench();
  const folder = new LoggedFolder(bench.root);
  onTestFinished(async () => {
    folder.close();
    await bench.dispose();
  });
  folder.write(1, 300);
  await bench.poll();
  bench.refuse = 1;
  folder.write(1, 1);
  folder.rotate();
  folder.compress(0);
  await bench.poll();
  await bench.poll();
  expect(bench.ids).toEqual([1, 2]);
  expect(bench.ingest.health()[0]).toMatchObject({ state: 'reading', detail: null });
});
