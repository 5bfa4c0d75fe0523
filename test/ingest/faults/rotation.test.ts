import { appendFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { IngestBench } from '../../support/ingestBench.ts';
import { appender, gzip, ids, line, lines, longLater, open, sorted, standing } from './tailedFile.ts';

/** Rows 1 to 3 of the fault matrix: what a log does when it is rotated, on real files. */

describe('rotation', () => {
  it('row 01: rename and create: the old file is drained to its end, then the new one from 0', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    appendFileSync(bench.path('metrics.jsonl'), lines(4, 5));
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), lines(6, 7));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 7));
    expect(bench.observations.at(-1)?.place).toEqual({ file: 'metrics.jsonl', line: 2, offset: line(6).length });
    expect(bench.gaps).toEqual([]);
  });

  it('row 01: a file that is deleted while it is open is drained too', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    const writer = appender(bench, 'metrics.jsonl');
    writer.write(lines(4, 5));
    unlinkSync(bench.path('metrics.jsonl'));
    writeFileSync(bench.path('metrics.jsonl'), lines(7, 8));
    await bench.poll();
    writer.write(line(6));
    writer.close();
    await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, 8));
    expect(bench.gaps).toEqual([]);
  });

  it('row 02: several rotations while down: every generation is found by identity, oldest first', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    await bench.restart();
    appendFileSync(bench.path('metrics.jsonl'), lines(4, 5));
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.3'));
    gzip(bench, 'metrics.jsonl.3');
    writeFileSync(bench.path('metrics.jsonl.2'), lines(6, 8));
    writeFileSync(bench.path('metrics.jsonl.1'), lines(9, 10));
    writeFileSync(bench.path('metrics.jsonl'), lines(11, 12));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 12));
    expect(bench.gaps).toEqual([]);
  });

  it.each([
    ['dates', 'metrics.jsonl-20251031', 'metrics.jsonl-20251101'],
    ['dates before the ending', 'metrics-20251031.jsonl', 'metrics-20251101.jsonl'],
    ["Python's dates", 'metrics.jsonl.2025-10-31_23', 'metrics.jsonl.2025-11-01_00'],
    ['two-digit numbers', 'metrics.jsonl.10', 'metrics.jsonl.9'],
  ])('row 02: oldest first also by %s', async (_, older, younger) => {
    const bench = open();
    writeFileSync(bench.path(younger), lines(3, 4));
    writeFileSync(bench.path(older), lines(1, 2));
    writeFileSync(bench.path('metrics.jsonl'), lines(5, 6));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 6));
  });

  it('row 02: a generation that came and went unseen is a gap, and the source is degraded', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    await bench.restart();
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.3'));
    writeFileSync(bench.path('metrics.jsonl.1'), lines(6, 7));
    writeFileSync(bench.path('metrics.jsonl'), lines(8, 9));
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3, 6, 7, 8, 9]);
    expect(bench.gaps.map(({ file }) => file)).toEqual(['metrics.jsonl.2']);
    expect(standing(bench)).toEqual([{ state: 'degraded', detail: expect.stringContaining('metrics.jsonl.2') }]);
    await bench.poll();
    expect(bench.gaps.length).toBe(1);
  });

  it('row 02: when nothing that was known is left, what came and went between is a gap', async () => {
    const bench = open();
    const name = bench.path('metrics.jsonl');
    writeFileSync(name, line(1));
    await bench.poll();
    renameSync(name, `${name}.1`);
    bench.clock += longLater;
    writeFileSync(name, '');
    await bench.poll();
    bench.clock += longLater;
    await bench.poll();
    await bench.restart();
    // Rotated three times, and two generations are kept.
    unlinkSync(`${name}.1`);
    writeFileSync(`${name}.2`, line(3));
    writeFileSync(`${name}.1`, line(4));
    writeFileSync(name, line(5));
    await bench.poll();
    await bench.poll();
    expect(bench.ids).toEqual([1, 3, 4, 5]);
    expect(bench.gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining('no generation that was known')]);
  });

  it('row 02: a rotation that is seen half-way misses nothing', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), lines(4, 6));
    await bench.poll();
    renameSync(bench.path('metrics.jsonl.1'), bench.path('metrics.jsonl.2'));
    await bench.poll();
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), lines(7, 9));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 9));
    expect(bench.gaps).toEqual([]);
  });

  it('row 02: of files by date, without a live one, an older one that is gone unread is a gap, a finished one is not', async () => {
    const bench = open('logs/*.jsonl');
    writeFileSync(bench.path('logs/app-2025-11-01.jsonl'), lines(1, 3));
    await bench.poll();
    writeFileSync(bench.path('logs/app-2025-11-02.jsonl'), lines(4, 6));
    await bench.poll();
    bench.clock += longLater;
    await bench.poll();
    await bench.restart();
    unlinkSync(bench.path('logs/app-2025-11-01.jsonl'));
    appendFileSync(bench.path('logs/app-2025-11-02.jsonl'), line(7));
    await bench.poll();
    expect(bench.gaps).toEqual([]);
    await bench.restart();
    unlinkSync(bench.path('logs/app-2025-11-02.jsonl'));
    writeFileSync(bench.path('logs/app-2025-11-03.jsonl'), lines(10, 12));
    await bench.poll();
    expect(bench.ids).toEqual([...ids(1, 7), ...ids(10, 12)]);
    expect(bench.gaps.map(({ file }) => file)).toEqual(['logs/app-2025-11-02.jsonl']);
  });

  it('row 02: the generation being read is gone after a restart: a gap', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    await bench.restart();
    writeFileSync(bench.path('new'), lines(10, 11));
    renameSync(bench.path('new'), bench.path('metrics.jsonl'));
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3, 10, 11]);
    expect(bench.gaps.length).toBe(1);
    await bench.restart();
    await bench.poll();
    expect(bench.gaps.length).toBe(1);
  });

  describe('row 02: a rotated file that was read to its end is deleted while the daemon is down, some seconds later', () => {
    async function rotated(younger: string): Promise<IngestBench> {
      const bench = open();
      writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
      await bench.poll();
      renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
      writeFileSync(bench.path('metrics.jsonl'), younger);
      await bench.poll();
      return bench;
    }

    async function deleted(bench: IngestBench): Promise<readonly string[]> {
      await bench.restart();
      unlinkSync(bench.path('metrics.jsonl.1'));
      appendFileSync(bench.path('metrics.jsonl'), line(9));
      await bench.poll();
      await bench.poll();
      return bench.gaps.map(({ reason }) => reason);
    }

    it('nothing is lost where its writer was seen to go on in the next file', async () => {
      const bench = await rotated(line(4));
      expect(await deleted(bench)).toEqual([]);
      expect(bench.ids).toEqual([1, 2, 3, 4, 9]);
    });

    it('nor after a restart that has found both as they were', async () => {
      const bench = await rotated(line(4));
      await bench.restart();
      await bench.poll();
      expect(await deleted(bench)).toEqual([]);
    });

    it('nor where it was compressed before it was deleted', async () => {
      const bench = await rotated(line(4));
      await bench.restart();
      gzip(bench, 'metrics.jsonl.1');
      await bench.poll();
      renameSync(bench.path('metrics.jsonl.1.gz'), bench.path('metrics.jsonl.1'));
      expect(await deleted(bench)).toEqual([]);
    });

    it('lines may be lost where the next file is still empty', async () => {
      const bench = await rotated('');
      expect(await deleted(bench)).toEqual([expect.stringContaining('may be lost')]);
    });

    it('lines may be lost where it was written to after the next file was', async () => {
      const bench = await rotated(line(4));
      appendFileSync(bench.path('metrics.jsonl.1'), line(5));
      await bench.poll();
      expect(bench.ids).toContain(5);
      expect(await deleted(bench)).toEqual([expect.stringContaining('may be lost')]);
    });
  });

  it('row 03: a rotated file that is still written to is read on, and nothing twice', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 2));
    await bench.poll();
    const writer = appender(bench, 'metrics.jsonl');
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), line(100));
    writer.write(line(3));
    await bench.poll();
    writer.write(line(4));
    await bench.poll();
    bench.clock += longLater;
    await bench.poll();
    writer.write(line(5));
    appendFileSync(bench.path('metrics.jsonl'), line(101));
    await bench.poll();
    writer.close();
    await bench.restart();
    await bench.poll();
    expect(sorted(bench)).toEqual([1, 2, 3, 4, 5, 100, 101]);
    expect(bench.rejected).toEqual({});
  });
});
