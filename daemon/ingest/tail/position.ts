import * as z from 'zod';
import type { PositionRecord } from '../../protocol/domain/observation.ts';
import { separators } from '../../protocol/domain/separator.ts';
import { UserError } from '../../protocol/domain/userError.ts';

const mark = z.object({ hash: z.string(), length: z.number().int().min(0) });

/** How far a generation has been read and how to know its file again; what a position record's body holds. */
const position = z.object({
  version: z.literal(1),
  /** Path relative to the root, when last seen. */
  path: z.string(),
  /** Path of the live file that this is a generation of. */
  family: z.string(),
  device: z.string(),
  inode: z.string(),
  birth: z.string(),
  compressed: z.boolean(),
  head: mark,
  /** Of the bytes before the offset. */
  marker: mark,
  offset: z.number().int().min(0),
  line: z.number().int().min(1),
  skipping: z.enum(['line', 'nul']).nullable(),
  columns: z.array(z.string()).nullable(),
  separator: z.enum(separators).default(','),
  /** Read to its end, and nothing has been written for a while. */
  finished: z.boolean(),
  /** Its file has been truncated or replaced under it; only a copy can still hold the rest. */
  detached: z.boolean(),
  /** Its disappearance has been declared. */
  lost: z.boolean(),
  /** Its file holds but what another generation held as well: nothing of it is read. */
  copy: z.boolean().default(false),
  /** Tells the instants of local times that come twice. */
  order: z.object({ newest: z.number(), disorder: z.number(), lag: z.number().nullable() }).nullable().default(null),
  /** Wall time when its file was last seen. */
  seen: z.number(),
});

export type Position = Readonly<z.output<typeof position>>;

export function encodePosition(source: number, generation: string, of: Position): PositionRecord {
  return { source, generation, body: JSON.stringify(of) };
}

/** Throws a `UserError` for a body that is not a position: reading again from the start would count twice. */
export function decodePosition(record: PositionRecord): Position {
  let body: unknown;
  try {
    body = JSON.parse(record.body);
  } catch {
    body = null;
  }
  const parsed = position.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new UserError(
    'position-unreadable',
    `the stored read position ${record.generation} is unreadable; nothing is read from its source, so that nothing is counted twice`,
  );
}
