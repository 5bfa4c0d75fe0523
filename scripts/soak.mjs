// `npm run soak -- [--hours H]`: installs what is missing, builds, and runs the steady soak; with `--kills N` the one of kills.
import { spawnSync } from 'node:child_process';
import { environment, fail, install, node, root, run } from './bootstrap.mjs';

install();
if (run(node, ['scripts/build.mjs']) !== 0) fail('the build failed: the lines above say why.');
const words = process.argv.slice(2);
const program = words.includes('--kills') ? 'bench/soak/run.ts' : 'bench/soak/steadyRun.ts';
const { status } = spawnSync(node, [program, ...words], {
  cwd: root,
  env: environment,
  stdio: 'inherit',
});
process.exit(status ?? 1);
