// Bundles what is shipped into dist/: the extension (CommonJS, `vscode` outside), the command line with the daemon
// (ES modules, split so that the version check runs before anything needs a newer Node), the dashboard page, and the
// manual page.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { fail, node, root } from './bootstrap.mjs';
import { refreshScanner } from './compileScanner.mjs';
import { noticesOf } from './notices.mjs';
import { webviewPages } from './webviewPages.mjs';

const common = {
  absWorkingDir: root,
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  sourcemap: false,
  logLevel: 'warning',
  metafile: true,
  define: { 'process.env.NODE_ENV': '"production"' },
};

await refreshScanner();
rmSync(join(root, 'dist'), { recursive: true, force: true });

const targets = [
  {
    ...common,
    entryPoints: {
      cli: 'daemon/cli.ts',
      junitWorker: 'daemon/ingest/junit/junitWorker.ts',
      simulateWorker: 'daemon/simulateWorker.ts',
      supervisor: 'daemon/approval/supervisor.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'daemon-[hash]',
    format: 'esm',
    splitting: true,
    platform: 'node',
    target: 'node20',
    // Parts of pg that it tries to load and does without: a compiled client, and sockets of another platform.
    external: ['pg-native', 'pg-cloudflare'],
    // Its main file loads the others by a `require` that the bundler cannot follow.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    // pino and ws are or load CommonJS; an ES module has no `require` of its own.
    banner: {
      js: "import { createRequire as rampwatchRequire } from 'node:module'; const require = rampwatchRequire(import.meta.url);",
    },
  },
  {
    ...common,
    entryPoints: {
      extension: 'extension/extension.ts',
      openRampwatch: 'extension/openRampwatch.ts',
      planText: 'extension/plan/planText.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    external: ['vscode'],
    plugins: [
      {
        // All but the first look is loaded when it is needed, and the YAML parser when a plan is looked into.
        name: 'parts on their own',
        setup({ onResolve }) {
          onResolve({ filter: /\/(?:openRampwatch|planText)\.ts$/ }, ({ kind, path }) =>
            kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.cjs`, external: true } : undefined,
          );
        },
      },
    ],
  },
  {
    ...common,
    ...webviewPages,
    outdir: 'dist/webview',
  },
];

const inputs = new Set();
for (const target of targets) {
  const { metafile } = await build(target);
  // A file that was read and left out of the bundle needs no notice.
  for (const { inputs: parts } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(parts)) if (bytesInOutput > 0) inputs.add(file);
  }
}
writeFileSync(join(root, 'dist/THIRD_PARTY_NOTICES.txt'), noticesOf(inputs));

const { status, stdout } = spawnSync(node, [join(root, 'dist/cli.mjs'), 'man'], { encoding: 'utf8' });
if (status !== 0) fail('the manual page could not be made: `node dist/cli.mjs man` failed.');
writeFileSync(join(root, 'dist/rampwatch.1'), stdout);
