import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IngestBench } from '../../support/ingestBench.ts';
import { appender, gzip, ids, line, lines, longLater, open, sorted, untilLetGo } from './tailedFile.ts';

/** Read content is recognised by itself, whatever happened to its file and the file's name. */

const name = 'metrics.jsonl';
/** The log was written an hour ago. */
const fallQuiet = (bench: IngestBench): void => {
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(bench.path(name), hourAgo, hourAgo);
};
const held = (bench: IngestBench, file: string): string => readFileSync(bench.path(file), 'utf8');

describe('a copy under any name', () => {
  it.each([
    ['*.jsonl', 'metrics__2026-11-30_00-00-00.jsonl'],
    ['metrics.jsonl*', 'metrics.jsonl-20261130-1796000000'],
    ['**/*.jsonl', 'old/2026-W48/metrics.jsonl'],
    ['**/*.jsonl*', 'backup/other.jsonl.gz'],
  ])('of %s: %s is not read, before the log is truncated or after', async (glob, to) => {
    for (const seen of ['before', 'after']) {
      const bench = open(glob);
      writeFileSync(bench.path(name), lines(1, 100));
      await bench.poll();
      const bytes = readFileSync(bench.path(name));
      writeFileSync(bench.path(to), to.endsWith('.gz') ? gzipSync(bytes) : bytes);
      if (seen === 'before') await bench.poll();
      truncateSync(bench.path(name));
      appendFileSync(bench.path(name), lines(101, 120));
      await bench.poll();
      await bench.restart();
      await bench.poll();
      expect(sorted(bench)).toEqual(ids(1, 120));
    }
  });

  it('is read where the log was not read so far, once', async () => {
    const bench = open('**/*.jsonl');
    writeFileSync(bench.path(name), lines(1, 100));
    copyFileSync(bench.path(name), bench.path('copied.jsonl'));
    mkdirSync(bench.path('deep'));
    copyFileSync(bench.path(name), bench.path('deep/copied.jsonl'));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 100));
    appendFileSync(bench.path(name), lines(101, 110));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 110));
  });

  it.each([
    ['a folder of its own', 'old/metrics.jsonl-20261130'],
    ['a name that no pattern knows', 'metrics.before.jsonl'],
  ])('has the unread rest of a log that was rotated while nobody looked, in %s', async (_, to) => {
    const bench = open();
    writeFileSync(bench.path(name), lines(1, 100));
    await bench.poll();
    await bench.restart();
    appendFileSync(bench.path(name), lines(101, 150));
    // As `mv` does it from one device to another, a minute after the last line.
    const written = statSync(bench.path(name)).mtimeMs / 1000 - 60;
    copyFileSync(bench.path(name), bench.path(to));
    utimesSync(bench.path(to), written, written);
    unlinkSync(bench.path(name));
    writeFileSync(bench.path(name), lines(151, 160));
    await bench.poll();
    await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, 160));
    expect(bench.gaps).toEqual([]);
  });
});

