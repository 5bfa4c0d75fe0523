/** How random a text looks: machine-made text is unlike the names that people and programs give. */

/** Letters of one case, capitalised words, short numbers and versions: `learn-pipeline-v2`, `UploadService-3`. */
const ordinaryPart = /^(?:[a-z]{0,20}\d{0,4}|[A-Z]{0,20}\d{0,4}|(?:[A-Z]?[a-z]{2,15}){1,4}\d{0,2}|v?\d{1,4})$/;

export function isOfWords(text: string): boolean {
  return text.split(/[^A-Za-z0-9]+/).every((part) => ordinaryPart.test(part));
}

/** A key of letters and digits mixed, or a long hexadecimal one; words with dashes, paths and dates are no keys. */
export function looksRandom(text: string): boolean {
  const bare = text.replace(/=+$/, '');
  if (/^[0-9a-f]{32,}$/i.test(bare)) return isHexadecimalKey(bare);
  if (isAlphanumericKey(bare)) return true;
  if (!isMixed(bare)) return false;
  if (isScrambled(bare)) return true;
  const longest = bare.split(/[/_=-]/).reduce((most, part) => Math.max(most, part.length), 0);
  return longest >= 16 && !isMostlyWords(bare) && entropyPerCharacter(bare) >= 3.5;
}

/** 32 and 40 digits are mostly a trace, a request, a file's content or a commit: alone they are no key. */
function isHexadecimalKey(bare: string): boolean {
  if (bare.length === 32 || bare.length === 40) return false;
  return /\d/.test(bare) && /[a-f]/i.test(bare);
}

/** One case and digits all through, longer than the names that requests get. */
function isAlphanumericKey(bare: string): boolean {
  if (bare.length < 32 || !/^(?:[a-z0-9]+|[A-Z0-9]+)$/.test(bare) || !/[g-z]/i.test(bare)) return false;
  const changes = bare.match(/[a-z](?=\d)|\d(?=[a-z])/gi)?.length ?? 0;
  return changes / bare.length > 0.2;
}

/**
 * Words and paths seldom change between small, capital and digit; random text does at every other character. A hash in
 * hexadecimal has no capitals.
 */
export function isScrambled(text: string, least = 0.4): boolean {
  if ((least === 0.4 && text.length < 32) || !isMixed(text)) return false;
  const changes = text.match(/[a-z](?=[^a-z])|[A-Z](?=[^A-Z])|\d(?=\D)/g)?.length ?? 0;
  return changes / text.length > least;
}

/** `AsyncUploadStage1Tests`: the name of a class is mostly words. */
function isMostlyWords(text: string): boolean {
  return text.replaceAll(/[a-z]{4,}/g, '').length < text.length * 0.6;
}

function isMixed(text: string): boolean {
  return /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text);
}

/** Shannon's entropy in bits. */
function entropyPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / text.length) * Math.log2(count / text.length);
  return entropy;
}
