import { expect, it } from 'vitest';
import { readFreezes } from '../../daemon/guide/parts/freezes.ts';

it.each([
  ['Do not start on Fridays', 'Fri 00:00 - Sat 00:00'],
  ['No changes Fri 15:00 - Mon 08:00', 'Fri 15:00 - Mon 08:00'],
  ['no deploys after 16:00 on Fridays', 'Fri 16:00 - Sat 00:00'],
  ['No ramp between 22:00 and 06:00', '22:00 - 06:00'],
  ['Nothing from Friday afternoon until Monday morning', 'Fri 12:00 - Mon 09:00'],
  ['Éviter : lundi matin, vendredi soir, week-ends', 'Mon 00:00 - Mon 12:00', 'Fri 18:00 - Mon 00:00'],
  ['Nicht freitags ab 14 Uhr', 'Fri 14:00 - Sat 00:00'],
  ['not on weekends', 'Sat 00:00 - Mon 00:00'],
  ['Freeze: 20 Dec - 3 Jan', '2025-12-20 - 2026-01-03'],
  ['Ask legal first'],
])('%s', (text, ...windows) => {
  expect(readFreezes(text, '2025-12-01').windows).toEqual(windows);
});
