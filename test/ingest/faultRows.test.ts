import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { IngestOptions } from '../../daemon/ingest/ingest.ts';
import type { Source } from '../../daemon/protocol/plan.ts';
import { asNobody } from '../support/asNobody.ts';
import { IngestBench } from '../support/ingestBench.ts';

/** The rows of the fault matrix that are ingest's: what each must do, on real files. */

const opened: IngestBench[] = [];
afterEach(async () => {
  for (const bench of opened.splice(0)) await bench.dispose();
});

function open(
  sources: readonly Source[] | string = 'metrics.jsonl',
  options: Partial<IngestOptions> = {},
): IngestBench {
  const bench = new IngestBench(sources, options);
  opened.push(bench);
  return bench;
}

const line = (id: number): string => `{"id":${id},"name":"an upload like any other, of number ${id}"}\n`;
const lines = (from: number, to: number): string => ids(from, to).map(line).join('');
const ids = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const sorted = (bench: IngestBench): number[] => bench.ids.toSorted((one, other) => one - other);
const gzip = (bench: IngestBench, name: string): void => {
  writeFileSync(bench.path(`${name}.gz`), gzipSync(readFileSync(bench.path(name))));
  unlinkSync(bench.path(name));
};
/** A writer that keeps its file open, as loggers do. */
const appender = (bench: IngestBench, name: string) => {
  const descriptor = openSync(bench.path(name), 'a');
  return { write: (text: string) => writeSync(descriptor, text), close: () => closeSync(descriptor) };
};
const standing = (bench: IngestBench) => bench.ingest.health().map(({ state, detail }) => ({ state, detail }));
const longLater = 6000;

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

