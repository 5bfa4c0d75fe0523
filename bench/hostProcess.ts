import { readdirSync, readFileSync } from 'node:fs';

/** The extension host whose environment has this state directory. Linux only. */
export function extensionHost(directory: string): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('--type=extensionHost')) continue;
      if (readFileSync(`/proc/${name}/environ`, 'utf8').includes(directory)) return Number(name);
    } catch {
      // The process has ended since it was listed.
    }
  }
  throw new Error('VS Code has no extension host');
}

/** In MiB. */
export function residentMemory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
