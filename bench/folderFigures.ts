import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { residentMemory } from './hostProcess.ts';
import { writeRecords } from './recordsFile.ts';

const folders = ['small', 'middle', 'large'] as const;
const records = { small: 1000, middle: 20_000, large: 150_000 } as const;
const started = z.object({ pid: z.number() });

/** The memory of the daemons of three folders: a process for each, and one for all of them, on the same logs. */
export async function folderFigures(root: string, say: (line: string) => void): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'rampwatch-bench-folders-'));
  try {
    for (const name of folders) {
      const metrics = join(place, name, 'logs', 'async_upload_rollout', 'metrics.jsonl');
      mkdirSync(join(metrics, '..'), { recursive: true });
      writeRecords(metrics, records[name], Date.now());
      const plan = join(root, 'test', 'fixtures', 'plans', 'async-upload.rampwatch.yaml');
      copyFileSync(plan, join(place, name, 'rampwatch.yaml'));
    }
    const apart = await residentOf(root, place, 'apart');
    const together = await residentOf(root, place, 'together');
    const each = apart.map((size) => size.toFixed(0)).join(' + ');
    const sum = apart.reduce((total, size) => total + size, 0);
    const one = together.reduce((total, size) => total + size, 0);
    say(
      `three folders: ${each} = ${sum.toFixed(0)} MiB in three processes, ${one.toFixed(0)} MiB in ${together.length === 1 ? 'one' : together.length}`,
    );
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Resident sizes in MiB, one a process, ten seconds after the last folder has been started. */
async function residentOf(root: string, place: string, way: 'apart' | 'together'): Promise<readonly number[]> {
  const environment = { ...process.env, RAMPWATCH_STATE_DIRECTORY: join(place, way) };
  const rampwatch = (name: string, ...words: string[]): string =>
    execFileSync(process.execPath, [join(root, 'dist', 'cli.mjs'), ...words], {
      cwd: join(place, name),
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const pids = new Set<number>();
  try {
    for (const name of folders) {
      const beside = way === 'together' && name !== folders[0] ? ['--beside', join(place, folders[0])] : [];
      pids.add(started.parse(JSON.parse(rampwatch(name, 'start', '--json', ...beside))).pid);
    }
    await pause(10_000);
    return [...pids].map(residentMemory);
  } finally {
    for (const name of folders) rampwatch(name, 'stop', '--force');
  }
}
