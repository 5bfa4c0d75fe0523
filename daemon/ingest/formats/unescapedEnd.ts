const quote = 0x22;
const backslash = 0x5c;

/** 1 for what may stand in a JSON string as it is: no quote, backslash or control character, and ASCII. */
const plain = new Uint8Array(256).map((_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash ? 1 : 0,
);

const highBits = 0x80_80_80_80 | 0;
const lowBits = 0x01_01_01_01;
const spaces = 0x20_20_20_20;
const quotes = 0x22_22_22_22;
const backslashes = 0x5c_5c_5c_5c;

/**
 * The first byte from `at` on that may not stand in a JSON string as it is; there must be one. Four bytes are looked at
 * together: subtracting sets a byte's high bit when it is below what is subtracted (a borrow can only mark bytes behind
 * one that is marked rightly; Mycroft 1987). `view` is of the same bytes.
 */
export function plainEnd(bytes: Uint8Array, view: DataView, at: number): number {
  let end = at;
  for (const last = bytes.length - 4; end <= last; end += 4) {
    const word = view.getInt32(end, true);
    const marked = (word | (word - spaces) | ((word ^ quotes) - lowBits) | ((word ^ backslashes) - lowBits)) & highBits;
    if (marked === 0) continue;
    end += (31 - Math.clz32(marked & -marked)) >> 3;
    break;
  }
  while (plain[bytes[end] ?? 0] === 1) end += 1;
  return end;
}
