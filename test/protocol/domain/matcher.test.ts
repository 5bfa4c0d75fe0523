import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed } from '../../../daemon/ingest/formats/kinds.ts';
import { byField, keptFields, type Reader, scanStart } from '../../../daemon/ingest/formats/scan.ts';
import { Tally } from '../../../daemon/ingest/formats/tally.ts';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import { compileMatcher } from '../../../daemon/protocol/domain/matcher.ts';
import type { Instrument } from '../../../daemon/protocol/domain/observation.ts';
import type { Matcher } from '../../../daemon/protocol/domain/plan.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';
import { compareVersions } from '../../../daemon/protocol/domain/versionOrder.ts';
import { uploadPlan } from '../../support/uploadPlan.ts';

const absent = undefined;

function matches(expected: Matcher[string], value: unknown, field = 'status', textCells = false): boolean {
  return compileMatcher({ [field]: expected }, textCells, () => 0)([value]);
}

describe('a matcher', () => {
  it.each<[Matcher[string], readonly unknown[], readonly unknown[]]>([
    ['< 500', [200, '200', 499.9, -1, '0'], [500, '500', 'x', '', null, absent, true, {}]],
    ['<500', [200], [500]],
    ['>= 200', [200, '204'], [199.9, 'ok', null]],
    ['200..399', [200, 399, '302'], [199, 400, '400', absent]],
    ['200 .. 399', [200], [400]],
    ['!= 500', [200, '200', 'x', false], [500, '500', null, absent]],
    ['!= 5xx', [200, 499, 600], [500, '599', '5xx', absent]],
    ['2xx', [200, 299, '204', '2xx', '2XX'], [199, 300, '302', 'x', absent]],
    ['/^upload-canary-/', ['upload-canary-1'], ['x-upload-canary-1', null, absent]],
    ['/TIMEOUT/i', ['Timeout after 3 s'], ['time']],
    ['/^[234]/', [200, '302'], [500]],
    ['any', [0, '', null, false, {}], [absent]],
    ['none', [null, absent, 'none'], ['', 0, false, 'x']],
    [
      ['2xx', '!= 500', 304],
      [200, 404, 304, 'x'],
      [500, absent],
    ],
    [{ is: '< 500' }, ['< 500'], [200]],
    [[{ is: 'any' }, 'none'], ['any', null], ['x']],
    [500, [500, '500', '500.0', '5e2'], ['0500', 'x', true]],
    ['500', [500, '500'], ['500.0', 501]],
    ['1.0', ['1.0', 1], ['1']],
    [1, [1, '1'], [true]],
    [true, [true, 'true', 'True'], [1, '1', 'yes']],
    ['true', [true, 'true'], [1, 'True']],
    [null, [null, 'null'], [absent, '', 0]],
    ['02', ['02'], [2, '2']],
    ['v2', ['v2', ['v1', 'v2']], ['v22', ['v1'], []]],
    ['!= v2', [['v1'], 'v1'], [['v1', 'v2'], 'v2']],
  ])('%j', (expected, good, bad) => {
    expect(good.filter((value) => !matches(expected, value))).toEqual([]);
    expect(bad.filter((value) => matches(expected, value))).toEqual([]);
  });

  it('compares versions as versions', () => {
    expect(['1.10', '1.9.1', 'v2', '2.0.0-rc.1'].filter((value) => matches('> 1.9', value, 'service.version'))).toEqual(
      ['1.10', '1.9.1', 'v2', '2.0.0-rc.1'],
    );
    expect(matches('>= 1.10', '1.9', 'version')).toBe(false);
    // Without a name that says so, two numbers with a point are numbers, and three parts are a version.
    expect(matches('>= 1.10', '1.9', 'load')).toBe(true);
    expect(matches('>= 1.10.0', '1.9.9', 'load')).toBe(false);
    expect(matches('< 2.0.0', '2.0.0-rc.1', 'load')).toBe(true);
  });

  it('takes an empty cell of CSV for an absent one', () => {
    expect(matches('none', '', 'status', true)).toBe(true);
    expect(matches('any', '', 'status', true)).toBe(false);
    expect(matches('!= 500', '', 'status', true)).toBe(false);
  });

  it('is linear in what it is held against', () => {
    expect(matches('/^(a+)+$/', `${'a'.repeat(50_000)}b`)).toBe(false);
  });
});

