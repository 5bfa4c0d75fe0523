import { describe, expect, it } from 'vitest';
import { readFreezes } from '../../../daemon/plan/import/freezes.ts';

describe('when nothing changes', () => {
  it.each([
    ['between Friday noon and Monday morning', ['Fri 12:00 - Mon 09:00'], ['“Monday morning”: read as Mon 09:00']],
    [
      'from Thursday evening until Friday morning',
      ['Thu 18:00 - Fri 09:00'],
      ['“Thursday evening”: read as Thu from 18:00', '“Friday morning”: read as Fri 09:00'],
    ],
    ['between Saturday and Sunday night', ['Sat 00:00 - Mon 00:00'], ['“Sunday night”: read as Mon 00:00']],
    ['on Friday afternoons', ['Fri 12:00 - Sat 00:00'], ['“Friday afternoons”: read as Fri from 12:00']],
    ['on Monday mornings', ['Mon 00:00 - Mon 12:00'], ['“Monday mornings”: read as Mon until 12:00']],
    ['on Mondays and Thursdays', ['Mon 00:00 - Tue 00:00', 'Thu 00:00 - Fri 00:00'], []],
    ['from Friday through Sunday', ['Fri 00:00 - Mon 00:00'], []],
    ['Fri 15:00 - Mon 08:00', ['Fri 15:00 - Mon 08:00'], []],
    ['zwischen Freitag 12 Uhr und Montag 9 Uhr', ['Fri 12:00 - Mon 09:00'], []],
  ])('%s', (text, windows, assumed) => {
    expect(readFreezes(`No stage changes ${text}.`, undefined)).toEqual({ windows, rest: [], assumed });
  });
});