describe('a log that was rewritten', () => {
  it.each([
    ['trimmed at its head', (text: string) => text.split('\n').slice(60).join('\n')],
    ['trimmed to its last two lines', (text: string) => text.split('\n').slice(-3).join('\n')],
    ['edited in its middle', (text: string) => text.split('\n').toSpliced(50, 1).join('\n')],
    ['cut at its end', (text: string) => `${text.split('\n').slice(0, 40).join('\n')}\n`],
  ])('%s: what was read is not read again', async (_, edit) => {
    for (const how of ['in place', 'as a new file']) {
      const bench = open();
      writeFileSync(bench.path(name), lines(1, 100));
      await bench.poll();
      const edited = edit(held(bench, name));
      if (how === 'as a new file') renameSync(bench.path(name), bench.path('gone'));
      writeFileSync(bench.path(name), edited);
      await bench.poll();
      appendFileSync(bench.path(name), lines(101, 105));
      await bench.poll();
      await bench.restart();
      appendFileSync(bench.path(name), line(106));
      await bench.poll();
      expect(bench.ids).toEqual(ids(1, 106));
    }
  });

  /** @param back so many lines before the last. */
  const changed = (text: string, back: number, into: (line: string) => string[]): string => {
    const all = text.split('\n').slice(0, -1);
    const at = all.length - 1 - back;
    return `${all.toSpliced(at, 1, ...into(all[at] ?? '')).join('\n')}\n`;
  };
  const inOtherWords = (text: string): string[] => [text.replace('an upload', 'a download')];
  const edited = 'lines that were changed before byte';
  const doubled = 'may be counted twice';

  it.each<[string, (text: string) => string, number[], string[]]>([
    ['the last but one changed', (text) => changed(text, 1, inOtherWords), [], [edited]],
    ['the last but two changed', (text) => changed(text, 2, inOtherWords), [], [edited]],
    ['two of the last changed', (text) => changed(changed(text, 1, inOtherWords), 3, inOtherWords), [], [edited]],
    ['a line put before the last', (text) => changed(text, 1, (old) => [old, line(900).trimEnd()]), [], [edited]],
    ['the last but one deleted', (text) => changed(text, 1, () => []), [], []],
    ['the last changed', (text) => changed(text, 0, inOtherWords), [40], [doubled]],
    ['the last two changed', (text) => changed(changed(text, 0, inOtherWords), 1, inOtherWords), [39, 40], [doubled]],
  ])('with %s: no line is counted twice unless that is declared', async (_, edit, again, declared) => {
    for (const how of ['in place', 'as a new file']) {
      const bench = open();
      writeFileSync(bench.path(name), lines(1, 40));
      await bench.poll();
      const text = edit(held(bench, name));
      if (how === 'as a new file') renameSync(bench.path(name), bench.path('gone'));
      writeFileSync(bench.path(name), text + lines(101, 102));
      for (let search = 0; search < 3; search += 1) await bench.poll();
      expect(bench.ids).toEqual([...ids(1, 40), ...again, 101, 102]);
      // Without the line that was read last, lines behind it may have gone with it.
      const reasons = bench.gaps.map(({ reason }) => reason).filter((reason) => !reason.includes('may be lost'));
      expect(reasons).toEqual(declared.map((reason) => expect.stringContaining(reason)));
      expect(bench.gaps.some((gap) => gap.doubled === true)).toBe(declared.includes(doubled));
    }
  });

  it('restored from an older copy and written on: only what is new is read', async () => {
    const bench = open();
    writeFileSync(bench.path(name), lines(1, 50));
    await bench.poll();
    const older = held(bench, name);
    appendFileSync(bench.path(name), lines(51, 100));
    await bench.poll();
    unlinkSync(bench.path(name));
    writeFileSync(bench.path(name), older + lines(101, 110));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 110));
  });

  it('counts no line twice in silence, whichever of the newest lines was changed', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        // Some of the first lines stay: by these it is known again.
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 7, maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('in place', 'by a rename'),
        fc.array(fc.integer({ min: 7, max: 9 }), { maxLength: 3 }),
        async (written, back, how, more) => {
          const bench = open();
          const texts = written.map((id) => line(id));
          writeFileSync(bench.path(name), texts.join(''));
          await bench.poll();
          const at = texts.length - 1 - back;
          texts[at] = `${JSON.stringify({ id: 100, name: 'edited' })}\n`;
          const target = how === 'in place' ? name : 'passing';
          writeFileSync(bench.path(target), texts.join('') + more.map((id) => line(id)).join(''));
          if (how !== 'in place') renameSync(bench.path(target), bench.path(name));
          for (let look = 0; look < 3; look += 1) await bench.poll();
          const timesOf = (all: readonly number[], id: number): number => all.filter((each) => each === id).length;
          const isDoubled = [...written, ...more].some(
            (id) => timesOf(bench.ids, id) > timesOf(written, id) + timesOf(more, id),
          );
          if (isDoubled) expect(bench.gaps.some(({ doubled }) => doubled)).toBe(true);
          const isMissing = more.some((id) => timesOf(bench.ids, id) < timesOf(more, id));
          if (isMissing) expect(bench.gaps.length).toBeGreaterThan(0);
          await bench.dispose();
        },
      ),
      { numRuns: 150 },
    );
  });

  it('with every line changed says that it may be counted twice', async () => {
    const bench = open();
    writeFileSync(bench.path(name), lines(1, 100));
    await bench.poll();
    writeFileSync(bench.path(name), held(bench, name).replaceAll('an upload', 'a download'));
    await bench.poll();
    expect(bench.gaps.map(({ reason }) => reason)).toContainEqual(expect.stringContaining('may be counted twice'));
  });
});

