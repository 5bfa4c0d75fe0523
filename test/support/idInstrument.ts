import type { Instrument, Reading } from '../../daemon/protocol/domain/observation.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';

/**
 * An instrument that keeps one number per record, its `id`, so that a test can tell which lines were counted. A text
 * line's id is the first number in it.
 */
export const idInstrument: Instrument = {
  shares: [],
  fields: ['id'],
  lines: ['critical'],
  valueFields: ['name'],
  readRecord(_source, record): Reading {
    if (record.event_type !== undefined) return { kind: 'ignored', at: null };
    const { id, name } = record;
    if (typeof id !== 'number') return { kind: 'rejected', reason: 'no-time' };
    const values = [typeof name === 'string' ? name : null];
    return { kind: 'outcome', at: eventTime(id), arm: 'treatment', shares: 0, fields: [id], values };
  },
  readLine(_source, line, arrived): Reading {
    const id = /\d+/.exec(line)?.[0];
    const at = eventTime(id === undefined ? arrived : Number(id));
    return { kind: 'line', at, matches: line.includes('CRITICAL') ? 1 : 0 };
  },
};
