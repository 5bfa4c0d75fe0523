import { withoutEmojiRemains } from './mojibake.ts';

/** Text for people and for reading: no emoji, one blank between words. Shown in the plan. */
export function undecorated(text: string): string {
  return withoutEmojiRemains(text)
    .replaceAll(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u20e3/gu, ' ')
    .replaceAll(/(?:\p{Cc}|\p{Cf}|\ufe0e|\ufe0f|\ufffd|\s)+/gu, ' ')
    .replaceAll(/^[\s•·✓✔✗✘☐☑■□▪–—-]+(?=\s)/gu, ' ')
    .trim();
}

/** One form of each dash, comparison, arrow and blank; full-width signs and digits as the others. */
export function withPlainSigns(text: string): string {
  return text
    .replaceAll(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll(/[‐‑‒–—−]/g, '-')
    .replaceAll(/[≧⩾]|=>(?=\s*[\d.])|>\s?=/g, '≥')
    .replaceAll(/[≦⩽]|=<(?=\s*[\d.])|<\s?=/g, '≤')
    .replaceAll(/(?<=^|[\s<>=≥≤(~])\.(?=\d+\s?(?:%|s\b))/g, '0.')
    .replaceAll(/[➜➔⇒⟶➡]|-+>/g, '→')
    .replaceAll(/[：]/g, ':')
    .replaceAll(/[，、]/g, ',')
    .replaceAll(/(?<=\d)\s?[×](?=\s|$)/g, 'x')
    .replaceAll(/[\u00a0\u2000-\u200a\u202f\u3000]/g, ' ')
    .replaceAll(/(?<![\w.,])(\d{1,3}) (\d{3})(?![\d.,%])(?=\s*(?:$|[;,)|\p{L}]))/gu, '$1$2');
}

/** An identifier from words: lower case, joined by `separator`, at most 40 characters, starting with a letter. */
export function slug(text: string, separator: '-' | '_'): string {
  const words = text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  let joined = '';
  for (const word of words ?? []) {
    const next = joined === '' ? word : `${joined}${separator}${word}`;
    if (next.length > 40) break;
    joined = next;
  }
  if (joined === '') return '';
  return /^[a-z]/.test(joined) ? joined : `n${separator}${joined}`;
}

/** Two wordings of the same thing compare equal: case, marks and a closing colon do not count. */
export function sameWording(text: string): string {
  return withPlainSigns(text)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}%<>≥≤]+/gu, ' ')
    .trim();
}

/** `4. Pre-flight`, `2.1 Gates`, `§ 3 Stages` → the title alone. */
export function withoutSectionNumber(text: string): string {
  const title = text.replace(/^(?:§\s*)?(?:\d+(?:\.\d+)*[.)]|\d+(?:\.\d+)+|[IVX]+[.)])\s+(?=\S)/, '');
  return title === '' ? text : title;
}