describe('truncation', () => {
  it('row 04: copytruncate, caught up: starts over, and says that lines may be lost', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    copyFileSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    truncateSync(bench.path('metrics.jsonl'));
    appendFileSync(bench.path('metrics.jsonl'), line(4));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 4));
    expect(bench.gaps.length).toBe(1);
    await bench.poll();
    await bench.restart();
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 4));
    expect(bench.gaps.length).toBe(1);
  });

  it('row 04: a copy that is seen before the truncation is not read', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 30));
    await bench.poll();
    const whole = readFileSync(bench.path('metrics.jsonl'));
    writeFileSync(bench.path('metrics.jsonl.1'), whole.subarray(0, 700));
    await bench.poll();
    writeFileSync(bench.path('metrics.jsonl.1'), whole);
    await bench.poll();
    truncateSync(bench.path('metrics.jsonl'));
    appendFileSync(bench.path('metrics.jsonl'), line(31));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 31));
  });

  it.each(['while it runs', 'while it is down'])(
    'row 05: copytruncate %s with an unread tail: the tail is read from the copy',
    async (when) => {
      const bench = open();
      writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
      await bench.poll();
      if (when === 'while it is down') await bench.restart();
      appendFileSync(bench.path('metrics.jsonl'), lines(4, 6));
      copyFileSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
      truncateSync(bench.path('metrics.jsonl'));
      appendFileSync(bench.path('metrics.jsonl'), lines(7, 7));
      await bench.poll();
      expect(sorted(bench)).toEqual(ids(1, 7));
      expect(bench.gaps.length).toBe(1);
    },
  );

  it('row 05: without a copy the loss is declared', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    appendFileSync(bench.path('metrics.jsonl'), lines(4, 6));
    truncateSync(bench.path('metrics.jsonl'));
    appendFileSync(bench.path('metrics.jsonl'), line(7));
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3, 7]);
    expect(bench.gaps.length).toBe(1);
    expect(standing(bench)[0]?.state).toBe('degraded');
  });

  it('row 06: truncated and grown past the offset: the bytes before it differ', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    writeFileSync(bench.path('metrics.jsonl'), lines(4, 20));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 20));
    expect(bench.gaps.length).toBe(1);
  });

  it.each([
    ['grown', line(3), [3]],
    ['as large as before', '', []],
  ])('row 06: the same bytes before the offset, but another beginning; %s', async (_, more, added) => {
    const bench = open();
    const shared = lines(100, 109);
    writeFileSync(bench.path('metrics.jsonl'), line(1) + shared);
    await bench.poll();
    writeFileSync(bench.path('metrics.jsonl'), line(2) + shared + more);
    await bench.poll();
    expect(bench.ids).toEqual([1, ...ids(100, 109), 2, ...ids(100, 109), ...added]);
  });

  it('row 05: truncated and then deleted while it is open: the loss is declared', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    truncateSync(bench.path('metrics.jsonl'));
    unlinkSync(bench.path('metrics.jsonl'));
    writeFileSync(bench.path('metrics.jsonl'), line(4));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 4));
    expect(bench.gaps.length).toBe(1);
  });

  it('row 06: rewritten with just as many bytes', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    writeFileSync(bench.path('metrics.jsonl'), lines(4, 6));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 6));
  });

  it('row 07: as row 06 with identical bytes cannot be told from an append: documented, not doubled', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), line(1).repeat(3));
    await bench.poll();
    writeFileSync(bench.path('metrics.jsonl'), line(1).repeat(4));
    await bench.poll();
    expect(bench.ids).toEqual([1, 1, 1, 1]);
    expect(bench.gaps).toEqual([]);
  });

  it('row 08: deleted and recreated, perhaps with the same inode: a new generation', async () => {
    const bench = open();
    // Whether the file system hands out the same inode again is its own affair, so try often, also while down.
    for (let round = 0; round < 10; round += 1) {
      const first = 1 + round * 10;
      writeFileSync(bench.path('metrics.jsonl'), lines(first, first + 4));
      await bench.poll();
      await bench.restart();
      unlinkSync(bench.path('metrics.jsonl'));
      writeFileSync(bench.path('metrics.jsonl'), lines(first + 5, first + 9 + round));
      await bench.poll();
      expect(bench.ids.slice(-5 - round)).toEqual(ids(first + 5, first + 9 + round));
      unlinkSync(bench.path('metrics.jsonl'));
      await bench.poll();
    }
  });

  it('row 09: the offset lies behind the end at the start: starts over, with a gap', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 9));
    await bench.poll();
    await bench.restart();
    writeFileSync(bench.path('metrics.jsonl'), line(10));
    await bench.poll();
    appendFileSync(bench.path('metrics.jsonl'), line(11));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 11));
    expect(bench.gaps.length).toBe(1);
  });

  it('row 10: gone while stopped: the position is kept, checked when the file is back, and expires', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    await bench.restart();
    renameSync(bench.path('metrics.jsonl'), bench.path('elsewhere'));
    await bench.poll();
    expect(standing(bench)).toEqual([{ state: 'waiting', detail: expect.any(String) }]);
    await bench.restart();
    renameSync(bench.path('elsewhere'), bench.path('metrics.jsonl'));
    appendFileSync(bench.path('metrics.jsonl'), line(4));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 4));
    expect(bench.gaps).toEqual([]);
    unlinkSync(bench.path('metrics.jsonl'));
    await bench.poll();
    bench.clock += longLater;
    await bench.poll();
    expect(bench.storedPositions.length).toBe(1);
    bench.clock += 30 * 24 * 3_600_000;
    await bench.poll();
    expect(bench.storedPositions).toEqual([]);
  });
});

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
    expect(bench.batches.filter(({ source }) => source === 0).flatMap(({ observations }) => observations).length).toBe(
      3,
    );
    expect(bench.batches.filter(({ source }) => source === 1).flatMap(({ observations }) => observations).length).toBe(
      3,
    );
  });
});

