import { expect, it } from 'vitest';
import { jsonLines } from '../../../daemon/ingest/formats/jsonLines.ts';
import { scannerFor } from '../../../daemon/ingest/formats/scan.ts';
import { wholeTurn } from '../../../daemon/ingest/formats/tally.ts';
import type { Content } from '../../../daemon/ingest/tail/content.ts';
import { Generation } from '../../../daemon/ingest/tail/generation.ts';
import { readTurn, type TurnRead } from '../../../daemon/ingest/tail/generationTurn.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';
import { idInstrument } from '../../support/idInstrument.ts';

/** A memory-mapped writer fills NUL bytes from the front, while a read goes over them. */

const now = wallTime(1_000_000);
const text = '{"id":1}\n{"id":2}\n{"id":3}\n';
/** The second line was not there yet when the read came to it; the third one was. */
const torn = text.replace('{"id":2}', '\0'.repeat(8));

const stats = { device: '1', inode: '1', birth: '0', changed: '0', modified: '0', size: 100, links: 1, racy: false };
const found = { path: 'log', target: '/log', stats, family: 'log', age: null, compressed: false };
const scanner = scannerFor(jsonLines, {
  record: (record) => idInstrument.readRecord(0, record, now),
  line: (line) => idInstrument.readLine(0, line, now),
  kept: [],
});

/** What each read of a whole window sees, one after the other; the last one again and again. */
function seen(windows: readonly string[], nulRunEnd: Content['nulRunEnd'] = () => null): Content {
  let reads = 0;
  return {
    async read(offset, into) {
      const isWindow = into.length > 1;
      const bytes = Buffer.from(windows[Math.min(reads, windows.length - 1)] ?? '').subarray(offset);
      if (isWindow) reads += 1;
      const length = bytes.copy(into);
      return { length, end: length < into.length, failure: null };
    },
    nulRunEnd,
    close: async () => undefined,
  };
}

async function turn(content: Content, window: Buffer): Promise<TurnRead | null> {
  const generation = Generation.begin(found, now);
  const terms = { over: false, limits: wholeTurn, header: null, arrived: now, before: null };
  return readTurn(generation, content, scanner, window, terms);
}

it('a line that was filled in while it was read is no NUL bytes', async () => {
  const read = await turn(seen([torn, text]), Buffer.alloc(1000));
  expect(Array.from(read?.tally.observations ?? [], ({ reading }) => Number(reading.at))).toEqual([1, 2, 3]);
  expect(read?.tally.rejected).toEqual({});
});

it('NUL bytes that stay before data are told', async () => {
  const read = await turn(seen([torn]), Buffer.alloc(1000));
  expect(Array.from(read?.tally.observations ?? [], ({ reading }) => Number(reading.at))).toEqual([1, 3]);
  expect(read?.tally.rejected).toEqual({ 'nul-bytes': 1 });
});

it('a run of NUL bytes that was filled while its end was looked for is read again', async () => {
  const window = Buffer.alloc(16);
  const content = seen(['\0'.repeat(100), text], () => Promise.resolve({ kind: 'data', offset: 9 }));
  // The first window is all NUL bytes, and by the time its start is looked at again the writer has been there.
  const filled = {
    ...content,
    read: async (offset: number, into: Buffer) => {
      if (into.length !== 1) return content.read(offset, into);
      into.write(text);
      return { length: 1, end: false, failure: null };
    },
  };
  const read = await turn(filled, window);
  expect(read).toMatchObject({ more: true, position: { offset: 0, skipping: null } });
  expect(read?.tally.rejected).toEqual({});
});
