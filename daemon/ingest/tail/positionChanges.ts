import type { WallTime } from '../../protocol/domain/units.ts';
import { scanStart } from '../formats/scan.ts';
import type { Found } from './discover.ts';
import { noMark } from './fileIdentity.ts';
import { noFingerprint } from './fingerprint.ts';
import type { Position } from './position.ts';
import type { ReadMarks } from './recognition.ts';

/** The part of a position that tells what was read, where nothing was. */
export const nothingReadYet = {
  head: noMark,
  marker: noMark,
  fingerprint: noFingerprint,
  ...scanStart,
  columns: null,
  newest: null,
  known: null,
  left: null,
  order: null,
} as const;

/** The position in a file of which nothing was read. */
export function unreadPosition(found: Found, now: WallTime): Position {
  const { path, family, target } = found;
  return { path, family, ...fileOf(found), ...nothingReadYet, standing: 'reading', seen: now, target };
}

export function fileOf({ stats, compressed }: Found): Pick<Position, 'device' | 'inode' | 'birth' | 'compressed'> {
  const { device, inode, birth } = stats;
  return { device, inode, birth, compressed };
}

/** The marks alone, whatever else they come with. */
export function marksOf({ head, marker, fingerprint, offset, line }: ReadMarks): ReadMarks {
  return { head, marker, fingerprint, offset, line };
}

/** What a file has in common with another one that was read, up to the marks. */
export function readTo(marks: ReadMarks, from: Position): Partial<Position> {
  const { columns, separator, newest, order } = from;
  const skipping = marks.offset === from.offset ? from.skipping : null;
  return { ...marksOf(marks), skipping, columns, separator, newest, order };
}
