import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Measured {
  /** Seconds from the start of the process to its end. */
  readonly wall: number;
  /** Seconds of user and system time, of all its processes. */
  readonly cpu: number;
  /** Peak resident bytes of its largest process; 0 where the system does not tell. */
  readonly resident: number;
  readonly printed: string;
}

/** Runs a program as a whole process. A shell around it asks the system for the times of its children. `prints`: its output is an answer. */
export async function measuredRun(command: readonly string[], prints: boolean): Promise<Measured> {
  const began = performance.now();
  const shell = spawn('sh', ['-c', '"$@"; code=$?; times >&3; exit $code', 'sh', ...command], {
    stdio: ['ignore', prints ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = shell;
  const times = shell.stdio[3];
  if (stderr === null || times == null) throw new Error('no pipes');
  let complaint = '';
  let clock = '';
  let resident = 0;
  let printed = '';
  stdout?.on('data', (bytes: Buffer) => {
    printed += bytes;
  });
  stderr.on('data', (bytes: Buffer) => {
    complaint += bytes;
  });
  times.on('data', (bytes: Buffer) => {
    clock += bytes;
  });
  const looking = setInterval(() => {
    resident = Math.max(resident, peakOfChildren(shell.pid ?? 0));
  }, 15);
  const code = await new Promise<number | null>((resolve) => {
    shell.on('close', resolve);
  });
  clearInterval(looking);
  const wall = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${complaint.slice(-500)}`);
  return { wall, cpu: cpuIn(clock), resident, printed };
}

/** Of POSIX `times`: the second line is of the children, `0m1.23s 0m0.10s`. */
function cpuIn(clock: string): number {
  const [, children = ''] = clock.trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
}

/** The largest peak among the descendants of a process: the programs of a pipe have a shell between. */
function peakOfChildren(parent: number): number {
  try {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
    const running = children.filter((pid) => pid !== '').map(Number);
    return Math.max(0, ...running.map((pid) => Math.max(peakOf(pid), peakOfChildren(pid))));
  } catch {
    return 0;
  }
}

function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
