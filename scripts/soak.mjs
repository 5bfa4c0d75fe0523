// `npm run soak -- [--kills N] [--hours H] [--seed S]`: installs what is missing, builds, and runs the soak.
import { spawnSync } from 'node:child_process';
import { environment, fail, install, node, root, run } from './bootstrap.mjs';

install();
if (run(node, ['scripts/build.mjs']) !== 0) fail('the build failed: the lines above say why.');
const { status } = spawnSync(node, ['bench/soak/run.ts', ...process.argv.slice(2)], {
  cwd: root,
  env: environment,
  stdio: 'inherit',
});
process.exit(status ?? 1);
