import { expect, it } from 'vitest';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart, textLine, upload } from '../support/uploadStream.ts';

const minutesPerDay = 24 * 60;
const days = 3 * 365;
/** A record of each arm and a log line at these minutes of every other hour. */
const minutesWithRecords = [0, 12];
const perDay = 12 * minutesWithRecords.length;
const retention = 'retention: { by_minute: 7d, by_hour: 60d }';

it('three years of a rollout keep no more rows and cells than the plan says, and lose no sum', () => {
  const plan = uploadPlan(retention);
  const instrument = compileInstrument(plan);
  const store = openStore(temporaryDirectory());
  let ledger = new Ledger(plan, instrument);
  let good = 0;
  let afterSplit = 0;
  /** A stage begins in the middle of a minute, two years before the end. */
  const begun = eventTime(streamStart + 365 * minutesPerDay * 60_000 + 7 * 60_000 + 31_000);
  const sizes: number[] = [];

  function commit(day: number): void {
    const { cells, outcomes, replaces, keepSince } = ledger.takeChanges();
    store.commit({
      rollout: plan.id,
      cells,
      outcomes,
      replacesOutcomes: replaces,
      keepOutcomesSince: keepSince,
      journal: [{ at: wallTime(day), attempt: 1, body: { kind: 'daemon', detail: `day ${day}` } }],
      receipt: {
        key: `key-${day}`,
        outcome: { kind: 'done', revision: day, message: 'done' },
        at: wallTime(day * 86_400_000),
      },
      durable: false,
    });
  }

  function restart(): void {
    const { cells, outcomes, keptSince } = store.load(plan.id);
    ledger = Ledger.restore(plan, instrument, cells, outcomes, keptSince);
  }

  for (let day = 0; day < days; day += 1) {
    for (let record = 0; record < perDay; record += 1) {
      const hour = 2 * Math.floor(record / minutesWithRecords.length);
      const minute = 60 * hour + (minutesWithRecords[record % minutesWithRecords.length] ?? 0);
      const second = (day * minutesPerDay + minute) * 60;
      const isGood = record % 10 !== 0;
      const at = streamStart + second * 1000;
      if (at >= begun && afterSplit === 0) ledger.splitAt(begun);
      ledger.add(upload({ second, good: isGood }));
      ledger.add(upload({ second: second + 1, arm: 'control' }));
      ledger.add(textLine(second + 2, minute === 0 ? 1 : 0));
      good += isGood ? 1 : 0;
      if (at >= begun) afterSplit += 1;
    }
    commit(day);
    if (day % 91 === 90) restart();
    if (day % 365 === 364) sizes.push(store.load(plan.id).cells.length);
  }

  const rows = store.load(plan.id).cells;
  const series = new Set(rows.map((row) => row.series)).size;
  const minutes = 7 * perDay;
  // A block that is being rolled up, and the hours around the begin of the stage.
  const slack = 2 * 24 + perDay;
  const most = series * (minutes + 60 * 24 + days + slack);
  expect(rows.length).toBeLessThan(most);
  expect(ledger.size).toBeLessThan(most);
  // A year more is no more than its days, of each series.
  const [first = 0, second = 0, third = 0] = sizes;
  expect(second - first).toBeLessThanOrEqual(series * (365 + slack));
  expect(third - second).toBeLessThanOrEqual(series * (365 + slack));

  const whole = ledger.totals('treatment', null, null);
  expect([whole.n, whole.good[0]]).toEqual([days * perDay, good]);
  expect(ledger.totals('treatment', begun, null).n).toBe(afterSplit);
  expect(ledger.number('treatment', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe(whole.n);
  expect(ledger.records).toBe(2 * whole.n);
  expect(ledger.samples('line:critical_errors', null, null, 0).n).toBe(days);
  restart();
  expect(ledger.totals('treatment', begun, null).n).toBe(afterSplit);
  expect(ledger.totals('treatment', null, null).good[0]).toBe(good);

  expect([...store.events(plan.id)]).toHaveLength(days);
  expect(store.receipt(plan.id, `key-${days - 1}`)).not.toBeNull();
  expect(store.receipt(plan.id, `key-${days - 1000}`)).not.toBeNull();
  expect(store.receipt(plan.id, 'key-0')).toBeNull();
  store.close();
});
