import { spawnSync } from 'node:child_process';

// The tests of single failing calls, many more of them than `npm test` runs: `npm run faults -- 500`.
const runs = process.argv[2] ?? '200';
const env = { ...process.env, RAMPWATCH_FAULTS: runs, RAMPWATCH_SEED: process.env.RAMPWATCH_SEED ?? 'random' };
const { status } = spawnSync('npx', ['vitest', 'run', 'test/faults/singleCalls.test.ts'], { env, stdio: 'inherit' });
process.exit(status ?? 1);
