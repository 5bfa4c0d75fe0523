import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Voices } from '../../daemon/judge/voices.ts';
import { duration, eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';

const minute = 60_000;
const limit = duration(15 * minute);
const start = Date.UTC(2026, 0, 5, 10);
const visit = { attempt: 1, stage: 'ten', percent: percent(10), to: null, override: null };

it('one of several files of a text source that is gone is noticed, however quiet the others are', () => {
  const logs = fc.uniqueArray(fc.constantFrom('a.log', 'b.log', 'c.log', 'd.log'), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(logs, fc.nat(3), fc.integer({ min: 1, max: 600 }), fc.boolean(), (names, which, quiet, entered) => {
      const voices = new Voices();
      const gone = names[which % names.length] ?? '';
      for (const log of names) voices.hearLog(0, log, 3, eventTime(start), eventTime(start + minute));
      let now = start + minute;
      const pass = (length: number, there: readonly string[]) => {
        for (let passed = 0; passed < length; passed += 5) {
          now += 5 * minute;
          voices.noteThere(0, new Set(there), wallTime(now));
        }
      };
      pass(quiet, names);
      // A new stay does not forget a log that is quiet.
      if (entered)
        voices.enter(
          { ...visit, from: eventTime(now) },
          () => limit,
          () => true,
        );
      expect(voices.goneLog(0, wallTime(now), limit)).toBeNull();
      const rest = names.filter((log) => log !== gone);
      pass(25, rest);
      expect(voices.goneLog(0, wallTime(now), limit)?.log).toBe(gone);
      // A person went on all the same, or it is back.
      if (entered)
        voices.enter(
          { ...visit, stage: 'half', from: eventTime(now) },
          () => limit,
          () => true,
        );
      else pass(5, names);
      pass(25, entered ? rest : names);
      expect(voices.goneLog(0, wallTime(now), limit)).toBeNull();
    }),
  );
});

it('a source without any file is no matter of one of them: its freshness tells that', () => {
  const voices = new Voices();
  voices.hearLog(0, 'app.log', 3, eventTime(start), eventTime(start + minute));
  for (let passed = 0; passed < 60; passed += 1) voices.noteThere(0, new Set(), wallTime(start + passed * minute));
  expect(voices.goneLog(0, wallTime(start + 60 * minute), limit)).toBeNull();
});

it('a log of each day that is deleted in the end is not missed: a later one has taken its place', () => {
  const voices = new Voices();
  const day = 24 * 60 * minute;
  for (let index = 0; index < 10; index += 1) {
    const from = start + index * day;
    voices.hearLog(0, `app-${index}.log`, 5, eventTime(from), eventTime(from + 20 * 60 * minute));
    const there = Array.from({ length: 3 }, (_, back) => `app-${index - back}.log`);
    for (let passed = 0; passed < day; passed += 60 * minute) {
      voices.noteThere(0, new Set(there), wallTime(from + passed));
      expect(voices.goneLog(0, wallTime(from + passed), limit)).toBeNull();
    }
  }
});

it('of any number of logs, a bounded number is remembered, those that were heard last, and a gone one of them is told', () => {
  const voices = new Voices();
  const names = Array.from({ length: 5000 }, (_, index) => `pod-${index}.log`);
  for (const [index, log] of names.entries()) {
    voices.hearLog(0, log, 3, eventTime(start), eventTime(start + index));
  }
  const kept = voices.memory.logs[0]?.voices.map(({ log }) => log) ?? [];
  expect(kept).toEqual(names.slice(-kept.length));
  expect(JSON.stringify(voices.memory).length).toBeLessThan(200_000);
  const rest = new Set(names.slice(0, -1));
  voices.noteThere(0, rest, wallTime(start));
  expect(voices.goneLog(0, wallTime(start + 25 * minute), limit)?.log).toBe(names.at(-1));
  voices.restore(voices.memory);
  expect(voices.memory.logs[0]?.voices.length).toBe(kept.length);
});
