// The repository's URL is the publisher's to set (CONTRIBUTING.md, "Publishing").
// `npm run package`: builds and packs rampwatch.vsix. Everything is bundled, so no dependency is packed.
import { join } from 'node:path';
import { fail, install, node, root, run } from './bootstrap.mjs';

install();
if (run(node, ['scripts/build.mjs']) !== 0) fail('the build failed: the lines above say why.');
const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
process.exit(
  run(node, [
    vsce,
    'package',
    '--no-dependencies',
    '--no-rewrite-relative-links',
    '--allow-missing-repository',
    '--out',
    'rampwatch.vsix',
  ]),
);
