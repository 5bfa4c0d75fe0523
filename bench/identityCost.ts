import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeGeneratedLog } from './ingest/generatedLog.ts';

/**
 * `node bench/identityCost.ts [--megabytes N]`: the share of a catch-up's busy time that goes into knowing files by their
 * content (landmarks, marks, what is known of each file, reconciliation), by the samples of V8's profiler: all samples of
 * one run are its denominator, so the load of the machine does not matter to it.
 */
const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '300' } } });
/** A sample belongs to identity when one of these files of `daemon/ingest/tail` is on its stack. */
const identityFiles = new Set([
  'changeWitness.ts',
  'contentSettlement.ts',
  'copyLoss.ts',
  'examination.ts',
  'fileChanges.ts',
  'fileClaims.ts',
  'fileIdentity.ts',
  'fingerprint.ts',
  'generation.ts',
  'generations.ts',
  'knownContents.ts',
  'knownGenerations.ts',
  'quietWitness.ts',
  'recognition.ts',
  'unseenCopies.ts',
  'unseenGenerations.ts',
  'writerHabit.ts',
]);
const plan = `version: 1
id: identity
timezone: UTC
sources: [ { file: metrics.jsonl, fresh: 15m, format: jsonl } ]
arms: { treatment: { execution_type: [async, sync_fallback] }, control: { execution_type: sync } }
measures: { success: { share: { success: true } }, latency: { quantile: 0.95, field: duration_ms } }
stages: [ { id: one, percent: 1, soak: 1h, gate: ["success >= 90%"] }, { id: full, percent: 100, soak: 1h, gate: ["success >= 90%"] } ]
triggers: [ { id: low, when: "success < 50%", over: 5m, min: 20, then: review } ]
flag: { dotenv: .env, set: { X: "\${percent}" } }
`;

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const folder = mkdtempSync(join(tmpdir(), 'rampwatch-identity-'));
try {
  writeGeneratedLog(join(folder, 'metrics.jsonl'), Number(values.megabytes) * 1e6);
  writeFileSync(join(folder, 'rampwatch.yaml'), plan);
  const state = join(folder, 'state');
  mkdirSync(state, { mode: 0o700 });
  const child = join(import.meta.dirname, 'catchUpChild.ts');
  const profiled = ['--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-dir', folder];
  execFileSync(process.execPath, [...profiled, child, join(folder, 'rampwatch.yaml'), state]);
  const [profile] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  if (profile === undefined) throw new Error('the catch-up wrote no profile');
  const { busy, identity } = timesIn(JSON.parse(readFileSync(join(folder, profile), 'utf8')));
  const share = ((identity / busy) * 100).toFixed(2);
  process.stdout.write(
    `${values.megabytes} MB: ${(identity / 1e6).toFixed(2)} s of ${(busy / 1e6).toFixed(2)} s are for identity, ${share} %\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Microseconds of all samples but idle ones, and of those with a file of identity on their stack. */
function timesIn({ nodes, samples, timeDeltas }: CpuProfile): { readonly busy: number; readonly identity: number } {
  const isIdentity = new Map<number, boolean>();
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id));
  // A node stands before its children.
  for (const { id, callFrame, children = [] } of nodes) {
    const is = isIdentity.get(id) === true || identityFiles.has(basename(callFrame.url));
    isIdentity.set(id, is);
    for (const child of children) isIdentity.set(child, is);
  }
  let busy = 0;
  let identity = 0;
  for (const [index, node] of samples.entries()) {
    const elapsed = timeDeltas[index] ?? 0;
    if (idle.has(node)) continue;
    busy += elapsed;
    if (isIdentity.get(node) === true) identity += elapsed;
  }
  return { busy, identity };
}
