import * as z from 'zod';
import { type ScanState, scanStart } from '../../ingest/formats/scan.ts';
import type { LogOrderState } from '../../measure/logOrder.ts';
import type { PositionRecord } from '../../protocol/domain/observation.ts';
import { separators } from '../../protocol/domain/separator.ts';
import type { KeptText } from '../keptTexts.ts';
import type { ChunkChanges, SeenLine } from './seenLines.ts';

/** How far a stream has been read, as it is stored: the rest stands in rows of their own, which change seldom. */
export interface StreamPosition {
  readonly version: 1;
  /** Number of the next line, 1-based since the stream began. */
  readonly line: number;
  readonly columns: readonly string[] | null;
  readonly separator: ScanState['separator'];
  readonly carried: string | null;
  readonly order: LogOrderState | null;
  /** From when on its first run was to write: what a later run is asked for while nothing has been read. */
  readonly from: number;
  /** See `SeenLines.floor`. */
  readonly floor: number | null;
  /** Arrival of the newest line. */
  readonly arrived: number | null;
}

const positionSchema = z.object({
  version: z.literal(1),
  line: z.number().int().min(1),
  columns: z.array(z.string()).nullable(),
  separator: z.enum(separators),
  carried: z.string().nullable(),
  order: z.object({ newest: z.number(), disorder: z.number(), lag: z.number().nullable() }).nullable(),
  from: z.number(),
  floor: z.number().nullable(),
  arrived: z.number().nullable(),
});
const chunkSchema = z.array(z.tuple([z.string(), z.number(), z.number()]));
const textsSchema = z.array(z.tuple([z.string(), z.string()]));

const positionName = 'stream';
const textsName = 'texts';
const chunkName = /^seen:(\d+)$/;

export interface StoredStream {
  /** `null`: it has never run. */
  readonly position: StreamPosition | null;
  readonly chunks: readonly { readonly number: number; readonly lines: SeenLine[] }[];
  readonly texts: readonly KeptText[];
}

/** What was stored of a source. @throws for a body that is none of ours. */
export function storedStream(source: number, records: readonly PositionRecord[]): StoredStream {
  const own = records.filter((record) => record.source === source);
  const bodyOf = (name: string): unknown => {
    const body = own.find(({ generation }) => generation === name)?.body;
    return body === undefined ? null : JSON.parse(body);
  };
  const position = bodyOf(positionName);
  return {
    position: position === null ? null : positionSchema.parse(position),
    chunks: own.flatMap(({ generation, body }) => {
      const number = chunkName.exec(generation)?.[1];
      if (number === undefined) return [];
      const lines = chunkSchema.parse(JSON.parse(body)).map(([print, at, arrived]) => ({ print, at, arrived }));
      return [{ number: Number(number), lines }];
    }),
    texts: textsSchema.parse(bodyOf(textsName) ?? []).map(([key, text]) => ({ key, text })),
  };
}

export function positionRecords(
  source: number,
  position: StreamPosition,
  { written, dropped }: ChunkChanges,
  texts: readonly KeptText[] | null,
): { readonly positions: PositionRecord[]; readonly forgotten: { source: number; generation: string }[] } {
  const record = (generation: string, body: unknown): PositionRecord => ({
    source,
    generation,
    body: JSON.stringify(body),
  });
  return {
    positions: [
      record(positionName, position),
      ...written.map(({ number, lines }) =>
        record(
          `seen:${number}`,
          lines.map(({ print, at, arrived }) => [print, at, arrived]),
        ),
      ),
      ...(texts === null
        ? []
        : [
            record(
              textsName,
              texts.map(({ key, text }) => [key, text]),
            ),
          ]),
    ],
    forgotten: dropped.map((number) => ({ source, generation: `seen:${number}` })),
  };
}

/** The position of a stream that begins now. */
export function newStream(from: number): StreamPosition {
  const { columns, separator, carried } = scanStart;
  return { version: 1, line: 1, columns, separator, carried, order: null, from, floor: null, arrived: null };
}
