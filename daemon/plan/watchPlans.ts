import { basename } from 'node:path';
import { watch } from 'chokidar';

/** The names under which plans are found in a folder. */
const planName = /^(?:rampwatch|.+\.rampwatch)\.ya?ml$/;

/** Tells when a plan file of the folder (or one of `more`) was made, edited or removed. */
export function watchPlans(folder: string, more: readonly string[], changed: () => void): { close(): Promise<void> } {
  const watcher = watch([folder, ...more], {
    depth: 0,
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !planName.test(basename(path)) && !more.includes(path),
  });
  watcher.on('all', changed);
  // Nothing is lost when watching fails: the plan is read again at the next start.
  watcher.on('error', () => undefined);
  return { close: () => watcher.close() };
}
