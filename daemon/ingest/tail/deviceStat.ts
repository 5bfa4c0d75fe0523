import { statSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { type FileStats, fileStats } from './fileIdentity.ts';

/** File systems (Linux `statfs` types) that answer from this machine: ext, XFS, Btrfs, tmpfs, overlayfs, ZFS, F2FS. */
const localTypes = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010]);

/** Device → whether `stat` there can be waited for. */
const answersAtOnce = new Map<string, boolean>();

/** Learns, once per device, what kind of file system the file lies on. */
export async function learnDevice(file: string, device: string): Promise<void> {
  if (answersAtOnce.has(device)) return;
  const type = await statfs(file).then(
    (system) => system.type,
    () => null,
  );
  if (type !== null) answersAtOnce.set(device, localTypes.has(type));
}

/** Tells whether `stat` of files on that device answers at once. */
export function canStatAtOnce(device: string): boolean {
  return answersAtOnce.get(device) === true;
}

/**
 * `stat` of a file last seen on `device`. On a local file system the call itself takes a tenth of what handing it to a
 * thread costs; from anywhere else it may hang, and must not take the event loop with it.
 */
export async function deviceStat(path: string, device: string): Promise<FileStats> {
  if (canStatAtOnce(device)) return fileStats(statSync(path, { bigint: true }));
  return fileStats(await stat(path, { bigint: true }));
}
