import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { countedCommit, countsIn } from './countedCommit.ts';

const fileIn = (directory: string): string => join(directory, 'store', 'state.sqlite');
const program = new URL('fillingChild.ts', import.meta.url).pathname;
const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
const mayTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const mayLimit = spawnSync('prlimit', ['--version']).status === 0;

function filled(commits: number): string {
  const directory = temporaryDirectory();
  const store = openStore(directory);
  for (let count = 1; count <= commits; count += 1) store.commit(countedCommit(count, 1, false));
  store.close();
  return directory;
}

function refusal(directory: string): UserError {
  try {
    openStore(directory).close();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the store opened');
}

/** A small file system that only this process sees, on which `fillingChild.ts` runs. */
/** Runs as the owner of the directory and not as root, because root may write everywhere. */
function asNobody<T>(directory: string, act: () => T): T {
  const nobody = 65_534;
  const { seteuid } = process;
  if (process.geteuid?.() !== 0 || seteuid === undefined) return act();
  chownSync(directory, nobody, nobody);
  seteuid(nobody);
  try {
    return act();
  } finally {
    seteuid(0);
  }
}

function onSmallDisk(mode: string): { readonly status: number | null; readonly output: string } {
  const directory = temporaryDirectory();
  const script = `mount -t tmpfs -o size=1m,mode=700 tmpfs "$1" && exec "$2" "$3" "$1" "$4"`;
  const words = ['-m', 'sh', '-c', script, 'sh', directory, process.execPath, program, mode];
  const { status, stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

it.runIf(mayMount)(
  'a full disk is one clear line, keeps nothing of the commit, and is over when there is space',
  () => {
    const { status, output } = onSmallDisk('full');
    expect(output).toMatch(
      /^state-full no space left for Rampwatch's state in .*state\.sqlite; free some space there.*\nthe counts agree\nafter more space the counts agree\n$/,
    );
    expect(status).toBe(0);
  },
);

it.runIf(mayMount)('a disk that is full from the start is one clear line', () => {
  expect(onSmallDisk('full-at-start').output).toMatch(/^state-full no space left .*\n$/);
});

it.runIf(mayMount)('a read-only disk is one clear line', () => {
  expect(onSmallDisk('read-only').output).toMatch(/^state-unwritable Rampwatch's state in .* cannot be written .*\n$/);
});

it.runIf(mayLimit)('a write cut short by a limit is one clear line and keeps nothing of the commit', () => {
  const directory = temporaryDirectory();
  const { stdout, stderr, status } = spawnSync(
    'prlimit',
    ['--fsize=300000', process.execPath, program, directory, 'limited'],
    { encoding: 'utf8' },
  );
  expect(stderr + stdout).toMatch(/^state-(full|unwritable) .*\nthe counts agree\n$/);
  expect(status).toBe(0);
  expect(new Set(countsIn(directory))).toHaveLength(1);
});

it.each([
  { damage: 'emptied', inflict: (file: string) => truncateSync(file, 0) },
  { damage: 'removed from its folder', inflict: (file: string) => rmSync(file) },
  { damage: 'zeroed', inflict: (file: string) => writeFileSync(file, Buffer.alloc(statSync(file).size)) },
  { damage: 'cut in half', inflict: (file: string) => truncateSync(file, statSync(file).size / 2) },
  { damage: 'overwritten in the middle', inflict: overwriteMiddle },
  {
    damage: 'something else',
    inflict: (file: string) => writeFileSync(file, 'not a database, but a long enough text'.repeat(99)),
  },
  { damage: "another program's database", inflict: foreignDatabase },
])('a state file that was $damage is refused, every time, and a copy put aside', ({ inflict }) => {
  const directory = filled(2000);
  inflict(fileIn(directory));
  const before = existsSync(fileIn(directory)) ? readFileSync(fileIn(directory)) : null;
  for (const _ of ['first', 'second']) {
    const error = refusal(directory);
    expect(error.code).toBe('state-corrupt');
    expect(error.message).toMatch(
      /^the state in .* is damaged \(.+\); a copy is kept in .*store\.damaged\. .*delete .*store to begin anew/,
    );
    expect(error.message).not.toContain('\n');
  }
  if (before !== null) expect(readFileSync(join(directory, 'store.damaged', 'state.sqlite'))).toEqual(before);
  rmSync(join(directory, 'store'), { recursive: true });
  expect(countsIn(directory)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

function overwriteMiddle(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(0xaa, bytes.length / 4, bytes.length / 2);
  writeFileSync(file, bytes);
}

function foreignDatabase(file: string): void {
  rmSync(file);
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE theirs (a)');
  database.close();
}

it('a write-ahead log that was overwritten is refused, not taken for an empty one', () => {
  const directory = temporaryDirectory();
  const store = openStore(directory);
  store.commit(countedCommit(1, 1, true));
  const copy = temporaryDirectory();
  cpSync(join(directory, 'store'), join(copy, 'store'), { recursive: true });
  store.close();
  const log = `${fileIn(copy)}-wal`;
  expect(statSync(log).size).toBeGreaterThan(0);
  writeFileSync(log, Buffer.alloc(statSync(log).size, 'something else'));
  expect(refusal(copy)).toMatchObject({ code: 'state-corrupt', message: expect.stringContaining('write-ahead log') });
});

it('a write-ahead log torn anywhere falls back to a whole commit', () => {
  // A killed daemon leaves its log behind; here its files are copied while it runs.
  const directory = temporaryDirectory();
  const store = openStore(directory);
  for (let count = 1; count <= 12; count += 1) store.commit(countedCommit(count, 1, false));
  const log = `${fileIn(directory)}-wal`;
  const { size } = statSync(log);
  for (let cut = 0; cut <= size; cut += 1999) {
    const torn = temporaryDirectory();
    cpSync(join(directory, 'store'), join(torn, 'store'), { recursive: true });
    truncateSync(join(torn, 'store', 'state.sqlite-wal'), cut);
    const counts = countsIn(torn);
    expect(new Set(counts), `cut at ${cut}: ${counts.join(' ')}`).toHaveLength(1);
    rmSync(torn, { recursive: true });
  }
  store.close();
});

it('the state of a newer version is refused and left as it is', () => {
  const directory = filled(1);
  const database = new DatabaseSync(fileIn(directory));
  database.exec('PRAGMA user_version = 3');
  database.close();
  const error = refusal(directory);
  expect(error).toMatchObject({
    code: 'state-newer',
    message: expect.stringMatching(/newer Rampwatch .*; update Rampwatch$/),
  });
  expect(readdirSync(directory)).toEqual(['store']);
});

it('the state of an older version is brought forward, and holds all that it held', () => {
  const directory = filled(3);
  const database = new DatabaseSync(fileIn(directory));
  database.exec('DROP INDEX receipts_by_time; ALTER TABLE receipts DROP COLUMN at; PRAGMA user_version = 1');
  expect(database.prepare('SELECT * FROM pragma_table_info(?)').all('receipts')).toHaveLength(3);
  database.close();
  expect(new Set(countsIn(directory))).toEqual(new Set([3]));
  const store = openStore(directory);
  expect(store.receipt('async-upload', 'count-3')).toMatchObject({ revision: 3 });
  store.commit(countedCommit(4, 1, true));
  store.close();
  expect(new Set(countsIn(directory))).toEqual(new Set([4]));
});

it('a draft that a killed start left behind does not matter', () => {
  const directory = filled(3);
  cpSync(join(directory, 'store'), join(directory, 'store.new-1'), { recursive: true });
  copyFileSync(fileIn(directory), join(directory, 'store.new-1', 'state.sqlite-wal'));
  expect(countsIn(directory)[0]).toBe(3);
});

it('a directory that may not be written is one clear line', () => {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o500);
  expect(asNobody(directory, () => refusal(directory)).code).toBe('state-unwritable');
});

it.runIf(mayTrace)('a durable commit is on the disk when it returns, and only that one waits for the disk', () => {
  const directory = temporaryDirectory();
  const trace = join(directory, 'trace');
  const child = new URL('durableChild.ts', import.meta.url).pathname;
  const words = ['-f', '-o', trace, '-e', 'trace=fsync,fdatasync,write', process.execPath, child, directory];
  expect(spawnSync('strace', words).status).toBe(0);
  const calls = readFileSync(trace, 'utf8').match(/durable next|plain next|"end|f(data)?sync\(/g) ?? [];
  const said = calls.map((call) => (call.includes('sync(') ? 'sync' : call)).join(' ');
  expect(said).toContain('plain next durable next sync plain next durable next sync plain next durable next sync "end');
});

it('no warning of an experiment reaches a user', () => {
  const directory = temporaryDirectory();
  const text = `await (await import('${new URL('../../daemon/store/sqlite/sqliteStore.ts', import.meta.url)}')).openStore('${directory}').close()`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});
