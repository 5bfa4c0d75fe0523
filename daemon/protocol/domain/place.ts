import * as z from 'zod';
import { type EventTime, eventTime } from './units.ts';

/** A line of a file. */
export interface FilePlace {
  /** Path relative to the plan's root, as it was when read (`metrics.jsonl`, `metrics.jsonl.1.gz`). */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** Offset of the line's first byte, in the decompressed content. */
  readonly offset: number;
}

/** The answer of a metrics engine to a query about one time. */
export interface QueryPlace {
  readonly query: string;
  readonly at: EventTime;
}

/** A line of something that runs, as a command's output: nobody can read it again. */
export interface StreamPlace {
  readonly stream: string;
  /** 1-based, since the stream began. */
  readonly line: number;
}

/** The origin of a record: the evidence behind a figure. A union by key, as the kinds of sources are. */
export type Place = FilePlace | QueryPlace | StreamPlace;

/** As a page or a link names it: nothing that it says is trusted. */
export const filePlaceSchema = z.strictObject({
  file: z.string().min(1).max(4096),
  line: z.number().int().min(1),
  offset: z.number().int().min(0),
}) satisfies z.ZodType<FilePlace>;

/** As the daemon stores it and tells it. */
export const placeSchema: z.ZodType<Place> = z.union([
  z.object({ file: z.string(), line: z.number(), offset: z.number() }),
  z.object({ query: z.string(), at: z.number().transform(eventTime) }),
  z.object({ stream: z.string(), line: z.number() }),
]);

/** A place as a name and two whole numbers from 0, as cells and outcomes store it. */
export interface PlaceColumns {
  readonly name: string;
  readonly line: number;
  readonly offset: number;
}

/** No path holds a NUL byte, so a name that begins with one is not a file's. */
const queryMark = '\0query:';
const streamMark = '\0stream:';

export function placeColumns(place: Place): PlaceColumns {
  if ('file' in place) return { name: place.file, line: place.line, offset: place.offset };
  if ('stream' in place) return { name: streamMark + place.stream, line: place.line, offset: 0 };
  return { name: queryMark + place.query, line: 0, offset: Math.round(place.at * 1000) };
}

/** The inverse of `placeColumns`. */
export function placeOf(name: string, line: number, offset: number): Place {
  if (!name.startsWith('\0')) return { file: name, line, offset };
  if (name.startsWith(streamMark)) return { stream: name.slice(streamMark.length), line };
  return { query: name.slice(queryMark.length), at: eventTime(offset / 1000) };
}
