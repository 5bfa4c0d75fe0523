import { afterEach, expect, it, vi } from 'vitest';
import { formatNamed } from '../../../daemon/ingest/formats/kinds.ts';
import { type Reader, scanStart } from '../../../daemon/ingest/formats/scan.ts';
import { Tally, wholeTurn } from '../../../daemon/ingest/formats/tally.ts';
import { eventTime } from '../../../daemon/protocol/domain/units.ts';

afterEach(() => vi.restoreAllMocks());

const counted = () => ({ kind: 'line', at: eventTime(0), matches: 0 }) as const;
const reader: Reader = { record: counted, line: counted, kept: [], reads: ['id'] };
const many = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => of(index)).join(',');

function scanned(format: 'jsonl' | 'csv', text: string): Tally {
  const tally = new Tally('file');
  formatNamed(format).scanner(reader).scan(Buffer.from(text), scanStart, 'open', tally);
  return tally;
}

it.each([
  ['one object', `{"id":1,${many(60_000, (index) => `"k${index}":1`)}}\n`],
  ['many objects', `{"id":1,"of":[${many(30_000, (index) => `{"k${index}":1}`)}]}\n`],
])('a record with the keys of %s is refused by that name, and the next is counted', (_, line) => {
  const { rejected, observations } = scanned('jsonl', `${line}{"id":2}\n`);
  expect(rejected).toEqual({ 'too-many-keys': 1 });
  expect(observations).toHaveLength(1);
});

it('a line of as many keys that are the same again and again is counted: a batch of spans has them', () => {
  const { rejected, observations } = scanned(
    'jsonl',
    `{"id":1,"spans":[${many(20_000, () => '{"name":"a","end":1}')}]}\n`,
  );
  expect(rejected).toEqual({});
  expect(observations).toHaveLength(1);
});

it('a row of more columns than any table has is refused', () => {
  const header = many(5000, (index) => `c${index}`);
  expect(scanned('csv', `${header}\n${many(5000, () => '1')}\n`).rejected).toEqual({ 'too-many-keys': 2 });
});

it.each([
  ['records', '{"id":1}\n'],
  ['blank lines', '\n'],
  ['broken records', '{\n'],
])('a turn of %s ends when its time is up, and goes on where it ended', (_, line) => {
  const bytes = Buffer.from(line.repeat(1000));
  let time = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => time);
  const scanner = formatNamed('jsonl').scanner({
    ...reader,
    get record() {
      return counted;
    },
  });
  const briefly = new Tally('file', { ...wholeTurn, briefly: true });
  time = 11;
  const state = scanner.scan(bytes, scanStart, 'open', briefly);
  expect(state.offset).toBeGreaterThan(0);
  expect(state.offset).toBeLessThan(50 * line.length);
  const whole = new Tally('file');
  expect(scanner.scan(bytes.subarray(state.offset), state, 'open', whole).offset).toBe(bytes.length);
});
