import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed } from '../../daemon/ingest/formats/kinds.ts';
import { type Ending, paddingStart, type Reader, type ScanState, scanStart } from '../../daemon/ingest/formats/scan.ts';
import { Tally } from '../../daemon/ingest/formats/tally.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { filePlace } from '../support/filePlace.ts';

type Format = 'jsonl' | 'csv' | 'text';
type Counted = { readonly record: unknown; readonly line: number; readonly offset: number };
type Result = { readonly counted: Counted[]; readonly rejected: Record<string, number>; readonly state: ScanState };

/** Feeds the bytes in the given pieces, as a growing file would show them. */
function scan(
  format: Format,
  bytes: Buffer,
  cuts: readonly number[] = [],
  ending: Ending = 'open',
  start: ScanState = scanStart,
): Result {
  const counted: unknown[] = [];
  const keep = (record: unknown) => {
    if (format === 'csv' && typeof (record as { id: unknown }).id === 'string')
      return { kind: 'rejected', reason: 'no-time' } as const;
    counted.push(record);
    return { kind: 'line', at: eventTime(0), matches: 0 } as const;
  };
  const reader: Reader = { record: keep, line: keep, kept: ['id'] };
  const scanner = formatNamed(format).scanner(reader);
  const places: { line: number; offset: number }[] = [];
  const rejected: Record<string, number> = {};
  let state = start;
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
  for (const [index, end] of ends.entries()) {
    for (;;) {
      const tally = new Tally('file');
      const last = index === ends.length - 1;
      const next = scanner.scan(bytes.subarray(state.offset, end), state, last ? ending : 'open', tally);
      places.push(...Array.from(tally.observations, ({ place }) => filePlace(place)));
      for (const [reason, count] of Object.entries(tally.rejected)) rejected[reason] = (rejected[reason] ?? 0) + count;
      const moved = next.offset > state.offset;
      state = next;
      if (!moved) break;
    }
  }
  return {
    counted: counted.map((record, index) => ({ record, ...(places[index] ?? { line: 0, offset: 0 }) })),
    rejected,
    state,
  };
}

const piece = fc.oneof(
  fc.constantFrom(
    '{"id":1}',
    '{"id":2,"id":3}',
    '"',
    '""',
    ',',
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    '\0',
    '\0\0\0',
    'é',
    '🙂',
    '\u2028',
    ' ',
  ),
  fc.constantFrom('a,b\n', '1,2\n', '"x\ny",3\n', 'true', '[[', '\\', '\ufeff', '{', '}'),
  fc.string({ maxLength: 8 }),
);
const content = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join('')));
const cuts = fc.array(fc.nat(400), { maxLength: 12 });

