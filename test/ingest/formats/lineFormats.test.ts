import { describe, expect, it } from 'vitest';
import { formatNamed, formatOf } from '../../../daemon/ingest/formats/kinds.ts';
import { accessLogs } from '../../../daemon/ingest/formats/lines/accessLogs.ts';
import { patternLogs } from '../../../daemon/ingest/formats/lines/patternLogs.ts';
import { readsTwice } from '../../../daemon/ingest/formats/repeatedJsonKeys.ts';
import { type Reader, scanStart } from '../../../daemon/ingest/formats/scan.ts';
import { Tally } from '../../../daemon/ingest/formats/tally.ts';
import { writtenBy } from '../../../daemon/measure/lineStamp.ts';
import { timeReader } from '../../../daemon/measure/timeForms.ts';
import { zoneNamed } from '../../../daemon/measure/zone.ts';
import type { FileSource as Source } from '../../../daemon/protocol/domain/sourceKinds.ts';
import { eventTime, wallTime } from '../../../daemon/protocol/domain/units.ts';

const near = writtenBy(wallTime(Date.UTC(2026, 0, 6)));

/** The findings of a scanner, in one go and byte by byte. */
function scanned(source: Partial<Source> & { file: string }, text: string) {
  const read = (cut: number) => {
    const records: unknown[] = [];
    const reader: Reader = {
      record: (record) => {
        records.push({ ...record });
        return { kind: 'line', at: eventTime(0), matches: 0 };
      },
      line: () => ({ kind: 'rejected', reason: 'invalid-json' }),
      kept: [],
      reads: ['status', 'time'],
    };
    const scanner = formatOf(source).scanner(reader);
    const bytes = Buffer.from(text);
    const tally = new Tally('file');
    let state = scanStart;
    for (let end = cut; end < bytes.length + cut; end += cut) {
      const last = end >= bytes.length;
      state = scanner.scan(
        bytes.subarray(state.offset, Math.min(end, bytes.length)),
        state,
        last ? 'whole' : 'open',
        tally,
      );
    }
    return { records, rejected: tally.rejected, ignored: tally.ignored, line: state.line };
  };
  const whole = read(Math.max(1, text.length * 4));
  expect(read(7)).toEqual(whole);
  return whole;
}

describe('each format reads the lines that its program writes', () => {
  const examples = Object.entries({ ...accessLogs, ...patternLogs }).flatMap(([name, { examples: lines }]) =>
    lines.map((line) => [name, line] as const),
  );
  it.each(examples)('%s: %s', (name, line) => {
    const record = formatNamed(name as keyof typeof accessLogs)
      .lines('')
      .record(line);
    expect(record).not.toBe(null);
    const { time, start } = record as { time?: string; start?: string };
    // Compose may leave the time to the message, and Rails to its formatter.
    if (name === 'compose' && time === undefined) return;
    const at = timeReader(undefined)(time ?? start, zoneNamed('UTC'), near) ?? 0;
    expect(new Date(at).toISOString()).toMatch(/^2026-01-05T10:00:0[01]/);
    expect({ ...record }).toMatchSnapshot();
  });

  it.each(Object.keys({ ...accessLogs, ...patternLogs }))('%s finds nothing in a line of another kind', (name) => {
    expect(
      formatNamed(name as keyof typeof accessLogs)
        .lines('')
        .record('upstream prematurely closed connection'),
    ).toBe(null);
  });
});

