const escapeCharacter = String.fromCharCode(0x1b);
/** Codes of a terminal's colours, raw and escaped. */
const colour = new RegExp(String.raw`(?:${escapeCharacter}|\\u001[bB]|\\x1[bB]|\\033|\\e)\[[0-9;:]{0,30}m`, 'g');

/** A colour may begin in the middle of a secret. */
export function withoutColours(text: string): string {
  return text.includes('[') ? text.replaceAll(colour, '') : text;
}

interface Inside {
  readonly text: string;
  readonly count: number;
}

const mostDecoded = 3;

/**
 * The text without the secrets inside percent-encoded runs, as in an address; `judge` answers `null` for a decoded run
 * without one.
 */
export function decodedRuns(text: string, judge: (decoded: string) => Inside | null): Inside {
  let count = 0;
  if (!/%[0-9A-Fa-f]{2}/.test(text)) return { text, count };
  const decoded = text.replaceAll(/[^\s"'<>]+/g, (run) => {
    if (!/%[0-9A-Fa-f]{2}/.test(run)) return run;
    let plain = run;
    for (let times = 0; times < mostDecoded && /%[0-9A-Fa-f]{2}/.test(plain); times += 1) {
      const before = plain;
      plain = plain.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, decodedBytes);
      if (plain === before) break;
    }
    const inside = plain === run ? null : judge(plain);
    if (inside === null) return run;
    count += inside.count;
    return inside.text;
  });
  return { text: decoded, count };
}

function decodedBytes(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
