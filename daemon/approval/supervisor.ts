import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * A process of its own between the daemon and an approved command that runs for long. Its standard input is a pipe from the
 * daemon: when that closes, because the daemon has ended in whatever way, the command is ended with all that it started.
 * The outputs are the command's own; not a byte of them passes through here.
 */

/** Milliseconds between the request to end and the end. */
const grace = 2000;

const [program = '', ...words] = process.argv.slice(2);
const { ELECTRON_RUN_AS_NODE: _ours, ...environment } = process.env;
const child = spawn(program, words, { env: environment, shell: false, stdio: ['ignore', 'inherit', 'inherit'] });

/** To the whole process group, this process too. */
function signalAll(name: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') child.kill(name);
    else process.kill(-process.pid, name);
  } catch {
    // Nothing of it runs any more.
  }
}

let isEnding = false;
function end(): void {
  if (isEnding) return;
  isEnding = true;
  signalAll('SIGTERM');
  setTimeout(() => {
    signalAll('SIGKILL');
    process.exit(1);
  }, grace);
}

process.on('SIGTERM', end);
process.on('SIGINT', end);
process.on('SIGHUP', end);
process.stdin.on('end', end);
process.stdin.on('error', end);
process.stdin.resume();

child.on('error', (error: NodeJS.ErrnoException) => {
  process.stderr.write(`${program}: ${error.code === 'ENOENT' ? 'not found' : error.message}\n`, () =>
    process.exit(127),
  );
});
child.on('exit', (code, name) => {
  // What it left running ends with it.
  isEnding = true;
  signalAll('SIGTERM');
  process.exit(code ?? 128 + (name === null ? 0 : constants.signals[name]));
});
