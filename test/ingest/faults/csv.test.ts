import { appendFileSync, copyFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { open } from './tailedFile.ts';

const rows = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index},an upload\n`).join('');

describe('the header of a CSV log', () => {
  it.each(['while it runs', 'over a restart', 'while it is down'])(
    'written once holds for what follows a copytruncate %s',
    async (when) => {
      const bench = open('metrics.csv');
      const file = bench.path('metrics.csv');
      writeFileSync(file, `id,name\n${rows(1, 20)}`);
      await bench.poll();
      if (when === 'while it is down') await bench.ingest.close();
      copyFileSync(file, `${file}.1`);
      truncateSync(file);
      if (when === 'while it runs') await bench.poll();
      if (when === 'over a restart') await bench.restart();
      appendFileSync(file, rows(21, 30));
      if (when === 'while it is down') await bench.restart();
      await bench.poll();
      expect(bench.ids.length).toBe(30);
      await bench.restart();
      appendFileSync(file, rows(31, 32));
      await bench.poll();
      expect(new Set(bench.ids).size).toBe(32);
      expect(bench.rejected).toEqual({});
    },
  );

  it('is read again where the application writes it again, and replaced where it writes another', async () => {
    const bench = open('metrics.csv');
    const file = bench.path('metrics.csv');
    writeFileSync(file, `id,name\n${rows(1, 2)}`);
    await bench.poll();
    renameSync(file, `${file}.1`);
    writeFileSync(file, `id,name\n${rows(3, 4)}id,name\n${rows(5, 6)}name,id\nan upload,7\n`);
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(bench.rejected).toEqual({});
  });
});
