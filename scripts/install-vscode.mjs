#!/usr/bin/env node
// Makes .vscode-test/server ready: VS Code's own server and workbench (carried by code-server on npm), the Node it
// runs under, and a Chromium to show it. Plain JavaScript for the machine's own Node (20 or newer), no dependencies.
// It lives outside node_modules so that `npm ci` does not drop it, and does nothing when everything is there.
// `--oldest`: the oldest VS Code that the manifest promises, in .vscode-test/oldest.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const OLDEST = process.argv.includes('--oldest');
// The older extension host does not answer under a newer Node than the one it was made for.
const NODE_VERSION = OLDEST ? '22.17.0' : '24.21.0';
// code-server 4.N carries VS Code 1.N. The manifest's `engines` promises the older one: npm has none between 1.100 and it,
// and 1.100 lacks an interface that the extension uses.
const CODE_SERVER_VERSION = OLDEST ? '4.103.2' : '4.139.1';
const NODE_PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
// The natives a test run loads: the server's log files, and the watchdog that ends an orphaned extension host.
// node-pty and @parcel/watcher bring prebuilt binaries; kerberos is loaded only for proxy authentication.
const NATIVES = ['@vscode/spdlog', OLDEST ? 'native-watchdog' : '@vscode/native-watchdog'];

// It searches files by a program that its own install script downloads from elsewhere; newer ones carry it in this package.
const RIPGREP = '@vscode/ripgrep-universal';

const directory = resolve(import.meta.dirname, '..', '.vscode-test', OLDEST ? 'oldest' : 'server');
const stampFile = join(directory, 'ready.json');
const logFile = join(directory, 'install.log');
const nodePackage = join(directory, 'node_modules', NODE_PACKAGE);
const vscode = join(directory, 'node_modules', 'code-server', 'lib', 'vscode');
const nodeBinary = join(nodePackage, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const stamp = JSON.stringify({ node: NODE_VERSION, codeServer: CODE_SERVER_VERSION, natives: NATIVES });

/** A user error: one line, no stack. */
class Refusal extends Error {}

const say = (line) => console.log(`vscode: ${line}`);

/** Runs a command with its output in the log file; the last lines of a failure go into the error. */
async function run(step, command, args, options = {}) {
  const started = Date.now();
  const output = createWriteStream(logFile, { flags: 'a' });
  let tail = '';
  const keep = (chunk) => {
    output.write(chunk);
    tail = (tail + chunk).slice(-4000);
  };
  keep(`\n$ ${command} ${args.join(' ')}\n`);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    ...options,
  });
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const outcome = await new Promise((settle) => {
    child.on('error', (error) => settle(error.message));
    child.on('close', (code, signal) => settle(code === 0 ? undefined : `exit ${code ?? signal}`));
  });
  await new Promise((closed) => output.end(closed));
  if (outcome !== undefined) {
    throw new Refusal(
      `${step} failed (${outcome}); see ${logFile}\n${tail.trimEnd().split('\n').slice(-12).join('\n')}`,
    );
  }
  say(`${step} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

/** The environment of everything that installs: the pinned Node first, and its own headers for what is compiled. */
function environment() {
  const { ...inherited } = process.env;
  // The settings that an outer `npm run` or `npm ci --ignore-scripts` passes down are meant for the repository, not for this folder.
  for (const name of ['local_prefix', 'ignore_scripts', 'omit', 'include', 'global', 'prefix']) {
    delete inherited[`npm_config_${name}`];
  }
  return {
    ...inherited,
    PATH: [join(nodePackage, 'bin'), process.env.PATH ?? ''].join(delimiter),
    // A machine's npm configuration may name the headers of another Node.
    npm_config_nodedir: nodePackage,
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    npm_config_update_notifier: 'false',
  };
}

function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new Refusal(`CHROMIUM names ${named}, which does not exist: point it at a Chromium or Chrome executable`);
  }
  return ['/usr/bin/chromium'].find((path) => existsSync(path));
}

const onPath = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;

/** True when the pinned Node runs and loads every native module the server needs. */
function loads() {
  if (!existsSync(nodeBinary) || !existsSync(join(vscode, 'out', 'server-main.js'))) return false;
  const check = `if (process.versions.node !== '${NODE_VERSION}') process.exit(1); for (const name of ${JSON.stringify(NATIVES)}) require(name);`;
  const answer = spawnSync(nodeBinary, ['-e', check], { cwd: vscode, encoding: 'utf8' });
  return answer.status === 0;
}

function isReady() {
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8').trim() !== stamp) return false;
  return loads();
}

async function installSystemPackages(compiling) {
  const missing = [];
  if (findChromium() === undefined) missing.push('chromium');
  if (compiling) {
    if (!onPath('make')) missing.push('make');
    if (!onPath('g++')) missing.push('g++');
    if (!onPath('python3')) missing.push('python3');
  }
  if (missing.length === 0) return;
  const canInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version') && onPath('apt-get');
  if (!canInstall) {
    const chromium = missing.includes('chromium') ? ', or set CHROMIUM to a Chromium executable' : '';
    throw new Refusal(
      `missing system packages: ${missing.join(', ')}; install them (Debian: apt-get install ${missing.join(' ')})${chromium}`,
    );
  }
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  await run('apt-get update', 'apt-get', ['update', '-q'], options);
  await run(`apt-get install ${missing.join(' ')}`, 'apt-get', ['install', '-y', '-q', ...missing], options);
}

async function install() {
  rmSync(stampFile, { force: true });
  const manifest = {
    private: true,
    dependencies: {
      [NODE_PACKAGE]: NODE_VERSION,
      'code-server': CODE_SERVER_VERSION,
      ...(OLDEST && { [RIPGREP]: '1.18.0' }),
    },
  };
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await run(
    `${NODE_PACKAGE} ${NODE_VERSION} and code-server ${CODE_SERVER_VERSION} from npm`,
    'npm',
    ['install', '--ignore-scripts', '--no-package-lock'],
    {
      cwd: directory,
      env: environment(),
    },
  );
  // npm-shrinkwrap.json beside it pins every version.
  await run("VS Code server's modules", 'npm', ['install', '--omit=dev', '--ignore-scripts'], {
    cwd: vscode,
    env: environment(),
  });
  await run(`compiled ${NATIVES.join(', ')}`, 'npm', ['rebuild', '--ignore-scripts=false', ...NATIVES], {
    cwd: vscode,
    env: environment(),
  });
  if (OLDEST) {
    const bin = join(vscode, 'node_modules/@vscode/ripgrep/bin');
    mkdirSync(bin, { recursive: true });
    copyFileSync(
      join(directory, 'node_modules', RIPGREP, 'bin', `${process.platform}-${process.arch}`, 'rg'),
      join(bin, 'rg'),
    );
  }
  // An npm that refuses install scripts still exits 0, so only loading the modules proves the build.
  if (!loads()) {
    throw new Refusal(
      `${NATIVES.join(' and ')} do not load under Node ${NODE_VERSION} after npm rebuild; see ${logFile} (does this npm refuse install scripts?)`,
    );
  }
  writeFileSync(stampFile, `${stamp}\n`);
}

try {
  mkdirSync(directory, { recursive: true });
  const ready = isReady();
  await installSystemPackages(!ready);
  if (!ready) await install();
  const chromium = findChromium();
  if (chromium === undefined) throw new Refusal('no Chromium at /usr/bin/chromium: set CHROMIUM to an executable');
  say(`ready: code-server ${CODE_SERVER_VERSION}, Node ${NODE_VERSION}, ${chromium}`);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`vscode: ${error.message}`);
  process.exitCode = 1;
}
