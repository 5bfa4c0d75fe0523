// Makes a fresh checkout usable: installs what package-lock.json names, once, and tells where the pinned Node 24 is.
// Plain JavaScript without dependencies, because it runs on the system's Node (20 or newer) before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const binaries = join(root, 'node_modules', '.bin');
const stamp = join(root, 'node_modules', '.rampwatch-installed');

/** The environment of every script: the pinned Node 24 and the project's tools come first on PATH. */
export const environment = { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}` };

/** The pinned Node 24. */
export const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Ends the process with one line that says what is wrong and what to do. */
export function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

/** Installs the dependencies when node_modules does not match package-lock.json. */
export function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(node)) return;
  process.stderr.write('Installing the dependencies …\n');
  let result = npm('ci');
  if (result.status !== 0) {
    // A registry may lack a package of another platform; this platform's packages may still be complete.
    process.stderr.write('npm ci failed; trying npm install …\n');
    const again = npm('install', '--no-save');
    if (again.status === 0) result = again;
  }
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    fail('npm ci failed: the lines above say why. Is the npm registry reachable?');
  }
  if (!existsSync(node)) {
    fail('npm did not install the pinned Node 24: allow the install script of the package `node` and try again.');
  }
  writeFileSync(stamp, wanted);
}

/** Runs npm in the repository. The pinned Node 24 runs what it installs, so the system's Node may be older than they ask. */
function npm(...args) {
  const script = process.env.npm_execpath;
  const [command, first] = script === undefined ? ['npm', []] : [process.execPath, [script]];
  return spawnSync(command, [...first, ...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    // On Windows, npm is a batch file.
    shell: script === undefined && process.platform === 'win32',
    env: { ...process.env, npm_config_engine_strict: 'false' },
  });
}

/** Runs one of the project's programs with its output shown; ends the process when it fails, unless told otherwise. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: environment, ...options });
  if (result.error) fail(`cannot run ${command}: ${result.error.message}`);
  return result.status ?? 1;
}
