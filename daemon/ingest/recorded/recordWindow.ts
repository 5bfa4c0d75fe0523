import { join } from 'node:path';
import { fieldOf } from '../../measure/fieldPath.ts';
import { lineTimeField } from '../../measure/instrument.ts';
import { lineStampReader, writtenBy } from '../../measure/lineStamp.ts';
import { LogOrder } from '../../measure/logOrder.ts';
import { compileRecordParts } from '../../measure/recordParts.ts';
import { timeReader } from '../../measure/timeForms.ts';
import { secondInstant } from '../../measure/timestamp.ts';
import { type Zone, zoneNamed } from '../../measure/zone.ts';
import { holdsLines } from '../../protocol/domain/sourceFormat.ts';
import type { FileSource } from '../../protocol/domain/sourceKinds.ts';
import { sourceShape } from '../../protocol/domain/sourceShape.ts';
import { type EventTime, eventTime, isoTime, type WallTime, wallTime } from '../../protocol/domain/units.ts';
import type { Columns, LineReader } from '../formats/format.ts';
import { formatOf } from '../formats/kinds.ts';
import { type Content, compressedContent, openForReading, plainContent } from '../tail/content.ts';
import { discover, type Found, fileProblem, parseGlob } from '../tail/discover.ts';
import { headerIn } from './inheritedHeaders.ts';

/** The lines of a source's file whose time lies in a window, as they stand there. */
export interface WindowExcerpt {
  /** Relative to the root. */
  readonly file: string;
  readonly columns: Columns | null;
  readonly text: string;
  readonly lines: number;
  /** One line that says which part of the file this is. */
  readonly about: string;
}

export interface RecordWindow {
  readonly excerpts: readonly WindowExcerpt[];
  /** The files that were not read, and why. */
  readonly left: readonly string[];
}

export interface WindowOptions {
  readonly from: EventTime;
  /** `null`: to the newest. */
  readonly to: EventTime | null;
  /** The most bytes of all files of the source together; the newest lines count. */
  readonly limit: number;
  /** The time zone of lines without an offset. */
  readonly timezone: string;
  /** Files that are not to be read whatever the glob says. */
  readonly refused: (path: string) => boolean;
}

const chunkSize = 256 * 1024;
const probeSize = 64 * 1024;
/** Writers are late by so much at most; a log is read on for so long behind the window. */
const disorder = 5 * 60_000;
/** So much of one file is read, decompressed, whatever it holds. */
const mostRead = 128 * 1024 * 1024;
const longestLine = 64 * 1024;
const lineFeed = 10;

/**
 * Reads the window out of a source's files, rotated and compressed ones included. A file that is reached through a
 * symbolic link is left out: what it leads to is not the plan's. `root` is absolute and free of symlinks.
 */
export async function recordWindow(root: string, source: FileSource, options: WindowOptions): Promise<RecordWindow> {
  const { files, problems } = await discover(root, parseGlob(source.file));
  const left = [...problems.values()];
  const excerpts: WindowExcerpt[] = [];
  let room = options.limit;
  const newestFirst = files.toReversed();
  for (const [index, found] of newestFirst.entries()) {
    if (options.refused(found.path)) {
      left.push(`${found.path}: files that hold settings or keys are never read into a bundle`);
      continue;
    }
    if (found.target !== join(root, found.path)) {
      left.push(`${found.path} is reached through a symbolic link`);
      continue;
    }
    // It was written to its end before the window began.
    if (BigInt(found.stats.modified) / 1_000_000n < BigInt(Math.floor(options.from - disorder))) continue;
    if (room <= 0) {
      left.push(`${found.path}: the records of newer files fill the bundle's bounds`);
      continue;
    }
    try {
      const log = newestFirst.slice(index).filter(({ family }) => family === found.family);
      const excerpt = await excerptOf(found, log, source, { ...options, limit: room });
      if (excerpt === null) continue;
      room -= Buffer.byteLength(excerpt.text);
      excerpts.push(excerpt);
    } catch (error) {
      left.push(fileProblem(found.path, error));
    }
  }
  return { excerpts: excerpts.reverse(), left };
}