describe('lines', () => {
  it('row 16: a partial last line is held, whatever the time', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), line(1) + line(2).slice(0, 9));
    await bench.poll();
    bench.clock += 10 * longLater;
    await bench.poll();
    expect(bench.ids).toEqual([1]);
    expect(JSON.parse(bench.storedPositions[0]?.body ?? '').offset).toBe(line(1).length);
    appendFileSync(bench.path('metrics.jsonl'), line(2).slice(9));
    await bench.poll();
    expect(bench.ids).toEqual([1, 2]);
    expect(bench.rejected).toEqual({});
  });

  it('row 17: a partial line is completed exactly once over a kill and a rotation', async () => {
    const bench = open();
    const writer = appender(bench, 'metrics.jsonl');
    writer.write(line(1) + line(2).slice(0, 9));
    await bench.poll();
    await bench.restart();
    await bench.poll();
    bench.clock += longLater;
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), line(3));
    await bench.poll();
    writer.write(line(2).slice(9));
    writer.close();
    await bench.poll();
    expect(sorted(bench)).toEqual([1, 2, 3]);
    expect(bench.rejected).toEqual({});
  });

  it('row 17: at the final end of a generation it is counted as partial, not parsed', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), `${line(1)}{"id":2}`);
    await bench.poll();
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), line(3));
    await bench.poll();
    expect(bench.rejected).toEqual({});
    bench.clock += longLater;
    await bench.poll();
    expect(bench.rejected).toEqual({ partial: 1 });
    expect(bench.ids).toEqual([1, 3]);
    gzip(bench, 'metrics.jsonl.1');
    await bench.poll();
    await bench.restart();
    await bench.poll();
    expect(bench.rejected).toEqual({ partial: 1 });
    expect(bench.ids).toEqual([1, 3]);
  });

  it('row 18: a character split over two reads arrives whole', async () => {
    const bench = open();
    const bytes = Buffer.from('{"id":1,"name":"Grüße 🙂 ok"}\n');
    writeFileSync(bench.path('metrics.jsonl'), '');
    for (const byte of bytes) {
      appendFileSync(bench.path('metrics.jsonl'), Buffer.from([byte]));
      await bench.poll();
    }
    const [observation] = bench.observations;
    expect(observation?.reading.kind === 'outcome' && observation.reading.values).toEqual(['Grüße 🙂 ok']);
  });

  it('row 19: CR LF, a lone CR and U+2028 do not move an offset', async () => {
    const bench = open([{ file: 'app.log' }]);
    const text = ['1 one\r\n', '2 t\rwo\n', '3 th\u2028ree\n', '4 four\r\r\n'];
    writeFileSync(bench.path('app.log'), text.join(''));
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3, 4]);
    let offset = 0;
    for (const [index, written] of text.entries()) {
      expect(bench.observations[index]?.place).toEqual({ file: 'app.log', line: index + 1, offset });
      offset += Buffer.byteLength(written);
    }
  });

  it('row 20: a UTF-8 byte order mark at 0 is skipped, also when it arrives in pieces', async () => {
    const bench = open();
    for (const piece of [[0xef], [0xbb], [0xbf], [...Buffer.from(line(1))]]) {
      appendFileSync(bench.path('metrics.jsonl'), Buffer.from(piece));
      await bench.poll();
    }
    expect(bench.ids).toEqual([1]);
    expect(bench.observations[0]?.place.offset).toBe(3);
    expect(bench.rejected).toEqual({});
  });

  it.each([
    ['deleted', (file: string) => rmSync(file), 'waiting'],
    [
      'deleted and written anew',
      (file: string) => {
        rmSync(file);
        writeFileSync(file, lines(1, 3));
      },
      'reading',
    ],
    [
      'replaced by another file',
      (file: string) => {
        writeFileSync(`${file}.new`, lines(1, 3));
        renameSync(`${file}.new`, file);
      },
      'reading',
    ],
  ] as const)('row 20: a file in UTF-16 that was %s is forgotten with its error', async (_, mend, state) => {
    for (const restarted of [false, true]) {
      const bench = open();
      const file = bench.path('metrics.jsonl');
      writeFileSync(file, Buffer.from(line(1), 'utf16le'));
      await bench.poll();
      expect(standing(bench)[0]?.state).toBe('error');
      if (restarted) await bench.restart();
      mend(file);
      await bench.poll();
      await bench.poll();
      expect(standing(bench)[0]?.state).toBe(state);
      expect(bench.ids).toEqual(state === 'reading' ? [1, 2, 3] : []);
    }
  });

  it.each([
    ['with a byte order mark', Buffer.from(`\ufeff${line(1)}`, 'utf16le')],
    ['without one', Buffer.from(line(1), 'utf16le')],
    ['big-endian', Buffer.from(`\ufeff${line(1)}`, 'utf16le').swap16()],
  ])('row 20: UTF-16 %s is an error of the source, not zero events', async (_, bytes) => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), bytes);
    await bench.poll();
    expect(standing(bench)).toEqual([{ state: 'error', detail: expect.stringContaining('UTF-16') }]);
    await bench.poll();
    expect(standing(bench)[0]?.state).toBe('error');
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3]);
    expect(standing(bench)[0]?.state).toBe('reading');
  });

  it('row 21: a run of NUL bytes is skipped and counted once; a writer without O_APPEND makes one', async () => {
    const bench = open();
    const descriptor = openSync(bench.path('metrics.jsonl'), 'w');
    writeSync(descriptor, lines(1, 3));
    await bench.poll();
    ftruncateSync(descriptor, 0);
    writeSync(descriptor, lines(4, 5));
    closeSync(descriptor);
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 5));
    expect(bench.rejected).toEqual({ 'nul-bytes': 1 });
  });

  it('row 21: a run of several megabytes is one run', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), line(1));
    truncateSync(bench.path('metrics.jsonl'), 5_000_000);
    appendFileSync(bench.path('metrics.jsonl'), line(2));
    await bench.poll();
    expect(bench.ids).toEqual([1, 2]);
    expect(bench.rejected).toEqual({ 'nul-bytes': 1 });
    expect(bench.observations[1]?.place).toEqual({ file: 'metrics.jsonl', line: 2, offset: 5_000_000 });
  });

  it('row 22: a huge line is discarded and counted, and the file goes on', async () => {
    const bench = open();
    const limit = 1024 * 1024;
    const just = `{"id":2,"name":"${'x'.repeat(limit - 18)}"}`;
    expect(just.length).toBe(limit);
    const long = `{"id":3,"name":"${'x'.repeat(limit - 17)}"}`;
    writeFileSync(bench.path('metrics.jsonl'), `${line(1)}${just}\r\n${long}\n${line(4)}{"id":5,"name":"`);
    for (let piece = 0; piece < 5; piece += 1) {
      appendFileSync(bench.path('metrics.jsonl'), 'x'.repeat(900_000));
      await bench.poll();
    }
    expect(bench.rejected).toEqual({ 'too-long': 2 });
    await bench.restart();
    appendFileSync(bench.path('metrics.jsonl'), `"}\n${line(6)}`);
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 4, 6]);
    expect(bench.observations.at(-1)?.place.line).toBe(6);
    expect(bench.rejected).toEqual({ 'too-long': 2 });
  });

  it('row 23: what JSON.parse takes wrongly is rejected and counted by reason', async () => {
    const bench = open();
    const bad = [
      '{"id":1,"name":"x"',
      '{"id":NaN}',
      '{"id":1e999}',
      '{"id":1,"other":-1e999}',
      '{"id":9007199254740993}',
      '{"id":1,"id":2}',
      '{"id":1,"nested":{"a":1,"a":2}}',
      '{"id" :1,"\\u0069d":2}',
      '[1]',
      'null',
      '"text"',
      `{"id":1,"deep":${'['.repeat(40)}${']'.repeat(40)}}`,
      '{"id":1,"name":"\u0000"}',
    ];
    const good = [
      '{"id":1,"name":"a:b \\" : , {[ \\\\"}',
      '{"id":2,"large":9007199254740993}',
      '{"id":3,"nested":{"id":1,"more":[{"id":2},{"id":3}]}}',
      '{"id":4,"__proto__":{"polluted":true},"constructor":1}',
      `{"id":5,"deep":${'['.repeat(31)}${']'.repeat(31)}}`,
      '  {"id" : 6}  ',
      '',
    ];
    writeFileSync(bench.path('metrics.jsonl'), `${[...bad, ...good].join('\n')}\n`);
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 6));
    expect(bench.rejected).toEqual({
      'invalid-json': 2,
      'invalid-number': 3,
      'duplicate-key': 3,
      'not-an-object': 3,
      'too-deep': 1,
      'nul-bytes': 1,
    });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(standing(bench)).toEqual([{ state: 'degraded', detail: expect.stringContaining('rejected') }]);
    appendFileSync(bench.path('metrics.jsonl'), lines(7, 4000));
    await bench.poll();
    expect(standing(bench)).toEqual([{ state: 'reading', detail: null }]);
  });

  it('row 23: bytes that are not UTF-8 are rejected in a record, and replaced in a text line', async () => {
    const bench = open([{ file: 'metrics.jsonl' }, { file: 'app.log' }]);
    const odd = Buffer.from([0x22, 0xff, 0x22]);
    writeFileSync(
      bench.path('metrics.jsonl'),
      Buffer.concat([Buffer.from('{"id":1,"name":'), odd, Buffer.from('}\n')]),
    );
    writeFileSync(bench.path('app.log'), Buffer.concat([Buffer.from('2 CRITICAL '), odd, Buffer.from('\n')]));
    await bench.poll();
    expect(bench.ids).toEqual([2]);
    expect(bench.rejected).toEqual({ 'not-utf8': 1 });
  });
});

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
});

