import { describe, expect, it } from 'vitest';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { writtenBy } from '../../daemon/measure/lineStamp.ts';
import { timeReader } from '../../daemon/measure/timeForms.ts';
import { zoneNamed } from '../../daemon/measure/zone.ts';
import { parseDurationText } from '../../daemon/protocol/domain/durationText.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { uploadPlan } from '../support/uploadPlan.ts';

const utc = zoneNamed('UTC');
const near = writtenBy(wallTime(Date.UTC(2026, 0, 6)));

describe('a time', () => {
  it.each<[unknown, string]>([
    ['05/Jan/2026:11:00:00 +0100', '2026-01-05T10:00:00.000Z'],
    ['[05/Jan/2026:10:00:00.538]', '2026-01-05T10:00:00.538Z'],
    ['05-Jan-2026 10:00:00.123', '2026-01-05T10:00:00.123Z'],
    ['Mon, 05 Jan 2026 10:00:00 GMT', '2026-01-05T10:00:00.000Z'],
    ['Monday, 5 January 2026 10:00:00', '2026-01-05T10:00:00.000Z'],
    ['Mon Jan  5 10:00:00 2026', '2026-01-05T10:00:00.000Z'],
    ['Mon Jan  5 10:00:00 UTC 2026', '2026-01-05T10:00:00.000Z'],
    ['Mon Jan 05 11:00:00 +0100 2026', '2026-01-05T10:00:00.000Z'],
    ['Jan 5, 2026, 10:00:00 PM', '2026-01-05T22:00:00.000Z'],
    ['Jan  5 10:00:00', '2026-01-05T10:00:00.000Z'],
    ['0105 10:00:00.123456', '2026-01-05T10:00:00.123Z'],
    ['20260105T100000Z', '2026-01-05T10:00:00.000Z'],
    ['2026-01-05 10:00:00.538442137 +0000 UTC m=+0.123', '2026-01-05T10:00:00.538Z'],
    ['2026-01-05T11:00:00+01:00[Europe/Berlin]', '2026-01-05T10:00:00.000Z'],
    ['2026-01-05 10:00:00,538', '2026-01-05T10:00:00.538Z'],
    [1767607200, '2026-01-05T10:00:00.000Z'],
    ['1767607200538442137', '2026-01-05T10:00:00.538Z'],
    [{ epochSecond: 1767607200, nanoOfSecond: 538442137 }, '2026-01-05T10:00:00.538Z'],
    [{ seconds: '1767607200', nanos: 5 }, '2026-01-05T10:00:00.000Z'],
  ])('%j', (value, expected) => {
    expect(new Date(timeReader(undefined)(value, utc, near) ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each(['noon', '05/13/2026 10:00', '2026-01-05', 'May', '31 Feb 2026 10:00:00', {}, [], null, true])(
    '%j is none',
    (value) => {
      expect(timeReader(undefined)(value, utc, near)).toBe(undefined);
    },
  );

  it.each([
    ['dd.MM.yyyy HH:mm:ss,SSS', '05.01.2026 10:00:00,538', '2026-01-05T10:00:00.538Z'],
    ['MM/dd/yy hh:mm a', '01/05/26 10:00 PM', '2026-01-05T22:00:00.000Z'],
    ["yyyyMMdd'T'HHmmssXXX", '20260105T110000+01:00', '2026-01-05T10:00:00.000Z'],
    ["EEE MMM d HH:mm:ss 'Uhr' yyyy", 'Mon Jan 5 10:00:00 Uhr 2026', '2026-01-05T10:00:00.000Z'],
  ])('by the pattern %s', (pattern, text, expected) => {
    const read = timeReader(pattern);
    expect(new Date(read(text, utc, near) ?? Number.NaN).toISOString()).toBe(expected);
    expect(read(`${text} x`, utc, near)).toBe(undefined);
  });

  it('of a pattern with a letter that stands for nothing is refused', () => {
    expect(() => timeReader('yyyy-MM-ddTHH:mm')).toThrow(/`T` stands for nothing/);
  });
});

describe('a length of time', () => {
  it.each([
    ['12.3ms', 12.3],
    ['1.2 s', 1200],
    ['242.673µs', 0.242673],
    ['1m30.5s', 90_500],
    ['2h', 7_200_000],
    ['150 milliseconds', 150],
    ['PT0.2S', 200],
    ['P1DT1H', 90_000_000],
    ['00:00:00.120', 120],
    ['1.02:00:00.5', 93_600_500],
    ['-5ms', -5],
  ])('%s', (text, milliseconds) => expect(parseDurationText(text)).toBeCloseTo(milliseconds, 9));
  it.each(['', '12', 'ms', '12 parsecs', 'PT', '10:00', '5ms left'])('%s is none', (text) =>
    expect(parseDurationText(text)).toBe(undefined),
  );
});

describe('a number of a record', () => {
  const timestamp = '2026-01-05T10:00:00Z';
  const arrived = wallTime(Date.UTC(2026, 0, 6));
  const numbers = (measure: string, record: object) => {
    const plan = uploadPlan(`measures: { latency: ${measure} }
triggers: []
targets: []
checklists: []
baseline: {}
stages: [ { id: off, percent: 0 } ]`);
    const instrument = compileInstrument(plan);
    const reading = instrument.readRecord(0, { timestamp, ...record }, arrived);
    return { number: reading.kind === 'outcome' ? reading.fields[0] : null, hints: instrument.hints?.(0) };
  };
  it.each<[string, object, number]>([
    ['{ quantile: 0.95, field: took, unit: s }', { took: '242.673ms' }, 0.242673],
    ['{ quantile: 0.95, field: took }', { took: '0.5 s' }, 500],
    ['{ quantile: 0.95, field: took, unit: ms, field_unit: ns }', { took: 242673000 }, 242.673],
    ['{ quantile: 0.95, field: took, unit: ns, field_unit: s }', { took: '0.5' }, 500_000_000],
    [
      '{ quantile: 0.95, field: end - begin, unit: ms }',
      { begin: '2026-01-05T10:00:00.538442Z', end: '2026-01-05T10:00:00.781115Z' },
      242.673,
    ],
    [
      '{ quantile: 0.95, field: end - begin, unit: s }',
      { begin: '1767607200538442137', end: '1767607200781115137' },
      0.242673,
    ],
    ['{ quantile: 0.95, field: end - begin }', { begin: 12.5, end: 20 }, 7.5],
    ['{ quantile: 0.95, field: spans.1.took }', { spans: [{}, { took: 3 }] }, 3],
    ['{ quantile: 0.95, field: a.took }', { a: [{ key: 'took', value: { intValue: '7' } }] }, 7],
    ['{ quantile: 0.95, field: took, where: { kind: a } }', { took: 3, kind: 'a' }, 3],
    ['{ quantile: 0.95, field: took, where: { kind: b } }', { took: 3, kind: 'a' }, Number.NaN],
  ])('%s', (measure, record, expected) => {
    const { number } = numbers(measure, record);
    if (Number.isNaN(expected)) expect(number).toBe(Number.NaN);
    else expect(number).toBeCloseTo(expected, 9);
  });
  it('that is none is told', () => {
    expect(numbers('{ quantile: 0.95, field: took }', { took: '12 parsecs' })).toEqual({
      number: Number.NaN,
      hints: [expect.stringMatching(/"12 parsecs" for `took`, which is no number/)],
    });
    expect(numbers('{ quantile: 0.95, field: took }', { took: 'N/A' }).hints).toEqual([]);
  });
});
