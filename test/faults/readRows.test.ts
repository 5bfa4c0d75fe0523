import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fileStats, inodeKey } from '../../daemon/ingest/tail/fileIdentity.ts';
import { IngestBench } from '../support/ingestBench.ts';

/** The rows of the fault matrix about file systems that cannot be had in a test: what they answer is put in their place. */
const world = vi.hoisted(() => ({
  /** Bytes that `stat` does not know of yet, as a cached attribute of NFS. */
  unknown: 0,
  /** Open files answer so, as when a server has been replaced. */
  stale: false,
  /** No watch can be had. */
  unwatched: false,
}));

function errorOf(code: string): Error {
  return Object.assign(new Error(code), { code });
}

vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>();
  const lessKnown = <Stats extends { size: unknown }>(stats: Stats): Stats =>
    typeof stats.size === 'bigint' && world.unknown > 0
      ? Object.assign(stats, { size: stats.size - BigInt(world.unknown) })
      : stats;
  return {
    ...real,
    stat: async (...of: Parameters<typeof real.stat>) => lessKnown(await real.stat(...of)),
    open: async (...of: Parameters<typeof real.open>) => {
      const handle: FileHandle = await real.open(...of);
      const opened = world.stale;
      const check = (): void => {
        if (world.stale && !opened) throw errorOf('ESTALE');
      };
      const { read, stat } = handle;
      handle.read = ((...asked: never[]) => {
        check();
        return Reflect.apply(read, handle, asked);
      }) as never;
      handle.stat = (async (...asked: never[]) => {
        check();
        return lessKnown(await Reflect.apply(stat, handle, asked));
      }) as never;
      return handle;
    },
  };
});

vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  return {
    ...real,
    statSync: ((...of: Parameters<typeof real.statSync>) => {
      const stats = real.statSync(...of);
      if (stats !== undefined && typeof stats.size === 'bigint' && world.unknown > 0) {
        Object.assign(stats, { size: stats.size - BigInt(world.unknown) });
      }
      return stats;
    }) as typeof real.statSync,
    watch: ((...of: Parameters<typeof real.watch>) => {
      if (world.unwatched) throw errorOf('ENOSPC');
      return real.watch(...of);
    }) as typeof real.watch,
  };
});

const opened: IngestBench[] = [];
afterEach(async () => {
  Object.assign(world, { unknown: 0, stale: false, unwatched: false });
  for (const bench of opened.splice(0)) await bench.dispose();
});

function open(options: ConstructorParameters<typeof IngestBench>[1] = {}): IngestBench {
  const bench = new IngestBench('metrics.jsonl', options);
  opened.push(bench);
  return bench;
}

const line = (id: number): string => `{"id":${id},"name":"an upload of number ${id}"}\n`;
const lines = (from: number, to: number): string => ids(from, to).map(line).join('');
const ids = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('row 26: a network file system', () => {
  it('that knows of a smaller size than was read already is believed when the bytes are gone, and not before', async () => {
    const bench = open();
    const file = bench.path('metrics.jsonl');
    writeFileSync(file, lines(1, 20));
    await bench.poll();
    world.unknown = 300;
    for (let poll = 0; poll < 4; poll += 1) await bench.poll();
    world.unknown = 0;
    appendFileSync(file, lines(21, 25));
    await bench.poll();
    expect(bench.ids, 'none twice').toEqual(ids(1, 25));
    expect(bench.gaps).toEqual([]);
    truncateSync(file);
    writeFileSync(file, lines(26, 27));
    await bench.poll();
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 27));
  });

  it('whose handle has gone stale is read on by its path, each line once', async () => {
    const bench = open();
    const file = bench.path('metrics.jsonl');
    writeFileSync(file, lines(1, 5));
    await bench.poll();
    world.stale = true;
    appendFileSync(file, lines(6, 9));
    await bench.poll();
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 9));
    expect(bench.ingest.health()[0]).toMatchObject({ state: 'reading', detail: null });
    expect(bench.gaps).toEqual([]);
  });
});

describe('row 27: no watch can be had', () => {
  it('and the poll reads all the same: appends, a rotation, a file that comes later', async () => {
    world.unwatched = true;
    const bench = open({ unattended: true });
    const until = (expected: readonly number[]) => expect.poll(() => bench.ids, { interval: 20 }).toEqual(expected);
    const file = bench.path('metrics.jsonl');
    writeFileSync(file, lines(1, 3));
    await until(ids(1, 3));
    appendFileSync(file, lines(4, 6));
    await until(ids(1, 6));
    renameSync(file, `${file}.1`);
    appendFileSync(`${file}.1`, line(7));
    writeFileSync(file, line(8));
    await until(ids(1, 8));
  });
});

describe('row 28: an inode number of 64 bits', () => {
  it('names its file to the last bit', () => {
    const stats = (inode: bigint) =>
      fileStats({ dev: 1n, ino: inode, birthtimeNs: 0n, ctimeNs: 0n, mtimeNs: 0n, mtimeMs: 0n, size: 0n } as never);
    const huge = 2n ** 63n + 1n;
    expect(inodeKey(stats(huge))).not.toBe(inodeKey(stats(huge + 1n)));
    expect(inodeKey(stats(huge))).toBe('1:9223372036854775809');
  });
});

describe('row 34: a read position', () => {
  it.each([
    ['torn', '{"version":1,"pa'],
    ['all zeros', '\0'.repeat(200)],
    ['of a version to come', '{"version":99}'],
  ])('that is %s is an error of its source: read neither from the start nor from the end', async (_, body) => {
    const bench = open({ positions: [{ source: 0, generation: 'one', body }] });
    writeFileSync(bench.path('metrics.jsonl'), lines(1, 5));
    await bench.poll();
    expect(bench.ids).toEqual([]);
    expect(bench.ingest.health()[0]?.state).toBe('error');
    expect(bench.ingest.health()[0]?.detail).toMatch(/metrics\.jsonl|position/);
  });
});