describe.each(['jsonl', 'csv', 'text'] as const)('%s', (format) => {
  it('gives the same records, places and rejects however the bytes arrive', () => {
    fc.assert(
      fc.property(content, cuts, fc.constantFrom<Ending>('open', 'cut', 'whole'), (bytes, at, ending) => {
        expect(scan(format, bytes, at, ending)).toEqual(scan(format, bytes, [], ending));
      }),
      // The likeliest separator may change while the header is incomplete.
      { numRuns: 1000, examples: [[Buffer.from(';{"id":2,"id":3};'), [14], 'open']] },
    );
  });

  it('places every record where it stands', () => {
    fc.assert(
      fc.property(content, (bytes) => {
        for (const { line, offset } of scan(format, bytes).counted) {
          expect(['0', '10', '191', undefined]).toContain(bytes[offset - 1]?.toString());
          expect(bytes.subarray(0, offset).filter((byte) => byte === 0x0a).length).toBe(line - 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('holds what is unfinished and nothing more', () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const { state } = scan(format, bytes);
        if (format !== 'csv') expect(bytes.subarray(state.offset).includes(0x0a)).toBe(false);
        expect(scan(format, bytes, [], 'cut').state.offset).toBe(paddingStart(bytes));
      }),
      { numRuns: 500 },
    );
  });
});

describe('jsonl', () => {
  it('accepts any JSON object as JSON.parse reads it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })),
        fc.constantFrom(0, 1),
        (object, indent) => {
          const text = JSON.stringify(object, null, indent).replaceAll('\n', ' ');
          const { counted, rejected } = scan('jsonl', Buffer.from(`${text}\n`));
          expect(rejected).toEqual({});
          expect(counted.map(({ record }) => record)).toEqual([JSON.parse(text)]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('rejects a duplicate key wherever it stands, however it is written', () => {
    const spaces = fc.constantFrom('', ' ', '\t', '  ');
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }),
        fc.nat(),
        spaces,
        (object, index, space) => {
          const keys = Object.keys(object);
          const key = keys[index % keys.length] ?? '';
          const whole = JSON.stringify(object);
          const text = `${whole.slice(0, -1)},${space}${JSON.stringify(key)}${space}:${space}"a: \\" :b"}`;
          expect(scan('jsonl', Buffer.from(`${text}\n`)).rejected).toEqual({ 'duplicate-key': 1 });
          expect(scan('jsonl', Buffer.from(`{"outer":[${text}]}\n`)).rejected).toEqual({ 'duplicate-key': 1 });
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('csv', () => {
  const cell = fc.oneof(
    fc.constantFrom('', 'a', 'a,b', 'say "x"', 'two\nlines', 'cr\r\nlf', 'Grüße'),
    fc.string({ maxLength: 6 }),
  );
  const written = (text: string, quoted: boolean): string =>
    quoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

  it('reads back what RFC 4180 writes', () => {
    const rows = fc.array(fc.tuple(cell, cell, cell, fc.boolean()), { maxLength: 10 });
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n'), (data, end) => {
        const usable = data.filter(
          (row) => !row.some((text) => text === true || (text !== false && text.includes('\0'))),
        );
        const text = usable.map(([one, two, three, quoted]) =>
          [`x${one}`, `x${two}`, `x${three}`].map((value) => written(value, quoted)).join(','),
        );
        const bytes = Buffer.from(['one,two,"three, quoted"', ...text].map((row) => row + end).join(''));
        const { counted, rejected } = scan('csv', bytes);
        expect(rejected).toEqual({});
        expect(counted.map(({ record }) => ({ ...(record as object) }))).toEqual(
          usable.map(([one, two, three]) => ({ one: `x${one}`, two: `x${two}`, 'three, quoted': `x${three}` })),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('gives numbers and booleans as such, and everything else as text', () => {
    const text = 'id,ok,name,empty\n1.5,true,007,\n-2e3,False,+1,\n"3","TRUE","1,5",""\n';
    const { counted } = scan('csv', Buffer.from(text));
    expect(counted.map(({ record }) => ({ ...(record as object) }))).toEqual([
      { id: 1.5, ok: true, name: '007', empty: '' },
      { id: -2000, ok: false, name: '+1', empty: '' },
      { id: 3, ok: true, name: '1,5', empty: '' },
    ]);
  });

  it('separates cells by what the header does, and then reads the decimal comma', () => {
    const scanned = (text: string) =>
      scan('csv', Buffer.from(text)).counted.map(({ record }) => Object.values(record as object));
    const semicolons = 'id;"a;b,c,d";ms\r\n1;"x;y";12,5\r\n2;1.250,5;-0,25\r\n';
    expect(scanned(semicolons)).toEqual([
      [1, 'x;y', 12.5],
      [2, '1.250,5', -0.25],
    ]);
    expect(scanned('id\tname, in full\tms\n1\ta, b\t1,5\n')).toEqual([[1, 'a, b', '1,5']]);
    expect(scanned('id,name;title\n1,a;b\n')).toEqual([[1, 'a;b']]);
    // A header that comes in two pieces.
    expect(scan('csv', Buffer.from(semicolons), [3]).counted.length).toBe(2);
    expect(scan('csv', Buffer.from(semicolons), [3]).state.separator).toBe(';');
  });

  it('rejects a row with too few or too many cells, and a number that a double cannot hold where the plan keeps it', () => {
    const text = 'id,other\n1\n1,2,3\n4,9007199254740993\n9007199254740993,5\n1e999,6\n7,8\n';
    const { counted, rejected } = scan('csv', Buffer.from(text));
    expect(rejected).toEqual({ 'wrong-columns': 2, 'invalid-number': 1 });
    expect(counted.map(({ line }) => line)).toEqual([4, 6, 7]);
  });

  it('loses one line to a stray quote, not what follows it', () => {
    const text = 'id,name\n1,a\n2,"b\n3,c\n4,d\n5,"e" x\n6,f"g\n7,h\n';
    const { counted, rejected } = scan('csv', Buffer.from(text));
    expect(counted.map(({ line }) => line)).toEqual([2, 4, 5, 7, 8]);
    expect(rejected).toEqual({ 'wrong-columns': 2 });
  });

  it('gives up a row over several lines that does not fit the header behind its first line', () => {
    const { counted, rejected } = scan('csv', Buffer.from('id,name\n1,a\n2,"b\n3,c\n4,d",x\n5,e\n'));
    expect(counted.map(({ line }) => line)).toEqual([2, 4, 6]);
    expect(rejected).toEqual({ 'wrong-columns': 2 });
  });

  it('does not wait for ever for the end of a stray quote', () => {
    const rows = Array.from({ length: 150_000 }, (_, index) => `${index},some text\n`);
    const { counted, rejected } = scan('csv', Buffer.from(`id,name\n"${rows.join('')}`));
    expect(counted.length).toBe(rows.length - 1);
    expect(rejected).toEqual({ 'too-long': 1 });
  });

  it('takes spaces for layout where the header has them, and columns without a name for none', () => {
    const rows = 'id, name, "note",,\n 1, a b , "x, y",,\n2,"c",d,,7\n';
    const { counted, rejected } = scan('csv', Buffer.from(rows));
    expect(counted.map(({ record }) => ({ ...(record as object) }))).toEqual([
      { id: 1, name: 'a b', note: 'x, y' },
      { id: 2, name: 'c', note: 'd' },
    ]);
    expect(rejected).toEqual({});
    expect(scan('csv', Buffer.from('id,name\n1, a \n')).counted[0]?.record).toMatchObject({ name: ' a ' });
  });

  const rowsOf = (text: string, columns: readonly string[] | null = null) => {
    const { counted, rejected, state } = scan('csv', Buffer.from(text), [], 'open', {
      ...scanStart,
      columns: columns && [...columns],
    });
    return { ids: counted.map(({ record }) => (record as { id: unknown }).id), rejected, columns: state.columns };
  };

  it('skips its header when that comes again, and takes another one in its place', () => {
    const again = rowsOf('id,name\n1,a\nid,name\n2,b\n\ufeffid,name\n3,c\n');
    expect(again).toEqual({ ids: [1, 2, 3], rejected: {}, columns: ['id', 'name'] });
    const other = rowsOf('id,name\n1,a\nname;id;more\nb;2;x\n');
    expect(other).toEqual({ ids: [1, 2], rejected: {}, columns: ['name', 'id', 'more'] });
  });

  it('goes on with the header of the file before, unless its first row is one', () => {
    const before = ['id', 'name'];
    expect(rowsOf('1,a\n2,b\n', before)).toEqual({ ids: [1, 2], rejected: {}, columns: before });
    expect(rowsOf('\0\0\0\n\n1,a\n', before)).toEqual({ ids: [1], rejected: { 'nul-bytes': 1 }, columns: before });
    expect(rowsOf('id,name\n1,a\n', before)).toEqual({ ids: [1], rejected: {}, columns: before });
    expect(rowsOf('name,id\na,1\n', before)).toEqual({ ids: [1], rejected: {}, columns: ['name', 'id'] });
  });

  it('takes no record for a header, whatever it holds', () => {
    const value = fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.constantFrom('id', 'a', 'name')), { minLength: 1 }), (rows) => {
        const text = rows.map((row) => `${row.join(',')}\n`).join('');
        expect(rowsOf(text, ['id', 'name']).columns).toEqual(['id', 'name']);
      }),
    );
    expect(rowsOf('7,a\n8,b\nid,name\n1,a\n')).toEqual({
      ids: [1],
      rejected: { 'no-header': 2 },
      columns: ['id', 'name'],
    });
  });

  it('takes hostile column names as names', () => {
    const { counted } = scan('csv', Buffer.from('__proto__,constructor\n1,2\n'));
    const record = counted[0]?.record as Record<string, unknown>;
    expect(Object.entries(record)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    expect(scan('csv', Buffer.from('id,id\n1,2\n')).rejected).toEqual({ 'duplicate-key': 1 });
  });
});

describe('the end of a finished file', () => {
  it.each([
    ['jsonl', '{"id":1}\n{"id":2}', 2, {}],
    ['jsonl', '{"id":1}\n{"id":2', 1, { partial: 1 }],
    ['csv', 'id,name\n1,a\n2,b', 2, {}],
    ['csv', 'id,name\n1,a\n2', 1, { partial: 1 }],
    ['csv', 'id,name\n1,a\n2,"b', 1, { partial: 1 }],
    ['text', 'one\ntwo', 2, {}],
    ['text', 'one\n', 1, {}],
  ] as const)('%s %j: %d records', (format, text, count, rejected) => {
    const result = scan(format, Buffer.from(text), [], 'whole');
    expect(result.counted.length).toBe(count);
    expect(result.rejected).toEqual(rejected);
  });
});