describe('a pattern of the plan', () => {
  const source = {
    file: 'app.log',
    record: '/ variant=(?P<variant>\\w+) status=(?P<status>\\d{3})/',
    skip: ['Started', '/^\\s/'],
  };
  it('makes a record of a line, and tells of one that it does not fit', () => {
    const text = 'x variant=a status=200\nStarted\n  at here\nx variant=b status=OK\n\nx variant=b status=500\n';
    expect(scanned(source, text)).toMatchObject({
      records: [
        { variant: 'a', status: '200' },
        { variant: 'b', status: '500' },
      ],
      rejected: { 'no-match': 1 },
      ignored: 2,
    });
  });
  it('is refused where it is none, or names no field', () => {
    expect(() => formatOf({ ...source, record: '/(/' }).lines('')).toThrow(/no pattern in RE2|not a pattern/);
    expect(() => formatOf({ ...source, record: '/ok/' }).lines('')).toThrow(/names no field/);
  });
});

describe('the columns of a W3C log', () => {
  it('are those of the newest header, whatever stands before it', () => {
    const text =
      '#Version: 1.0\n#Fields: date time sc-status\n2026-01-05 10:00:00 200\n#Fields: sc-status x\n404 -\n1 2 3\n';
    expect(scanned({ file: 'u_ex.log', format: 'w3c' }, text)).toMatchObject({
      records: [{ date: '2026-01-05', time: '10:00:00', 'sc-status': '200' }, { 'sc-status': '404' }],
      rejected: { 'wrong-columns': 1 },
    });
  });
});

describe('documents of JSON', () => {
  it.each([
    ['an array', '[\n {"status":1},\n {"status":2}\n]\n'],
    ['one after the other', '{"status":1}{"status":2}'],
    ['over lines', '{\n "status": 1\n}\n{\n "status":2, "text": "}{\\"" }'],
  ])('%s', (_, text) => {
    const { records, rejected } = scanned({ file: 'a.json', format: 'json' }, text);
    expect(records.map((record) => (record as { status: number }).status)).toEqual([1, 2]);
    expect(rejected).toEqual({});
  });
  it('that are cut off or hold something else are told', () => {
    expect(scanned({ file: 'a.json', format: 'json' }, '[{"status":1},x,{"status":').rejected).toEqual({
      'invalid-json': 1,
      partial: 1,
    });
  });
});

describe('CSV', () => {
  it('has its columns from the plan where it has no header', () => {
    const source = { file: 'a.csv', columns: ['time', 'status'] };
    expect(scanned(source, '2026-01-05 10:00;200\n2026-01-05 10:01;500\n').records).toMatchObject([
      { time: '2026-01-05 10:00', status: 200 },
      { time: '2026-01-05 10:01', status: 500 },
    ]);
  });
  it('may begin with what a spreadsheet is told, and a title', () => {
    const found = scanned({ file: 'a.csv' }, 'sep=;\n# made by hand\nUploads of January\ntime;status\n1;200\n');
    expect(found).toMatchObject({ records: [{ time: 1, status: 200 }], rejected: {}, ignored: 3 });
  });
});

describe('a key that comes twice', () => {
  it.each([
    ['{"requestId":1,"requestId":2,"status":200}', ['status'], false],
    ['{"status":1,"status":2}', ['status'], true],
    ['{"a":{"status":1,"status":2}}', ['status'], false],
    ['{"a":{"status":1,"status":2}}', ['a.status'], true],
    ['{"a":{"b":1},"a":{"status":2}}', ['a.status'], true],
    ['{"spans":[{"status":1,"status":2}]}', ['*.status'], true],
    ['{"spans":[{"x":1,"x":2}]}', ['*.status', 'spans[]'], true],
    ['{"sta\\u0074us":1,"status":2}', ['status'], true],
    ['{"x":"\\"status\\":1","status":2}', ['status'], false],
  ])('%s matters to a plan that reads %s: %s', (text, reads, matters) => {
    expect(readsTwice(text, reads)).toBe(matters);
  });
});

describe('a line of JSON that Python wrote', () => {
  it('may say NaN and Infinity', () => {
    expect(scanned({ file: 'a.jsonl' }, '{"status": NaN, "low": -Infinity, "text": "NaN"}\n').records).toEqual([
      { status: 'NaN', low: '-Infinity', text: 'NaN' },
    ]);
  });
});