describe('a file that has left', () => {
  it('is read through its open handle when it was compressed and its writer went on', async () => {
    const bench = open();
    writeFileSync(bench.path(name), lines(1, 10));
    await bench.poll();
    const writer = appender(bench, name);
    renameSync(bench.path(name), bench.path(`${name}.1`));
    writeFileSync(bench.path(name), '');
    gzip(bench, `${name}.1`);
    await bench.poll();
    bench.clock += longLater;
    writer.write(lines(11, 15));
    await bench.poll();
    bench.clock += untilLetGo / 2;
    writer.write(line(16));
    await bench.poll();
    writer.close();
    expect(bench.ids).toEqual(ids(1, 16));
    expect(bench.gaps).toEqual([]);
  });

  it('is read on when it was moved away, and when a symlink leads elsewhere', async () => {
    const bench = open('current/metrics.jsonl');
    writeFileSync(bench.path('one/metrics.jsonl'), lines(1, 10));
    writeFileSync(bench.path('two/metrics.jsonl'), lines(101, 110));
    symlinkSync('one', bench.path('current'));
    await bench.poll();
    const writer = appender(bench, 'one/metrics.jsonl');
    unlinkSync(bench.path('current'));
    symlinkSync('two', bench.path('current'));
    await bench.poll();
    for (const id of ids(11, 15)) {
      bench.clock += 3_600_000;
      writer.write(line(id));
      await bench.poll();
    }
    writer.close();
    expect(sorted(bench)).toEqual([...ids(1, 15), ...ids(101, 110)]);
    expect(bench.gaps).toEqual([]);
  });
});

describe('what was written between a copy and the truncation is declared', () => {
  it.each([
    ['when the daemon was stopped meanwhile', async (bench: IngestBench) => bench.restart()],
    [
      'when the daemon was paused meanwhile',
      async (bench: IngestBench) => {
        bench.clock += 5000;
      },
    ],
    [
      'when the truncation came late',
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
      },
    ],
  ])('%s', async (_, meanwhile) => {
    const bench = open('*.jsonl');
    writeFileSync(bench.path(name), lines(1, 20));
    await bench.poll();
    await new Promise((resolve) => setTimeout(resolve, 600));
    await bench.poll();
    copyFileSync(bench.path(name), bench.path(`${name}.1`));
    await meanwhile(bench);
    appendFileSync(bench.path(name), lines(21, 22));
    truncateSync(bench.path(name));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 20));
    expect(bench.gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining('copied and truncated')]);
  });
});

/** The log was written an hour ago, to line `to`, and the ingest has looked at it since. */
async function quietLog(to: number): Promise<IngestBench> {
  const bench = open('*.jsonl');
  writeFileSync(bench.path(name), to === 0 ? line(0) : lines(1, to));
  fallQuiet(bench);
  for (let look = 0; look < 3; look += 1) await bench.poll();
  return bench;
}

async function writeOneByOne(bench: IngestBench, of: readonly number[]): Promise<void> {
  for (const id of of) appendFileSync(bench.path(name), line(id));
  for (let look = 0; look < 2; look += 1) await bench.poll();
}

