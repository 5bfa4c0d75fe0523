import { formats, type SourceFormat } from './formatNames.ts';
import { type Source, sourceFacts } from './sourceKinds.ts';

/** How the records of a source are written. Text whose records a pattern finds holds records. */
export function sourceFormat(source: Source): SourceFormat {
  return sourceFacts(source).format(source);
}

/** A log: its lines are text and not records. */
export function holdsLines(source: Source): boolean {
  return formats[sourceFormat(source)].holds === 'lines';
}

/** Lines of text, because nothing says that they are anything else. */
export function isTextUnsaid(source: Source): boolean {
  const isSaid = ('format' in source && source.format !== undefined) || source.record !== undefined;
  return !isSaid && holdsLines(source);
}

/** Its records' cells are text, in which a matcher finds numbers and booleans as they are written. */
export function hasTextCells(source: Source): boolean {
  return formats[sourceFormat(source)].cellsAreText;
}
