import type { Reader, Scanner } from './scan.ts';

/**
 * A source format: how bytes become records, and how one line is read by itself. A file a format, and formats.ts names
 * them; what judging needs of one stands in protocol/domain/formats.ts.
 */
export interface Format {
  /** The first line of a file names the columns of the others; a row means nothing without it. */
  readonly hasHeader: boolean;
  /** A record may go over many lines, so that a line by itself says nothing. */
  readonly isDocument?: true;
  /** Tells whether a file of records begins like this: its first text that is not blank, one line at least. */
  beginsLike(head: string): boolean;
  /** The way of all records: bytes → records → readings. */
  scanner(reader: Reader): Scanner;
  /** Reads lines one by one, apart from the way of all records. `header` is the first line of their file. */
  lines(header: string): LineReader;
}

/** Reads a line apart from the rest of its file: for an excerpt, a quote or a sample. */
export interface LineReader {
  /** The record that stands in the line; `null` when it holds none. */
  record(line: string): Readonly<Record<string, unknown>> | null;
  /** The columns of a file with a header, so that secrets can be taken out by their names. */
  readonly columns: Columns | null;
}

export interface Columns {
  readonly names: readonly string[];
  readonly separator: string;
  /** The cells of a line as they are written, quotes included; `null` when it does not fit the header. */
  cells(line: string): readonly string[] | null;
}
