import { appendFileSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gzip, ids, line, lines, open, sorted, standing } from './tailedFile.ts';

/** Row 24 of the fault matrix: compressed generations, on real files. */

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../fixtures/compressed', name));

describe('compressed generations', () => {
  it('row 24: one that was read before it was compressed is not counted again', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 50));
    await bench.poll();
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), lines(51, 60));
    await bench.poll();
    const whole = gzipSync(readFileSync(bench.path('metrics.jsonl.1')));
    for (const part of [10, 100, whole.length]) {
      writeFileSync(bench.path('metrics.jsonl.1.gz'), whole.subarray(0, part));
      await bench.poll();
    }
    unlinkSync(bench.path('metrics.jsonl.1'));
    await bench.poll();
    renameSync(bench.path('metrics.jsonl.1.gz'), bench.path('metrics.jsonl.2.gz'));
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), line(61));
    await bench.restart();
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 61));
    expect(bench.gaps).toEqual([]);
    expect(standing(bench)[0]?.state).toBe('reading');
  });

  it('row 24: an empty one, and one without a line end, are read to their end', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl.3.zst'), zstdCompressSync(''));
    writeFileSync(bench.path('metrics.jsonl.2.gz'), gzipSync(''));
    writeFileSync(bench.path('metrics.jsonl.1.gz'), gzipSync('{"id":1'));
    writeFileSync(bench.path('metrics.jsonl'), line(2));
    await bench.poll();
    expect(bench.ingest.health()[0]?.lag).toBe(0);
    expect(bench.ids).toEqual([2]);
    expect(bench.rejected).toEqual({ partial: 1 });
  });

  it('row 24: compressed while down, with an unread tail: the tail is read from it', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 50));
    await bench.poll();
    await bench.restart();
    appendFileSync(bench.path('metrics.jsonl'), lines(51, 55));
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl-20251101'));
    gzip(bench, 'metrics.jsonl-20251101');
    writeFileSync(bench.path('metrics.jsonl'), lines(56, 60));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 60));
    expect(bench.gaps).toEqual([]);
  });

  it('row 24: one that ends too early is read on when it changes', async () => {
    const bench = open();
    const whole = gzipSync(Buffer.from(lines(1, 5000)), { level: 1 });
    writeFileSync(bench.path('metrics.jsonl.1.gz'), whole.subarray(0, whole.length / 2));
    writeFileSync(bench.path('metrics.jsonl'), lines(5001, 5002));
    await bench.poll();
    expect(bench.ids).toContain(5002);
    expect(bench.ids.length).toBeLessThan(5002);
    expect(standing(bench)).toEqual([{ state: 'degraded', detail: expect.stringContaining('metrics.jsonl.1.gz') }]);
    await bench.poll();
    expect(standing(bench)[0]?.state).toBe('degraded');
    writeFileSync(bench.path('metrics.jsonl.1.gz'), whole);
    await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, 5002));
    expect(standing(bench)[0]?.state).toBe('reading');
  });

  it('row 24: a compressed first generation is read in decompressed offsets, over a restart in its middle', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl.1.gz'), gzipSync(Buffer.from(lines(1, 30_000))));
    bench.refuse = 1;
    await bench.poll();
    for (let round = 0; round < 3; round += 1) {
      await bench.restart();
      await bench.poll();
    }
    expect(bench.ids).toEqual(ids(1, 30_000));
    const last = bench.observations.at(-1)?.place;
    expect(last).toEqual({ file: 'metrics.jsonl.1.gz', line: 30_000, offset: Buffer.byteLength(lines(1, 29_999)) });
  });

  it.each([
    ['metrics.jsonl.1.gz', gzipSync],
    ['metrics.jsonl.1', gzipSync],
    ['metrics.jsonl-20251101.zst', zstdCompressSync],
    ['metrics.jsonl.1.gz', (text: string) => Buffer.from(text)],
    ['metrics.jsonl.2025-11-01.xz', () => fixture('lines.jsonl.xz')],
    ['metrics.jsonl.2.bz2', () => fixture('lines.jsonl.bz2')],
    ['metrics.jsonl.1.lz4', () => fixture('lines.jsonl.lz4')],
  ] as const)('row 24: %s is read once, by what it holds, over restarts', async (name, compress) => {
    const bench = open();
    writeFileSync(bench.path(name), compress(lines(1, 4000)));
    writeFileSync(bench.path('metrics.jsonl'), lines(4001, 4002));
    await bench.poll();
    await bench.restart();
    await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, 4002));
    expect(bench.rejected).toEqual({});
    expect(standing(bench)[0]?.state).toBe('reading');
  });

  it.each([
    [
      'trailing garbage',
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('what is this?\n')]),
      /goes on behind its gzip/,
    ],
    [
      'a second member that ends too early',
      (bytes: Buffer) => Buffer.concat([bytes, bytes.subarray(0, 15)]),
      /ends too early/,
    ],
  ])('row 24: %s is told, and what stands before it is read', async (_, damage, told) => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl.1.gz'), damage(gzipSync(lines(1, 30))));
    writeFileSync(bench.path('metrics.jsonl'), lines(31, 32));
    await bench.poll();
    await bench.restart();
    await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, 32));
    expect(standing(bench)).toEqual([{ state: 'degraded', detail: expect.stringMatching(told) }]);
  });
});
