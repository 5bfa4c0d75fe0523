import { join } from 'node:path';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { sampleResidentMemory } from '../sources/processGauge.ts';

const interval = 15_000;

interface Told {
  sampled(measure: string, value: number): void;
  /** All samples went well. */
  over(): void;
  /** A defect of ours; the next sample is taken all the same. */
  failed(error: unknown): void;
}

/** Samples the processes that the plan's gauges measure, now and every quarter of a minute, until it is closed. */
export function startGauges({ plan, root }: LoadedPlan, told: Told): { close(): void } {
  const gauges = Object.entries(plan.measures).flatMap(([name, measure]) =>
    'gauge' in measure && measure.process !== undefined
      ? [{ name, pidFile: join(root, measure.process.pid_file) }]
      : [],
  );
  if (gauges.length === 0) return { close: () => undefined };
  const sample = async (): Promise<void> => {
    for (const { name, pidFile } of gauges) {
      const taken = await sampleResidentMemory(pidFile);
      if (taken.kind === 'value') told.sampled(name, taken.value);
    }
    told.over();
  };
  let pending = false;
  const take = (): void => {
    // A file system that does not answer is asked once, so that it does not block another thread each time.
    if (pending) return;
    pending = true;
    void sample()
      .catch((error) => told.failed(error))
      .finally(() => {
        pending = false;
      });
  };
  take();
  const timer = setInterval(take, interval);
  return { close: () => clearInterval(timer) };
}
