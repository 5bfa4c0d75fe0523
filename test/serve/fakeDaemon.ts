import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { startHub } from '../../daemon/serve/hub.ts';
import { reportStart } from '../../daemon/serve/startReport.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { sampleRollout, sampleWorkspace } from './sampleView.ts';

/** The smallest daemon: it holds the store, serves one rollout, and ends on request. */
const [directory = '', mode = ''] = process.argv.slice(2);
const note = (line: string): void => appendFileSync(join(directory, 'starts.log'), `${line}\n`);

try {
  if (mode === 'broken') throw new Error('the fake daemon is broken');
  if (mode === 'crash') {
    process.stderr.write('something is very wrong\n');
    process.exit(3);
  }
  const store = openStore(directory);
  note(`open ${process.pid}`);
  const hub = await startHub({
    directory,
    root: directory,
    version: '0.0.0',
    now: () => wallTime(Date.now()),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    handlers: {
      view: () => sampleWorkspace([sampleRollout('one')]),
      request: ((method: string) => {
        if (method !== 'shutdown') throw new Error('unexpected');
        setImmediate(async () => {
          await hub.close();
          store.close();
          process.exit();
        });
        return { kind: 'stopping' };
      }) as never,
    },
  });
  await reportStart(null);
  // A test that gave up before the start was over does not know of this process.
  setInterval(() => {
    if (!existsSync(directory)) process.exit();
  }, 1000);
} catch (error) {
  await reportStart(error);
  process.exitCode = 1;
}
