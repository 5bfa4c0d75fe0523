import { isolated, rightToLeft } from './isolatedText.ts';

/**
 * Text from a log or a repository is not to be trusted: control characters steer a terminal, bidirectional marks make a
 * line read as something else (CVE-2025-58160, "Trojan Source"). Every surface shows such text through this.
 */
export function plainText(text: string, longest = 500): string {
  const visible = visibleText(text, { '\n': '↵', '\t': ' ' });
  if (visible.length <= longest) return visible;
  const cut = visible.slice(0, longest - 1);
  const isOpen = cut.lastIndexOf('\u2068') > cut.lastIndexOf('\u2069');
  return `${isOpen ? `${cut}\u2069` : cut}…`;
}

/**
 * The same in full length, with the caller's own text for some of these characters. A name that `isolatedText` has put
 * between its marks keeps them in a sentence that is made plain after that: a pair around text from right to left turns
 * nothing outside of it.
 */
export function visibleText(text: string, instead: Readonly<Record<string, string>>): string {
  const shown = (part: string) =>
    part.replaceAll(
      unsafe,
      (character) => instead[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  if (!text.includes('\u2068')) return shown(text);
  return text
    .split(isolated)
    .map((part) => {
      const name = part.slice(1, -1);
      return part.startsWith('\u2068') && part.endsWith('\u2069') && rightToLeft.test(name)
        ? `\u2068${shown(name)}\u2069`
        : shown(part);
    })
    .join('');
}

// C0 and C1 controls, line and paragraph separators, zero-width and bidirectional controls, and the byte order mark.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be shown as text
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