describe.runIf(process.platform === 'linux')('a line that is written just before the truncation of a quiet log', () => {
  const copied = (bench: IngestBench): void => copyFileSync(bench.path(name), bench.path(`${name}.1`));
  const emptied = (bench: IngestBench): void => truncateSync(bench.path(name));

  it.each<[string, (bench: IngestBench) => void, number[]]>([
    ['alone', () => {}, []],
    ['before many in one write', (bench) => appendFileSync(bench.path(name), lines(31, 40)), ids(31, 40)],
    [
      'before many, one by one',
      (bench) => {
        for (const id of ids(31, 40)) appendFileSync(bench.path(name), line(id));
      },
      ids(31, 40),
    ],
  ])('is declared: %s', async (_, later, read) => {
    const bench = await quietLog(20);
    copied(bench);
    appendFileSync(bench.path(name), line(21));
    emptied(bench);
    later(bench);
    for (let look = 0; look < 3; look += 1) await bench.poll();
    expect(bench.ids).toEqual([...ids(1, 20), ...read]);
    expect(bench.gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining('copied and truncated')]);
  });

  it('is declared with the bytes, where it was seen', async () => {
    const bench = await quietLog(20);
    copied(bench);
    appendFileSync(bench.path(name), line(21).slice(0, 10));
    await bench.poll();
    emptied(bench);
    for (let look = 0; look < 3; look += 1) await bench.poll();
    expect(bench.gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining('10 bytes that were written')]);
  });

  it.each<[string, (bench: IngestBench) => void, number[]]>([
    ['nothing', () => {}, []],
    ['many in one write', (bench) => appendFileSync(bench.path(name), lines(31, 40)), ids(31, 40)],
    [
      'many, one by one',
      (bench) => {
        for (const id of ids(31, 40)) appendFileSync(bench.path(name), line(id));
      },
      ids(31, 40),
    ],
  ])('is missed where there was none: not when %s follows', async (_, later, read) => {
    const bench = await quietLog(0);
    // A writer of one line at a time is known as one once it has written some.
    await writeOneByOne(bench, ids(1, 20));
    copied(bench);
    emptied(bench);
    later(bench);
    for (let look = 0; look < 3; look += 1) await bench.poll();
    expect(bench.ids).toEqual([0, ...ids(1, 20), ...read]);
    expect(bench.gaps).toEqual([]);
  });

  it('is never lost in silence, whatever is written before, meanwhile and afterwards', {
    timeout: 60_000,
  }, async () => {
    const writes = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        writes,
        fc.integer({ min: 0, max: 3 }),
        writes,
        async (isKnown, before, lost, after) => {
          const bench = await quietLog(0);
          let id = 0;
          const write = (count: number): void => {
            appendFileSync(bench.path(name), lines(id + 1, id + count));
            id += count;
          };
          if (isKnown) {
            id = 30;
            await writeOneByOne(bench, ids(1, 30));
          }
          // Who was known by one line at a time goes on so.
          const lengths = (of: readonly number[]) => (isKnown ? of.map(() => 1) : of);
          for (const count of lengths(before)) {
            write(count);
            await bench.poll();
          }
          copied(bench);
          const gone = ids(id + 1, id + lost);
          for (const count of lost === 0 ? [] : isKnown ? gone.map(() => 1) : [lost]) write(count);
          emptied(bench);
          for (const count of lengths(after)) write(count);
          for (let look = 0; look < 3; look += 1) await bench.poll();
          const counted = new Set(bench.ids);
          expect(bench.ids.length).toBe(counted.size);
          expect(ids(1, id).filter((each) => !counted.has(each))).toEqual(gone);
          if (lost > 0) expect(bench.gaps.length).toBe(1);
          await bench.dispose();
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe.runIf(process.platform === 'linux')('a log that is copied and truncated on a busy machine', () => {
  it('loses nothing, and nothing is declared, once its writer is known', async () => {
    const bench = open('*.jsonl*');
    let id = 0;
    const writeOne = (): void => {
      id += 1;
      appendFileSync(bench.path(name), line(id));
    };
    writeFileSync(bench.path(name), '');
    await bench.poll();
    for (let round = 1; round <= 4; round += 1) {
      // The ingest looks so seldom that many lines come between two looks, and behind the truncation.
      for (let count = 0; count < 60; count += 1) writeOne();
      for (let look = 0; look < 2; look += 1) await bench.poll();
      // Some that nobody has read yet are in the copy alone.
      for (let count = 0; round > 1 && count < 7; count += 1) writeOne();
      copyFileSync(bench.path(name), bench.path(`${name}.${round}`));
      truncateSync(bench.path(name));
      for (let count = 0; round % 2 === 0 && count < 20; count += 1) writeOne();
    }
    for (let look = 0; look < 3; look += 1) await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, id));
    expect(bench.gaps).toEqual([]);
  });
});

describe('no loss is declared', () => {
  it.each(['metrics.jsonl.1', 'metrics__2026-11-30.jsonl'])(
    'when a quiet log is copied to %s and truncated',
    async (to) => {
      for (const seen of ['together', 'before']) {
        const bench = open('*.jsonl');
        writeFileSync(bench.path(name), lines(1, 20));
        fallQuiet(bench);
        // The log is looked at four times a second.
        for (let look = 0; look < 2; look += 1) await bench.poll();
        copyFileSync(bench.path(name), bench.path(to));
        if (seen === 'before') await bench.poll();
        truncateSync(bench.path(name));
        await bench.poll();
        appendFileSync(bench.path(name), lines(21, 25));
        await bench.poll();
        expect(bench.ids).toEqual(ids(1, 25));
        expect(bench.gaps).toEqual([]);
      }
    },
  );

  it('when a script copies each generation to the next number', async () => {
    const bench = open();
    writeFileSync(bench.path(name), '');
    for (let round = 0; round < 6; round += 1) {
      appendFileSync(bench.path(name), lines(round * 20 + 1, round * 20 + 20));
      // Its writer was quiet before the copying.
      fallQuiet(bench);
      await bench.poll();
      for (const number of [3, 2, 1]) {
        const from = bench.path(number === 1 ? name : `${name}.${number - 1}`);
        if (round >= number - 1) copyFileSync(from, bench.path(`${name}.${number}`));
        await bench.poll();
      }
      copyFileSync(bench.path(name), bench.path(`${name}.1`));
      truncateSync(bench.path(name));
      await bench.poll();
    }
    expect(bench.ids).toEqual(ids(1, 120));
    expect(bench.gaps).toEqual([]);
  });

  it('when numbers grow', async () => {
    const bench = open();
    for (const round of [0, 1, 2, 3]) {
      writeFileSync(bench.path(name), lines(round * 10 + 1, round * 10 + 10));
      await bench.poll();
      renameSync(bench.path(name), bench.path(`${name}.${round + 5}`));
    }
    writeFileSync(bench.path(name), line(41));
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 41));
    expect(bench.gaps).toEqual([]);
  });
});
