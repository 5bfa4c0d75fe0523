import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

// Preloaded into the daemon: how long its main thread computes between two turns of its timers. Processor time of the thread
// does not grow with the load of the machine, as the delay by the clock does.
const file = process.env.RAMPWATCH_TURN_PROBE;
if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const stretches = [];
  let [before, sampled] = [threadTime(), performance.now()];
  setInterval(() => {
    const now = threadTime();
    stretches.push(now - before);
    before = now;
    if (performance.now() - sampled < 500) return;
    sampled = performance.now();
    const shown = {
      stretches,
      p99: Math.max(0, delay.percentile(99) / 1e6 - 10),
      longest: Math.max(0, delay.max / 1e6 - 10),
      resident: process.memoryUsage.rss(),
    };
    writeFileSync(`${file}.new`, JSON.stringify(shown));
    renameSync(`${file}.new`, file);
    before = threadTime();
  }, 10);
}

function threadTime() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
