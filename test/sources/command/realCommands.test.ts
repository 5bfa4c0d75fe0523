import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StreamBench } from '../../support/streamBench.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const sshd = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((file) => existsSync(file));
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${JSON.stringify({ id: from + index })}\n`).join('');
const idsTo = (end: number) => Array.from({ length: end - 1 }, (_, index) => index + 1);
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

function started(...parameters: ConstructorParameters<typeof StreamBench>): StreamBench {
  const bench = new StreamBench(...parameters);
  onTestFinished(() => bench.running.close());
  return bench;
}

describe('a command as a source', () => {
  it('runs only once a person has approved exactly it', async () => {
    const folder = temporaryDirectory();
    const mark = join(folder, 'ran');
    const bench = started({ command: ['sh', '-c', `touch ${mark}; echo '{"id":1}'; sleep 60`] }, { isApproved: false });
    await expect.poll(() => bench.detail).toContain('rampwatch approve');
    expect([bench.state, existsSync(mark)]).toEqual(['error', false]);
    bench.approve();
    await expect.poll(() => bench.ids).toEqual([1]);
    expect(existsSync(mark)).toBe(true);
  });

  it('is started again when it ends, and counts nothing twice', async () => {
    const folder = temporaryDirectory();
    const log = join(folder, 'app.jsonl');
    writeFileSync(log, lines(1, 6));
    // Ends after each look, with half a line under way.
    const bench = started({ command: ['sh', '-c', `cat ${log}; printf '{"id":'; sleep 0.1; exit 3`] });
    await expect.poll(() => bench.ids).toEqual(idsTo(6));
    appendFileSync(log, lines(6, 9));
    await expect.poll(() => bench.ids).toEqual(idsTo(9));
    await bench.restart();
    appendFileSync(log, lines(9, 12));
    await expect.poll(() => bench.ids).toEqual(idsTo(12));
    expect([bench.gaps, bench.rejected]).toEqual([[], {}]);
    await expect.poll(() => bench.detail).toContain('it ended with 3, and is started again after');
  });

  it('says what it says on standard error, in one line, without secrets and without control characters', async () => {
    const bench = started(
      { command: ['sh', '-c', 'printf "first\\nno route: \\033[2Jtoken s3cr3t-of-the-team\\n" >&2; sleep 60'] },
      { secrets: ['s3cr3t-of-the-team'] },
    );
    await expect.poll(() => bench.detail).toContain('it says: no route');
    expect(bench.detail).not.toMatch(/first|s3cr3t/);
    expect(bench.detail).not.toContain('\u001b');
  });

  it('says in one line that a program is not there', async () => {
    const bench = started({ command: ['no-such-program-of-anybody', '-f'] });
    await expect
      .poll(() => bench.detail)
      .toBe('the program no-such-program-of-anybody is not found: install it, or correct the plan');
    expect(bench.state).toBe('error');
  });

  it('is in error once it has failed several times in a row', async () => {
    const bench = started({ command: ['sh', '-c', 'echo refused >&2; exit 255'] });
    await expect.poll(() => bench.state).toBe('error');
    expect(bench.detail).toMatch(/^it ended with 255, and is started again after 1 s; it says: refused$/);
  });

  it('is told from when on it is to write, in each form', async () => {
    const bench = started({
      command: [
        'sh',
        '-c',
        'echo "$0 $1 $2 $3" >&2; sleep 60',
        ...['', ':s', ':ms', ':ago'].map((form) => `$\{since${form}}`),
      ],
      first: 3_600_000 as never,
    });
    await expect.poll(() => bench.detail).toMatch(/it says: \S+Z \d+ \d+ 3600s$/);
    const [iso = '', seconds, milliseconds] = (bench.detail ?? '').replace('it says: ', '').split(' ');
    expect(Math.floor(Date.parse(iso) / 1000)).toBe(Number(seconds));
    expect(Date.parse(iso)).toBe(Number(milliseconds));
  });

  it('goes on behind a line that is too long', async () => {
    const bench = started({
      command: ['sh', '-c', `echo '{"id":1}'; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo '{"id":2}'; sleep 60`],
    });
    await expect.poll(() => bench.ids).toEqual([1, 2]);
    expect(bench.rejected).toEqual({ 'too-long': 1 });
  });

  it('waits with its output while nobody takes it', async () => {
    const count = join(temporaryDirectory(), 'count');
    const program = `const { writeSync, writeFileSync } = require('node:fs');
      for (let n = 0; n < 100000; n += 500) {
        writeSync(1, Array.from({ length: 500 }, (_, of) => '{"id":' + (n + of + 1) + '}\\n').join(''));
        writeFileSync(${JSON.stringify(count)}, String(n + 500));
      }
      setInterval(() => {}, 1000);`;
    const bench = started({ command: [process.execPath, '-e', program] });
    await expect.poll(() => bench.ids.length).toBeGreaterThan(0);
    bench.refuses = true;
    await expect.poll(() => bench.state).toBe('error');
    expect(bench.detail).toContain('the store refuses');
    const taken = bench.ids.length;
    expect(Number(readFileSync(count, 'utf8'))).toBeLessThan(100_000);
    expect(bench.ids.length).toBe(taken);
    bench.refuses = false;
    await expect.poll(() => bench.ids.length).toBe(100_000);
    expect(bench.ids).toEqual(idsTo(100_001));
  });

  it('ends with its children when it is closed', async () => {
    const bench = started({
      command: ['sh', '-c', `trap '' TERM; sh -c 'echo "{\\"id\\":$$}"; sleep 1000' & wait; sleep 1000`],
    });
    await expect.poll(() => bench.ids.length).toBe(1);
    const [pid = 0] = bench.ids;
    expect(isAlive(pid)).toBe(true);
    await bench.running.close();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('declares what may be lost where it shows but what is new', async () => {
    const folder = temporaryDirectory();
    const log = join(folder, 'app.jsonl');
    writeFileSync(log, '');
    const bench = started({ command: ['tail', '-n', '0', '-F', log] });
    let next = 1;
    // Nobody knows when the program has found the file's end.
    const writeUntilSeen = async (known: number) =>
      expect
        .poll(() => {
          appendFileSync(log, lines(next, next + 1));
          next += 1;
          return bench.ids.length;
        })
        .toBeGreaterThan(known);
    await writeUntilSeen(0);
    await bench.running.close();
    const lost = next;
    appendFileSync(log, lines(next, next + 3));
    next += 3;
    await bench.restart();
    await writeUntilSeen(bench.ids.length);
    expect(bench.gaps.map(({ reason }) => reason)).toEqual([expect.stringContaining('may be lost')]);
    expect(bench.ids.filter((id) => id >= lost && id < lost + 3)).toEqual([]);
    expect(new Set(bench.ids).size).toBe(bench.ids.length);
  });

  it('keeps the text of a line, which nobody can read again', async () => {
    const bench = started({ command: ['sh', '-c', `echo '{"id":1,"name":"one"}'; sleep 60`] });
    await expect.poll(() => bench.ids).toEqual([1]);
    const place = bench.observations[0]?.place;
    expect(place).toMatchObject({ line: 1 });
    expect(place === undefined ? null : bench.running.textAt?.(place)).toBe('{"id":1,"name":"one"}');
  });
});

describe(sshd === undefined ? 'ssh (SKIPPED: no sshd here, install openssh-server)' : 'ssh', () => {
  it.skipIf(sshd === undefined)('follows a file of another host over cut connections, each line once', async () => {
    const folder = temporaryDirectory();
    const port = await freePort();
    for (const key of ['host', 'user'])
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)]);
    spawnSync('cp', [join(folder, 'user.pub'), join(folder, 'authorized')]);
    // The server's own folder for what has no rights.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    const options = [
      `Port=${port}`,
      'ListenAddress=127.0.0.1',
      `HostKey=${join(folder, 'host')}`,
      `AuthorizedKeysFile=${join(folder, 'authorized')}`,
      'StrictModes=no',
      'UsePAM=no',
      'PidFile=none',
    ];
    const server = spawn(sshd ?? '', ['-D', '-e', '-f', '/dev/null', ...options.flatMap((each) => ['-o', each])], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => void server.kill());
    let told = '';
    server.stderr.on('data', (chunk) => {
      told += chunk;
    });
    await expect.poll(() => told).toContain('Server listening');
    const log = join(folder, 'app.jsonl');
    writeFileSync(log, lines(1, 6));
    const bench = started({
      command: [
        ...['ssh', '-T', '-p', String(port), '-i', join(folder, 'user')],
        ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'].flatMap(
          (each) => ['-o', each],
        ),
        ...[`${userInfo().username}@127.0.0.1`, 'tail', '-n', '+1', '-F', log],
      ],
    });
    await expect.poll(() => bench.ids).toEqual(idsTo(6));
    for (let end = 6; end < 12; end += 2) {
      // The connection is cut, as by a network that is gone.
      for (const pid of sessionsOf(server.pid ?? 0)) process.kill(pid, 'SIGKILL');
      appendFileSync(log, lines(end, end + 2));
      await expect.poll(() => bench.ids).toEqual(idsTo(end + 2));
    }
    expect(bench.gaps).toEqual([]);
  });
});

function sessionsOf(server: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(server)], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