describe('versions', () => {
  const number = fc.integer({ min: 0, max: 12 });
  const core = fc.array(number, { minLength: 1, maxLength: 4 });
  it('are ordered by their numbers', () => {
    fc.assert(
      fc.property(core, core, (one, other) => {
        let expected = 0;
        for (let index = 0; expected === 0 && index < 4; index += 1) {
          expected = Math.sign((one[index] ?? 0) - (other[index] ?? 0));
        }
        expect(Math.sign(compareVersions(one.join('.'), `v${other.join('.')}`) ?? Number.NaN)).toBe(expected);
      }),
    );
  });
  it('before a release are older', () => {
    const order = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
    ];
    const shuffled = [...order].reverse().sort((one, other) => compareVersions(one, other) ?? 0);
    expect(shuffled).toEqual(order);
  });
});

/** The meaning of the forms, by another implementation. */
function oracle(form: string | number, value: unknown): boolean {
  const text = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}` : null;
  const number = typeof value === 'boolean' || text === null || text.trim() === '' ? Number.NaN : Number(text);
  if (typeof form === 'number') return number === form;
  if (form === 'any') return value !== undefined;
  if (form === 'none') return value === undefined || value === null || value === 'none';
  if (form.startsWith('!=')) return value !== undefined && value !== null && !oracle(form.slice(2).trim(), value);
  if (form.startsWith('<')) return number < Number(form.slice(1));
  if (form.startsWith('>=')) return number >= Number(form.slice(2));
  if (form.includes('..')) return number >= Number(form.split('..')[0]) && number <= Number(form.split('..')[1]);
  if (form.endsWith('xx')) return Math.floor(number / 100) === Number(form[0]) || text === form;
  if (form.startsWith('/')) return text?.includes(form.slice(1, -1)) ?? false;
  return text === form;
}

describe('in every way in which records are read', () => {
  const arrived = wallTime(Date.UTC(2026, 0, 1));
  const timestamp = '2025-11-01T10:00:00Z';
  const status = fc.oneof(
    fc.integer({ min: 90, max: 610 }),
    fc.integer({ min: 90, max: 610 }).map(String),
    fc.constantFrom<unknown>(null, true, false, undefined, '', 'ok', 'none', '2xx', '5xx', 'Zeitüberschreitung', 'a"b'),
  );
  const form = fc.oneof(
    fc
      .integer({ min: 90, max: 610 })
      .chain((limit) =>
        fc.constantFrom<string | number>(limit, `< ${limit}`, `>= ${limit}`, `!= ${limit}`, `${limit}..${limit + 99}`),
      ),
    fc.constantFrom<string | number>('any', 'none', '2xx', '!= 5xx', '/0/', 'ok'),
  );

  it('a form means the same', () => {
    fc.assert(
      fc.property(
        fc.array(form, { minLength: 1, maxLength: 3 }),
        fc.array(status, { minLength: 1, maxLength: 20 }),
        (forms, statuses) => {
          const plan = uploadPlan(
            JSON.stringify({
              measures: { success_rate: { share: { status: forms } } },
              arms: { treatment: { timestamp: 'any' } },
              stages: [{ id: 'off', percent: 0 }],
              triggers: [],
              baseline: {},
              targets: [],
              checklists: [],
            }),
          );
          const instrument = compileInstrument(plan);
          const records = statuses.map((value) => ({ timestamp, status: value }));
          const expected = statuses.map((value) => (forms.some((each) => oracle(each, value)) ? 1 : 0));
          const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
          expect(sharesOf(text, instrument, true)).toEqual(expected);
          expect(sharesOf(text, instrument, false)).toEqual(expected);
        },
      ),
    );
  });

  function sharesOf(text: string, instrument: Instrument, fast: boolean): readonly number[] {
    const reader: Reader = {
      record: (record) => instrument.readRecord(0, record, arrived),
      line: () => ({ kind: 'rejected', reason: 'invalid-json' }),
      kept: keptFields(instrument),
      ...(fast ? byField(instrument, 0, () => arrived) : {}),
    };
    const tally = new Tally('file');
    formatNamed('jsonl').scanner(reader).scan(Buffer.from(text), scanStart, 'whole', tally);
    return Array.from(tally.observations, ({ reading }) => (reading.kind === 'outcome' ? reading.shares : Number.NaN));
  }
});
