import { formatShape } from '../protocol/domain/formatNames.ts';
import { sourceFormat } from '../protocol/domain/sourceFormat.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';

type DataRecord = Readonly<Record<string, unknown>>;

/** Where the first pieces of a line lie until its last one comes; `null` for one that has become too long. */
export interface HeldPieces {
  held(stream: string): string | null | undefined;
  hold(stream: string, text: string | null | undefined): void;
}

/** A longer line is given up. */
const longestLine = 1024 * 1024;

/**
 * Container runtimes cut a line of an application at 16 KiB and write its pieces as lines of their own. Gives the record of
 * the last piece with the whole text; `piece` while more is to come, `too-long` for what nobody would read. `undefined` for a
 * source whose lines are whole.
 */
export function compilePieces(
  source: Source,
  pieces: HeldPieces,
): ((line: DataRecord) => DataRecord | 'piece' | 'too-long') | undefined {
  const shape = formatShape(sourceFormat(source)).pieces;
  if (shape === undefined) return undefined;
  const { text: field, stream: streamField, last } = shape;
  return (line) => {
    const text = line[field];
    if (typeof text !== 'string') return line;
    const stream = String(line[streamField] ?? '');
    const before = pieces.held(stream);
    const isLast =
      'end' in last ? text.endsWith(last.end) || Buffer.byteLength(text) < last.full : line[last.field] === last.is;
    if (before === undefined && isLast) return line;
    const whole = before === null || (before?.length ?? 0) + text.length > longestLine ? null : (before ?? '') + text;
    pieces.hold(stream, isLast ? undefined : whole);
    if (!isLast) return 'piece';
    return whole === null ? 'too-long' : { ...line, [field]: whole };
  };
}
