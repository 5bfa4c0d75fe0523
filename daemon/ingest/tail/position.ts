import * as z from 'zod';
import type { PositionRecord } from '../../protocol/domain/observation.ts';
import { separators } from '../../protocol/domain/separator.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { type Fingerprint, parsedFingerprint, written } from './fingerprint.ts';

const mark = z.object({ hash: z.string(), length: z.number().int().min(0) });

const standings = [
  /** More may come of it. */
  'reading',
  /** Read to its end, and nothing has been written for a while. */
  'finished',
  /** Its file holds up to the offset what was counted under another name, and nothing behind it. */
  'copy',
  /** Its file has been truncated or replaced under it; only a copy can still hold the rest. */
  'sought',
  /** Nothing more of it is looked for: its disappearance has been declared, or a copy has all of it. */
  'settled',
] as const;
export type Standing = (typeof standings)[number];

const common = {
  /** Path relative to the root, when last seen. */
  path: z.string(),
  /** Path of the live file that this is a generation of. */
  family: z.string(),
  device: z.string(),
  inode: z.string(),
  birth: z.string(),
  compressed: z.boolean(),
  head: mark,
  /** The mark of the bytes before the offset. */
  marker: mark,
  offset: z.number().int().min(0),
  line: z.number().int().min(1),
  skipping: z.enum(['line', 'nul']).nullable(),
  columns: z.array(z.string()).nullable(),
  separator: z.enum(separators).default(','),
  /** The memory of its lines, on which the next ones rest. */
  carried: z.string().nullable().default(null),
  /** Tells the instants of local times that come twice. */
  order: z.object({ newest: z.number(), disorder: z.number(), lag: z.number().nullable() }).nullable().default(null),
  /** Wall time when its file was last seen. */
  seen: z.number(),
};

/** As releases up to 2025 stored it: no landmarks, and its standing in four flags. */
const first = z
  .object({
    ...common,
    version: z.literal(1),
    finished: z.boolean(),
    detached: z.boolean(),
    lost: z.boolean(),
    copy: z.boolean().default(false),
  })
  .transform(({ version: _, finished, detached, lost, copy, ...rest }) => ({
    ...rest,
    standing: firstStanding({ finished, detached, lost, copy }),
    fingerprint: [] as Fingerprint,
    newest: null,
    known: null,
    left: null,
    target: null,
  }));

const second = z
  .object({
    ...common,
    version: z.literal(2),
    standing: z.enum(standings),
    fingerprint: z.string().transform((text, context): Fingerprint => {
      try {
        return parsedFingerprint(text);
      } catch {
        context.addIssue('not a fingerprint');
        return z.NEVER;
      }
    }),
    /** The largest event time read; `null` when nothing told one. */
    newest: z.number().nullable(),
    /** Up to that offset it may hold records that were counted before: those that happened before the newest of them. */
    known: z.object({ until: z.number().int().min(0), newest: z.number() }).nullable(),
    /**
     * Its size when the first line of a younger generation was counted, by which its writer has gone on there; `late`: it
     * has grown since. `null` before that.
     */
    left: z
      .object({ size: z.number().int().min(0), late: z.boolean() })
      .nullable()
      .default(null),
    /** The file that the path led to, absolute and without symbolic links. */
    target: z.string().nullable().default(null),
  })
  .transform(({ version: _, ...rest }) => rest);

const position = z.union([second, first]);

/** How far a generation has been read and how to know its content again; what a position record's body holds. */
export type Position = Readonly<z.output<typeof second>>;

function firstStanding(flags: { finished: boolean; detached: boolean; lost: boolean; copy: boolean }): Standing {
  if (flags.copy) return 'copy';
  if (flags.lost) return 'settled';
  if (flags.finished) return 'finished';
  return flags.detached ? 'sought' : 'reading';
}

/** @param seen when the file of the generation was seen last, later than its position tells. */
export function encodePosition(
  source: number,
  { id, position, seen }: { readonly id: string; readonly position: Position; readonly seen: number },
): PositionRecord {
  const body = { version: 2, ...position, seen, fingerprint: written(position.fingerprint) };
  return { source, generation: id, body: JSON.stringify(body) };
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
