import type { PositionRecord } from '../../protocol/domain/observation.ts';
import type { Source } from '../../protocol/domain/plan.ts';
import { parseGlob, roleOf } from './discover.ts';
import { decodePosition } from './position.ts';

/** Of each source: the live paths of the logs of which something was read. */
export function logsRead(sources: number, positions: readonly PositionRecord[]): readonly (readonly string[])[] {
  return Array.from({ length: sources }, (_, index) => {
    const read = positions.filter(({ source }) => source === index).map(decodePosition);
    return [
      ...new Set(read.filter(({ offset, standing }) => offset > 0 && standing !== 'copy').map(({ family }) => family)),
    ];
  });
}

/** Whether a log, by the path of its live file, is one of the source. */
export function isLogOf(log: string, { file }: Source): boolean {
  return roleOf(parseGlob(file), log)?.family === log;
}

/** Where the first reading stood, as a second one that goes on from there takes it up. */
export function cursorsAt(positions: readonly PositionRecord[]): readonly PositionRecord[] {
  return positions.map((record) => {
    const { offset, line, skipping, columns, separator, order } = decodePosition(record);
    return { ...record, body: JSON.stringify({ offset, line, skipping, columns, separator, order }) };
  });
}