describe('a backlog', () => {
  it('of several logs is read in step: none comes to what happened later than another that has more to read', async () => {
    const bench = open([{ file: '{a,b}.jsonl' }, { file: 'c.jsonl' }], { linesPerTurn: 3000 });
    const written = [ids(1, 30_000).filter((id) => id % 3 > 0), ids(1, 30_000).filter((id) => id % 3 === 0)];
    const [first = [], second = []] = written;
    const third = ids(20_000, 40_000).map((id) => id + 0.5);
    for (const [name, held] of [
      ['a', first],
      ['b', second],
      ['c', third],
    ] as const) {
      writeFileSync(bench.path(`${name}.jsonl`), held.map((id) => `${JSON.stringify({ id })}\n`).join(''));
    }
    await bench.poll();
    expect(sorted(bench)).toEqual([...first, ...second, ...third].sort((one, other) => one - other));
    const newest = { a: 0, b: 0, c: 0 };
    const last = { a: first.at(-1), b: second.at(-1), c: third.at(-1) };
    for (const turn of bench.turns) {
      for (const { observations } of turn) {
        for (const { reading, place } of observations) newest[place.file.slice(0, 1) as 'a'] = Number(reading.at);
      }
      const unfinished = (['a', 'b', 'c'] as const).filter((log) => newest[log] !== last[log] && newest[log] > 0);
      const slowest = Math.min(...unfinished.map((log) => newest[log]));
      for (const log of unfinished) expect(newest[log]).toBeLessThanOrEqual(slowest + 3);
    }
  });
});

