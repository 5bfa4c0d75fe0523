import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filePlace } from '../../support/filePlace.ts';
import { appender, gzip, ids, line, lines, longLater, open, sorted, standing, untilLetGo } from './tailedFile.ts';

/** Rows 16 to 23 of the fault matrix: what a line is, on real files. */

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

  it('row 17: it is joined when the rest comes, however long the pause and whatever the file is called by then', async () => {
    const bench = open();
    const writer = appender(bench, 'metrics.jsonl');
    writer.write(line(1) + line(2).slice(0, 9));
    await bench.poll();
    renameSync(bench.path('metrics.jsonl'), bench.path('metrics.jsonl.1'));
    writeFileSync(bench.path('metrics.jsonl'), line(3));
    for (const pause of [longLater, 60_000, 3_600_000]) {
      bench.clock += pause;
      await bench.poll();
    }
    writer.write(line(2).slice(9) + line(4).slice(0, 9));
    await bench.poll();
    bench.clock += longLater;
    await bench.restart();
    await bench.poll();
    writer.write(line(4).slice(9));
    writer.close();
    await bench.poll();
    expect(sorted(bench)).toEqual(ids(1, 4));
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
    gzip(bench, 'metrics.jsonl.1');
    await bench.poll();
    expect(bench.rejected).toEqual({});
    bench.clock += untilLetGo;
    await bench.poll();
    expect(bench.rejected).toEqual({ partial: 1 });
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
    expect(filePlace(bench.observations[0]?.place).offset).toBe(3);
    expect(bench.rejected).toEqual({});
  });

  it('row 20: a byte order mark in the middle of a joined file is skipped', async () => {
    const bench = open();
    writeFileSync(bench.path('metrics.jsonl'), `\ufeff${line(1)}\ufeff${line(2)}${line(3)}`);
    await bench.poll();
    expect(bench.ids).toEqual([1, 2, 3]);
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

  it.each(['jsonl', 'csv'])(
    'row 21: NUL bytes at the end of a live %s file are held, and what fills them is read',
    async (ending) => {
      const bench = open(`metrics.${ending}`);
      const text = (from: number, to: number) =>
        ending === 'jsonl'
          ? lines(from, to)
          : ids(from, to)
              .map((id) => `${id},x\n`)
              .join('');
      const descriptor = openSync(bench.path(`metrics.${ending}`), 'w');
      ftruncateSync(descriptor, 9_000_000);
      const head = ending === 'csv' ? 'id,name\n' : '';
      const whole = head + text(1, 60_000);
      let written = 0;
      // In pieces that end inside lines, one of them larger than one read.
      for (const end of [100, 101, 5000, 5000, 1_500_000, whole.length]) {
        const piece = whole.slice(written, end);
        writeSync(descriptor, piece, written);
        written = Math.max(written, end);
        await bench.poll();
        await bench.poll();
        const complete = whole.slice(0, written).split('\n').length - 1 - (head === '' ? 0 : 1);
        expect(bench.ids.length).toBe(Math.max(0, complete));
        if (end === 5000) await bench.restart();
      }
      closeSync(descriptor);
      expect(bench.ids).toEqual(ids(1, 60_000));
      expect(bench.rejected).toEqual({});
      expect(bench.ingest.health()[0]?.lag).toBe(0);
    },
  );

  it('row 21: those at the end of a rotated file are nothing', async () => {
    const bench = open();
    const file = bench.path('metrics.jsonl');
    for (const size of [2000, 3_000_000]) {
      writeFileSync(file, line(size));
      truncateSync(file, size);
      await bench.poll();
      renameSync(file, `${file}.${size}`);
    }
    writeFileSync(file, line(3));
    await bench.poll();
    bench.clock += longLater;
    await bench.poll();
    await bench.poll();
    expect(sorted(bench)).toEqual([3, 2000, 3_000_000]);
    expect(bench.rejected).toEqual({});
    expect(bench.ingest.health()[0]?.files.map(({ file: name }) => name)).toEqual(['metrics.jsonl']);
  });

  it('row 21: a hole of gigabytes is one run, and the half line before it is no record', async () => {
    const bench = open();
    const file = bench.path('metrics.jsonl');
    writeFileSync(file, `${line(1)}{"id":2`);
    truncateSync(file, 3_000_000_001);
    appendFileSync(file, `}\n${line(3)}`);
    await bench.poll();
    expect(bench.ids).toEqual([1, 3]);
    expect(bench.rejected).toEqual({ 'nul-bytes': 1 });
    expect(filePlace(bench.observations[1]?.place).line).toBe(3);
  });

  it.skipIf(spawnSync('python3', ['--version']).status !== 0)(
    'row 21: what a memory-mapped writer writes is read, although neither size nor times change',
    async () => {
      const bench = open();
      const file = bench.path('metrics.jsonl');
      writeFileSync(file, '');
      truncateSync(file, 4 * 1024 * 1024);
      const mapped =
        'import mmap,sys; f=open(sys.argv[1],"r+b"); m=mmap.mmap(f.fileno(),0); print("mapped",flush=True)';
      const writing =
        'for text in sys.stdin.buffer: at=m.find(b"\\0"); m[at:at+len(text)]=text; print("written",flush=True)';
      const writer = spawn('python3', ['-c', `${mapped}\n${writing}`, file], { stdio: ['pipe', 'pipe', 'inherit'] });
      onTestFinished(() => void writer.kill());
      const told = writer.stdout[Symbol.asyncIterator]();
      await told.next();
      for (const id of ids(1, 5)) {
        writer.stdin.write(line(id));
        await told.next();
        await bench.poll();
        expect(bench.ids).toEqual(ids(1, id));
      }
    },
  );

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
    expect(filePlace(bench.observations.at(-1)?.place).line).toBe(6);
    expect(bench.rejected).toEqual({ 'too-long': 2 });
  });

  it('row 23: what JSON.parse takes wrongly is rejected and counted by reason', async () => {
    const bench = open();
    const bad = [
      '{"id":1,"name":"x"',
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
      '{"id":7,"other":NaN,"said":"NaN, \\"Infinity"}',
      '{"id":8,"other":[-Infinity,-1e999]}',
      '',
    ];
    writeFileSync(bench.path('metrics.jsonl'), `${[...bad, ...good].join('\n')}\n`);
    await bench.poll();
    expect(bench.ids).toEqual(ids(1, 8));
    expect(bench.rejected).toEqual({
      'invalid-json': 1,
      'invalid-number': 1,
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
