import { expect, it } from 'vitest';
import { seriesOf } from '../../daemon/measure/foldSeries.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { type Range, ranges, seriesParamsFor } from '../../webview/model/chartRange.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart, upload } from '../support/uploadStream.ts';
import { fullRollout } from '../webview/dashboardSamples.ts';

const plan = uploadPlan();
const instrument = compileInstrument(plan);
const minute = 60_000;

/** The answer to the dashboard for a range, `minutes` after the first record of a rollout that began with it. */
function asked(range: Range, minutes: number) {
  const ledger = new Ledger(plan, instrument);
  for (let passed = 0; passed <= minutes; passed += 1) ledger.add(upload({ second: passed * 60 }));
  const view = fullRollout();
  const standing = { ...view.standing, watermark: ledger.watermark };
  const stages = view.stages.map((stage, index) => ({
    ...stage,
    visit: index === 0 && stage.visit !== null ? { ...stage.visit, from: eventTime(streamStart), to: null } : null,
  }));
  const steps = seriesOf(plan, instrument, ledger, seriesParamsFor(range, { ...view, standing, stages }));
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return { step: value.step / minute, points: value.times.length };
  }
}

it.each(ranges)('a rollout of eight minutes is drawn by its minutes, whatever was asked for: %s', (range) => {
  expect(asked(range, 8)).toEqual({ step: 1, points: 9 });
});

it('an hour is drawn by its minutes, a day by ten of them, a rollout as far as a chart can show it', () => {
  expect(asked('hour', 3000).step).toBe(1);
  expect(asked('day', 3000).step).toBe(10);
  expect(asked('whole', 3000).step).toBe(10);
});
