import type { FilePlace } from '../../protocol/domain/place.ts';
import { type Content, compressedContent, openForReading, plainContent } from '../tail/content.ts';
import { discover, type Found, parseGlob } from '../tail/discover.ts';

const longestLine = 64 * 1024;
const lineFeed = 10;

/**
 * The lines that begin at places of a source's logs, in the file that holds each now: a log may have been rotated and
 * compressed since. `isIt` tells a line of another generation at the same offset from the one that is meant. A place
 * without its line is left out.
 *
 * @param root absolute and free of symlinks
 * @param refused files that are not to be read whatever the glob says
 */
export async function linesAt(
  root: string,
  glob: string,
  places: readonly FilePlace[],
  isIt: (line: string) => boolean,
  refused: (path: string) => boolean,
): Promise<ReadonlyMap<FilePlace, string>> {
  const lines = new Map<FilePlace, string>();
  const { files } = await discover(root, parseGlob(glob));
  for (const [name, named] of Map.groupBy(places, ({ file }) => file)) {
    // Compressed content is read forwards.
    let wanted = named.toSorted((one, other) => one.offset - other.offset);
    for (const found of holdersOf(name, files)) {
      if (wanted.length === 0) break;
      if (refused(found.path)) continue;
      wanted = await readFrom(found, wanted, isIt, lines).catch(() => wanted);
    }
  }
  return lines;
}

/** The file of that name first, then the generations of its log, the newest first. */
function holdersOf(name: string, files: readonly Found[]): readonly Found[] {
  const own = files.find(({ path }) => path === name);
  const family = own?.family ?? name;
  const others = files.filter((found) => found !== own && (found.family === family || name.startsWith(found.family)));
  return [...(own === undefined ? [] : [own]), ...others.toReversed()];
}

/** Returns the places that the file does not hold. */
async function readFrom(
  found: Found,
  places: readonly FilePlace[],
  isIt: (line: string) => boolean,
  into: Map<FilePlace, string>,
): Promise<FilePlace[]> {
  const handle = await openForReading(found.target);
  const content = found.compressed ? compressedContent(handle) : plainContent(handle);
  const left: FilePlace[] = [];
  try {
    for (const place of places) {
      const line = await lineFrom(content, place.offset).catch(() => null);
      if (line !== null && isIt(line)) into.set(place, line);
      else left.push(place);
    }
  } finally {
    await content.close();
  }
  return left;
}

/** `null`: no line begins there, or it has no end yet. */
async function lineFrom(content: Content, offset: number): Promise<string | null> {
  const before = offset === 0 ? 0 : 1;
  const buffer = Buffer.alloc(longestLine + before);
  const { length } = await content.read(offset - before, buffer);
  if (before === 1 && buffer[0] !== lineFeed) return null;
  const end = buffer.subarray(0, length).indexOf(lineFeed, before);
  return end === -1 ? null : buffer.toString('utf8', before, end).replace(/\r$/, '');
}
