import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { occurrencesNear, parseFreezeWindow } from '../../../daemon/protocol/domain/freezeWindow.ts';

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'] as const;

function windowOf(text: string) {
  const parsed = parseFreezeWindow(text);
  if ('message' in parsed) throw new Error(parsed.message);
  return parsed;
}

/** The stay that holds the instant, as ISO times. */
function stay(text: string, at: string, zone: string): readonly [string, string] | null {
  const instant = Date.parse(at);
  const found = occurrencesNear(windowOf(text), instant, zone).find(({ from, to }) => from <= instant && instant < to);
  return found === undefined ? null : [new Date(found.from).toISOString(), new Date(found.to).toISOString()];
}

describe('a freeze window', () => {
  it('is read in the forms that people write', () => {
    expect(windowOf('Fri 15:00 - Mon 08:00')).toEqual({
      kind: 'weekly',
      from: { weekday: 5, minute: 900 },
      to: { weekday: 1, minute: 480 },
    });
    expect(windowOf('friday 15:00 – monday 08:00')).toEqual(windowOf('Fri 15:00 to Mon 08:00'));
    expect(windowOf('Sat - Sun')).toEqual({
      kind: 'weekly',
      from: { weekday: 6, minute: 0 },
      to: { weekday: 0, minute: 1440 },
    });
    expect(windowOf('Sat')).toEqual({
      kind: 'weekly',
      from: { weekday: 6, minute: 0 },
      to: { weekday: 6, minute: 1440 },
    });
    expect(windowOf('22:00 - 06:00')).toEqual({ kind: 'daily', from: 1320, to: 360 });
    expect(windowOf('2025-12-24 - 2026-01-02')).toEqual({
      kind: 'dates',
      from: { year: 2025, month: 12, day: 24, minute: 0 },
      to: { year: 2026, month: 1, day: 2, minute: 1440 },
    });
    expect(windowOf('2025-12-24 18:00 - 2025-12-25')).toMatchObject({ from: { minute: 1080 }, to: { minute: 1440 } });
  });

  it.each([
    '',
    'Friday evening',
    'Fri 15:00',
    'Fri 25:00 - Mon 08:00',
    'Fri 24:00 - Mon 08:00',
    'Fri 15:60 - Mon 08:00',
    'Fri 15:00 - 2025-12-24',
    'Fri 15:00 - Fri 15:00',
    '10:00 - 10:00',
    '2025-13-01 - 2025-12-24',
    '2025-02-30 - 2025-12-24',
    '2026-01-02 - 2025-12-24',
    'Fri 15:00 - Mon 08:00 - Tue 09:00',
    'Xyz 10:00 - Mon 08:00',
  ])('refuses %j with the correct form', (text) => {
    const parsed = parseFreezeWindow(text);
    expect(parsed).toMatchObject({ message: expect.stringContaining('Fri 15:00 - Mon 08:00') });
  });

  it('is in the plan’s time zone', () => {
    expect(stay('Fri 15:00 - Mon 08:00', '2025-11-07T14:30:00Z', 'Europe/Berlin')).toEqual([
      '2025-11-07T14:00:00.000Z',
      '2025-11-10T07:00:00.000Z',
    ]);
    expect(stay('Fri 15:00 - Mon 08:00', '2025-11-07T14:30:00Z', 'UTC')).toBeNull();
    expect(stay('22:00 - 06:00', '2025-11-07T04:00:00Z', 'America/New_York')).toEqual([
      '2025-11-07T03:00:00.000Z',
      '2025-11-07T11:00:00.000Z',
    ]);
    expect(stay('2025-12-24 - 2025-12-24', '2025-12-24T22:59:59Z', 'Europe/Berlin')).not.toBeNull();
    expect(stay('2025-12-24 - 2025-12-24', '2025-12-24T23:00:00Z', 'Europe/Berlin')).toBeNull();
  });

  it('follows the clocks when they change', () => {
    // Berlin goes back from 03:00 to 02:00 on 26 October 2025, and forward from 02:00 to 03:00 on 30 March 2025.
    expect(stay('Fri 15:00 - Mon 08:00', '2025-10-25T12:00:00Z', 'Europe/Berlin')).toEqual([
      '2025-10-24T13:00:00.000Z',
      '2025-10-27T07:00:00.000Z',
    ]);
    expect(stay('01:00 - 02:30', '2025-10-26T00:45:00Z', 'Europe/Berlin'), '02:30 comes twice').toEqual([
      '2025-10-25T23:00:00.000Z',
      '2025-10-26T01:30:00.000Z',
    ]);
    expect(stay('01:00 - 02:30', '2025-03-30T00:59:00Z', 'Europe/Berlin'), '02:30 does not come').toEqual([
      '2025-03-30T00:00:00.000Z',
      '2025-03-30T01:30:00.000Z',
    ]);
  });

  it('holds exactly when the local clock lies between its ends, away from changes of the clock', () => {
    const weekday = fc.constantFrom('Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat');
    const minute = fc.integer({ min: 0, max: 1439 });
    const instant = fc.integer({ min: Date.UTC(2025, 5, 1), max: Date.UTC(2025, 7, 31) });
    fc.assert(
      fc.property(
        weekday,
        minute,
        weekday,
        minute,
        instant,
        fc.constantFrom(...zones),
        (one, from, other, to, at, zone) => {
          fc.pre(one !== other || from !== to);
          const local = new Intl.DateTimeFormat('en-GB', {
            timeZone: zone,
            weekday: 'short',
            hour: '2-digit',
            minute: '2-digit',
          }).formatToParts(at);
          const part = (type: string) => local.find((each) => each.type === type)?.value ?? '';
          const ofWeek = (day: string, minutes: number) =>
            ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(day) * 1440 + minutes;
          const clock = ofWeek(part('weekday'), Number(part('hour')) * 60 + Number(part('minute')));
          const [start, end] = [ofWeek(one, from), ofWeek(other, to)];
          const inside = start < end ? start <= clock && clock < end : clock >= start || clock < end;
          const held = stay(`${one} ${clockOf(from)} - ${other} ${clockOf(to)}`, new Date(at).toISOString(), zone);
          expect(held !== null).toBe(inside);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function clockOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
