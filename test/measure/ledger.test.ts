import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { after, Ledger } from '../../daemon/measure/ledger.ts';
import type { OutcomeCounts } from '../../daemon/measure/outcomeCounts.ts';
import { Sketch } from '../../daemon/measure/sketch.ts';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import type { Arm } from '../../daemon/protocol/domain/plan.ts';
import { duration, eventTime } from '../../daemon/protocol/domain/units.ts';
import { filePlace } from '../support/filePlace.ts';
import { StoredLedger } from '../support/storedLedger.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { arrivingUploads, stageEvent, streamStart, textLine, upload } from '../support/uploadStream.ts';

const plan = uploadPlan();
const instrument = compileInstrument(plan);
const longPlan = uploadPlan('triggers: [ { id: long, when: "success_rate < 90%", over: 3h, then: review } ]');
const longest = duration(3 * 3_600_000);
const latency = instrument.fields.indexOf('duration_ms');
const arms: readonly Arm[] = ['treatment', 'control'];
const minute = 60_000;
const hour = 60 * minute;

type Outcome = Extract<Observation['reading'], { kind: 'outcome' }>;
const outcomesOf = (observations: readonly Observation[]) =>
  observations.flatMap(({ reading }) => (reading.kind === 'outcome' ? [reading] : []));

/** The content of a window or span, by looking at every outcome there is. */
function bruteForce(outcomes: readonly Outcome[], arm: Arm, inside: (at: number) => boolean) {
  const chosen = outcomes.filter((outcome) => outcome.arm === arm && inside(outcome.at));
  const sketch = new Sketch();
  for (const { fields } of chosen) sketch.add(fields[latency] ?? 0);
  return { n: chosen.length, good: chosen.filter(({ shares }) => shares === 1).length, p95: sketch.quantile(0.95) };
}

function shown(counts: OutcomeCounts) {
  return { n: counts.n, good: counts.good[0], p95: counts.sketchOf(latency).quantile(0.95) };
}

