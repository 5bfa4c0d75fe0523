import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DaemonProgram } from '../../extension/connection/commandLine.ts';
import { startDaemon } from '../../extension/connection/daemonProgram.ts';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-program-')));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const workspace = join(directory, 'workspace');
mkdirSync(workspace);
const planFile = join(workspace, 'rampwatch.yaml');

/** A command line that does what a test wants, in the place of the real one. */
function program(name: string, body: string, over: Partial<DaemonProgram> = {}): DaemonProgram {
  const cli = join(directory, `${name}.mjs`);
  writeFileSync(cli, body);
  return { node: process.execPath, cli, stateDirectory: '', ...over };
}

describe('starting the daemon by the command line', () => {
  it('gives it the plan, the folder, the state directory, and the sign that the editor is to be Node', async () => {
    const body = `const { ELECTRON_RUN_AS_NODE: node, RAMPWATCH_STATE_DIRECTORY: state } = process.env;
      const told = [process.argv.slice(2).join(' '), process.cwd(), node, state].join('|');
      console.error('a note on stderr');
      console.log(JSON.stringify({ kind: 'started', pid: 1, port: 2, stateDirectory: told }));`;
    const started = await startDaemon(program('echo', body, { stateDirectory: '/state' }), planFile);
    expect(started).toEqual({
      kind: 'started',
      stateDirectory: `start --plan ${planFile} --json|${workspace}|1|/state`,
    });
  });

  it('names the folder whose process is to take this one in', async () => {
    const body = `console.log(JSON.stringify({ kind: 'started', stateDirectory: process.argv.slice(2).join(' ') }));`;
    const { stateDirectory } = await startDaemon(program('beside', body), planFile, '/other/folder');
    expect(stateDirectory).toBe(`start --plan ${planFile} --beside /other/folder --json`);
  });

  it('passes on the one line with which it refuses', async () => {
    const error = { code: 'state-unwritable', message: 'cannot make the state directory; make it writable' };
    const body = `console.log(JSON.stringify({ error: ${JSON.stringify(error)} })); process.exitCode = 1;`;
    await expect(startDaemon(program('refuse', body), planFile)).rejects.toMatchObject(error);
  });

  it('says what to do when it breaks, or says something that is no answer', async () => {
    const broken = program('broken', `console.error('first line\\nthe last line'); process.exit(3);`);
    await expect(startDaemon(broken, planFile)).rejects.toThrow(
      /: the last line; the setting rampwatch\.nodePath names/,
    );
    const silent = program('silent', '');
    await expect(startDaemon(silent, planFile)).rejects.toThrow(/: it said nothing; /);
    const killed = program('killed', `process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`);
    await expect(startDaemon(killed, planFile)).rejects.toThrow(/: ended by SIGKILL; /);
  });

  it('says which Node cannot be run', async () => {
    const missing = program('missing', '', { node: join(directory, 'no-node') });
    await expect(startDaemon(missing, planFile)).rejects.toThrow(/could not be started with .*no-node: .*ENOENT/);
    const plain = join(directory, 'plain');
    writeFileSync(plain, '');
    chmodSync(plain, 0o644);
    const unrunnable = program('unrunnable', '', { node: plain });
    await expect(startDaemon(unrunnable, planFile)).rejects.toThrow(/EACCES/);
  });

  it('does not wait for a daemon that holds on to its pipes', async () => {
    const body = `import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 5000)'], { stdio: 'inherit', detached: true });
      child.unref();
      console.log(JSON.stringify({ kind: 'joined', stateDirectory: String(child.pid) }));`;
    const { kind, stateDirectory } = await startDaemon(program('holding', body), planFile);
    expect(kind).toBe('joined');
    // It still runs: its pipes were open when the answer came.
    expect(process.kill(Number(stateDirectory), 'SIGKILL')).toBe(true);
  });
});
