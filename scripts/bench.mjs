// `npm run bench`: installs what is missing, builds, packages, and prints the figures.
import { fail, install, node, run } from './bootstrap.mjs';

install();
if (run(node, ['scripts/package.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] }) !== 0)
  fail('packaging failed: the lines above say why.');
process.exit(run(node, ['bench/run.ts']));
