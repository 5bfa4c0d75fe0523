import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const POLITE_MILLISECONDS = 5_000;
const POLL_MILLISECONDS = 50;

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process ended first.
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const end = Date.now() + POLITE_MILLISECONDS;
  while (!(await condition())) {
    if (Date.now() > end) return false;
    await wait(POLL_MILLISECONDS);
  }
  return true;
}

/** Ends a child started with `detached: true` and everything still in its process group. */
export async function endProcessGroup(child: ChildProcess): Promise<void> {
  const pid = child.pid;
  if (pid === undefined) return;
  // A negative pid names the group; it also works while only grandchildren are left.
  signal(process.platform === 'win32' ? pid : -pid, 'SIGTERM');
  if (!(await until(() => child.exitCode !== null || child.signalCode !== null))) signal(pid, 'SIGKILL');
  if (process.platform !== 'win32') signal(-pid, 'SIGKILL');
}

/** The processes with `marker` in their environment; one that has ended but is not yet reaped has none. */
async function markedProcesses(marker: string): Promise<number[]> {
  const marked: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(marker)) marked.push(Number(entry));
  }
  return marked;
}

/**
 * Ends processes that left the process group, such as a daemon that the extension started detached: every process that
 * inherited `marker` (`NAME=value`) in its environment. Linux only; elsewhere a detached process ends after its own
 * idle time.
 */
export async function endMarkedProcesses(marker: string): Promise<void> {
  if (process.platform !== 'linux') return;
  for (const pid of await markedProcesses(marker)) signal(pid, 'SIGTERM');
  if (await until(async () => (await markedProcesses(marker)).length === 0)) return;
  for (const pid of await markedProcesses(marker)) signal(pid, 'SIGKILL');
}
