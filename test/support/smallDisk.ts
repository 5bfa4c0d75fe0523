import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SeparateDisk } from './runningDaemon.ts';

/** Only root may, and not everywhere. */
export const mayMount = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;

export interface SmallDisk extends SeparateDisk {
  /** Read-only from now on, or no longer. */
  lock(to: 'ro' | 'rw'): void;
}

/** A file system of 16 MiB, visible only to the programs that are started through it. */
export function smallDisk(mountPoint: string, options = 'mode=700'): SmallDisk {
  mkdirSync(mountPoint, { mode: 0o700 });
  const script = `mount -t tmpfs -o size=16m,${options} tmpfs "$1" && echo mounted && exec sleep 600`;
  const holder: ChildProcess = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', mountPoint], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const { pid } = holder;
  if (pid === undefined) throw new Error('unshare cannot be run');
  const disk = (file: string): string => join('/proc', String(pid), 'root', file);
  const isMounted = (): boolean =>
    spawnSync('nsenter', ['-t', String(pid), '-m', 'mountpoint', '-q', mountPoint]).status === 0;
  while (!isMounted()) if (holder.exitCode !== null) throw new Error('the disk could not be mounted');
  return {
    through: ['nsenter', '-t', String(pid), '-m', 'sh', '-c', 'cd "$0" && exec "$@"'],
    disk,
    lock: (to) => {
      const { status } = spawnSync('nsenter', ['-t', String(pid), '-m', 'mount', '-o', `remount,${to}`, mountPoint]);
      if (status !== 0) throw new Error(`the disk could not be mounted ${to}`);
    },
    end: () => holder.kill('SIGKILL'),
  };
}
