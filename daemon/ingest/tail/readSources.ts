import type { PositionRecord } from '../../protocol/domain/observation.ts';
import type { FileSource } from '../../protocol/domain/sourceKinds.ts';
import { parseGlob, roleOf } from './discover.ts';
import { decodePosition, encodePosition } from './position.ts';

/** The live paths of the logs of which something was read, by a source's positions. */
export function logsRead(positions: readonly PositionRecord[]): readonly string[] {
  const read = positions.map(decodePosition).filter(({ offset, standing }) => offset > 0 && standing !== 'copy');
  return [...new Set(read.map(({ family }) => family))];
}

/** Tells whether a log, by the path of its live file, is one of the source. */
export function isLogOf(log: string, { file }: FileSource): boolean {
  return roleOf(parseGlob(file), log)?.family === log;
}

/** Where the first reading stood, as a second one that goes on from there takes it up. */
export function cursorsAt(positions: readonly PositionRecord[]): readonly PositionRecord[] {
  return positions.map((record) => {
    const { offset, line, skipping, columns, separator, order } = decodePosition(record);
    return { ...record, body: JSON.stringify({ offset, line, skipping, columns, separator, order }) };
  });
}

/** The position without what one format has learnt of the lines before it, for another one to read on from there. */
export function readOnAs(record: PositionRecord): PositionRecord {
  const position = decodePosition(record);
  const read = { ...position, columns: null, carried: null };
  return encodePosition(record.source, { id: record.generation, position: read, seen: position.seen });
}
