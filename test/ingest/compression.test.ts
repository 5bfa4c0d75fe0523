import { readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressionOf } from '../../daemon/ingest/compression/compression.ts';
import { decompressed } from '../../daemon/ingest/compression/decompressed.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const fixtures = join(import.meta.dirname, '../fixtures/compressed');
const fixture = (name: string): Buffer => readFileSync(join(fixtures, name));
/** `{"id":1,…}` to `{"id":4000,…}`, as the fixtures hold them. */
const text = Array.from({ length: 4000 }, (_, index) => {
  const id = index + 1;
  return `{"id":${id},"name":"upload ${((BigInt(id) * 2654435761n) % 2n ** 32n).toString(16)}"}\n`;
}).join('');

interface Read {
  readonly text: string;
  readonly longest: number;
  readonly failure: string | null;
}

async function read(bytes: Buffer): Promise<Read> {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, bytes);
  const handle = await open(file);
  const chunks: Buffer[] = [];
  let failure: string | null = null;
  try {
    for await (const chunk of decompressed(handle)) chunks.push(chunk);
  } catch (error) {
    failure = (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    await handle.close();
  }
  const longest = Math.max(0, ...chunks.map(({ length }) => length));
  return { text: Buffer.concat(chunks).toString(), longest, failure };
}

const samples: readonly (readonly [string, Buffer])[] = [
  ['gzip', gzipSync(text)],
  ['zstd', zstdCompressSync(text)],
  ['xz', fixture('lines.jsonl.xz')],
  ['bzip2', fixture('lines.jsonl.bz2')],
  ['lz4', fixture('lines.jsonl.lz4')],
  ['lz4', fixture('linked.jsonl.lz4')],
];

describe.each(samples)('%s', (name, bytes) => {
  it('is known by its first bytes, and read to its end', async () => {
    expect(compressionOf(bytes)).toBe(name);
    expect(compressionOf(Buffer.from(text))).toBe(null);
    const whole = await read(bytes);
    expect(whole.failure).toBe(null);
    expect(whole.text === text).toBe(true);
  });

  it('is read member after member, padding between and behind them passed over', async () => {
    const joined = await read(Buffer.concat([bytes, bytes, Buffer.alloc(400)]));
    expect(joined.failure).toBe(null);
    expect(joined.text === text + text).toBe(true);
  });

  it('that ends too early is read as far as it goes, wherever it was cut', async () => {
    for (const end of [bytes.length - 1, bytes.length - 4, Math.floor(bytes.length / 2), 20]) {
      const cut = await read(bytes.subarray(0, end));
      expect(cut.failure, String(end)).toBe('Z_ENDS_EARLY');
      expect(text.startsWith(cut.text)).toBe(true);
    }
    const second = await read(Buffer.concat([bytes, bytes.subarray(0, bytes.length - 5)]));
    expect(second.failure).toBe('Z_ENDS_EARLY');
    expect((text + text).startsWith(second.text) && second.text.startsWith(text)).toBe(true);
  });

  it('that goes on with something else is read up to there', async () => {
    const { text: before, failure } = await read(Buffer.concat([bytes, Buffer.from('{"id":1}\nand more of it\n')]));
    expect(failure).toBe('Z_TRAILING_GARBAGE');
    expect(before === text).toBe(true);
  });
});

it('what decompresses to much more than it is comes in small pieces', async () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  for (const bomb of [gzipSync(zeros), zstdCompressSync(zeros)]) {
    const { text: all, longest, failure } = await read(bomb);
    expect(failure).toBe(null);
    expect(all.length).toBe(zeros.length);
    expect(longest).toBeLessThanOrEqual(1024 * 1024);
  }
});

it('frames that zstd passes over are passed over', async () => {
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  const frames = await read(
    Buffer.concat([skippable, zstdCompressSync('one\n'), skippable, zstdCompressSync('two\n')]),
  );
  expect(frames).toMatchObject({ text: 'one\ntwo\n', failure: null });
});