describe('trouble', () => {
  it('row 25: a file that may not be read is an error within one poll, and read when it may', async () => {
    const bench = open('logs/*.jsonl');
    chmodSync(bench.root, 0o755);
    writeFileSync(bench.path('logs/metrics.jsonl'), lines(1, 3));
    chmodSync(bench.path('logs/metrics.jsonl'), 0o000);
    await asNobody(() => bench.poll());
    expect(standing(bench)).toEqual([{ state: 'error', detail: expect.stringContaining('EACCES') }]);
    expect(bench.ids).toEqual([]);
    chmodSync(bench.path('logs/metrics.jsonl'), 0o644);
    await asNobody(() => bench.poll());
    expect(standing(bench)).toEqual([{ state: 'reading', detail: null }]);
    expect(bench.ids).toEqual([1, 2, 3]);
  });

  it('row 25: unreadable after a restart is no new generation', async () => {
    const bench = open('logs/*.jsonl');
    chmodSync(bench.root, 0o755);
    writeFileSync(bench.path('logs/metrics.jsonl'), lines(1, 3));
    await bench.poll();
    await bench.restart();
    chmodSync(bench.path('logs/metrics.jsonl'), 0o000);
    await asNobody(() => bench.poll());
    expect(standing(bench)[0]?.state).toBe('error');
    chmodSync(bench.path('logs/metrics.jsonl'), 0o644);
    appendFileSync(bench.path('logs/metrics.jsonl'), line(4));
    await asNobody(() => bench.poll());
    expect(bench.ids).toEqual([1, 2, 3, 4]);
    expect(bench.gaps).toEqual([]);
  });

  it('row 25: a folder that may not be read is an error, and its files are not gone', async () => {
    const bench = open('logs/*.jsonl');
    chmodSync(bench.root, 0o755);
    writeFileSync(bench.path('logs/metrics.jsonl'), lines(1, 3));
    await bench.poll();
    chmodSync(join(bench.root, 'logs'), 0o000);
    await asNobody(() => bench.poll());
    expect(standing(bench)).toEqual([{ state: 'error', detail: expect.stringContaining('logs may not be read') }]);
    chmodSync(join(bench.root, 'logs'), 0o755);
    appendFileSync(bench.path('logs/metrics.jsonl'), line(4));
    await asNobody(() => bench.poll());
    expect(bench.ids).toEqual([1, 2, 3, 4]);
    expect(bench.gaps).toEqual([]);
  });

  it('a source that does not exist yet is waiting, an empty file is fine, and a folder of that name is nothing', async () => {
    const bench = open([
      { file: 'a/metrics.jsonl' },
      { file: 'empty.jsonl' },
      { file: 'folder.jsonl' },
      { file: '../x' },
    ]);
    writeFileSync(bench.path('empty.jsonl'), '');
    mkdirSync(bench.path('folder.jsonl'));
    await bench.poll();
    expect(standing(bench).map(({ state }) => state)).toEqual(['waiting', 'reading', 'waiting', 'error']);
    expect(existsSync(join(bench.root, 'a'))).toBe(false);
  });

  it('a batch that the store refuses is offered again, even when its bytes are gone by then', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    bench.refuse = 2;
    await bench.poll();
    expect(standing(bench)).toEqual([{ state: 'error', detail: expect.stringContaining('the disk is full') }]);
    truncateSync(bench.path('metrics.jsonl'));
    await bench.poll();
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3]);
    expect(standing(bench)[0]?.state).not.toBe('error');
  });

  it('a stored position that cannot be read stops its source, and nothing is counted twice', async () => {
    const bench = new IngestBench('metrics.jsonl', {
      positions: [{ source: 0, generation: 'x', body: '{"version":9' }],
    });
    opened.push(bench);
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    expect(bench.ids).toEqual([]);
    expect(standing(bench)).toEqual([{ state: 'error', detail: expect.stringContaining('position') }]);
  });
});
