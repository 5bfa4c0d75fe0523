import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { withoutCompression } from '../ingest/compression/compression.ts';
import { formatOf } from '../ingest/formats/kinds.ts';
import { sourceOfFile } from '../ingest/recorded/recordedFiles.ts';
import type { JournalNote } from '../protocol/domain/journalEntry.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { FilePlace, Place } from '../protocol/domain/place.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { holdsLines } from '../protocol/domain/sourceFormat.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import type { Firing } from '../protocol/domain/verdict.ts';
import { redactRecord } from '../protocol/secrets/redactRecord.ts';
import { plainText } from '../protocol/words/plainText.ts';

const mostLines = 10;
const longestQuote = 500;
/** Simultaneous records may be out of order. */
const unordered = 60_000;
/** A longer record is not quoted. */
const longestLine = 64 * 1024;

/**
 * The newest lines behind a firing, read from their places just after it, so that the journal shows them when the file
 * is long gone. A file may have been rotated in between: a line is quoted only when it reads as a record of the
 * firing's window. Text that looks like a secret, and the values of `secrets`, are left out: the journal travels
 * farther than the log. `null` when none can be quoted; a fault of a file is not worth more.
 *
 * `textAt` gives the text behind a place that nobody can read again, of a stream or a query.
 */
export async function quotedLines(
  { root, plan }: LoadedPlan,
  instrument: Instrument,
  firing: Firing,
  now: WallTime,
  secrets: readonly string[],
  textAt: (place: Place) => string | null = () => null,
): Promise<Extract<JournalNote, { kind: 'lines' }> | null> {
  const lines: { readonly place: Place; readonly text: string }[] = [];
  for (const place of firing.evidence.slice(-mostLines)) {
    if (!('file' in place)) {
      const kept = textAt(place);
      if (kept !== null) lines.push({ place, text: plainText(redactRecord(kept, secrets).text, longestQuote) });
      continue;
    }
    const text = await lineAt(root, place).catch(() => null);
    if (text === null) continue;
    const index = sourceOfFile(plan, place.file);
    const source = plan.sources[index];
    if (source !== undefined && isOf(firing, instrument, { index, source, text, now }))
      lines.push({ place, text: plainText(redactRecord(text, secrets).text, longestQuote) });
  }
  return lines.length === 0 ? null : { kind: 'lines', trigger: firing.trigger, firedAt: firing.at, lines };
}

/** The line that begins at the place; `null` when none begins there. */
async function lineAt(root: string, { file, offset }: FilePlace): Promise<string | null> {
  // The offset counts in the decompressed content.
  if (withoutCompression(file) !== file) return null;
  const base = await realpath(root);
  const real = await realpath(join(root, file));
  const inside = relative(base, real);
  if (inside === '..' || inside.startsWith(`..${sep}`)) return null;
  const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return (await handle.stat()).isFile() ? await readLine(handle, offset) : null;
  } finally {
    await handle.close();
  }
}

async function readLine(handle: FileHandle, offset: number): Promise<string | null> {
  const before = offset === 0 ? 0 : 1;
  const buffer = Buffer.alloc(longestLine + before);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset - before);
  if (before === 1 && buffer[0] !== 0x0a) return null;
  const end = buffer.subarray(0, bytesRead).indexOf(0x0a, before);
  return end === -1 ? null : buffer.toString('utf8', before, end).replace(/\r$/, '');
}

function isOf(
  { window }: Firing,
  instrument: Instrument,
  line: {
    readonly index: number;
    readonly source: Source;
    readonly text: string;
    readonly now: WallTime;
  },
): boolean {
  const { index, source, text, now } = line;
  const format = formatOf(source);
  // A row means nothing without its header; a line that begins at the very byte must do.
  if (format.hasHeader) return true;
  if (holdsLines(source)) {
    const reading = instrument.readLine(index, text, now);
    return reading.kind === 'line' && reading.matches !== 0;
  }
  const record = format.lines('').record(text);
  const reading = record === null ? null : instrument.readRecord(index, record, now);
  if (reading?.kind !== 'outcome') return false;
  // A local time that occurs twice is in the window if either instant is.
  const instants = [reading.at, reading.again ?? reading.at];
  return instants.some((at) => at >= window.from - unordered && at <= window.to + unordered);
}
