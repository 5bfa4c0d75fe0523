import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from './temporaryDirectory.ts';

const minutes = 60_000;

/** The folder of the programs of the newest PostgreSQL that Debian has installed; `null`: there is none. */
export function postgresPrograms(): string | null {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const [newest] = versions.toSorted((one, other) => Number(other) - Number(one));
  return newest === undefined ? null : `/usr/lib/postgresql/${newest}/bin`;
}

/** A server of a test's own, on a port of the loopback interface. */
export interface TestPostgres {
  readonly port: number;
  /** Of the superuser. */
  url(database: string, user?: string): string;
  createDatabase(name: string): void;
  /** Runs statements as the superuser; gives what psql prints. */
  sql(database: string, text: string): string;
  start(settings?: string): void;
  stop(mode?: 'fast' | 'immediate'): void;
  readonly folder: string;
}

/** PostgreSQL refuses to run as root, so that a test of root runs it as `postgres`. */
function asPostgres(program: string, words: readonly string[]): [string, readonly string[]] {
  if (process.getuid?.() !== 0) return [program, words];
  return ['su', ['postgres', '-s', '/bin/sh', '-c', [program, ...words].map((word) => `'${word}'`).join(' ')]];
}

/** @param through words before each program of the server, for one that sees a disk of its own */
export async function startPostgres(
  finished: (clean: () => Promise<void>) => void,
  through: readonly string[] = [],
): Promise<TestPostgres> {
  const programs = postgresPrograms() ?? '';
  const folder = temporaryDirectory();
  const data = join(folder, 'data');
  const port = await freePort();
  if (process.getuid?.() === 0) {
    const { stdout } = spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' });
    chownSync(folder, Number(stdout), -1);
    chmodSync(join(folder, '..'), 0o711);
  }
  const run = (name: string, words: readonly string[]): void => {
    const [first, rest] = asPostgres(join(programs, name), words);
    const [program = '', ...all] = [...through, first, ...rest];
    // The server that pg_ctl starts keeps the outputs open, so that nothing waits for their end.
    const { status, stderr } = spawnSync(program, all, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 2 * minutes });
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  };
  const start = (settings = ''): void => {
    const all = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off ${settings}`;
    run('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), '-o', all, 'start']);
  };
  const stop = (mode = 'immediate'): void => run('pg_ctl', ['-D', data, '-m', mode, 'stop']);
  run('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8']);
  start();
  finished(async () => {
    if (existsSync(join(data, 'postmaster.pid'))) stop();
  });
  const server = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
  return {
    port,
    folder,
    url: (database, user = 'postgres') => `postgres://${user}@127.0.0.1:${port}/${database}`,
    createDatabase: (name) => run('createdb', [...server, name]),
    sql(database, text) {
      const words = [...server, '-d', database, '-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', text];
      const { status, stdout, stderr } = spawnSync(join(programs, 'psql'), words, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`psql ended with ${status}: ${stderr}`);
      return stdout.trim();
    },
    start,
    stop,
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
