// `npm run bench:ingest -- [--sizes 100MB,1GB] [--rounds 5] [--without-duckdb]`: installs what is missing, builds, and
// measures `replay` beside other ways to count and to judge the same file. DuckDB (70 MB) is installed once into
// `.bench-parts/`; where that fails, and where another peer is not on this machine, it is left out and said so.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, fail, install, node, root, run } from './bootstrap.mjs';

const parts = { '@duckdb/node-api': '1.5.6-r.1' };
const words = process.argv.slice(2);

install();
if (run(node, ['scripts/build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] }) !== 0)
  fail('the build failed: the lines above say why.');
const folder = join(root, '.bench-parts');
if (!words.includes('--without-duckdb')) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: parts }));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  run(npm, ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
process.exit(run(node, ['bench/ingest/run.ts', ...words], { env: { ...environment, RAMPWATCH_BENCH_PARTS: folder } }));
