import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { pathWithin } from '../../daemon/protocol/domain/pathWithin.ts';
import type { FilePlace, Place } from '../../daemon/protocol/domain/place.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { placeText } from '../../daemon/protocol/words/placeText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { Translate } from '../vscodeApi.ts';

/** Where the record of a place is found now: logs rotate. */
export interface FoundRecord {
  /** Absolute path of the file that holds it now. */
  readonly file: string;
  /** 1-based line in the file. */
  readonly line: number;
  /** The editor can open the file itself: it is plain text, and not too large for it. */
  readonly openable: boolean;
  /** The lines around it, as they are in the (decompressed) file. */
  readonly around: readonly string[];
  /** Line number of the first of `around`. */
  readonly from: number;
}

/** Lines shown before and after the record where the file itself is not opened. */
const context = 200;
/** The editor opens nothing over 50 MB, and is slow long before. */
const largestOpened = 20 * 1024 * 1024;
const longestLine = 10_000;
const newline = 10;

/**
 * Finds the record again: in the file it was read from, or in one that this was rotated to. A file holds it when its
 * `line`th line starts at `offset`.
 * @throws UserError when the record was not read from a file, the place is outside the plan's folder, or the record is in
 *   none of the files any more
 */
export async function findRecord(root: string, place: Place, t: Translate): Promise<FoundRecord> {
  if (!('file' in place)) {
    throw new UserError(
      'record-without-file',
      t('{0} is not a line of a file, so it cannot be opened.', placeText(place)),
    );
  }
  const named = await insideOf(root, place.file, t);
  for (const file of [named, ...(await rotatedFrom(named))]) {
    const inside = await insideOf(root, relative(root, file), t).catch(() => null);
    const size = inside === null ? null : await sizeOf(inside);
    if (inside === null || size === null) continue;
    const compressed = inside.endsWith('.gz');
    if (!compressed && size <= place.offset) continue;
    const around = await linesAround(inside, compressed, place).catch(() => null);
    if (around === null) continue;
    return { file: inside, line: place.line, openable: !compressed && size <= largestOpened, ...around };
  }
  throw new UserError(
    'record-gone',
    t('line {0} of {1} is gone: the file was rotated away or replaced.', place.line, plainText(place.file)),
  );
}

/**
 * The absolute path of a file of the plan, links resolved.
 * @throws UserError when it lies outside the plan's folder; a file that is not there passes
 */
export async function insideOf(root: string, file: string, t: Translate): Promise<string> {
  const outside = new UserError('outside', t("{0} lies outside the plan's folder and is not opened.", plainText(file)));
  const path = resolve(root, file);
  if (isAbsolute(file) || !isBelow(root, path)) throw outside;
  const real = await realpath(path).catch(() => null);
  if (real !== null && !isBelow(await realpath(root), real)) throw outside;
  return path;
}

function isBelow(root: string, path: string): boolean {
  const way = pathWithin(root, path, sep);
  return way !== null && way !== '';
}

/** `metrics.jsonl` → `metrics.jsonl.1`, `metrics.jsonl.2.gz`, `metrics-20251104.jsonl`: the newest first. */
async function rotatedFrom(file: string): Promise<readonly string[]> {
  const folder = dirname(file);
  const name = basename(file).replace(/\.gz$/, '');
  const [stem = name] = name.replace(/\.\d+$/, '').split('.');
  const others = (await readdir(folder).catch(() => [])).filter(
    (other) => other !== basename(file) && other.startsWith(stem),
  );
  const dated = await Promise.all(
    others.map(async (other) => ({ file: join(folder, other), at: await modifiedAt(join(folder, other)) })),
  );
  return dated.toSorted((one, another) => another.at - one.at).map((each) => each.file);
}

async function modifiedAt(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.mtimeMs ?? 0;
}

async function sizeOf(file: string): Promise<number | null> {
  const found = await stat(file).catch(() => null);
  return found?.isFile() === true ? found.size : null;
}

/** `null`: the file has no such line, or it starts elsewhere. Reads no further than it must. */
async function linesAround(
  file: string,
  compressed: boolean,
  { line: wanted, offset }: FilePlace,
): Promise<Pick<FoundRecord, 'around' | 'from'> | null> {
  const source = createReadStream(file);
  const bytes: Readable = compressed ? source.pipe(createGunzip()) : source;
  source.on('error', (error) => bytes.destroy(error));
  const kept: string[] = [];
  let line = 1;
  let lineStart = 0;
  let position = 0;
  let partial: Buffer[] = [];
  let partialLength = 0;
  const keep = (piece: Buffer) => {
    if (line < wanted - context || partialLength >= longestLine) return;
    partial.push(Buffer.from(piece.subarray(0, longestLine - partialLength)));
    partialLength += piece.length;
  };
  const end = () => {
    if (line >= wanted - context) kept.push(Buffer.concat(partial).toString('utf8').replace(/\r$/, ''));
    partial = [];
    partialLength = 0;
  };
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      let at = 0;
      for (let next = chunk.indexOf(newline); next !== -1; next = chunk.indexOf(newline, at)) {
        keep(chunk.subarray(at, next));
        end();
        at = next + 1;
        line += 1;
        lineStart = position + at;
        if (line === wanted && lineStart !== offset) return null;
        if (line > wanted + context) return { around: kept, from: Math.max(1, wanted - context) };
      }
      keep(chunk.subarray(at));
      position += chunk.length;
      if (line < wanted && position > offset) return null;
    }
  } finally {
    source.destroy();
  }
  if (partialLength > 0) end();
  if (line < wanted || position <= offset || (wanted === 1 && offset !== 0)) return null;
  return { around: kept, from: Math.max(1, wanted - context) };
}
