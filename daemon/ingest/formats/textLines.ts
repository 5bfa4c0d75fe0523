import type { Format } from './format.ts';
import { textLinesScanner } from './lineScanner.ts';

/** Lines of text: a log. They are matched and hold no record. */
export const textLines: Format = {
  hasHeader: false,
  beginsLike: () => false,
  scanner: textLinesScanner,
  lines: () => ({ record: () => null, columns: null }),
};
