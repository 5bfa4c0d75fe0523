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

it('a demo for an editor is played by the daemon of its folder, which stays', async () => {
  const home = temporaryDirectory();
  const folder = join(home, 'demo');
  const environment = { ...process.env, HOME: home, RAMPWATCH_STATE_DIRECTORY: join(home, 'state') };
  const rampwatch = async (...words: string[]) => {
    const child = spawn(process.execPath, [program, ...words], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
    const code = await new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    });
    return { code, output };
  };
  const played = await rampwatch('demo', '--in', folder, '--json');
  expect(played.code).toBe(0);
  expect(JSON.parse(played.output)).toMatchObject({ folder, phase: { kind: 'rolled-back' } });
  const plan = join(folder, 'rampwatch.yaml');
  expect((await rampwatch('status', '--plan', plan)).output).toContain('Rolled back from 100 %');
  expect((await rampwatch('demo', '--in', folder, '--json')).code).toBe(1);
  await rampwatch('stop', '--plan', plan);
});
