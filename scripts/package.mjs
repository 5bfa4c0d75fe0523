// `npm run package -- [--repository URL] [--out FILE] [--built]`: builds (unless it is built already) and packs rampwatch.vsix. Everything is bundled, so no dependency is packed.
// With the URL of the repository that it is published from, the manifest names it, its issues and its badges, and the
// links and images of the README lead there: a marketplace has nothing else to find them by. The checkout stays as it is.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, install, node, root, run } from './bootstrap.mjs';
import { publishedManifest } from './publishedManifest.mjs';

const { repository, out, built } = options();
const manifest = repository === undefined ? undefined : manifestFor(repository);
if (!built) install();
if (!built && run(node, ['scripts/build.mjs']) !== 0) fail('the build failed: the lines above say why.');
const file = resolve(out);
process.exit(
  manifest === undefined
    ? pack(root, ['--no-rewrite-relative-links', '--allow-missing-repository'])
    : await packPublished(),
);

function options() {
  try {
    return parseArgs({
      options: {
        repository: { type: 'string' },
        out: { type: 'string', default: join(root, 'rampwatch.vsix') },
        built: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${error.message}; write npm run package -- [--repository URL] [--out FILE] [--built]`);
  }
}

/** Packs the shipped files beside a manifest that names the repository. */
async function packPublished() {
  const { listFiles, PackageManager } = await import('@vscode/vsce');
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-package-'));
  try {
    for (const name of ['.vscodeignore', ...(await listFiles({ cwd: root, packageManager: PackageManager.None }))]) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      cpSync(join(root, name), join(folder, name));
    }
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    return pack(folder, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function manifestFor(url) {
  try {
    return publishedManifest(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')), url);
  } catch (error) {
    return fail(error.message);
  }
}

function pack(folder, words) {
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  return run(node, [vsce, 'package', '--no-dependencies', ...words, '--out', file], { cwd: folder });
}
