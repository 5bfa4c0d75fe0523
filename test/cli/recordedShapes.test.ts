import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { complaint } from '../support/complaint.ts';
import { type Setting, testWorkspace } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';

/** What people hand to `rampwatch replay`: compressed in every way, through a pipe, damaged, joined, without a header. */

const plan = smallPlan.replace('file: metrics.jsonl,', 'file: metrics.jsonl, time: { field: id },');
const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../fixtures/compressed', name));
/** As the fixtures hold them. */
const recorded = 4000;
const text = Array.from({ length: 100 }, (_, index) => `{"id":${index + 1},"arm":"new","ok":true}\n`).join('');
const countsOf = z.object({ records: z.number(), rejected: z.record(z.string(), z.number()) });

async function replayed(
  files: Readonly<Record<string, Buffer | string>>,
  { words = Object.keys(files), of = plan, ...setting }: Setting & { words?: string[]; of?: string },
  onTestFinished: Parameters<typeof testWorkspace>[1],
) {
  const workspace = testWorkspace(of, onTestFinished);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(workspace.folder, name), bytes);
  const { code, stdout, stderr } = await workspace.runIn(setting, 'replay', '--json', '--observe', ...words);
  expect(code, stderr).toBe(0);
  const { records, rejected } = countsOf.parse(JSON.parse(stdout));
  return { records, rejected, said: stderr.split('\n').filter((line) => line !== '' && !line.includes(' arm')) };
}

const compressed: readonly (readonly [string, () => Buffer, number])[] = [
  ['gz', () => gzipSync(text), 100],
  ['zst', () => zstdCompressSync(text), 100],
  ['xz', () => fixture('lines.jsonl.xz'), recorded],
  ['bz2', () => fixture('lines.jsonl.bz2'), recorded],
  ['lz4', () => fixture('lines.jsonl.lz4'), recorded],
];

describe.concurrent('replay reads', () => {
  it.for(compressed)(
    'a file compressed to .%s, by its name or through a pipe',
    async ([ending, bytes, records], { onTestFinished }) => {
      const whole = bytes();
      const [named, unnamed, piped] = await Promise.all([
        replayed({ [`metrics.jsonl.1.${ending}`]: whole }, {}, onTestFinished),
        replayed({ 'metrics.jsonl': whole }, {}, onTestFinished),
        replayed({}, { words: ['-'], input: whole }, onTestFinished),
      ]);
      for (const told of [named, unnamed, piped]) expect(told).toEqual({ records, rejected: {}, said: [] });
    },
  );

  it('plain lines through a pipe, and says when there are none', async ({ onTestFinished }) => {
    const piped = await replayed({}, { words: ['-'], input: Buffer.from(text) }, onTestFinished);
    expect(piped).toEqual({ records: 100, rejected: {}, said: [] });
    const workspace = testWorkspace(plan, onTestFinished);
    const empty = await workspace.runIn({ input: Buffer.alloc(0) }, 'replay', '-');
    expect(complaint(empty)).toBe('standard input is empty; there is nothing to replay');
  });

  it('a plain file that is called compressed', async ({ onTestFinished }) => {
    const told = await replayed({ 'metrics.jsonl.1.gz': text }, {}, onTestFinished);
    expect(told).toEqual({ records: 100, rejected: {}, said: [] });
  });

  it('what stands before something else in a compressed file, and says so', async ({ onTestFinished }) => {
    const garbage = Buffer.concat([gzipSync(text), Buffer.from('something else\n')]);
    const told = await replayed({ 'metrics.jsonl.1.gz': garbage }, {}, onTestFinished);
    expect(told.records).toBe(100);
    expect(told.said).toEqual([expect.stringContaining('metrics.jsonl.1.gz goes on behind its gzip content')]);
  });

  it('files that were joined, each with a byte order mark', async ({ onTestFinished }) => {
    const told = await replayed({ 'metrics.jsonl': `\ufeff${text}\ufeff${text}` }, {}, onTestFinished);
    expect(told).toEqual({ records: 200, rejected: {}, said: [] });
  });

  it('a generation and what it was compressed to once, and says so', async ({ onTestFinished }) => {
    const told = await replayed(
      { 'metrics.jsonl.1': text, 'metrics.jsonl.1.gz': gzipSync(text), 'metrics.jsonl.2.zst': zstdCompressSync(text) },
      {},
      onTestFinished,
    );
    expect(told.records).toBe(100);
    expect(told.said).toEqual([
      'rampwatch: metrics.jsonl.1.gz is a copy of metrics.jsonl.1 and is counted once',
      'rampwatch: metrics.jsonl.2.zst is a copy of metrics.jsonl.1 and is counted once',
    ]);
  });
});

describe.concurrent('a CSV log that was copied and truncated, and whose application writes its header once', () => {
  const of = smallPlan.replace('file: metrics.jsonl,', 'file: metrics.csv, time: { field: id },');
  const rows = (from: number): string =>
    Array.from({ length: 20 }, (_, index) => `${from + index},new,true\n`).join('');
  const files = {
    'metrics.csv': rows(41),
    'metrics.csv.2.gz': gzipSync(`id,arm,ok\n${rows(1)}`),
    'metrics.csv.1': rows(21),
  };

  it('is replayed with the header of the generation before, whatever the order of the words', async ({
    onTestFinished,
  }) => {
    const told = await replayed(files, { of }, onTestFinished);
    expect(told).toEqual({ records: 60, rejected: {}, said: [] });
  });

  it('is told where that is not named', async ({ onTestFinished }) => {
    const told = await replayed({ 'metrics.csv': files['metrics.csv'] }, { of }, onTestFinished);
    expect(told.rejected).toEqual({ 'no-header': 20 });
    expect(told.said).toEqual([
      expect.stringContaining('no header row names the columns of 20 rows: name the generation'),
    ]);
  });
});
