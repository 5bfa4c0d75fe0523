import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

// Preloaded into the soaked daemon: once a second it writes its heap and the delay of its event loop to a file.
const file = process.env.RAMPWATCH_SOAK_PROBE;
if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let lowest = Number.POSITIVE_INFINITY;
  // The lowest of many looks is near to what lives after a collection.
  setInterval(() => {
    lowest = Math.min(lowest, process.memoryUsage().heapUsed);
  }, 50).unref();
  setInterval(() => {
    const { user, system } = process.cpuUsage();
    const shown = {
      heap: lowest,
      // The histogram holds the whole wait for the timer, of which its resolution is no delay.
      p99: Math.max(0, delay.percentile(99) / 1e6 - 10),
      longest: Math.max(0, delay.max / 1e6 - 10),
      cpu: (user + system) / 1e6,
    };
    delay.reset();
    lowest = Number.POSITIVE_INFINITY;
    writeFileSync(`${file}.new`, JSON.stringify(shown));
    renameSync(`${file}.new`, file);
  }, 1000).unref();
}
