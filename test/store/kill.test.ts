import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { openStore } from '../../daemon/store/sqlite/sqliteStore.ts';
import { verifyJournal } from '../../daemon/store/verify.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { countsIn } from './countedCommit.ts';

const kills = 60;

it(`counts and positions agree after each of ${kills} kills at any time`, async () => {
  const directory = temporaryDirectory();
  for (let kill = 1; kill <= kills; kill += 1) {
    const said = await runUntilKilled(directory, Math.random() * 25);
    const counts = countsIn(directory);
    expect(new Set(counts), `kill ${kill}: ${counts.join(' ')}`).toHaveLength(1);
    // Only the machine may lose a commit, a process never.
    expect(counts[0]).toBeGreaterThanOrEqual(said.newest);
  }
  const store = openStore(directory);
  expect(store.epoch).toBe(kills * 2 + 1);
  expect(verifyJournal(store.entries(), store.head().hash)).toMatchObject({
    kind: 'intact',
    entries: store.head().seq,
  });
  store.close();
});

it('a second opener is refused in one line, and not once the first is killed', async () => {
  const directory = temporaryDirectory();
  const child = startChild(directory);
  await once(child.process.stdout ?? child.process, 'data');
  expect(() => openStore(directory)).toThrow(
    /another Rampwatch daemon has this workspace's state open.*`rampwatch stop`$/,
  );
  await child.kill();
  openStore(directory).close();
});

it('a second opener in the same process is refused too', () => {
  const directory = temporaryDirectory();
  const first = openStore(directory);
  expect(() => openStore(directory)).toThrow(expect.objectContaining({ code: 'second-daemon' }));
  first.close();
  openStore(directory).close();
});

interface Child {
  readonly process: ChildProcess;
  readonly said: () => string;
  kill(): Promise<void>;
}

function startChild(directory: string): Child {
  const path = new URL('committingChild.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [path, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'close');
  return {
    process: child,
    said: () => output,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function runUntilKilled(directory: string, after: number): Promise<{ newest: number }> {
  const child = startChild(directory);
  await once(child.process.stdout ?? child.process, 'data');
  await new Promise((resolve) => setTimeout(resolve, after));
  await child.kill();
  const counts = child.said().split('\n').slice(1, -1).map(Number);
  return { newest: counts.at(-1) ?? 0 };
}
