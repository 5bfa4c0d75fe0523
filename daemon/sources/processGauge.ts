import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** More characters than any process id has, blanks around it included. */
const longestPid = 64;

/** Resident memory in MiB of the process that the pid file names, or one line that says why there is none. */
export type ProcessSample =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'none'; readonly detail: string };

/** `pidFile` is absolute. Linux reads /proc; elsewhere `ps` is asked. Never throws. */
export async function sampleResidentMemory(pidFile: string): Promise<ProcessSample> {
  let text: string;
  try {
    text = await shortText(pidFile);
  } catch {
    return {
      kind: 'none',
      detail: `${pidFile} cannot be read: is the application running, and does it write its pid there?`,
    };
  }
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 0) return { kind: 'none', detail: `${pidFile} does not hold a process id` };
  const kibibytes = process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid);
  if (kibibytes === null) return { kind: 'none', detail: `no process ${pid} runs, which ${pidFile} names` };
  return { kind: 'value', value: kibibytes / 1024 };
}

/** The beginning of a regular file. A pipe would hold up a thread for ever, and with a few of them every flag. */
async function shortText(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await handle.stat()).isFile()) throw new Error('not a regular file');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestPid), 0, longestPid, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function fromProc(pid: number): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return resident === undefined ? null : Number(resident);
  } catch {
    return null;
  }
}

async function fromPs(pid: number): Promise<number | null> {
  try {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)], { timeout: 5000 });
    const resident = Number(stdout.trim());
    return stdout.trim() === '' || !Number.isFinite(resident) ? null : resident;
  } catch {
    return null;
  }
}
