import { expect, it } from 'vitest';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { uploadPlan } from '../support/uploadPlan.ts';

const now = wallTime(Date.UTC(2025, 10, 2, 9));
const timestamp = '2025-11-02T08:59:00Z';

it('a field that is missing, or 1 for true, is told once for each share that it makes a failure of', () => {
  const instrument = compileInstrument(uploadPlan());
  const hints = (record: object) => {
    instrument.readRecord(0, { timestamp, ...record }, now);
    return instrument.hints?.(0);
  };
  expect(hints({ execution_type: 'async', success: true, fallback_used: false })).toEqual([]);
  expect(hints({ execution_type: 'async', success: 'True', fallback_used: false })).toEqual([]);
  expect(hints({ execution_type: 'async', success: false, fallback_used: true })).toEqual([]);
  // The share is of the treatment.
  expect(hints({ execution_type: 'sync', success: 1 })).toEqual([]);
  const missing = 'some records of the treatment have no `fallback_used` and count as failures of success_rate';
  expect(hints({ execution_type: 'async', success: true })).toEqual([missing]);
  const one =
    'some records of the treatment say 1 for `success`, which is no boolean, and count as failures of success_rate';
  expect(hints({ execution_type: 'async', success: 1, fallback_used: false })).toEqual([missing, one]);
  expect(hints({ execution_type: 'async', success: 0 })).toEqual([missing, one]);
});
