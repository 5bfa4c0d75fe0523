import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClient } from '../daemon/serve/client.ts';
import { stateDirectory } from '../daemon/store/stateDirectory.ts';
import { dashboardFigures } from './dashboardFigures.ts';
import { flapFigures } from './flapFigures.ts';
import { folderFigures } from './folderFigures.ts';
import { hostFigures } from './hostFigures.ts';
import { writeRecords } from './recordsFile.ts';

/** `npm run bench`: every figure of the README, peers and ours side by side in one run. */
const root = join(import.meta.dirname, '..');
const records = Number(process.env.RAMPWATCH_BENCH_RECORDS ?? 1_000_000);
const rounds = Number(process.env.RAMPWATCH_BENCH_ROUNDS ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'rampwatch-bench-'));
const metrics = join(folder, 'logs', 'async_upload_rollout', 'metrics.jsonl');
mkdirSync(join(metrics, '..'), { recursive: true });
copyFileSync(join(root, 'test', 'fixtures', 'plans', 'async-upload.rampwatch.yaml'), join(folder, 'rampwatch.yaml'));

/** `npm run bench -- flap` prints the one part. */
const only = process.argv[2];

try {
  if (only === 'flap') await flapPart();
  else if (only === 'folders') await folderFigures(root, say);
  else await allParts();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function allParts(): Promise<void> {
  writeRecords(metrics, records, Date.now());
  const size = statSync(metrics).size;
  say(`file: ${records} records, ${(size / 1e6).toFixed(0)} MB; ${rounds} alternated rounds; medians`);
  catchUp(size);
  await daemonFigures();
  packageFigures();
  activationFigures();
  await dashboardFigures(say);
  await hostFigures(root, say);
  if (process.platform !== 'linux') return;
  await folderFigures(root, say);
  await flapPart();
}

function flapPart(): Promise<void> {
  return flapFigures(root, Number(process.env.RAMPWATCH_BENCH_FLAP_MINUTES ?? 5), say);
}

function catchUp(size: number): void {
  const ours: number[] = [];
  const peers: number[] = [];
  const resident: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const peer = child('peerChild.ts', metrics);
    const state = join(folder, `state-${round}`);
    mkdirSync(state, { mode: 0o700 });
    const mine = child('catchUpChild.ts', join(folder, 'rampwatch.yaml'), state);
    if (mine.treatment !== peer.treatment || mine.control !== peer.control || mine.good !== peer.good) {
      throw new Error(`the two disagree: ${JSON.stringify({ mine, peer })}`);
    }
    ours.push(mine.seconds);
    peers.push(peer.seconds);
    resident.push(mine.resident ?? 0);
  }
  const ratio = median(peers.map((seconds, round) => seconds / (ours[round] ?? seconds)));
  say(`catch-up, tail + judge + store: ${rate(median(ours), size)}; same counts and cells`);
  say(`readline + JSON.parse, no judge, no store: ${rate(median(peers), size)}`);
  say(`ratio (ours is so many times as fast): ${ratio.toFixed(2)}`);
  say(`peak memory of the catch-up process: ${median(resident).toFixed(0)} MiB`);
}

/** A real daemon: memory after it has caught up, then append → client message. */
async function daemonFigures(): Promise<void> {
  const environment = { ...process.env, RAMPWATCH_STATE_DIRECTORY: join(folder, 'daemon-state') };
  const program = join(root, 'dist', 'cli.mjs');
  const rampwatch = (...words: string[]): string =>
    execFileSync(process.execPath, [program, ...words, '--json'], { cwd: folder, env: environment, encoding: 'utf8' });
  const { pid } = JSON.parse(rampwatch('start'));
  try {
    const client = await connectClient(stateDirectory(folder, environment), { waitFor: 60_000 });
    const seen = () => client.view?.rollouts[0]?.sources[0]?.records ?? 0;
    const reaches = (count: number): Promise<number> =>
      new Promise((resolve) => {
        const stop = client.onView(() => {
          if (seen() < count) return;
          stop();
          resolve(performance.now());
        });
        if (seen() >= count) {
          stop();
          resolve(performance.now());
        }
      });
    await reaches(records);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    say(`daemon after catch-up: ${(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024).toFixed(0)} MiB resident`);
    const delays: number[] = [];
    for (let index = 1; index <= 300; index += 1) {
      const record = `{"execution_type": "sync", "success": true, "duration_ms": 300.5, "timestamp": "${new Date().toISOString().replace('Z', '')}", "error_type": null, "fallback_used": false}\n`;
      const arrival = reaches(records + index);
      const written = performance.now();
      appendFileSync(metrics, record);
      delays.push((await arrival) - written);
      // Above the daemon's own limit of twenty messages a second, the bench would measure that limit.
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    say(
      `append → client message: p50 ${quantile(delays, 0.5).toFixed(1)} ms, p99 ${quantile(delays, 0.99).toFixed(1)} ms (${delays.length} appends)`,
    );
    await client.close();
  } finally {
    rampwatch('stop');
  }
}

function packageFigures(): void {
  const vsix = join(root, 'rampwatch.vsix');
  const size = (file: string) => `${(statSync(file).size / 1024).toFixed(0)} KiB`;
  const bundle = (name: string) => size(join(root, 'dist', name));
  if (existsSync(vsix)) {
    say(
      `VSIX: ${size(vsix)}; extension bundle: ${bundle('openRampwatch.cjs')}, before it is needed ${bundle('extension.cjs')}`,
    );
  }
}

/** Loading the bundle and `activate()`, in a real VS Code with a workspace that has no plan. */
function activationFigures(): void {
  const figures = join(folder, 'activation');
  for (let round = 0; round < 3; round += 1) {
    execFileSync(process.execPath, [join(root, 'test', 'editor', 'run.ts'), 'activation'], {
      cwd: root,
      env: { ...process.env, RAMPWATCH_FIGURES: figures },
      stdio: 'ignore',
    });
  }
  const times = readFileSync(figures, 'utf8').trim().split('\n').map(Number);
  say(
    `activation in VS Code, bundle loaded and activate() returned: ${median(times).toFixed(0)} ms (${times.length} windows)`,
  );
}

interface ChildResult {
  readonly seconds: number;
  readonly treatment: number;
  readonly control: number;
  readonly good: number;
  readonly resident?: number;
}

function child(name: string, ...words: string[]): ChildResult {
  return JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, name), ...words], { encoding: 'utf8' }));
}

function rate(seconds: number, size: number): string {
  return `${(records / seconds / 1000).toFixed(0)} k records/s, ${(size / 1e6 / seconds).toFixed(0)} MB/s, ${seconds.toFixed(2)} s`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