describe('whatever the order of arrival', () => {
  it('a window up to an hour holds exactly the records of (watermark − over, watermark]', () => {
    const over = fc.constantFrom(1000, 90_000, 5 * minute, 30 * minute, hour).map(duration);
    fc.assert(
      fc.property(arrivingUploads, fc.array(over, { minLength: 1, maxLength: 3 }), (observations, lengths) => {
        const ledger = new Ledger(plan, instrument);
        for (const [index, observation] of observations.entries()) {
          ledger.add(observation);
          const watermark = ledger.watermark ?? eventTime(0);
          const sofar = outcomesOf(observations.slice(0, index + 1));
          for (const length of lengths) {
            const window = ledger.window('treatment', length, 'sketches');
            window.moveTo(watermark);
            const inside = (at: number) => at > watermark - length && at <= watermark;
            expect(shown(window.counts)).toEqual(bruteForce(sofar, 'treatment', inside));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('the number of a time’s records is that of its counts, also after a restart and a clock that was set back', () => {
    const edge = fc.integer({ min: -12_000, max: 12_000 });
    fc.assert(
      fc.property(
        arrivingUploads,
        fc.array(fc.tuple(edge, edge), { minLength: 1 }),
        edge,
        (observations, spans, back) => {
          const stored = new StoredLedger(plan, instrument);
          const agree = () => {
            for (const [one, other] of spans) {
              const [from, to] = [Math.min(one, other), Math.max(one, other)].map((at) =>
                eventTime(streamStart + at * 1000),
              );
              if (from === undefined || to === undefined || Math.floor(from / minute) === Math.floor(to / minute))
                continue;
              for (const arm of arms)
                expect(stored.ledger.number(arm, from, to)).toBe(stored.ledger.totals(arm, from, to).n);
            }
          };
          for (const observation of observations) stored.ledger.add(observation);
          agree();
          stored.restart();
          agree();
          stored.ledger.setAside(eventTime(streamStart + back * 1000));
          agree();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a window that was moved ahead by a tick comes back exactly', () => {
    fc.assert(
      fc.property(arrivingUploads, fc.array(fc.integer({ min: 0, max: 4000 })), (observations, ahead) => {
        const ledger = new Ledger(plan, instrument);
        const length = duration(5 * minute);
        for (const [index, observation] of observations.entries()) {
          ledger.add(observation);
          const watermark = ledger.watermark ?? eventTime(0);
          const sofar = outcomesOf(observations.slice(0, index + 1));
          const window = ledger.window('control', length, 'sketches');
          for (const at of [watermark + (ahead[index] ?? 0) * 1000, watermark]) {
            window.moveTo(at);
            expect(shown(window.counts)).toEqual(bruteForce(sofar, 'control', (time) => time > at - length));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a longer window of the plan too, wherever it is moved and across restarts', () => {
    const step = fc.record({
      ahead: fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 9000 })),
      restart: fc.boolean(),
      // A record that comes so late that it lies about the left end of the window.
      late: fc.option(fc.integer({ min: -70, max: 70 })),
    });
    fc.assert(
      fc.property(arrivingUploads, fc.array(step, { minLength: 150, maxLength: 150 }), (observations, steps) => {
        const stored = new StoredLedger(longPlan, instrument);
        const sofar: Outcome[] = [];
        for (const [index, observation] of observations.entries()) {
          const { ahead, restart, late } = steps[index] ?? { ahead: 0, restart: false, late: null };
          const arrived = [observation];
          if (late !== null)
            arrived.push(upload({ second: (observation.reading.at - streamStart) / 1000 - 7200 + late }));
          for (const each of arrived) stored.ledger.add(each);
          sofar.push(...outcomesOf(arrived));
          if (restart) stored.restart();
          else if (index % 4 === 0) stored.commit();
          const watermark = stored.ledger.watermark ?? eventTime(0);
          for (const length of [duration(2 * hour), longest]) {
            const window = stored.ledger.window('treatment', length, 'sketches');
            for (const at of [watermark, watermark + ahead * 1000, watermark]) {
              window.moveTo(at);
              expect(shown(window.counts)).toEqual(bruteForce(sofar, 'treatment', (time) => time > at - length));
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a longer window than the plan has begins at a full minute', () => {
    fc.assert(
      fc.property(arrivingUploads, (observations) => {
        const ledger = new Ledger(plan, instrument);
        const length = duration(2 * hour);
        for (const [index, observation] of observations.entries()) {
          ledger.add(observation);
          const watermark = ledger.watermark ?? eventTime(0);
          const window = ledger.window('treatment', length, 'sketches');
          window.moveTo(watermark);
          const sofar = outcomesOf(observations.slice(0, index + 1));
          const edge = watermark - length;
          const first = Math.floor(edge / minute) * minute;
          const { n } = window.counts;
          expect(n).toBeGreaterThanOrEqual(bruteForce(sofar, 'treatment', (at) => at > edge).n);
          expect(n).toBeLessThanOrEqual(bruteForce(sofar, 'treatment', (at) => at >= first).n);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a stay in a stage holds exactly its own records, followed or summed afterwards', () => {
    const second = fc.integer({ min: 0, max: 4000 });
    fc.assert(
      fc.property(arrivingUploads, second, second, (observations, one, other) => {
        const from = eventTime(streamStart + Math.min(one, other) * 1000);
        const to = eventTime(streamStart + Math.max(one, other) * 1000 + 250);
        const ledger = new Ledger(plan, instrument);
        const span = ledger.follow(from, to);
        for (const observation of observations) ledger.add(observation);
        for (const arm of arms) {
          const expected = bruteForce(outcomesOf(observations), arm, (at) => at >= from && at < to);
          expect(shown(span.arms[arm])).toEqual(expected);
          expect(shown(ledger.totals(arm, from, to))).toEqual(expected);
          const before = bruteForce(outcomesOf(observations), arm, (at) => at < from);
          expect(shown(ledger.totals(arm, null, from))).toEqual(before);
        }
      }),
    );
  });

  it('records, values and samples are counted once each', () => {
    fc.assert(
      fc.property(arrivingUploads, (observations) => {
        const ledger = new Ledger(plan, instrument);
        for (const observation of observations) ledger.add(observation);
        const outcomes = outcomesOf(observations);
        expect(ledger.records).toBe(outcomes.length);
        for (const [value, arm] of [
          ['async', 'treatment'],
          ['sync', 'control'],
        ] as const) {
          const n = outcomes.filter((outcome) => outcome.arm === arm).length;
          expect(ledger.values.execution_type?.[value] ?? 0).toBe(n);
        }
        const sized = outcomes.filter(({ fields }) => Number.isFinite(fields[1]));
        const samples = ledger.samples('gauge:file_size', null, null, 10);
        expect(samples.n).toBe(sized.length);
        const largest = Math.max(Number.NEGATIVE_INFINITY, ...sized.map(({ fields }) => fields[1] ?? 0));
        expect(samples.max).toBe(largest);
      }),
    );
  });
});

describe('set aside', () => {
  const back = fc.record({ after: fc.nat(120), by: fc.oneof(fc.nat(3000), fc.integer({ min: 3000, max: 40_000 })) });

  it('is what is dated later than the clock says: windows, stays and totals are as if it had never come', () => {
    let partial = 0;
    fc.assert(
      fc.property(arrivingUploads, back, (stream, { after: count, by }) => {
        const stored = new StoredLedger(longPlan, instrument);
        const known = stream.slice(0, count);
        const newest = Math.max(streamStart, ...known.map(({ reading }) => reading.at));
        const now = eventTime(newest - by * 1000);
        const stay = eventTime(now - 900_000);
        stored.ledger.follow(stay, null);
        const windows = [duration(5 * minute), duration(hour), duration(3 * hour)];
        for (const observation of known) {
          stored.ledger.add(observation);
          for (const length of windows)
            stored.ledger.window('treatment', length, 'sketches').moveTo(stored.ledger.watermark ?? 0);
        }
        const heldSince = Math.floor((newest - hour) / minute) * minute;
        stored.ledger.setAside(now);
        const whole = Math.floor(now / minute) * minute;
        const isParted = whole >= heldSince;
        if (!isParted) partial += 1;
        const left = outcomesOf(known).filter(({ at }) => at <= now && (isParted || at < whole));
        // Later records are counted as usual; single outcomes are kept from the minute of the clock on.
        const later = [0, 1, 70, 400].map((second) => upload({ second: (now - streamStart) / 1000 + second }));
        for (const observation of later) stored.ledger.add(observation);
        const all = [...left, ...outcomesOf(later)];
        const restarted = () => {
          stored.restart();
          return stored.ledger;
        };
        for (const ledger of [stored.ledger, restarted()]) {
          const at = ledger.watermark ?? eventTime(0);
          expect(at).toBe(Math.max(...all.map((outcome) => outcome.at)));
          expect(shown(ledger.totals('treatment', null, null))).toEqual(bruteForce(all, 'treatment', () => true));
          expect(ledger.values.execution_type?.async ?? 0).toBeLessThanOrEqual(
            outcomesOf(stream).length + later.length,
          );
          for (const length of windows) {
            const window = ledger.window('treatment', length, 'sketches');
            window.moveTo(at);
            const since = length > hour ? Number.NEGATIVE_INFINITY : isParted ? heldSince : whole;
            const inside = (time: number) => time > at - length && time >= since;
            expect(shown(window.counts)).toEqual(bruteForce(all, 'treatment', inside));
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(partial).toBeGreaterThan(20);
  });

  it('of a stay that is followed too, and of lines', () => {
    const ledger = new Ledger(plan, instrument);
    const span = ledger.follow(eventTime(streamStart), null);
    for (const second of [0, 10, 2000]) ledger.add(upload({ second }));
    for (const second of [5, 2000]) ledger.add(textLine(second, 1));
    expect(span.samples('line:critical_errors').n).toBe(2);
    expect(ledger.setAside(eventTime(streamStart + 20_000))).toBe(2);
    expect(span.arms.treatment.n).toBe(2);
    expect(span.samples('line:critical_errors').n).toBe(1);
    expect([ledger.watermark, ledger.lineWatermark]).toEqual([streamStart + 10_000, streamStart + 5000]);
    ledger.add(upload({ second: 30 }));
    ledger.add(textLine(30, 1));
    expect(span.arms.treatment.n).toBe(3);
    expect(span.samples('line:critical_errors').n).toBe(2);
  });
});

describe('a restart', () => {
  it('at any point changes nothing that is counted', () => {
    fc.assert(
      fc.property(arrivingUploads, fc.nat(150), fc.nat(150), (observations, one, other) => {
        const marks = [Math.min(one, other), Math.max(one, other)];
        const straight = new Ledger(plan, instrument);
        const stored = new StoredLedger(plan, instrument);
        for (const [index, observation] of observations.entries()) {
          if (index === marks[0]) {
            for (const ledger of [straight, stored.ledger]) ledger.add(stageEvent(index * 20, 10));
          }
          if (marks.includes(index)) stored.restart();
          for (const ledger of [straight, stored.ledger]) ledger.add(observation);
          if (index % 7 === 0) stored.commit();
          const at = straight.watermark ?? eventTime(0);
          expect(stored.ledger.watermark).toBe(straight.watermark);
          const windows = [straight, stored.ledger].map((ledger) => {
            const window = ledger.window('treatment', duration(5 * minute), 'sketches');
            window.moveTo(at);
            return shown(window.counts);
          });
          expect(windows[1]).toEqual(windows[0]);
        }
        stored.restart();
        const edge = eventTime(streamStart + (marks[0] ?? 0) * 20_000);
        for (const arm of arms) {
          expect(shown(stored.ledger.totals(arm, edge, null))).toEqual(shown(straight.totals(arm, edge, null)));
          expect(shown(stored.ledger.totals(arm, null, edge))).toEqual(shown(straight.totals(arm, null, edge)));
        }
        expect(stored.ledger.values).toEqual(straight.values);
        expect(stored.ledger.records).toBe(straight.records);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps single outcomes no longer than the longest window needs them, in few bytes', () => {
    const stored = new StoredLedger(longPlan, instrument);
    for (let second = 0; second < 12 * 3600; second += 10) {
      stored.ledger.add(upload({ second }));
      if (second % 600 === 0) stored.commit();
    }
    stored.restart();
    const bytes = stored.bytesOf('treatment#');
    // Two hours of them are behind the newest hour.
    expect(bytes).toBeLessThan(2 * 360 * 10 + 12 * 60);
    const window = stored.ledger.window('treatment', longest, 'sketches');
    window.moveTo(streamStart + 12 * 3_600_000);
    expect(window.counts.n).toBe(3 * 360 - 1);
  });

  it('needs only the newest hour of single outcomes', () => {
    const stored = new StoredLedger(plan, instrument);
    for (let second = 0; second < 10 * 3600; second += 30) stored.ledger.add(upload({ second }));
    stored.commit();
    expect(stored.outcomes).toBeLessThanOrEqual(61 * 2);
    expect(stored.outcomes).toBeGreaterThanOrEqual(60 * 2);
    expect(stored.ledger.takeChanges().cells).toEqual([]);
  });
});

it('lines have their own clock and keep their places', () => {
  const ledger = new Ledger(plan, instrument);
  ledger.add(upload({ second: 0 }));
  ledger.add(textLine(7200, 0, 1));
  ledger.add(textLine(7201, 1, 2));
  expect(ledger.watermark).toBe(streamStart);
  expect(ledger.lineWatermark).toBe(streamStart + 7201_000);
  const at = streamStart + 7201_000;
  const found = ledger.samples('line:critical_errors', after(at - 1000), after(at), 10);
  expect(found.newest.map(({ place }) => filePlace(place).line)).toEqual([2]);
});

it('a stamp of the year 1 costs nothing but its cell', () => {
  const ledger = new Ledger(plan, instrument);
  ledger.add(upload({ second: -63_000_000_000 }));
  ledger.add(upload({ second: 0 }));
  expect(ledger.totals('treatment', null, null).n).toBe(2);
  expect(ledger.totals('treatment', eventTime(streamStart - 1e15), null).n).toBe(2);
});

it('too many different values of a field are counted together', () => {
  const ledger = new Ledger(plan, instrument);
  for (let index = 0; index < 1500; index += 1) {
    const { reading, place } = upload({ second: index, arm: null });
    if (reading.kind === 'outcome') ledger.add({ reading: { ...reading, values: [`id-${index}`] }, place });
  }
  const values = ledger.values.execution_type ?? {};
  expect(Object.keys(values)).toHaveLength(1001);
  expect(values['(other)']).toBe(500);
});
