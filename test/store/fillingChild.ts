import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import type { Store } from '../../daemon/store/store.ts';
import { countedCommit, countsOf } from './countedCommit.ts';

/** Run on a file system of 1 MiB: fills it, and says what the store makes of that. */
const [directory = '', mode = ''] = process.argv.slice(2);
const ballast = join(directory, 'ballast');

try {
  if (mode === 'full') fillAndRecover();
  else if (mode === 'limited') fill(openStore(directory));
  else if (mode === 'full-at-start') {
    fillDisk();
    openStore(directory);
  } else if (mode === 'read-only') {
    openStore(directory).close();
    execFileSync('mount', ['-o', 'remount,ro', directory]);
    openStore(directory);
  }
} catch (error) {
  say(error);
}

function fillAndRecover(): void {
  writeFileSync(ballast, Buffer.alloc(400_000));
  const store = openStore(directory);
  const count = fill(store);
  rmSync(ballast);
  store.commit(countedCommit(count + 5, 5, true));
  console.log(`after more space ${agreement(store, count + 5)}`);
  store.close();
}

function fill(store: Store): number {
  let count = 0;
  try {
    for (;;) {
      store.commit(countedCommit(count + 5, 5, false));
      count += 5;
    }
  } catch (error) {
    say(error);
  }
  console.log(agreement(store, count));
  return count;
}

function agreement(store: Store, count: number): string {
  const counts = countsOf(store);
  return counts.every((value) => value === count) ? 'the counts agree' : `${count}, but ${counts.join(' ')}`;
}

function fillDisk(): void {
  try {
    for (let number = 0; ; number += 1) writeFileSync(`${ballast}${number}`, Buffer.alloc(20_000));
  } catch {
    // Full, as wanted.
  }
}

function say(error: unknown): void {
  console.log(error instanceof UserError ? `${error.code} ${error.message}` : error);
}
