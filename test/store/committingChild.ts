import { writeSync } from 'node:fs';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { countedCommit, countsOf } from './countedCommit.ts';

/** Commits counted batches of changing size for ever, and says each count once it is kept. It waits to be killed. */
const store = openStore(process.argv[2] ?? '');
let count = countsOf(store)[0] ?? 0;
writeSync(1, `open ${store.epoch}\n`);
for (let turn = 0; ; turn += 1) {
  const size = 1 + (turn % 7);
  count += size;
  store.commit(countedCommit(count, size, turn % 5 === 0));
  writeSync(1, `${count}\n`);
}
