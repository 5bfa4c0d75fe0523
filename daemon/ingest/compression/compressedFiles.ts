import { errorCode } from '../../protocol/domain/errorCode.ts';
import { openForReading } from '../tail/content.ts';
import { type FileStats, inodeKey } from '../tail/fileIdentity.ts';
import { compressionHeadSize, compressionNamed, isCompressed } from './compression.ts';

/** The file is gone or may not be read, which whoever reads it will tell. */
const isRefusal = new Set(['ENOENT', 'EACCES', 'EPERM', 'ELOOP']);

interface File {
  readonly path: string;
  readonly target: string;
  readonly stats: FileStats;
}

type Identity = Pick<FileStats, 'device' | 'inode' | 'birth'>;

/** Which files are compressed: their first bytes say so, whatever they are called; each file is asked once. */
export class CompressedFiles {
  #known: Map<string, boolean>;

  /** @param known what was learned of files before. */
  constructor(known: Iterable<Identity & { readonly compressed: boolean }> = []) {
    this.#known = new Map(Array.from(known, (file) => [keyOf(file), file.compressed]));
  }

  /** Throws what the system says when it cannot be read for no reason of its own. */
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
function keyOf(stats: Identity): string {
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
  } catch (error) {
    if (isRefusal.has(errorCode(error))) return null;
    throw error;
  }
}
