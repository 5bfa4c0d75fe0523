import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { writeGeneratedLog } from './generatedLog.ts';
import { type Measured, measuredRun } from './measuredRun.ts';
import { type Answer, type Peer, peersFor } from './peers.ts';

/**
 * `npm run bench:ingest`: `replay` and the daemon's catch-up beside other programs on the same file. Each round runs all
 * of them, whole processes, in a shuffled order; their answers must be the same. What is printed are medians, and medians
 * of the ratios of each round: the time of the other over that of `replay`.
 */
const root = join(import.meta.dirname, '..', '..');
const { values } = parseArgs({
  options: {
    /** `--sizes 20MB` for a quick look. */
    sizes: { type: 'string', default: '100MB,1GB' },
    rounds: { type: 'string', default: '5' },
    /** Parts of names: only these are run, beside `replay`. */
    only: { type: 'string' },
    /** Keeps the files there, and takes those that are there. */
    folder: { type: 'string' },
    'without-duckdb': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'rampwatch-ingest-'));
const parts = values['without-duckdb'] ? '' : (process.env.RAMPWATCH_BENCH_PARTS ?? '');

try {
  for (const size of values.sizes.split(',')) await measureSize(size.trim());
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
}

async function measureSize(name: string): Promise<void> {
  const file = join(folder, `metrics-${name}.jsonl`);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) {
    writeGeneratedLog(`${file}.new`, bytesOf(name));
    renameSync(`${file}.new`, file);
  }
  const size = statSync(file).size;
  const literal = planFile(name, 'literal');
  const proven = planFile(name, 'proven');
  const state = join(folder, 'state');
  const { peers, missing } = peersFor({ root, file, literal, proven, parts, state, catchUp: await bundledCatchUp() });
  const chosen = peers.filter(
    ({ name: of, upTo }, index) =>
      size <= upTo &&
      (index === 0 || values.only === undefined || values.only.split(',').some((part) => of.includes(part))),
  );
  const runs = new Map<Peer, Measured[]>(chosen.map((peer) => [peer, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of shuffled(chosen, round)) {
      rmSync(state, { recursive: true, force: true });
      mkdirSync(state, { mode: 0o700 });
      runs.get(peer)?.push(await measuredRun(peer.command, peer.answer !== null));
    }
    refuseDisagreement(runs, round);
  }
  print(name, size, runs);
  for (const { name: absent, why } of missing) process.stdout.write(`left out: ${absent} (${why})\n`);
  for (const { name: slow, upTo } of peers.filter((peer) => size > peer.upTo))
    process.stdout.write(`left out: ${slow} (too slow beyond ${(upTo / 1e6).toFixed(0)} MB)\n`);
}

/** All that count have counted the same, and all that judge have judged the same. */
function refuseDisagreement(runs: ReadonlyMap<Peer, readonly Measured[]>, round: number): void {
  const answers = [...runs].flatMap(([{ name, answer }, measured]) => {
    const printed = measured[round]?.printed;
    return answer === null || printed === undefined ? [] : [{ name, ...answer(printed) }];
  });
  const [first] = answers;
  for (const answer of answers) {
    if (first !== undefined && isSame(first, answer)) continue;
    throw new Error(`the answers differ: ${JSON.stringify(first)} and ${JSON.stringify(answer)}`);
  }
}

function isSame(one: Answer, other: Answer): boolean {
  const sameFiring =
    one.firing === undefined ||
    other.firing === undefined ||
    JSON.stringify(one.firing) === JSON.stringify(other.firing);
  return one.treatment === other.treatment && one.good === other.good && one.control === other.control && sameFiring;
}

function print(name: string, size: number, runs: ReadonlyMap<Peer, readonly Measured[]>): void {
  const [ours = []] = runs.values();
  const lines = [...runs].map(([peer, measured]) => {
    const wall = median(measured.map((run) => run.wall));
    const [least, most] = [Math.min(...measured.map((run) => run.wall)), Math.max(...measured.map((run) => run.wall))];
    // A program that is over within milliseconds is not seen.
    const peak = Math.max(...measured.map((run) => run.resident));
    const ratio = (of: (run: Measured) => number) =>
      median(measured.map((run, round) => of(run) / of(ours[round] ?? run))).toFixed(2);
    const cells = [
      peer.name,
      peer.work,
      `${wall.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`,
      median(measured.map((run) => run.cpu)).toFixed(2),
      (size / 1e6 / wall).toFixed(0),
      peak === 0 ? '–' : (peak / 1e6).toFixed(0),
      ratio((run) => run.wall),
      ratio((run) => run.cpu),
    ];
    return { wall, text: `| ${cells.join(' | ')} |` };
  });
  lines.sort((one, other) => one.wall - other.wall);
  process.stdout.write(`
### ${name}, ${rounds} rounds

| program | does | wall s (least to most) | CPU s | MB/s | peak MB | wall ÷ replay | CPU ÷ replay |
|---|---|---:|---:|---:|---:|---:|---:|
${lines.map(({ text }) => text).join('\n')}

`);
}

/** The daemon's way in a bundle, as `replay` is one, with the threads that read ahead beside it. */
async function bundledCatchUp(): Promise<string> {
  const outdir = join(folder, 'bundle');
  await build({
    absWorkingDir: root,
    entryPoints: { catchUpChild: 'bench/catchUpChild.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minifySyntax: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'warning',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return join(outdir, 'catchUpChild.mjs');
}

function planFile(name: string, rule: 'literal' | 'proven'): string {
  const file = join(folder, `${rule}-${name}.rampwatch.yaml`);
  writeFileSync(file, planText(`metrics-${name}.jsonl`, rule));
  return file;
}

function planText(log: string, rule: 'literal' | 'proven'): string {
  return `version: 1
id: ingest
name: Ingest
timezone: UTC
sources:
  - file: ${log}
    time: { field: timestamp, zone: UTC }
    ignore: { event_type: any }
arms:
  treatment: { execution_type: [async, sync_fallback] }
  control:   { execution_type: sync }
measures:
  success_rate: { share: { success: true, fallback_used: false } }
  latency: { quantile: 0.95, field: duration_ms, unit: ms }
stages:
  - { id: off, percent: 0 }
  - { id: half, percent: 50, soak: 24h, gate: ["success_rate >= 95%", "latency <= 2000ms"] }
advance: { mode: manual }
rollback: { to: off }
triggers:
  - { id: low-success, when: "success_rate < 95%", over: 5m, min: 20, then: rollback, rule: ${rule} }
flag: { dotenv: .env, set: { UPLOAD_PERCENT: "\${percent}" } }
`;
}

function bytesOf(name: string): number {
  const [, number, unit] = /^([\d.]+)([MG])B$/.exec(name) ?? [];
  if (number === undefined) throw new Error(`${name} is no size: write 20MB or 1GB`);
  return Number(number) * (unit === 'G' ? 1e9 : 1e6);
}

function shuffled<Item>(items: readonly Item[], seed: number): readonly Item[] {
  // By the digits of a multiplicative hash: another order each round, the same in each run.
  const rank = (index: number) => Math.imul((seed + 1) * 31 + index + 1, 0x9e3779b1) >>> 0;
  return items
    .map((item, index) => ({ item, at: rank(index) }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
