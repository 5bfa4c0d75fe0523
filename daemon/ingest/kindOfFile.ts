/** A thing in a folder that is no file. */
export type KindOfFile = 'a folder' | 'a pipe' | 'a socket' | 'a device';

/** @param stats of what is no file. */
export function kindOfFile(stats: { isDirectory(): boolean; isFIFO(): boolean; isSocket(): boolean }): KindOfFile {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}
