/**
 * UTF-8 that was once read as a single-byte code page (`≥` shown as `â‰¥`) and saved again. The damage is undone
 * sequence by sequence: what decodes as UTF-8 is decoded, what lost a byte on the way stays as it stands.
 */

export interface Repair {
  readonly text: string;
  /** The code page the text had been read as; `undefined` when nothing was damaged. */
  readonly readAs: string | undefined;
  readonly repaired: number;
  /** Sequences whose bytes were lost: kept as they stand. */
  readonly lost: number;
  /** 1-based line of the first damage. */
  readonly line: number;
}

/** In order of preference when two code pages repair the same number of sequences. */
const codePages = ['windows-1252', 'windows-1254', 'iso-8859-1', 'windows-1250'] as const;

/** Repairs text that was damaged up to twice; text without damage comes back unchanged. */
export function repairMojibake(text: string): Repair {
  const first = repairOnce(text);
  if (first.readAs === undefined) return first;
  const second = repairOnce(first.text);
  if (second.readAs === undefined) return first;
  return { ...second, repaired: first.repaired + second.repaired, line: Math.min(first.line, second.line) };
}

/**
 * Remains of a damaged emoji: every emoji starts with the bytes F0 9F, and a code page that has no character for one
 * of the bytes that follow loses it. Decoration, like the emoji itself.
 */
export function withoutEmojiRemains(text: string): string {
  return text.replaceAll(emojiRemains, '').replaceAll(clockRemains, '');
}
const emojiRemains = /(?:ğŸ|ðŸ|ð\u009f|đź)[^\sA-Za-z0-9]{0,2}|ï¸\u008f?/gu;
/** ⏩ to ⏺ and ⏳ are E2 8F …, and no code page of Windows has a character for 8F. */
const clockRemains = /â[\u00a0-\u00bf](?=\s|$)/gu;

function repairOnce(text: string): Repair {
  let best: Repair = { text, readAs: undefined, repaired: 0, lost: 0, line: 0 };
  for (const page of codePages) {
    const attempt = undo(text, page);
    if (attempt.repaired > best.repaired) best = attempt;
  }
  return best;
}

interface Sequence {
  readonly decoded: string;
  readonly index: number;
  readonly size: number;
  /** The byte of its second character. */
  readonly second: number;
}

/**
 * Undoes one code page. Letters and dashes of a sound text can look like a sequence by chance (`Maß–`, `é––`): a text
 * is only touched if it holds a sequence that chance does not make, and then only where the outcome is plausible.
 */
function undo(text: string, page: string): Repair {
  const bytes = bytesOf(page);
  const { sequences, lost } = sequencesOf(text, bytes);
  const runs = runLengths(sequences);
  const accepted = sequences.filter((each, index) => isPlausible(each.decoded) || (runs[index] ?? 0) >= 3);
  if (!accepted.some(isTelling)) return { text, readAs: undefined, repaired: 0, lost: 0, line: 0 };
  const parts: string[] = [];
  let from = 0;
  for (const { decoded, index, size } of accepted) {
    parts.push(text.slice(from, index), decoded);
    from = index + size;
  }
  parts.push(text.slice(from));
  const line = text.slice(0, accepted[0]?.index ?? 0).split('\n').length;
  return { text: parts.join(''), readAs: page, repaired: accepted.length, lost, line };
}

function sequencesOf(text: string, bytes: ReadonlyMap<string, number>): { sequences: Sequence[]; lost: number } {
  const sequences: Sequence[] = [];
  let [lost, index] = [0, 0];
  while (index < text.length) {
    const size = sequenceLength(bytes.get(text[index] ?? '') ?? 0);
    const second = bytes.get(text[index + 1] ?? '') ?? 0;
    const decoded = size === 0 ? undefined : decode(text.slice(index, index + size), bytes);
    if (decoded !== undefined) sequences.push({ decoded, index, size, second });
    else if (size > 2 && isContinuation(second)) lost += 1;
    index += decoded === undefined ? 1 : size;
  }
  return { sequences, lost };
}

/** The number of sequences side by side with each: the words of another script are nothing but sequences. */
function runLengths(sequences: readonly Sequence[]): readonly number[] {
  const lengths: number[] = [];
  let start = 0;
  for (let index = 0; index < sequences.length; index += 1) {
    const [each, next] = [sequences[index], sequences[index + 1]];
    if (each !== undefined && next !== undefined && each.index + each.size === next.index) continue;
    for (let at = start; at <= index; at += 1) lengths[at] = index - start + 1;
    start = index + 1;
  }
  return lengths;
}

/** Latin letters, punctuation, symbols and emoji: what guides are written with. Controls come from damage done twice. */
function isPlausible(decoded: string): boolean {
  return /^(?:[\u0080-\u024f\u2000-\u2bff\u{1f000}-\u{1faff}]|\ufe0f|\ufeff)$/u.test(decoded);
}

/** Three bytes and more, or two of which the second is no dash, quote or ellipsis that may follow a letter. */
function isTelling({ decoded, size, second }: Sequence): boolean {
  return isPlausible(decoded) && (size > 2 || second >= 0xa0 || decoded < '\u00a0');
}

function decode(characters: string, bytes: ReadonlyMap<string, number>): string | undefined {
  const sequence = new Uint8Array(characters.length);
  for (let index = 0; index < characters.length; index += 1) {
    const byte = bytes.get(characters[index] ?? '') ?? 0;
    if (index > 0 && !isContinuation(byte)) return undefined;
    sequence[index] = byte;
  }
  try {
    return strict.decode(sequence);
  } catch {
    return undefined;
  }
}
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf;
}

const tables = new Map<string, ReadonlyMap<string, number>>();

/** Character → byte, of the bytes above 7F. The decoders label ISO 8859-1 as windows-1252, so that one is spelt out. */
function bytesOf(page: string): ReadonlyMap<string, number> {
  const known = tables.get(page);
  if (known !== undefined) return known;
  const table = new Map<string, number>();
  const decoder = page === 'iso-8859-1' ? undefined : new TextDecoder(page);
  for (let byte = 0x80; byte <= 0xff; byte += 1) {
    table.set(decoder?.decode(Uint8Array.of(byte)) ?? String.fromCharCode(byte), byte);
  }
  tables.set(page, table);
  return table;
}
