import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asNobody } from '../../support/asNobody.ts';
import { filePlace } from '../../support/filePlace.ts';
import { ids, line, lines, open, sorted, standing } from './tailedFile.ts';

/** Row 25 of the fault matrix, and what else can be wrong with a source, on real files. */

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
        for (const { reading, place } of observations)
          newest[filePlace(place).file.slice(0, 1) as 'a'] = Number(reading.at);
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

  it('a source that does not exist yet is waiting, an empty file is fine, and what is no file is named', async () => {
    const bench = open([
      { file: 'a/metrics.jsonl' },
      { file: 'empty.jsonl' },
      { file: 'folder.jsonl' },
      { file: '../x' },
      { file: 'pipe.jsonl' },
      { file: 'dangling.jsonl' },
    ]);
    execFileSync('mkfifo', [bench.path('pipe.jsonl')]);
    symlinkSync('nowhere.jsonl', bench.path('dangling.jsonl'));
    writeFileSync(bench.path('empty.jsonl'), '');
    mkdirSync(bench.path('folder.jsonl'));
    await bench.poll();
    expect(standing(bench).map(({ state }) => state)).toEqual([
      'waiting',
      'reading',
      'error',
      'error',
      'error',
      'error',
    ]);
    expect(standing(bench).map(({ detail }) => detail)).toEqual([
      expect.stringContaining('no file matches'),
      null,
      expect.stringContaining('folder.jsonl is a folder'),
      expect.stringContaining('lies outside'),
      expect.stringContaining('pipe.jsonl is a pipe'),
      expect.stringContaining('dangling.jsonl is a symbolic link to a file that does not exist'),
    ]);
    writeFileSync(bench.path('nowhere.jsonl'), line(1));
    await bench.poll();
    expect(bench.ids).toEqual([1]);
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
    const bench = open('metrics.jsonl', {
      positions: [{ source: 0, generation: 'x', body: '{"version":9' }],
    });
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 3));
    await bench.poll();
    expect(bench.ids).toEqual([]);
    expect(standing(bench)).toEqual([{ state: 'error', detail: expect.stringContaining('position') }]);
  });
});
