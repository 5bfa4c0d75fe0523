import { openForReading } from '../tail/content.ts';
import { type FileStats, inodeKey } from '../tail/fileIdentity.ts';
import { compressionHeadSize, compressionNamed, isCompressed } from './compression.ts';

interface File {
  readonly path: string;
  readonly target: string;
  readonly stats: FileStats;
}

/** Which files are compressed: their first bytes say so, whatever they are called; each file is asked once. */
export class CompressedFiles {
  #known = new Map<string, boolean>();

  async has({ path, target, stats }: File): Promise<boolean> {
    const key = keyOf(stats);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // Too little of it is there, or it may not be read: its name has to do.
    if (stats.size < compressionHeadSize) return compressionNamed(path) !== null;
    const head = await headOf(target);
    if (head === null || head.length < compressionHeadSize) return compressionNamed(path) !== null;
    const compressed = isCompressed(head);
    this.#known.set(key, compressed);
    return compressed;
  }

  /** Forgets all other files. */
  keepOnly(files: readonly Pick<File, 'stats'>[]): void {
    const kept = new Map<string, boolean>();
    for (const { stats } of files) {
      const key = keyOf(stats);
      const known = this.#known.get(key);
      if (known !== undefined) kept.set(key, known);
    }
    this.#known = kept;
  }
}

/** A file of the same inode that was born later is another. */
function keyOf(stats: FileStats): string {
  return `${inodeKey(stats)} ${stats.birth}`;
}

async function headOf(target: string): Promise<Buffer | null> {
  try {
    const handle = await openForReading(target);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(compressionHeadSize), 0, compressionHeadSize, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}
