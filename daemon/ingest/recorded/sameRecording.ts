import { createHash } from 'node:crypto';
import { openRecorded } from './openRecorded.ts';

interface NamedFile {
  readonly file: string;
  readonly name: string;
}

/** A file that holds what another holds, and which. */
export interface Twin {
  readonly name: string;
  readonly of: string;
}

const pieceSize = 256 * 1024;
/** Files that do not begin with the same bytes are not the same. */
const beginningSize = 4096;

/**
 * Leaves out what holds the same bytes as a file before it, decompressed: `metrics.jsonl.1` and `metrics.jsonl.1.gz` are one
 * generation of a log; of two sources they are two. What cannot be read is left in, to be told where it is read.
 */
export async function withoutTwins(
  files: readonly NamedFile[],
  sourceOf: (file: string) => number,
): Promise<{ readonly files: readonly NamedFile[]; readonly twins: readonly Twin[] }> {
  if (files.length < 2) return { files, twins: [] };
  const beginnings = await Promise.all(files.map(({ file }) => digestOf(file, beginningSize).catch(() => null)));
  const alike = Map.groupBy(files, ({ file }, index) => {
    const beginning = beginnings[index] ?? null;
    return beginning === null || beginning === emptyDigest ? null : `${sourceOf(file)} ${beginning}`;
  });
  const twins: Twin[] = [];
  const left = new Set<NamedFile>();
  for (const [beginning, group] of alike) {
    if (beginning === null || group.length < 2) continue;
    const seen = new Map<string, string>();
    for (const named of group) {
      const digest = await digestOf(named.file, Number.POSITIVE_INFINITY).catch(() => null);
      if (digest === null) continue;
      const of = seen.get(digest);
      if (of === undefined) seen.set(digest, named.name);
      else {
        twins.push({ name: named.name, of });
        left.add(named);
      }
    }
  }
  return { files: files.filter((named) => !left.has(named)), twins };
}

const emptyDigest = createHash('sha256').digest('base64url');

/** The digest of the first so many bytes of a file, decompressed, as far as they can be read. */
async function digestOf(file: string, upTo: number): Promise<string> {
  const content = await openRecorded(file);
  try {
    const digest = createHash('sha256');
    const piece = Buffer.alloc(Math.min(pieceSize, upTo));
    for (let at = 0; at < upTo; ) {
      const { length, end, failure } = await content.read(at, piece);
      digest.update(piece.subarray(0, length));
      at += length;
      if (end || failure !== null) break;
    }
    return digest.digest('base64url');
  } finally {
    await content.close();
  }
}
