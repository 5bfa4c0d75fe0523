import { withoutCompression } from '../compression/compression.ts';
import type { Content } from './content.ts';
import type { Found } from './discover.ts';
import type { Generation } from './generation.ts';
import {
  type ContentMarks,
  carries,
  type FileStats,
  headSize,
  inodeKey,
  isUntouched,
  markAt,
  markerSize,
  markOf,
  mayBeBornTogether,
  sameMark,
} from './identity.ts';
import { byAge } from './rotation.ts';
import { contentMatch, leastToContinue, withContent, writtenLength } from './sameContent.ts';

/** Compressed files have to be read to their end to know it; so much at once. */
const blockSize = 1024 * 1024;

/** `metrics.jsonl.1` and `metrics.jsonl.1.gz`: one is being made from the other. */
function isTwin(found: Found, file: Found): boolean {
  return found.compressed !== file.compressed && withoutCompression(found.path) === withoutCompression(file.path);
}

export type Copied =
  | { readonly kind: 'own' }
  /** `of` has been read so far; what was written into it after it was copied may be gone. */
  | { readonly kind: 'copy'; readonly marks: ContentMarks; readonly of: Generation }
  /** It is being made from a file that is there. */
  | { readonly kind: 'unfinished' }
  /** Its original has not been read so far yet. */
  | { readonly kind: 'ahead' };

/** Tells the copies of generations from generations. */
export class Copies {
  /** By inode: copies that are ahead of what was read of their original. */
  readonly #ahead = new Map<
    string,
    { readonly stats: FileStats; readonly marks: ContentMarks; readonly of: Generation }
  >();

  /**
   * Whether a rotated file holds but the beginning of a generation that is known: of one in `claimed`, whose file is
   * there to be held against it, or of one in `list` whose file was truncated. A copy is made before the truncation, and
   * what was written and read in between makes it shorter than what was read.
   */
  async ask(found: Found, claimed: ReadonlySet<Generation>, list: readonly Generation[]): Promise<Copied> {
    if (found.age === null) return { kind: 'own' };
    const key = inodeKey(found.stats);
    const known = this.#ahead.get(key);
    this.#ahead.delete(key);
    if (known !== undefined && isUntouched(known.stats, found.stats)) {
      const { marks, of } = known;
      const isBehind = of.position.offset < marks.offset;
      if (!claimed.has(of) && !isBehind) return { kind: 'copy', marks, of };
      // Not decompressed again as long as nothing can have changed.
      if (claimed.has(of) && isBehind && found.compressed && of.size >= marks.offset) {
        this.#ahead.set(key, known);
        return { kind: 'ahead' };
      }
    }
    for (const of of claimed) {
      if (of.file === null || of.file.family !== found.family) continue;
      const twin = isTwin(found, of.file);
      if (!(twin || mayHaveBeenCopied(found, of.file, of))) continue;
      const marks = await beginningOf(found, of.file, of, twin);
      if (marks === null) {
        if (twin) return { kind: 'unfinished' };
        continue;
      }
      if (marks.offset <= of.position.offset) return { kind: 'copy', marks, of };
      this.#ahead.set(key, { stats: found.stats, marks, of });
      return { kind: 'ahead' };
    }
    for (const of of list) {
      const { detached, lost, family } = of.position;
      if (claimed.has(of) || !detached || lost || family !== found.family) continue;
      const marks = await remainsOf(found, of);
      if (marks !== null) return { kind: 'copy', marks, of };
    }
    return { kind: 'own' };
  }
}

/** The generation that was last seen in the file, if it is one to ask about again. */
export async function doubtfulOf(found: Found, known: readonly Generation[]): Promise<Generation | null> {
  for (const generation of known) {
    const { doubtful, position } = generation;
    if (!doubtful || position.compressed !== found.compressed || !mayBeBornTogether(position, found.stats)) continue;
    if (!position.copy || position.compressed || generation.isDecided(found.stats)) return generation;
    if (await withContent(found, (content) => carries(content, position))) return generation;
  }
  return null;
}

/** Whether it is what it was when it was last asked about. */
export async function isSettled(generation: Generation, found: Found): Promise<boolean> {
  if (generation.isDecided(found.stats)) return true;
  const { copy, compressed, offset } = generation.position;
  if (!copy) return false;
  return compressed ? (await contentMatch(found, generation)) === 'all-of-it' : found.stats.size === offset;
}

/** What is copied is the live file, or a generation that was read, to an older name: younger ones come of a rotation. */
function mayHaveBeenCopied(found: Found, file: Found, { position }: Generation): boolean {
  if (file.age === null) return true;
  return position.offset > 0 && found.age !== null && byAge(found.age, file.age) <= 0;
}

/** The marks of the whole of `found`, if that is how the generation's file begins. */
async function beginningOf(found: Found, file: Found, of: Generation, twin: boolean): Promise<ContentMarks | null> {
  if (found.stats.size === 0) return null;
  const { position } = of;
  if (found.compressed && position.offset > 0 && (await contentMatch(found, of)) === 'all-of-it') return position;
  if (twin) return null;
  return withContent(found, (copy) =>
    withContent(file, async (original) => {
      const head = await readAt(copy, 0, headSize);
      if (head.length < (file.age === null ? 1 : leastToContinue)) return null;
      if (!(await readAt(original, 0, head.length)).equals(head)) return null;
      const { offset, tail } = await endOf(found, copy);
      if (!(await readAt(original, offset - tail.length, tail.length)).equals(tail)) return null;
      return { head: markOf(head), marker: markOf(tail), offset };
    }),
  );
}

/** The marks of the whole of `found`, if a generation that is gone began with the same bytes and was read beyond it. */
async function remainsOf(found: Found, { position }: Generation): Promise<ContentMarks | null> {
  const { head, offset } = position;
  return withContent(found, async (copy, handle) => {
    const written = found.compressed ? await writtenLength(found, handle) : found.stats.size;
    if (written >= offset || written < Math.max(head.length, leastToContinue)) return null;
    if (!sameMark(await markAt(copy, 0, head.length), head)) return null;
    const end = await endOf(found, copy);
    return { head, marker: markOf(end.tail), offset: end.offset };
  });
}

/** Where the content ends, and the bytes before that. Of a compressed file that is being made, as far as it goes. */
async function endOf(found: Found, content: Content): Promise<{ offset: number; tail: Buffer }> {
  if (!found.compressed) {
    const from = Math.max(0, found.stats.size - markerSize);
    const tail = await readAt(content, from, markerSize);
    return { offset: from + tail.length, tail };
  }
  const block = Buffer.alloc(blockSize);
  for (let from = 0; ; from += blockSize - markerSize) {
    const { length } = await content.read(from, block);
    if (length === blockSize) continue;
    const tail = Buffer.from(block.subarray(Math.max(0, length - markerSize), length));
    return { offset: from + length, tail };
  }
}

async function readAt(content: Content, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const read = await content.read(from, bytes);
  return bytes.subarray(0, read.length);
}
