import type { Format, LineReader } from './format.ts';
import { type LineParser, parsedLinesScanner } from './lineScanner.ts';

/** A format of lines of text in each of which a parser finds a record. `make` gives one parser a file. */
export function parsedLines(make: () => LineParser, beginsLike: (head: string) => boolean = () => false): Format {
  return {
    hasHeader: false,
    beginsLike,
    scanner: (reader) => parsedLinesScanner(reader, make()),
    lines: () => parsedLineReader(make()),
  };
}

function parsedLineReader(parse: LineParser): LineReader {
  let columns: readonly string[] | null = null;
  return {
    record(line) {
      const found = parse(line, columns);
      if (found.kind === 'columns') columns = found.columns;
      return found.kind === 'record' ? found.record : null;
    },
    columns: null,
  };
}
