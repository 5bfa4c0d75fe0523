import { mkdtempSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NulRuns } from '../../../daemon/ingest/tail/nulRun.ts';
import { UncachedReads } from '../../../daemon/ingest/tail/uncachedReads.ts';

const mebibyte = 1024 * 1024;

async function runsOf(head: string, size: number, tail: string) {
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-nul-'));
  const path = join(folder, 'metrics.jsonl');
  writeFileSync(path, head);
  truncateSync(path, size);
  const handle = await open(path, 'r+');
  if (tail !== '') writeSync(handle.fd, tail, size);
  const counted = { cached: 0, uncached: 0, reads: 0 };
  const uncached = new CountedUncachedReads(handle, counted);
  onTestFinished(async () => {
    await uncached.close();
    await handle.close();
    rmSync(folder, { recursive: true });
  });
  const runs = new NulRuns(async (offset, into) => {
    const { bytesRead } = await handle.read(into, 0, into.length, offset);
    counted.cached += bytesRead;
    counted.reads += 1;
    return bytesRead;
  }, uncached);
  const end = async (from: number) => {
    for (;;) {
      const found = await runs.end(from);
      if (found.kind !== 'searching') return found;
    }
  };
  return { end, counted, write: (text: string, at: number) => writeSync(handle.fd, text, at) };
}

class CountedUncachedReads extends UncachedReads {
  readonly #counted: { uncached: number; reads: number };

  constructor(of: FileHandle, counted: { uncached: number; reads: number }) {
    super(of);
    this.#counted = counted;
  }

  override async read(offset: number, into: Buffer): Promise<number | null> {
    const length = await super.read(offset, into);
    this.#counted.uncached += length ?? 0;
    this.#counted.reads += 1;
    return length;
  }
}

describe('the end of a run of NUL bytes', () => {
  it('is found wherever it is, by whatever way its bytes are read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 5000 }),
        fc.integer({ min: 1, max: 40 * mebibyte }),
        fc.constantFrom('', '{"id":1}\n'),
        async (head, length, tail) => {
          const { end } = await runsOf('x'.repeat(head), head + length, tail);
          const expected = tail === '' ? { kind: 'end-of-file' } : { kind: 'data', offset: head + length };
          expect(await end(head)).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.runIf(process.platform === 'linux')(
    'that is a hole of 2 GiB costs the cache of the system next to nothing, and few calls',
    async () => {
      const { end, counted } = await runsOf('{"id":1}\n', 2048 * mebibyte, '{"id":2}\n');
      expect(await end(9)).toEqual({ kind: 'data', offset: 2048 * mebibyte });
      expect(counted.uncached).toBeGreaterThan(2000 * mebibyte);
      expect(counted.cached).toBeLessThan(40 * mebibyte);
      expect(counted.reads).toBeLessThan(600);
    },
  );

  it('is looked for from where the last search ended', async () => {
    const { end, counted, write } = await runsOf('x', 40 * mebibyte, '');
    expect(await end(1)).toEqual({ kind: 'end-of-file' });
    counted.cached = 0;
    counted.uncached = 0;
    write('y', 41 * mebibyte);
    expect(await end(1)).toEqual({ kind: 'data', offset: 41 * mebibyte });
    expect(counted.cached + counted.uncached).toBeLessThan(10 * mebibyte);
  });
});
