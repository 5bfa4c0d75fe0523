import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TrailingScope } from '../../daemon/judge/scope.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { after, Ledger } from '../../daemon/measure/ledger.ts';
import { resolveMeasure } from '../../daemon/measure/resolvedMeasure.ts';
import { duration, eventTime } from '../../daemon/protocol/domain/units.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { arrivingUploads, streamStart } from '../support/uploadStream.ts';

const plan = uploadPlan();
const instrument = compileInstrument(plan);
const latency = instrument.fields.indexOf('duration_ms');
const hour = 3_600_000;

const measureName = Object.entries(plan.measures).find(([, measure]) => 'quantile' in measure)?.[0] ?? '';
const measure = resolveMeasure(plan, instrument, measureName);
const since = fc.integer({ min: -hour, max: 3 * hour }).map((from) => eventTime(streamStart + from));
/** What is done after a record: nothing, a look some time before or after the newest record, or the clock is set back. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'record' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('look' as const), by: fc.integer({ min: -hour, max: hour }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('back' as const), by: fc.integer({ min: 0, max: hour }) }) },
);

it('a window that begins with the exposure holds what the ledger sums over it, whoever else asks for the same', () => {
  fc.assert(
    fc.property(
      arrivingUploads,
      fc.array(step, { maxLength: 40 }),
      fc.array(since, { minLength: 1, maxLength: 3 }),
      (uploads, steps, sinces) => {
        const ledger = new Ledger(plan, instrument);
        const scopes = [duration(2 * hour), duration(7 * hour)].map((over) => new TrailingScope(ledger, over, measure));
        for (const [index, upload] of uploads.entries()) {
          ledger.add(upload);
          const at = steps[index % Math.max(1, steps.length)] ?? { kind: 'record' };
          const newest = ledger.watermark ?? streamStart;
          if (at.kind === 'back') ledger.setAside(eventTime(newest - at.by));
          const to = eventTime(at.kind === 'look' ? newest + at.by : newest);
          const from = sinces[index % sinces.length] ?? eventTime(streamStart);
          for (const scope of scopes) {
            scope.moveTo(to, from);
            if (!scope.isCut) continue;
            for (const arm of ['treatment', 'control'] as const) {
              const counts = scope.counts(arm);
              const summed = ledger.totals(arm, from, after(to));
              expect([counts.n, counts.good, counts.sketchOf(latency).quantile(0.95)]).toEqual([
                summed.n,
                summed.good,
                summed.sketchOf(latency).quantile(0.95),
              ]);
            }
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
