// `npm run bench`: installs what is missing, builds, packages, and prints the figures.
import { fail, install, node, run } from './bootstrap.mjs';

install();
// One part needs no package: `npm run bench -- flap`, or `folders`.
const part = process.argv.slice(2);
const made = part.length === 0 ? 'package' : 'build';
if (run(node, [`scripts/${made}.mjs`], { stdio: ['ignore', 'ignore', 'inherit'] }) !== 0)
  fail(`the ${made} failed: the lines above say why.`);
process.exit(run(node, ['bench/run.ts', ...part]));