/** @param log the file and the generations before it, the newest first. */
async function excerptOf(
  found: Found,
  log: readonly Found[],
  source: FileSource,
  options: WindowOptions,
): Promise<WindowExcerpt | null> {
  const content = await openFound(found);
  try {
    const format = formatOf(source);
    const heading = format.hasHeader ? await headingOf(log, source) : null;
    const reader = format.lines(heading ?? '');
    const written = wallTime(Number(BigInt(found.stats.modified) / 1_000_000n));
    const zone = zoneNamed(sourceShape(source).zone ?? options.timezone);
    const timeOf = lineTime(source, reader, { zone, written });
    // Compressed content can only be read from its start.
    const start = found.compressed ? 0 : await startOf(content, found.stats.size, options.from - disorder, timeOf);
    const lines = await linesWithin(content, start, options, timeOf);
    if (lines.texts.length === 0) return null;
    const texts = heading === null || lines.texts[0] === heading ? lines.texts : [heading, ...lines.texts];
    return {
      file: found.path,
      columns: reader.columns,
      text: `${texts.join('\n')}\n`,
      lines: lines.texts.length,
      about: aboutText(lines, options),
    };
  } finally {
    await content.close();
  }
}

interface Lines {
  readonly texts: readonly string[];
  /** Lines of the window that the bounds left no room for, and lines too long for any. */
  readonly dropped: number;
  readonly cut: boolean;
}

function aboutText({ texts, dropped, cut }: Lines, { from, to }: WindowOptions): string {
  const all = dropped === 0 ? '' : ` (the newest; ${dropped} more were left out)`;
  const end = cut ? '; the file was not read to its end' : '';
  const till = to === null ? 'the newest' : isoTime(to);
  return `${texts.length} lines${all} from ${isoTime(from)} to ${till}${end}`;
}

/** When a line was written; `again` where its local time came twice. */
interface Moment {
  readonly at: EventTime;
  readonly again: EventTime | null;
}

/** `null`: the line has no time of its own, and belongs to the one before it. */
type LineTime = (line: string) => Moment | null;

interface FileFacts {
  readonly zone: Zone;
  /** The last time. */
  readonly written: WallTime;
}

function lineTime(source: FileSource, lines: LineReader, facts: FileFacts): LineTime {
  const { zone } = facts;
  const readerIn = (other: Zone) => stampReader(source, lines, { ...facts, zone: other });
  const stampOf = readerIn(zone);
  return (line) => {
    const at = stampOf(line);
    if (at === undefined) return null;
    const again = secondInstant(at, zone, (other) => readerIn(other)(line));
    return { at: eventTime(at), again: again === undefined ? null : eventTime(again) };
  };
}

function stampReader(
  source: FileSource,
  lines: LineReader,
  { zone, written }: FileFacts,
): (line: string) => number | undefined {
  if (holdsLines(source)) {
    const stampOf = lineStampReader(zone, lineTimeField(source));
    const near = writtenBy(written);
    return (line) => stampOf(line, near);
  }
  const parts = compileRecordParts(source);
  const { timeFields } = sourceShape(source);
  const readTime = timeReader(source.time?.pattern);
  const near = writtenBy(written);
  return (line) => {
    const found = lines.record(line);
    const record = found === null || parts === null ? found : (parts(found)[0]?.record ?? null);
    if (record === null) return undefined;
    const values = timeFields.map((field) => fieldOf(record, field));
    return readTime(values.length === 1 ? values[0] : values.join(' '), zone, near);
  };
}

/** The header row of the newest of these files that has one: a log that was copied and truncated may go on without. */
async function headingOf(log: readonly Found[], source: FileSource): Promise<string | null> {
  const planned = new Set(sourceShape(source).timeFields);
  for (const found of log) {
    const content = await openFound(found);
    try {
      if ((await headerIn(content, planned)) !== null) return await firstLine(content);
    } finally {
      await content.close();
    }
  }
  return null;
}

