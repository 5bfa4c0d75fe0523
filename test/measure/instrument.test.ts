import { describe, expect, it } from 'vitest';
import { fieldOf } from '../../daemon/measure/fieldPath.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { uploadPlan } from '../support/uploadPlan.ts';

const arrived = wallTime(Date.UTC(2025, 10, 1, 10));
const timestamp = '2025-11-01T09:59:58.123456';
const at = Date.UTC(2025, 10, 1, 9, 59, 58) + 123.456;
const instrument = compileInstrument(uploadPlan());
const read = (record: Record<string, unknown>) => instrument.readRecord(0, record, arrived);
const record = { execution_type: 'async', success: true, fallback_used: false, duration_ms: 12.5, timestamp };

describe('a record', () => {
  it('of an arm carries its shares, its numbers and the values of the arms', () => {
    expect(instrument.shares).toEqual(['success_rate']);
    expect(instrument.fields).toEqual(['duration_ms', 'file_size_mb']);
    expect(instrument.valueFields).toEqual(['execution_type']);
    expect(read(record)).toEqual({
      kind: 'outcome',
      at,
      arm: 'treatment',
      shares: 1,
      fields: [12.5, Number.NaN],
      values: ['async'],
    });
    expect(read({ ...record, execution_type: 'sync_fallback', fallback_used: true })).toMatchObject({
      arm: 'treatment',
      shares: 0,
    });
    expect(read({ ...record, execution_type: 'sync', success: false })).toMatchObject({ arm: 'control', shares: 0 });
  });

  it('carries its own values of the arms too where the source says its arm', () => {
    const plan = uploadPlan();
    const [source, ...others] = plan.sources;
    const fixed = compileInstrument({ ...plan, sources: [{ ...source, arm: 'treatment' } as never, ...others] });
    for (const kind of ['async', 'sync', 'other']) {
      const reading = fixed.readRecord(0, { ...record, execution_type: kind }, arrived);
      expect(reading).toMatchObject({ arm: 'treatment', values: [kind] });
    }
  });

  it('carries the number of its request where the source says which field names it', () => {
    const plan = uploadPlan();
    const [source, ...others] = plan.sources;
    const withUnit = compileInstrument({ ...plan, sources: [{ ...source, unit: 'request_id' } as never, ...others] });
    const unit = (id: unknown) => {
      const reading = withUnit.readRecord(0, { ...record, request_id: id }, arrived);
      return reading.kind === 'outcome' ? reading.unit : null;
    };
    expect(unit('a-1')).toBe(unit('a-1'));
    expect(unit(12)).toBe(unit('12'));
    const ids = Array.from({ length: 20_000 }, (_, index) => unit(`request-${index}`));
    expect(new Set(ids).size).toBe(ids.length);
    expect(unit(null)).toBeUndefined();
    expect(read({ ...record, request_id: 'a-1' })).not.toHaveProperty('unit');
  });

  it('carries one number for its values of the strata where the plan has some', () => {
    const stratified = compileInstrument({ ...uploadPlan(), strata: ['size_class', 'provider'] });
    const stratum = (values: object) => {
      const reading = stratified.readRecord(0, { ...record, ...values }, arrived);
      return reading.kind === 'outcome' ? reading.stratum : null;
    };
    const of = (size: unknown, provider: unknown) => stratum({ size_class: size, provider });
    expect(of('large', 'a')).toBe(of('large', 'a'));
    const all = [
      of('large', 'a'),
      of('large', 'b'),
      of('small', 'a'),
      of('large,a', ''),
      of('large', null),
      stratum({}),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(stratum({ size_class: 'large' })).toBe(of('large', null));
    expect(read(record)).not.toHaveProperty('stratum');
  });

  it('of neither arm still counts, and so does one without the numbers', () => {
    expect(read({ ...record, execution_type: 'dry' })).toMatchObject({ arm: null, values: ['dry'] });
    expect(read({ timestamp })).toMatchObject({ kind: 'outcome', arm: null, shares: 0, values: [null] });
    expect(read({ ...record, duration_ms: 'n/a' })).toMatchObject({
      kind: 'outcome',
      fields: [Number.NaN, Number.NaN],
    });
    expect(read({ ...record, duration_ms: Number.POSITIVE_INFINITY })).toMatchObject({
      fields: [Number.NaN, Number.NaN],
    });
    expect(read({ ...record, duration_ms: '12.5' })).toMatchObject({ fields: [12.5, Number.NaN] });
  });

  it('that the plan ignores or that tells the stage is not an outcome', () => {
    expect(read({ ...record, event_type: 'note' })).toEqual({ kind: 'ignored', at });
    expect(read({ ...record, event_type: null, timestamp: 'never' })).toEqual({ kind: 'ignored', at: null });
    expect(read({ event_type: 'rollout_stage', percentage: 10, timestamp })).toEqual({
      kind: 'stage',
      at,
      percent: 10,
    });
    expect(read({ event_type: 'rollout_stage', percentage: '50', timestamp })).toMatchObject({ percent: 50 });
  });

  it.each([
    ['no-time', { execution_type: 'async' }],
    ['no-time', { ...record, timestamp: null }],
    ['invalid-time', { ...record, timestamp: 'noon' }],
    ['invalid-time', { ...record, timestamp: [timestamp] }],
    ['future', { ...record, timestamp: '2025-11-01T10:05:00.001' }],
    ['invalid-number', { event_type: 'rollout_stage', timestamp }],
    ['invalid-number', { event_type: 'rollout_stage', percentage: 101, timestamp }],
    ['no-time', { event_type: 'rollout_stage', percentage: 10 }],
    ['future', { event_type: 'rollout_stage', percentage: 10, timestamp: '2025-11-02' + 'T00:00:00' }],
  ])('is rejected as %s', (reason, rejected) => {
    expect(read(rejected)).toEqual({ kind: 'rejected', reason });
  });

  it('five minutes ahead is a clock, not the future', () => {
    expect(read({ ...record, timestamp: '2025-11-01T10:05:00' })).toMatchObject({ kind: 'outcome' });
  });

  it('with fields that every object inherits has nothing of them', () => {
    const odd = compileInstrument(uploadPlan('arms: { treatment: { constructor: any }, control: { toString: x } }'));
    expect(odd.readRecord(0, { timestamp }, arrived)).toMatchObject({ arm: null, values: [null, null] });
  });

  it('is read by paths through its objects, where it has no field of that very name', () => {
    const nested = compileInstrument(
      uploadPlan(`
sources: [ { file: m.jsonl, time: { field: at.utc } } ]
arms: { treatment: { request.path: new }, control: { request.path: old } }
measures: { ok: { share: { result.ok: true } }, latency: { quantile: 0.5, field: result.ms } }
stages: [ { id: off, percent: 0 } ]
baseline: {}
triggers: []`),
    );
    const of = (more: object) => nested.readRecord(0, { at: { utc: timestamp }, ...more }, arrived);
    expect(of({ request: { path: 'new' }, result: { ok: true, ms: 7 } })).toMatchObject({
      kind: 'outcome',
      arm: 'treatment',
      shares: 1,
      fields: [7],
      values: ['new'],
    });
    expect(of({ request: { path: 'new' }, 'request.path': 'old', result: [] })).toMatchObject({
      arm: 'control',
      shares: 0,
      fields: [Number.NaN],
    });
    expect(of({ request: 'new', result: null })).toMatchObject({ arm: null, shares: 0 });
    const dotted = { 'result.timing': { ok: false }, result: { 'timing.ok': true } };
    expect(fieldOf(dotted, 'result.timing.ok')).toBe(true);
    expect(fieldOf({ result: { constructor: 1 } }, 'result.toString')).toBeUndefined();
    expect(nested.readRecord(0, { at: timestamp }, arrived)).toEqual({ kind: 'rejected', reason: 'no-time' });
  });
});

describe('values', () => {
  const arm = (treatment: string, value: unknown, format = 'jsonl') => {
    const plan = uploadPlan(`
sources: [ { file: m.${format}, format: ${format} } ]
arms: { treatment: { field: ${treatment} } }
measures: {}
stages: [ { id: off, percent: 0 } ]
triggers: []`);
    const reading = compileInstrument(plan).readRecord(
      0,
      value === undefined ? { timestamp } : { timestamp, field: value },
      arrived,
    );
    return reading.kind === 'outcome' && reading.arm === 'treatment';
  };

  it.each([
    ['true', true, true],
    ['true', 1, false],
    ['true', 'true', true],
    ['true', 'True', true],
    ['true', 'yes', false],
    ['1', 1, true],
    ['1', true, false],
    ['1', '1', true],
    ['1', '1.0', true],
    ['"1"', '1', true],
    ['"1"', 1, true],
    ['"true"', true, true],
    ['null', null, true],
    ['null', undefined, false],
    ['null', '', false],
    ['[1, two, null]', 'two', true],
    ['[1, two, null]', null, true],
    ['[1, two, null]', 2, false],
    ['any', null, true],
    ['any', undefined, false],
    ['any', { deep: 1 }, true],
    ['two', { toString: 'two' }, false],
  ])('the plan says %s, the record %s: %s', (wanted, value, matches) => {
    expect(arm(wanted, value)).toBe(matches);
  });

  it('an empty column of CSV is absent', () => {
    expect(arm('any', '', 'csv')).toBe(false);
    expect(arm('null', '', 'csv')).toBe(true);
    expect(arm('any', 'x', 'csv')).toBe(true);
  });

  it('a number or a boolean is matched by a text of the plan that says so', () => {
    expect(arm('"true"', true, 'csv')).toBe(true);
    expect(arm('"False"', false, 'csv')).toBe(true);
    expect(arm('"true"', false, 'csv')).toBe(false);
    expect(arm('"true"', true, 'jsonl')).toBe(true);
    expect(arm('"2"', 2, 'csv')).toBe(true);
    expect(arm('[new, "2.50"]', 2.5, 'csv')).toBe(true);
    expect(arm('"02"', '02', 'csv')).toBe(true);
    expect(arm('"2"', 3, 'csv')).toBe(false);
    expect(arm('"02"', 2, 'csv')).toBe(false);
    expect(arm('" "', 0, 'csv')).toBe(false);
    expect(arm('"2"', 2, 'jsonl')).toBe(true);
  });
});

describe('a line', () => {
  const line = (text: string) => instrument.readLine(1, text, arrived);

  it('has its own time or that of its arrival', () => {
    expect(line('2025-11-01 09:59:58,123 INFO fine')).toEqual({ kind: 'line', at: Math.floor(at), matches: 0 });
    expect(line('INFO fine')).toEqual({ kind: 'line', at: arrived, matches: 0, untimed: true });
    expect(line('2025-11-01 10:06:00 CRITICAL')).toEqual({ kind: 'rejected', reason: 'future' });
  });

  it.each([
    ['CRITICAL: boom', 1],
    ['level=FATAL', 1],
    ['UNCRITICAL', 0],
    ['CRITICAL_PATH is fine', 0],
    ['CRITICALITY, then CRITICAL', 1],
    ['critical', 0],
  ])('%s', (text, matches) => {
    expect(line(text)).toMatchObject({ matches });
  });

  it('matches patterns in linear time, and words with odd edges anywhere', () => {
    const plan = uploadPlan(`
measures:
  odd: { lines: ["[!]", "/(a+)+$/", "/time(d)? out/"] }
  other: { lines: [x], source: "other.log" }
stages: [ { id: off, percent: 0 } ]
triggers: []
sources: [ { file: app.log }, { file: logs/other.log } ]`);
    const odd = compileInstrument(plan);
    expect(odd.readLine(0, 'a[!]b', arrived)).toMatchObject({ matches: 1 });
    expect(odd.readLine(0, 'request timed out', arrived)).toMatchObject({ matches: 1 });
    expect(odd.readLine(0, `${'a'.repeat(20_000)}!`, arrived)).toMatchObject({ matches: 0 });
    expect(odd.readLine(0, 'x', arrived)).toMatchObject({ matches: 0 });
    expect(odd.readLine(1, 'x', arrived)).toMatchObject({ matches: 2 });
  });
});

it('a plan that cannot be measured by is refused in one line', () => {
  const bare = 'stages: [ { id: off, percent: 0 } ]\ntriggers: []\n';
  const broken = uploadPlan(`${bare}measures: { odd: { lines: ["/(/"] } }`);
  expect(() => compileInstrument(broken)).toThrow(/measures\.odd\.lines: \/\(\/ is not a pattern/);
  expect(() => compileInstrument(uploadPlan('timezone: Mars/Olympus\nsources: [ { file: a.log } ]'))).toThrow(
    /Mars\/Olympus/,
  );
});
