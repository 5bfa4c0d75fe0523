import {
  appendFileSync,
  linkSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gzip, ids, line, lines, open, sorted, standing } from './tailedFile.ts';

/** Rows 11 to 15 of the fault matrix: which file is which, on real files. */

describe('identity', () => {
  it('row 11: two files with the same first kilobyte are both read', async () => {
    const bench = open('*.jsonl');
    const banner = `{"event_type":"banner","text":"${'='.repeat(1100)}"}\n`;
    writeFileSync(bench.path('a.jsonl'), banner + lines(1, 3));
    writeFileSync(bench.path('b.jsonl'), banner + lines(4, 6));
    await bench.poll();
    await bench.restart();
    appendFileSync(bench.path('a.jsonl'), line(7));
    appendFileSync(bench.path('b.jsonl'), line(8));
    await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, 8));
    expect(bench.ignored).toBe(2);
  });

  it('row 11: so are generations of one log with the same first kilobyte', async () => {
    const bench = open();
    const banner = `{"event_type":"banner","text":"${'='.repeat(1100)}"}\n`;
    writeFileSync(bench.path('metrics.jsonl.2'), banner + lines(1, 3));
    gzip(bench, 'metrics.jsonl.2');
    writeFileSync(bench.path('metrics.jsonl.1'), banner + lines(4, 5));
    writeFileSync(bench.path('metrics.jsonl'), banner + lines(6, 8));
    await bench.poll();
    renameSync(bench.path('metrics.jsonl.2.gz'), bench.path('metrics.jsonl.3.gz'));
    renameSync(bench.path('metrics.jsonl.1'), bench.path('metrics.jsonl.2'));
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    gzip(bench, 'metrics.jsonl.2');
    writeFileSync(bench.path('metrics.jsonl'), banner + line(9));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 9));
    expect(bench.ignored).toBe(4);
  });

  it('row 11: a rotated one with the same beginning is not taken for one that is gone', async () => {
    const bench = open();
    const banner = `{"event_type":"banner","text":"${'='.repeat(1100)}"}\n`;
    writeFileSync(bench.path('metrics.jsonl'), banner + lines(1, 3));
    await bench.poll();
    await bench.restart();
    unlinkSync(bench.path('metrics.jsonl'));
    writeFileSync(bench.path('metrics.jsonl.1'), banner + lines(4, 9));
    writeFileSync(bench.path('metrics.jsonl.2'), banner + lines(10, 19));
    gzip(bench, 'metrics.jsonl.2');
    writeFileSync(bench.path('metrics.jsonl'), line(20));
    await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, 20));
    expect(bench.gaps.length).toBe(1);
  });

  it('row 12: a file smaller than the fingerprint is read at once, and its head grows with it', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), '{"id":1}\n');
    await bench.poll();
    expect(bench.ids).toEqual([1]);
    for (const id of ids(2, 200)) {
      appendFileSync(bench.path('metrics.jsonl'), `{"id":${id}}\n`);
      await bench.poll();
    }
    const [position] = bench.storedPositions;
    expect(JSON.parse(position?.body ?? '').head.length).toBe(1024);
    await bench.restart();
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 200));
  });

  it('row 13: replaced by a smaller file: a new generation from 0, and the tail goes on', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 9));
    await bench.poll();
    writeFileSync(bench.path('new'), lines(10, 11));
    renameSync(bench.path('new'), bench.path('metrics.jsonl'));
    await bench.poll();
    appendFileSync(bench.path('metrics.jsonl'), line(12));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 12));
  });

  it('row 13: replaced by a longer copy of itself (rsync): read on, not again', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 9));
    await bench.poll();
    await bench.restart();
    writeFileSync(bench.path('new'), lines(1, 12));
    renameSync(bench.path('new'), bench.path('metrics.jsonl'));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 12));
    expect(bench.gaps).toEqual([]);
  });

  it('row 14: a symlink is resolved each poll: the old target is drained, the new one read', async () => {
    const bench = open('logs/metrics.jsonl');
    writeFileSync(bench.path('data/one'), lines(1, 2));
    writeFileSync(bench.path('data/two'), lines(4, 5));
    symlinkSync(bench.path('data/one'), bench.path('logs/metrics.jsonl'));
    await bench.poll();
    appendFileSync(bench.path('data/one'), line(3));
    symlinkSync(bench.path('data/two'), bench.path('logs/next'));
    renameSync(bench.path('logs/next'), bench.path('logs/metrics.jsonl'));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 5));
    expect(bench.gaps).toEqual([]);
  });

  it('row 14: a swapped folder (`..data`) is followed', async () => {
    const bench = open('config/data/*.jsonl');
    writeFileSync(bench.path('config/..one/m.jsonl'), lines(1, 2));
    writeFileSync(bench.path('config/..two/m.jsonl'), lines(3, 4));
    symlinkSync('..one', bench.path('config/data'));
    await bench.poll();
    symlinkSync('..two', bench.path('config/next'));
    renameSync(bench.path('config/next'), bench.path('config/data'));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 4));
  });

  it.each(['file', 'folder'])('row 14: a %s behind a symlink that leaves the root is not read', async (kind) => {
    const bench = open('logs/*.jsonl');
    const outside = mkdtempSync(join(tmpdir(), 'rampwatch-outside-'));
    try {
      writeFileSync(join(outside, 'secret.jsonl'), lines(1, 2));
      if (kind === 'file') symlinkSync(join(outside, 'secret.jsonl'), bench.path('logs/metrics.jsonl'));
      else symlinkSync(outside, bench.path('logs'));
      await bench.poll();
      expect(bench.ids).toEqual([]);
      expect(standing(bench)).toEqual([{ state: 'error', detail: expect.stringContaining('outside') }]);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('row 15: a hard link and another name are one file; in two sources it is two', async () => {
    const bench = open([{ file: 'logs/{*,m*}.jsonl' }, { file: 'logs/metrics.jsonl' }]);
    writeFileSync(bench.path('logs/metrics.jsonl'), lines(1, 3));
    linkSync(bench.path('logs/metrics.jsonl'), bench.path('logs/other.jsonl'));
    symlinkSync('metrics.jsonl', bench.path('logs/third.jsonl'));
    await bench.poll();
    await bench.poll();
    expect(
      bench.batches.filter(({ source }) => source === 0).flatMap(({ observations }) => [...observations]).length,
    ).toBe(3);
    expect(
      bench.batches.filter(({ source }) => source === 1).flatMap(({ observations }) => [...observations]).length,
    ).toBe(3);
  });
});
