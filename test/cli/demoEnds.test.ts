import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDiscovery } from '../../daemon/serve/discovery.ts';
import { stateDirectory } from '../../daemon/store/stateDirectory.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const program = join(import.meta.dirname, '..', '..', 'daemon', 'cli.ts');

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('a demo that is ended by %s ends its daemon too', async (signal) => {
  const home = temporaryDirectory();
  const child = spawn(process.execPath, [program, 'demo'], {
    env: { ...process.env, HOME: home, TMPDIR: home, COLUMNS: '1000' },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', resolve);
  });
  const daemon = () => {
    const folder = /in (\S+rampwatch-demo-\w+)/.exec(output)?.[1];
    if (folder === undefined) return null;
    const environment = { ...process.env, RAMPWATCH_STATE_DIRECTORY: join(folder, '.rampwatch-state') };
    return readDiscovery(stateDirectory(folder, environment));
  };
  await expect.poll(daemon).not.toBeNull();
  const { pid } = daemon() ?? { pid: 0 };
  expect(runs(pid)).toBe(true);
  child.kill(signal);
  expect(await ended).toBe(1);
  expect(errors).toMatch(/the demo was ended before its end, and its daemon with it\n/);
  await expect.poll(() => runs(pid)).toBe(false);
});
