// `npm run test:real`: the tests against real servers that are too heavy for every install (Unleash: 190 MB). They are
// installed once into `.real-parts/`, in these versions; PostgreSQL comes from the system (Debian: postgresql). A part
// that is missing is named, and its test is skipped.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, fail, install, node, root, run } from './bootstrap.mjs';

// 7 is the last version under Apache-2.0; it runs as a process of its own and is never shipped.
const parts = { 'unleash-server': '7.6.5', 'unleash-client': '6.12.1' };

install();
const folder = join(root, '.real-parts');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: parts }));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
if (run(npm, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder]) !== 0)
  fail('the real parts could not be installed: the lines above say why.');
process.exit(
  run(node, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/real'], {
    env: { ...environment, RAMPWATCH_REAL_PARTS: folder },
  }),
);
