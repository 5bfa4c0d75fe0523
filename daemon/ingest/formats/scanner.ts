import type { SourceFormat } from '../../protocol/domain/formats.ts';
import { csvScanner } from './csvScanner.ts';
import { jsonLinesScanner, textLinesScanner } from './lineScanner.ts';
import type { Reader, Scanner } from './scan.ts';

/** The scanner of a format, bound to what reads its records. */
export function scannerOf(format: SourceFormat, reader: Reader): Scanner {
  switch (format) {
    case 'jsonl':
      return jsonLinesScanner(reader);
    case 'csv':
      return csvScanner(reader);
    case 'text':
      return textLinesScanner(reader);
  }
}
