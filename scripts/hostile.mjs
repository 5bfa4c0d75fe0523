// `npm run hostile`: installs what is missing, builds, and lets a real daemon suffer plans and files that were made to be slow.
import { spawnSync } from 'node:child_process';
import { environment, fail, install, node, root, run } from './bootstrap.mjs';

install();
if (run(node, ['scripts/build.mjs']) !== 0) fail('the build failed: the lines above say why.');
const { status } = spawnSync(node, ['bench/hostile/run.ts', ...process.argv.slice(2)], {
  cwd: root,
  env: environment,
  stdio: 'inherit',
});
process.exit(status ?? 1);
