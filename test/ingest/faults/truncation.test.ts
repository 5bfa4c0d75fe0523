import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ids, line, lines, longLater, open, sorted, standing } from './tailedFile.ts';

/** However slowly a test runs, its writer was busy when the log was copied. */
function writtenJustNow(file: string): void {
  const soon = Date.now() / 1000 + 3600;
  utimesSync(file, soon, soon);
}

const banner = '{"event_type":"banner","text":"begins"}\n';

/** Rows 4 to 10 of the fault matrix: bytes that go away, on real files. */

describe('truncation', () => {
  it('row 04: copytruncate, caught up: starts over, and says that lines may be lost where nobody tells', async () => {
    const losses = process.platform === 'linux' ? 0 : 1;
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    writtenJustNow(bench.path('metrics.jsonl'));
    await bench.poll();
    copyFileSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    truncateSync(bench.path('metrics.jsonl'));
    appendFileSync(bench.path('metrics.jsonl'), line(4));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 4));
    expect(bench.gaps.length).toBe(losses);
    await bench.poll();
    await bench.restart();
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 4));
    expect(bench.gaps.length).toBe(losses);
  });

  it('row 04: bytes of the next content are not declared as lost of the one before', async () => {
    const bench = open(undefined, { manyFiles: 0 });
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    copyFileSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    truncateSync(bench.path('metrics.jsonl'));
    appendFileSync(bench.path('metrics.jsonl'), lines(4, 9));
    // A look sees that the log has grown before anything tells of the copy.
    await bench.ingest.poll([]);
    await bench.poll();
    await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, 9));
    expect(bench.gaps.filter(({ reason }) => /\d bytes/.test(reason))).toEqual([]);
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
      writtenJustNow(bench.path('metrics.jsonl'));
      await bench.poll();
      if (when === 'while it is down') await bench.restart();
      appendFileSync(bench.path('metrics.jsonl'), lines(4, 6));
      writtenJustNow(bench.path('metrics.jsonl'));
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
    await bench.restart();
    await bench.poll();
    expect(standing(bench)[0]?.state).toBe('degraded');
    bench.clock += 2 * 3_600_000;
    expect(standing(bench)[0]?.state).toBe('reading');
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
  ])(
    'row 06: the same bytes before the offset, but another beginning: only what follows is new; %s',
    async (_, more, added) => {
      const bench = open();
      const shared = lines(100, 109);
      writeFileSync(bench.path('metrics.jsonl'), line(1) + shared);
      await bench.poll();
      writeFileSync(bench.path('metrics.jsonl'), line(2) + shared + more);
      await bench.poll();
      expect(bench.ids).toEqual([1, ...ids(100, 109), ...added]);
      expect(bench.gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining('the file was edited')]);
    },
  );

  it.each([
    ['its banner', `${banner}${line(1)}`, banner, 1],
    ['all but its end', lines(1, 100), lines(1, 95), 100],
  ])('row 06: cut to %s and written on: the lines that nobody had read are declared', async (_, before, kept, read) => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), before);
    await bench.poll();
    // Gone again before anybody looked.
    appendFileSync(bench.path('metrics.jsonl'), lines(101, 103));
    writeFileSync(bench.path('metrics.jsonl'), kept + lines(104, 120));
    for (let search = 0; search < 3; search += 1) await bench.poll();
    expect(bench.ids).toEqual([...ids(1, read), ...ids(104, 120)]);
    expect(bench.gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining('may be lost')]);
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
    // The file system decides if it hands out the same inode again, so the test tries often, also while down.
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
    renameSync(bench.path('metrics.jsonl'), bench.path('far/away/elsewhere'));
    await bench.poll();
    expect(standing(bench)).toEqual([{ state: 'waiting', detail: expect.any(String) }]);
    await bench.restart();
    renameSync(bench.path('far/away/elsewhere'), bench.path('metrics.jsonl'));
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
    // Its handle is let go first, and the next search forgets it.
    for (let search = 0; search < 2; search += 1) await bench.poll();
    expect(bench.storedPositions).toEqual([]);
  });
});
