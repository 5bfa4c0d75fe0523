import { appendFileSync, copyFileSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { IngestBench } from '../../support/ingestBench.ts';
import { ids, lines, open } from './tailedFile.ts';

/** Rows 4, 5 and 24 of the fault matrix: the ingest looks while the copy is being made. */

const name = 'metrics.jsonl';
const copy = (bench: IngestBench, to: string): void => copyFileSync(bench.path(name), bench.path(to));
const compress = (bench: IngestBench, from: string, to: string): Buffer => {
  const bytes = gzipSync(readFileSync(bench.path(from)));
  writeFileSync(bench.path(to), bytes);
  return bytes;
};

describe('a copy', () => {
  it.each([
    [`${name}.1`, 'seen', 'going on'],
    [`${name}.1`, 'seen', 'killed'],
    [`${name}.1`, 'not seen', 'going on'],
    [`${name}.1`, 'not seen', 'killed'],
    [`${name}.1.gz`, 'seen', 'going on'],
    [`${name}.1.gz`, 'seen', 'killed'],
    [`${name}.1.gz`, 'not seen', 'going on'],
    [`${name}.1.gz`, 'not seen', 'killed'],
  ])('%s, %s before more was written, read and truncated, is not read: %s', async (to, seen, then) => {
    const bench = open();
    writeFileSync(bench.path(name), lines(1, 100));
    await bench.poll();
    const content = readFileSync(bench.path(name));
    const make = (): void => writeFileSync(bench.path(to), to.endsWith('.gz') ? gzipSync(content) : content);
    if (seen === 'seen') make();
    await bench.poll();
    appendFileSync(bench.path(name), lines(101, 103));
    await bench.poll();
    if (then === 'killed') await bench.restart();
    if (seen === 'not seen') make();
    truncateSync(bench.path(name));
    await bench.poll();
    appendFileSync(bench.path(name), lines(104, 110));
    await bench.poll();
    await bench.restart();
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 110));
    expect(bench.gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining('copied and truncated')]);
  });

  it.each([
    ['empty', 0],
    ['begun', 10],
    ['half of it', 0.5],
  ])('that was seen when it was %s is not read once it is whole', async (_, part) => {
    for (const to of [`${name}.1`, `${name}.1.gz`]) {
      const bench = open();
      writeFileSync(bench.path(name), lines(1, 5000));
      await bench.poll();
      const bytes = to.endsWith('.gz') ? compress(bench, name, to) : readFileSync(bench.path(name));
      writeFileSync(bench.path(to), bytes.subarray(0, part < 1 ? bytes.length * part : part));
      await bench.poll();
      writeFileSync(bench.path(to), bytes);
      await bench.poll();
      truncateSync(bench.path(name));
      appendFileSync(bench.path(name), lines(5001, 5003));
      await bench.poll();
      expect(bench.ids).toEqual(ids(1, 5003));
    }
  });

  it('is not read when what it was made of is deleted, whenever that is', async () => {
    const bench = open();
    writeFileSync(bench.path(name), lines(1, 100));
    await bench.poll();
    copy(bench, `${name}.old`);
    await bench.poll();
    appendFileSync(bench.path(name), lines(101, 150));
    await bench.poll();
    await bench.restart();
    unlinkSync(bench.path(name));
    await bench.poll();
    writeFileSync(bench.path(name), lines(151, 160));
    bench.clock += 30 * 24 * 3_600_000;
    await bench.poll();
    await bench.poll();
    compress(bench, `${name}.old`, `${name}.old.gz`);
    await bench.poll();
    unlinkSync(bench.path(`${name}.old`));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 160));
  });

  it.each([
    ['copied', `${name}.2`],
    ['compressed', `${name}.2.gz`],
  ])('of a rotated generation is not read: %s to an older name, then overwritten', async (how, to) => {
    const bench = open();
    writeFileSync(bench.path(name), lines(1, 100));
    await bench.poll();
    copy(bench, `${name}.1`);
    truncateSync(bench.path(name));
    appendFileSync(bench.path(name), lines(101, 200));
    await bench.poll();
    if (how === 'copied') copyFileSync(bench.path(`${name}.1`), bench.path(to));
    else compress(bench, `${name}.1`, to);
    await bench.poll();
    copy(bench, `${name}.1`);
    await bench.poll();
    truncateSync(bench.path(name));
    appendFileSync(bench.path(name), lines(201, 210));
    await bench.poll();
    await bench.restart();
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 210));
  });

  it('that somebody writes on has content of its own from there on', async () => {
    const bench = open();
    writeFileSync(bench.path(name), lines(1, 100));
    await bench.poll();
    copy(bench, `${name}.1`);
    await bench.poll();
    appendFileSync(bench.path(`${name}.1`), lines(101, 110));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 110));
  });

  it('is none when it only begins with the same kilobyte', async () => {
    const bench = open();
    const shared = lines(1, 40);
    writeFileSync(bench.path(name), shared + lines(101, 110));
    writeFileSync(bench.path(`${name}.1.gz`), gzipSync(shared + lines(201, 210)));
    await bench.poll();
    expect(bench.ids.length).toBe(100);
  });
});
