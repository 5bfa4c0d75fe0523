import { germanAsEnglish } from './german.ts';
import { withoutEmojiRemains } from './mojibake.ts';
import { numeralsAsFigures } from './numerals.ts';

/** Text for people and for reading: no emoji, one blank between words. Shown in the plan. */
export function undecorated(text: string): string {
  return withoutEmojiRemains(text)
    .replaceAll(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u20e3/gu, ' ')
    .replaceAll(/(?:\p{Cc}|\p{Cf}|\ufe0e|\ufe0f|\ufffd|\s)+/gu, ' ')
    .replaceAll(/^[\s•·✓✔✗✘☐☑■□▪–—-]+(?=\s)/gu, ' ')
    .trim();
}

/**
 * Text as the phrase readers expect it: one form of each dash, comparison and quote, figures for numbers in words.
 * Same meaning, not same length.
 */
export function plain(text: string): string {
  const english = germanAsEnglish(text);
  return english === text ? figured(text) : figured(english.replaceAll(pointedThousands, withoutPoints));
}

/** `1.500` in German; a date such as `3.11.2025` has no three digits behind its points. */
const pointedThousands = /(?<![\w.,])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.]*\d)/g;

function withoutPoints(figure: string): string {
  return figure.replaceAll('.', '');
}

function figured(english: string): string {
  const signs = /^[\w ,.:;()%/]*$/.test(english) ? english : withPlainSigns(english);
  return numeralsAsFigures(signs.replaceAll(spacedThousands, (figure) => figure.replaceAll(' ', '')));
}

/** `25 000`; not the `1 100` of `Phase 1 100 %`. */
const spacedThousands =
  /(?<![\w.,]|\b(?:phase|stage|step|wave|ring|week|day|tier|level|part|group)\s)\d{1,3}(?: \d{3})+(?![\d.,]\d|\d|\s*%)/gi;

function withPlainSigns(text: string): string {
  return text
    .replaceAll(/[‐‑‒–—−]/g, '-')
    .replaceAll(/[≧⩾]|=>(?=\s*[\d.])|>\s=/g, '≥')
    .replaceAll(/[≦⩽]|=<(?=\s*[\d.])|<\s=/g, '≤')
    .replaceAll(/(?<=^|[\s<>=≥≤(~])\.(?=\d+\s?(?:%|s\b|sec|percent))/g, '0.')
    .replaceAll('>=', '≥')
    .replaceAll('<=', '≤')
    .replaceAll(/[➜➔⇒⟶➡]|-+>/g, '→')
    .replaceAll(/[’‘]/g, "'")
    .replaceAll('×', 'x')
    .replaceAll('％', '%')
    .replaceAll(/[\u00a0\u2000-\u200a\u202f]/g, ' ');
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
  return plain(text)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}%<>≥≤]+/gu, ' ')
    .trim();
}

/** `4. Pre-flight`, `2.1 Gates`, `§ 3 Stages` → the title alone. */
export function withoutSectionNumber(text: string): string {
  const title = text.replace(/^(?:§\s*)?(?:\d+(?:\.\d+)*[.)]|\d+(?:\.\d+)+|[IVX]+[.)])\s+(?=\S)/, '');
  return title === '' ? text : title;
}
