import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endProcessGroup } from './processes.ts';
import type { RunLog } from './run-log.ts';

const version = process.env.RAMPWATCH_VSCODE === 'oldest' ? 'oldest' : 'server';
const installed = resolve(import.meta.dirname, '../../../.vscode-test', version, 'node_modules');
const platform = process.platform === 'win32' ? 'win' : process.platform;
const nodeBinary = join(installed, `node-${platform}-${process.arch}`, 'bin', platform === 'win' ? 'node.exe' : 'node');
const serverMain = join(installed, 'code-server/lib/vscode/out/server-main.js');

const START_MILLISECONDS = 120_000;

export interface ServerDirectories {
  data: string;
  extensions: string;
}

export interface VsCodeServer {
  port: number;
  /** Settles when the process is gone, with how it went. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

function spawnServer(args: readonly string[], env: NodeJS.ProcessEnv, log: RunLog): ChildProcess {
  if (!existsSync(serverMain) || !existsSync(nodeBinary)) {
    throw new Error(`no VS Code server in .vscode-test/${version}: run node scripts/install-vscode.mjs`);
  }
  const child = spawn(nodeBinary, [serverMain, '--accept-server-license-terms', ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => log.add('server', text));
  }
  return child;
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((settle) => {
    child.on('error', (error) => settle(error.message));
    child.on('close', (code, signal) => settle(`exit ${code ?? signal}`));
  });
}

/**
 * Starts VS Code's own server on a free loopback port. With `automation` it accepts a test module in the page's address,
 * and then shows no notification toasts and no modal dialogs: VS Code suppresses them in test runs.
 */
export async function startServer(
  directories: ServerDirectories,
  env: NodeJS.ProcessEnv,
  log: RunLog,
  automation: boolean,
): Promise<VsCodeServer> {
  const child = spawnServer(
    [
      ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token'],
      ...['--server-data-dir', directories.data, '--extensions-dir', directories.extensions],
      ...['--telemetry-level', 'off'],
      ...(automation ? ['--enable-smoke-test-driver'] : []),
      // A login shell's profile would change the environment that a test passes.
      '--force-disable-user-env',
      // If this process dies without stopping the server, the server ends itself once the page is gone.
      ...['--enable-remote-auto-shutdown', '--reconnection-grace-time', '30'],
    ],
    env,
    log,
  );
  const exited = exitOf(child);
  const stop = () => endProcessGroup(child);
  const listening = new Promise<number>((found) => {
    let seen = '';
    child.stdout?.on('data', (text: string) => {
      seen += text;
      const port = /agent listening on (\d+)/.exec(seen)?.[1];
      if (port !== undefined) found(Number(port));
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((settle) => {
    timer = setTimeout(settle, START_MILLISECONDS, `no port after ${START_MILLISECONDS / 1000} s`);
  });
  const outcome = await Promise.race([listening, exited, late]);
  clearTimeout(timer);
  if (typeof outcome === 'number') return { port: outcome, exited, stop };
  await stop();
  throw new Error(`VS Code's server did not start: ${outcome}\n${log.tail(15)}`);
}

/** Installs a packaged extension into `directories.extensions`. */
export async function installVsix(
  vsix: string,
  directories: ServerDirectories,
  env: NodeJS.ProcessEnv,
  log: RunLog,
): Promise<void> {
  const args = ['--server-data-dir', directories.data, '--extensions-dir', directories.extensions];
  const child = spawnServer(['--install-extension', vsix, ...args], env, log);
  const outcome = await exitOf(child);
  if (outcome !== 'exit 0') throw new Error(`installing ${vsix} failed: ${outcome}\n${log.tail(15)}`);
}
