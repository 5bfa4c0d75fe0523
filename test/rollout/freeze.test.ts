import { describe, expect, it } from 'vitest';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { forEver } from '../../daemon/protocol/words/clockText.ts';
import { frozenUntil } from '../../daemon/rollout/freeze.ts';
import { planOf } from './world.ts';

function until(at: string, choices: Parameters<typeof planOf>[0]): string | null {
  const end = frozenUntil(planOf(choices), wallTime(Date.parse(at)));
  if (end === null) return null;
  return end === forEver ? 'for good' : new Date(end).toISOString();
}

describe('a freeze', () => {
  const weekend = ['Fri 15:00 - Mon 08:00'];

  it('forbids from its first instant to just before its end', () => {
    expect(until('2025-11-07T14:59:59.999Z', { deny: weekend })).toBeNull();
    expect(until('2025-11-07T15:00:00Z', { deny: weekend })).toBe('2025-11-10T08:00:00.000Z');
    expect(until('2025-11-10T07:59:59.999Z', { deny: weekend })).toBe('2025-11-10T08:00:00.000Z');
    expect(until('2025-11-10T08:00:00Z', { deny: weekend })).toBeNull();
  });

  it('runs on through windows that touch', () => {
    const deny = [...weekend, 'Mon 07:00 - Mon 12:00', '2025-11-10 12:00 - 2025-11-11 06:00'];
    expect(until('2025-11-08T00:00:00Z', { deny })).toBe('2025-11-11T06:00:00.000Z');
  });

  it('is everything that `allow` does not name, and `deny` wins', () => {
    const allow = ['Mon 09:00 - Mon 17:00', 'Tue 09:00 - Tue 17:00'];
    expect(until('2025-11-10T10:00:00Z', { allow })).toBeNull();
    expect(until('2025-11-10T18:00:00Z', { allow })).toBe('2025-11-11T09:00:00.000Z');
    expect(until('2025-11-10T10:00:00Z', { allow, deny: ['2025-11-10'] })).toBe('2025-11-11T09:00:00.000Z');
  });

  it('may be for good', () => {
    expect(until('2025-11-10T10:00:00Z', { deny: ['Mon - Sun'] })).toBe('for good');
    expect(until('2025-11-10T10:00:00Z', { allow: ['2025-01-01 - 2025-01-31'] })).toBe('for good');
  });

  it('is what cannot be read', () => {
    expect(until('2025-11-10T10:00:00Z', { deny: ['weekends'] })).toBe('for good');
    expect(until('2025-11-10T10:00:00Z', { allow: ['weekdays'] })).toBe('for good');
  });
});
