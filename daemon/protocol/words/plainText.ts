/**
 * Text from a log or a repository is not to be trusted: control characters steer a terminal, bidirectional marks make a
 * line read as something else (CVE-2025-58160, "Trojan Source"). Every surface shows such text through this.
 */
export function plainText(text: string, longest = 500): string {
  const visible = visibleText(text, { '\n': '↵', '\t': ' ' });
  return visible.length <= longest ? visible : `${visible.slice(0, longest - 1)}…`;
}

/** The same in full length, with the caller's own text for some of these characters. */
export function visibleText(text: string, instead: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    unsafe,
    (character) => instead[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// C0 and C1 controls, line and paragraph separators, zero-width and bidirectional controls, and the byte order mark.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be shown as text
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
