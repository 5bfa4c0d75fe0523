import { writeSync } from 'node:fs';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { countedCommit } from './countedCommit.ts';

/** Commits in turn, durable and not, and says before each which it is: for a trace of its system calls. */
const store = openStore(process.argv[2] ?? '');
for (let count = 1; count <= 6; count += 1) {
  const durable = count % 2 === 0;
  writeSync(2, durable ? 'durable next\n' : 'plain next\n');
  store.commit(countedCommit(count, 1, durable));
}
writeSync(2, 'end\n');
