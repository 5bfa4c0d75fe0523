import { redactSecrets } from '../protocol/secrets/secrets.ts';

const longestTemplate = 160;
/** The forms below look back over a word at each character. */
const longestRead = 400;
/** Shorter words are no keys: looking through them all would take longer than all other work on the line. */
const longWord = /(?=\S{0,15}\d)\S{16}|\S{24}/;
const mask = '#';
const address = /[^\s@<>()]{1,64}@[^\s@<>()]{1,64}\.[a-z]{2,}/gi;

/**
 * What messages of one kind have in common: numbers, ids, hex and quoted parts are masked, so that "order 17 of 'a' not
 * found" and "order 18 of 'b' not found" are one. Of several lines the first counts.
 */
export function templateOf(text: string): string {
  const line = withoutKeys(firstLine(text));
  const addressed = line.includes('@') ? line.replaceAll(address, 'EMAIL') : line;
  const masked = addressed
    .replaceAll(/"[^"]{0,200}"|`[^`]{0,200}`|(?<![\p{L}\p{N}])'[^']{0,200}'/gu, (quoted) => `${quoted[0]}…${quoted[0]}`)
    .replaceAll(/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s)>\]]+/gi, 'URL')
    .replaceAll(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, mask)
    .replaceAll(/\b0x[0-9a-f]+\b/gi, mask)
    .replaceAll(/\b(?=[0-9a-f]{0,64}\d)[0-9a-f]{8,}\b/gi, mask)
    // A long word of letters and digits is an id; a short one (`v2`, `utf8`) keeps its letters.
    .replaceAll(/\b(?=\w{0,64}\d)(?=\w{0,64}[a-z])\w{12,}\b/gi, mask)
    .replaceAll(/\d+(?:[.,:]\d+)*/g, mask)
    .replaceAll(/#(?:[-.:T/+_ ]#)+Z?/g, mask)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return masked.length <= longestTemplate ? masked : `${masked.slice(0, longestTemplate - 1)}…`;
}

/** A secret whose numbers are masked could not be told from other text any more. */
function withoutKeys(line: string): string {
  return longWord.test(line) ? redactSecrets(line).text : line;
}

function firstLine(text: string): string {
  const start = text.slice(0, longestRead).trimStart();
  const end = start.search(/[\r\n]/);
  return end === -1 ? start : start.slice(0, end);
}
