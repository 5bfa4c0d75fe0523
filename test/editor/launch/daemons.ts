import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The processes of the daemons that run below a state directory, by their discovery files. */
export async function daemonPids(stateDirectory: string): Promise<number[]> {
  const files = (await readdir(stateDirectory)).map((name) => join(stateDirectory, name, 'daemon.json'));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => undefined)));
  return texts.flatMap((text) => (text === undefined ? [] : [Number(JSON.parse(text).pid)]));
}

/** The daemon of the one workspace below the state directory. */
export async function daemonPid(stateDirectory: string): Promise<number> {
  const [pid] = await daemonPids(stateDirectory);
  if (pid === undefined) throw new Error(`no discovery file below ${stateDirectory}`);
  return pid;
}

/** Ends whatever daemon a drive has left: it would go on watching a folder that is gone. */
export async function endDaemons(stateDirectory: string): Promise<void> {
  for (const pid of await daemonPids(stateDirectory)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The daemon has ended by itself.
    }
  }
}
