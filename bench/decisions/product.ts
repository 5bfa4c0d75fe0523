import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../daemon/simulate/random.ts';
import { type Kind, simulate } from '../../daemon/simulate/traffic.ts';

/**
 * The same through the product: simulated traffic as a log, `rampwatch init` on its first day and `rampwatch import` of a guide,
 * and what `rampwatch replay` of their plans rolls back. Slow, so of few rollouts.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    rate: { type: 'string', default: '2' },
    days: { type: 'string', default: '7' },
    cli: { type: 'string', default: join(import.meta.dirname, '..', '..', 'daemon', 'cli.ts') },
  },
});
const [runs, perMinute, days] = [Number(values.runs), Number(values.rate), Number(values.days)];
const guide = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'guides', 'MASTER_EXECUTION_GUIDE.md');
const start = Date.UTC(2025, 0, 6);
const day = 24 * 3_600_000;

interface Case {
  readonly name: string;
  readonly kind: Kind;
  readonly dropTo?: number;
}

const cases: readonly Case[] = [
  { name: 'healthy', kind: 'healthy' },
  { name: 'retries', kind: 'retries' },
  { name: 'drop to 0.9', kind: 'healthy', dropTo: 0.9 },
  { name: 'blips', kind: 'blips' },
  { name: 'bursts', kind: 'bursts' },
  { name: 'drop to 0.5', kind: 'healthy', dropTo: 0.5 },
];

interface Recorded {
  readonly at: number;
  readonly arm: 'treatment' | 'control';
  readonly text: string;
}

/** A line a record, in the order of time; the drop is after six tenths of the days. */
function logOf({ kind, dropTo }: Case, seed: number): readonly Recorded[] {
  const drop = dropTo === undefined ? {} : { drop: { minute: dropMinute, success: dropTo } };
  const slots = simulate({ kind, perMinute, exposed: 0.5, success: 0.99, days, ...drop }, seed);
  const random = new Random(seed, 5);
  const records: Recorded[] = [];
  for (let index = 0; index < slots.n.length; index += 1) {
    for (const arm of ['treatment', 'control'] as const) {
      const [numbers, failures] = arm === 'treatment' ? [slots.n, slots.f] : [slots.m, slots.g];
      for (let record = 0; record < (numbers[index] ?? 0); record += 1) {
        const at = Math.floor(start + (index + random.uniform()) * slots.slotSeconds * 1000);
        const text = JSON.stringify({
          timestamp: new Date(at).toISOString(),
          execution_type: arm === 'treatment' ? 'async' : 'sync',
          success: record >= (failures[index] ?? 0),
          fallback_used: false,
          duration_ms: Math.round(200 * Math.exp(random.uniform() + random.uniform() - 1)),
        });
        records.push({ at, arm, text });
      }
    }
  }
  return records.sort((one, other) => one.at - other.at);
}

const dropMinute = Math.round(days * 1440 * 0.6);

function rampwatch(folder: string, ...words: readonly string[]): string {
  return execFileSync(process.execPath, [values.cli, ...words], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1e9,
    env: { ...process.env, HOME: folder },
  });
}

interface Replayed {
  readonly firings: readonly { readonly trigger: string; readonly rule: string; readonly at: string }[];
}

for (const each of cases) {
  for (let run = 0; run < runs; run += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'rampwatch-decisions-'));
    const records = logOf(each, 7_000_003 + run);
    const lines = (kept: readonly Recorded[]) => `${kept.map(({ text }) => text).join('\n')}\n`;
    mkdirSync(join(folder, 'logs/async_upload_rollout'), { recursive: true });
    const log = 'logs/async_upload_rollout/metrics.jsonl';
    writeFileSync(join(folder, log), lines(records.filter(({ at }) => at < start + day)));
    rampwatch(folder, 'init', log, '--yes', '--treatment', 'async', '--out', 'proposed.rampwatch.yaml');
    writeFileSync(join(folder, 'guide.md'), readFileSync(guide));
    rampwatch(folder, 'import', 'guide.md', '--out', 'imported.rampwatch.yaml');
    writeFileSync(join(folder, log), lines(records));
    for (const plan of ['proposed', 'imported']) {
      const answer = rampwatch(folder, 'replay', log, '--observe', '--plan', `${plan}.rampwatch.yaml`, '--json');
      const proofs = (JSON.parse(answer) as Replayed).firings.filter(({ rule }) => rule === 'proven');
      console.log(`${each.name}\t${plan}\t${run}\t${outcome(each, records, proofs)}`);
    }
    rmSync(folder, { recursive: true });
  }
}

function outcome({ dropTo }: Case, records: readonly Recorded[], proofs: Replayed['firings']): string {
  const [first] = proofs;
  const dropAt = start + dropMinute * 60_000;
  if (first === undefined) return dropTo === undefined ? 'quiet' : 'missed';
  const at = Date.parse(first.at);
  if (dropTo === undefined || at < dropAt) return `wrong (${first.trigger})`;
  const found = records.filter((record) => record.arm === 'treatment' && record.at >= dropAt && record.at <= at).length;
  return `found after ${found} records (${first.trigger})`;
}