async function firstLine(content: Content): Promise<string> {
  const bytes = Buffer.alloc(probeSize);
  const { length } = await content.read(0, bytes);
  return textOf(bytes.subarray(0, length)).split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
}

async function openFound(found: Found): Promise<Content> {
  const handle = await openForReading(found.target);
  return found.compressed ? compressedContent(handle) : plainContent(handle);
}

/** Where to begin: logs are in the order of time but for the disorder, so the place is found by halving. */
async function startOf(content: Content, size: number, from: number, timeOf: LineTime): Promise<number> {
  let before = 0;
  let behind = size;
  while (behind - before > probeSize) {
    const middle = before + Math.floor((behind - before) / 2);
    const at = await timeBehind(content, middle, timeOf);
    if (at !== null && (at.again ?? at.at) < from) before = middle;
    else behind = middle;
  }
  return before;
}

/** The time of the first line behind an offset that has one, if it stands near. */
async function timeBehind(content: Content, offset: number, timeOf: LineTime): Promise<Moment | null> {
  const bytes = Buffer.alloc(probeSize);
  const { length } = await content.read(offset, bytes);
  const [, ...whole] = bytes.subarray(0, length).toString('utf8').split('\n');
  for (const line of whole.slice(0, -1)) {
    const at = timeOf(line);
    if (at !== null) return at;
  }
  return null;
}

/** The lines of the window, the newest as far as there is room. */
async function linesWithin(
  content: Content,
  start: number,
  { from, to, limit }: WindowOptions,
  timeOf: LineTime,
): Promise<Lines> {
  const last = to ?? Number.POSITIVE_INFINITY;
  const lines: string[] = [];
  // Taking them off the front one by one would move all others each time.
  let first = 0;
  let size = 0;
  let dropped = 0;
  let within = false;
  let over = false;
  const order = new LogOrder(null, null);
  const instantOf = (line: string): EventTime | null => {
    const moment = timeOf(line);
    if (moment === null) return null;
    const { at, again } = moment;
    const instant = again === null ? at : order.choose(at, again);
    order.note(instant, again !== null);
    // Rather a line too many than one too few.
    const isOpen = order.opening === 'open' && again !== null && again >= from && again <= last;
    return isOpen ? again : instant;
  };
  const take = (line: string): void => {
    const at = instantOf(line);
    if (at !== null) within = at >= from && at <= last;
    over = at !== null && at > last + disorder;
    if (!within || line === '') return;
    lines.push(line);
    size += Buffer.byteLength(line) + 1;
    while (size > limit && first < lines.length) {
      size -= Buffer.byteLength(lines[first] ?? '') + 1;
      first += 1;
      dropped += 1;
    }
    if (first > 10_000 && first * 2 > lines.length) {
      lines.splice(0, first);
      first = 0;
    }
  };
  const kept = () => lines.slice(first);

  let rest = Buffer.alloc(0);
  let offset = start;
  // A place found by halving lies inside a line.
  let skipping = start > 0;
  const chunk = Buffer.alloc(chunkSize);
  for (;;) {
    const { length, end, failure } = await content.read(offset, chunk);
    offset += length;
    let bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
    for (let feed = bytes.indexOf(lineFeed); feed !== -1; feed = bytes.indexOf(lineFeed)) {
      if (!skipping) take(textOf(bytes.subarray(0, feed)));
      skipping = false;
      bytes = bytes.subarray(feed + 1);
    }
    rest = Buffer.from(bytes);
    if (rest.length > longestLine) {
      if (within && !skipping) dropped += 1;
      skipping = true;
      rest = Buffer.alloc(0);
    }
    if (over) return { texts: kept(), dropped, cut: false };
    if (end || length === 0 || failure !== null) {
      // A last line without an end may still be being written.
      return { texts: kept(), dropped, cut: failure !== null };
    }
    if (offset - start > mostRead) return { texts: kept(), dropped, cut: true };
  }
}

function textOf(bytes: Buffer): string {
  return bytes
    .toString('utf8')
    .replace(/\r$/, '')
    .replace(/^\ufeff/, '');
}
